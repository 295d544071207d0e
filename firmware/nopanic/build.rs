//! The image has no memory map: it is linked, never run.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg=--entry=start");
}
