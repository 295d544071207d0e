//! Chooses the backend by the target: `peacrab_arch` is what `src/arch` selects on. `RUSTFLAGS` may set it by itself, for cores whose
//! triple does not tell (v8-M main with the DSP extension).

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(peacrab_arch, values(\"armv7em\"))");
    if var("TARGET").is_ok_and(|target| target.starts_with("thumbv7em")) {
        println!("cargo:rustc-cfg=peacrab_arch=\"armv7em\"");
    }
}
