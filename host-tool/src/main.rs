//! The `peacrab` command.
fn main() {}
