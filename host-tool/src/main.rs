//! The `peacrab` command.

fn main() -> std::process::ExitCode {
    peacrab::cli::main()
}
