//! Graph rewrites: fold, fuse, layout; one file each. A pass reads one graph and returns another.
