//! Licences and bans of `deny.toml`, checked against `cargo metadata`.
//!
//! `cargo deny check licenses bans` reads the same file and says the same; this needs no further tool.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::shell;

/// The parts of `deny.toml` that are checked here.
#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

/// The part of `cargo metadata` that is needed.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

/// Checks both workspaces.
pub fn check() -> anyhow::Result<()> {
    let policy = std::fs::read_to_string(shell::checkout().join("deny.toml")).context("deny.toml")?;
    let policy: Policy = toml::from_str(&policy).context("deny.toml")?;
    // Of the host workspace, what is built on this platform: the rest is not even downloaded.
    let host = host_triple()?;
    for (manifest, platform) in [("Cargo.toml", Some(host.as_str())), ("firmware/runner/Cargo.toml", None)] {
        let packages = packages(&shell::checkout().join(manifest), platform)?;
        let faults: Vec<_> = packages.iter().filter_map(|package| policy.fault(package)).collect();
        if !faults.is_empty() {
            bail!("{manifest}:\n  {}", faults.join("\n  "));
        }
        println!("licences: {manifest}: {} packages are fine", packages.len());
    }
    Ok(())
}

fn host_triple() -> anyhow::Result<String> {
    let output = Command::new("rustc").args(["--print", "host-tuple"]).output().context("rustc")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn packages(manifest: &Path, platform: Option<&str>) -> anyhow::Result<Vec<Package>> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version=1", "--locked", "--manifest-path"]).arg(manifest);
    command.args(platform.iter().flat_map(|platform| ["--filter-platform", platform]));
    let output = command.stderr(std::process::Stdio::inherit()).output().context("cargo metadata")?;
    if !output.status.success() {
        bail!("`cargo metadata` of {} failed", manifest.display());
    }
    Ok(serde_json::from_slice::<Metadata>(&output.stdout).context("cargo metadata")?.packages)
}

impl Policy {
    /// What is wrong with a package.
    fn fault(&self, package: &Package) -> Option<String> {
        let Package { name, version, license } = package;
        if self.bans.deny.iter().any(|banned| banned.name == *name) {
            return Some(format!("{name} {version} is banned"));
        }
        let Some(license) = license else { return Some(format!("{name} {version} names no licence")) };
        // Old manifests separate alternatives by a slash.
        let Ok(expression) = spdx::Expression::parse_mode(license, spdx::ParseMode::LAX) else {
            return Some(format!("{name} {version} has the unreadable licence `{license}`"));
        };
        let allowed = expression.evaluate(|requirement| self.allows(name, &requirement.to_string()));
        (!allowed).then(|| format!("{name} {version} has the licence `{license}`, which deny.toml does not allow"))
    }

    fn allows(&self, name: &str, requirement: &str) -> bool {
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        let mut allowed = self.licenses.allow.iter().chain(exceptions.flat_map(|exception| &exception.allow));
        allowed.any(|allowed| allowed == requirement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(license: Option<&str>) -> Option<String> {
        let policy = Policy {
            licenses: Licenses {
                allow: vec!["MIT".to_owned(), "Apache-2.0".to_owned()],
                exceptions: vec![
                    Exception { name: "some".to_owned(), allow: vec!["MPL-2.0".to_owned()] },
                    Exception { name: "other".to_owned(), allow: vec!["EPL-2.0".to_owned()] },
                ],
            },
            bans: Bans { deny: vec![Banned { name: "bad".to_owned() }] },
        };
        let license = license.map(str::to_owned);
        policy.fault(&Package { name: "some".to_owned(), version: "1.0.0".to_owned(), license })
    }

    #[test]
    fn one_allowed_alternative_is_enough_and_every_part_is_needed() {
        assert_eq!(fault(Some("MIT")), None);
        assert_eq!(fault(Some("MIT/Apache-2.0")), None);
        assert_eq!(fault(Some("GPL-3.0-only OR MIT")), None);
        assert!(fault(Some("GPL-3.0-only")).is_some());
        assert!(fault(Some("MIT AND GPL-3.0-only")).is_some());
        assert_eq!(fault(Some("MPL-2.0")), None, "an exception for this package");
        assert!(fault(Some("EPL-2.0")).is_some(), "an exception for another one");
        assert!(fault(Some("whatever")).is_some());
        assert!(fault(None).is_some());
    }
}
