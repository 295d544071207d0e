//! Every model on every board: instructions, modelled cycles and memory, kept in `docs/bench`, so that no change of speed goes unseen.

mod figures;
mod judge;
mod measure;
mod table;

use anyhow::{Context as _, bail};

use crate::{setup, shell};
use figures::Bench;

const FOLDER: &str = "docs/bench";

/// Measures and writes the tables anew.
pub fn renew() -> anyhow::Result<()> {
    setup::run()?;
    let old = read()?;
    let new = measure::all()?.with_missing_from(old.as_ref());
    if let Some(old) = &old {
        print!("{}", judge::differences(old, &new));
    }
    let folder = shell::checkout().join(FOLDER);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {FOLDER}"))?;
    shell::write(&format!("{FOLDER}/figures.json"), &format!("{}\n", serde_json::to_string_pretty(&new)?))?;
    shell::write(&format!("{FOLDER}/README.md"), &table::markdown(&new))?;
    println!("bench: wrote {FOLDER}/figures.json and {FOLDER}/README.md");
    Ok(())
}

/// Measures and compares with the tables: a figure that changed by more than 1 % with the same compiler is an error.
pub fn check() -> anyhow::Result<()> {
    setup::run()?;
    let old = read()?.with_context(|| format!("{FOLDER}/figures.json is missing: `cargo xtask bench` makes it"))?;
    let new = measure::all()?;
    let found = judge::differences(&old, &new);
    print!("{found}");
    if found.fails() {
        bail!("figures changed by more than 1 %: if that is meant, renew the tables with `cargo xtask bench`");
    }
    Ok(())
}

fn read() -> anyhow::Result<Option<Bench>> {
    let path = shell::checkout().join(FOLDER).join("figures.json");
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(serde_json::from_str(&text).with_context(|| format!("{} is not what `bench` writes", path.display()))?))
}
