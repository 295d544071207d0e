//! One command each: set-up, demo, test, bench.
fn main() {}
