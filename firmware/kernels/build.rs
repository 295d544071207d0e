//! Chooses the backend by the target: `peacrab_arch` is what `src/arch` selects on. `RUSTFLAGS` may set it by itself, for cores whose
//! triple does not tell (v8-M main with the DSP extension).

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!(
        "cargo:rustc-check-cfg=cfg(peacrab_arch, values(\"armv6m\", \"armv7m\", \"armv7em\", \"mve\", \"riscv32\"))"
    );
    let target = var("TARGET").unwrap_or_default();
    let arches = [("thumbv6m", "armv6m"), ("thumbv7m", "armv7m"), ("thumbv7em", "armv7em"), ("riscv32im", "riscv32")];
    for (prefix, arch) in arches {
        if target.starts_with(prefix) {
            println!("cargo:rustc-cfg=peacrab_arch=\"{arch}\"");
        }
    }
}
