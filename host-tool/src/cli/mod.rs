//! The command line: one file per subcommand; the file tree is the command tree.
