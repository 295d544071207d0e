//! Turns the board, which the host passes in the environment, into a memory map and two `cfg`s.
//!
//! | variable | meaning |
//! |---|---|
//! | `PEACRAB_FLASH_ORIGIN`, `PEACRAB_FLASH_BYTES` | where code and program lie |
//! | `PEACRAB_RAM_ORIGIN`, `PEACRAB_RAM_BYTES` | stack, statics and arena |
//! | `PEACRAB_STACK_BYTES` | reserved for the stack, at the bottom of RAM |
//! | `PEACRAB_COUNTER` | `systick`, `dwt`, `nrf51-timer` or `minstret` |
//! | `PEACRAB_TRANSPORT` | `semihosting` or `rtt` |

use std::path::Path;
use std::{env, fs};

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    fs::write(out.join("memory.x"), memory_map()).expect("OUT_DIR is writable");
    fs::copy("link.x", out.join("link.x")).expect("link.x lies beside build.rs");
    println!("cargo::rerun-if-changed=link.x");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg=-Tlink.x");
    println!("cargo::rustc-link-arg=-Tdefmt.x");

    select("counter", "PEACRAB_COUNTER", &["systick", "dwt", "nrf51-timer", "minstret"]);
    select("transport", "PEACRAB_TRANSPORT", &["semihosting", "rtt"]);
    println!("cargo::rustc-check-cfg=cfg(armv6m)");
    println!("cargo::rustc-check-cfg=cfg(peacrab_arch, values(\"armv7em\", \"mve\"))");
    if env::var("TARGET").is_ok_and(|target| target.starts_with("thumbv6m")) {
        println!("cargo::rustc-cfg=armv6m");
    }
}

/// The `MEMORY` part of the linker script: flash, and the RAM above the stack.
fn memory_map() -> String {
    let ram_origin = number("PEACRAB_RAM_ORIGIN");
    let stack_bytes = number("PEACRAB_STACK_BYTES");
    format!(
        "MEMORY {{\n  FLASH : ORIGIN = {:#x}, LENGTH = {:#x}\n  RAM : ORIGIN = {:#x}, LENGTH = {:#x}\n}}\n\
         __stack_bottom = {ram_origin:#x};\n",
        number("PEACRAB_FLASH_ORIGIN"),
        number("PEACRAB_FLASH_BYTES"),
        ram_origin + stack_bytes,
        number("PEACRAB_RAM_BYTES") - stack_bytes,
    )
}

/// Emits `cfg(NAME = "value")`, where the value of `variable` is one of `known`.
fn select(name: &str, variable: &str, known: &[&str]) {
    let value = read(variable);
    assert!(known.contains(&value.as_str()), "{variable} is `{value}`, not one of {known:?}");
    let list = known.iter().map(|known| format!("{known:?}")).collect::<Vec<_>>().join(", ");
    println!("cargo::rustc-check-cfg=cfg({name}, values({list}))");
    println!("cargo::rustc-cfg={name}={value:?}");
}

fn number(variable: &str) -> u64 {
    read(variable).parse().unwrap_or_else(|_| panic!("{variable} is not a decimal number"))
}

fn read(variable: &str) -> String {
    println!("cargo::rerun-if-env-changed={variable}");
    env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: build the runner with `peacrab` or `cargo xtask check`"))
}
