//! From a file to its facts: what it is, is seen from its content.

use std::path::Path;

use peacrab_format::MAGIC;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::CompareError;
use super::facts::{Facts, Kind};
use crate::emit::ProgramFile;

/// So many keys of an unknown report are told.
const KEYS_TOLD: usize = 6;

/// Reads a file.
///
/// # Errors
/// It cannot be read, is none of the files that can be compared, or is damaged.
pub fn read(path: &Path) -> Result<Facts, CompareError> {
    let bytes = std::fs::read(path).map_err(|source| CompareError::Unreadable { path: path.to_owned(), source })?;
    from_bytes(path, &bytes)
}

/// The facts in the bytes of a file; its path is only told.
///
/// # Errors
/// As of [`read`].
pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Facts, CompareError> {
    if bytes.starts_with(&MAGIC) {
        return Ok(Facts::of_program(&ProgramFile::from_bytes(path, bytes)?));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| CompareError::NotText { path: path.to_owned() })?;
    let report = Report { path, text };
    match report.kind()? {
        kind @ (Kind::Profile | Kind::Run) => Ok(Facts::of_run(path, kind, &report.parse(kind)?)),
        Kind::Eval => Ok(Facts::of_eval(path, &report.parse(Kind::Eval)?)),
        Kind::Convert | Kind::Program => Ok(Facts::of_convert(path, &report.parse(Kind::Convert)?)),
    }
}

/// The text of a report.
struct Report<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Report<'_> {
    fn kind(&self) -> Result<Kind, CompareError> {
        let path = || self.path.to_owned();
        let value: Value = serde_json::from_str(self.text).map_err(|source| match source.is_eof() {
            true => CompareError::Truncated { path: path(), line: self.text.lines().count() },
            false => CompareError::NotJson { path: path(), source },
        })?;
        let kind = value.as_object().and_then(kind_of);
        kind.ok_or_else(|| CompareError::UnknownReport { path: path(), found: describe(&value) })
    }

    /// Parses the text once more: so the parser can say in which line a value is wrong.
    fn parse<T: DeserializeOwned>(&self, kind: Kind) -> Result<T, CompareError> {
        let wrong = |source| CompareError::WrongValue { path: self.path.to_owned(), kind, source };
        serde_json::from_str(self.text).map_err(wrong)
    }
}

/// What a report is, by keys that only it has.
fn kind_of(report: &Map<String, Value>) -> Option<Kind> {
    const KINDS: [(Kind, &[&str]); 5] = [
        (Kind::Profile, &["board", "operators", "cycles_are"]),
        (Kind::Profile, &["board", "operators", "instructions"]),
        (Kind::Run, &["board", "unit", "count"]),
        (Kind::Eval, &["task", "float", "fixed"]),
        (Kind::Convert, &["arena_bytes", "program_bytes"]),
    ];
    let has = |keys: &[&str]| keys.iter().all(|key| report.contains_key(*key));
    KINDS.iter().find(|(_, keys)| has(keys)).map(|(kind, _)| *kind)
}

fn describe(value: &Value) -> String {
    match value {
        Value::Object(report) if report.is_empty() => "an object without keys".to_owned(),
        Value::Object(report) => {
            let keys: Vec<&str> = report.keys().take(KEYS_TOLD).map(String::as_str).collect();
            let more = if report.len() > KEYS_TOLD { ", ..." } else { "" };
            format!("an object with the keys {}{more}", keys.join(", "))
        }
        Value::Array(_) => "a list".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a truth value".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a text".to_owned(),
    }
}
