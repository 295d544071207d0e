//! Installs what `peacrab doctor` finds missing, and for the tests a browser. Quick when nothing is.

use std::process::{Command, Stdio};

use anyhow::bail;
use peacrab::target::doctor::{Check, checks};

use crate::shell;

/// Chromium's names; the tests take the first that starts.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Debian's package of it.
const BROWSER_PACKAGE: &str = "chromium";

/// What only the tests need, on top of everything else: a browser, which lays out the pages that Peacrab writes.
pub fn run_for_tests() -> anyhow::Result<()> {
    run()?;
    let has_browser = || BROWSERS.iter().any(|name| succeeds(name, &["--version"]));
    if !has_browser() {
        install_packages(&[BROWSER_PACKAGE.to_owned()])?;
    }
    if !has_browser() {
        println!("set-up: no browser: the tests of the pages' layout will be skipped");
    }
    Ok(())
}

/// Looks, installs what is missing, and looks again.
pub fn run() -> anyhow::Result<()> {
    if missing().is_empty() {
        println!("set-up: everything is here (`peacrab doctor` lists it)");
        return Ok(());
    }
    add_rustup_targets();
    install_packages(&packages(&missing()))?;
    let missing = missing();
    if missing.is_empty() {
        println!("set-up: done");
        return Ok(());
    }
    let list: Vec<_> = missing.iter().map(|check| format!("  {}: {}", check.name, check.how_to_get)).collect();
    bail!("still missing, please install by hand:\n{}", list.join("\n"))
}

/// Installs Debian packages, as root or through sudo.
pub fn install_packages(packages: &[String]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("set-up: installing {} with apt-get", packages.join(" "));
    if !succeeds("apt-get", &["--version"]) {
        println!("set-up: there is no apt-get here");
        return Ok(());
    }
    let sudo: &[&str] = if is_root() { &[] } else { &["sudo"] };
    apt_get(sudo, &["update"])?;
    let install = ["install", "-y", "--no-install-recommends"];
    let packages: Vec<_> = packages.iter().map(String::as_str).collect();
    apt_get(sudo, &[&install[..], &packages].concat())
}

fn apt_get(sudo: &[&str], arguments: &[&str]) -> anyhow::Result<()> {
    let words = [sudo, &["apt-get"], arguments].concat();
    let mut command = Command::new(words[0]);
    shell::run_command(command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn missing() -> Vec<Check> {
    checks().into_iter().filter(|check| check.found.is_none()).collect()
}

/// The packages of all missing things, each once.
fn packages(missing: &[Check]) -> Vec<String> {
    let mut packages: Vec<_> = missing.iter().flat_map(|check| check.apt_packages.clone()).collect();
    packages.sort();
    packages.dedup();
    packages
}

/// Asks rustup for the targets; where it cannot get one, a toolchain with the library's source is the other way.
fn add_rustup_targets() {
    let targets: Vec<_> = missing().into_iter().filter_map(|check| check.rustup_target).collect();
    for target in targets {
        println!("set-up: trying `rustup target add {target}`");
        if !succeeds("rustup", &["target", "add", &target]) {
            println!("set-up: rustup cannot get it here; a toolchain with the library's source will build it");
            return;
        }
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
