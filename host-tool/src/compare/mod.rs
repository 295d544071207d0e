//! Programs and saved reports side by side: the table on which a person picks.
//!
//! ```text
//! argument -> request -> files -> facts (one file) -> column (one program) -> table, verdict
//! ```
//!
//! Every value carries what it was taken under ([`facts::Value::basis`]): its board, whether cycles were modelled or measured, how many
//! samples. Values whose bases differ are shown side by side, with a caveat, and are never judged.

pub mod column;
mod document;
mod error;
pub mod facts;
pub mod figure;
mod read;
pub mod request;
pub mod table;
pub mod threshold;

#[cfg(test)]
mod tests;

use serde::Serialize;

use column::{Column, ColumnFile};
pub use error::CompareError;
use facts::{Facts, Setting};
use figure::Figure;
pub use read::{from_bytes, read};
use table::{Caveat, Caveats, OperatorTable, Row};
use threshold::{Percent, Verdict};

/// What `compare --json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The columns; all others are compared with the first.
    pub columns: Vec<ColumnHead>,
    /// Circumstances, one row each.
    pub settings: Vec<SettingRow>,
    /// Figures, one row each.
    pub rows: Vec<Row>,
    /// Figures of operators, those that change most first.
    pub operators: Vec<OperatorTable>,
    /// What keeps figures from being compared like for like.
    pub caveats: Vec<Caveat>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// What the limit says, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_above: Option<Verdict>,
}

/// What a column is.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnHead {
    /// What it is called.
    pub label: String,
    /// What it was read from.
    pub files: Vec<ColumnFile>,
}

/// A circumstance of all columns.
#[derive(Debug, Clone, Serialize)]
pub struct SettingRow {
    /// Which.
    pub setting: Setting,
    /// One for each column; none where its files do not say.
    pub values: Vec<Option<String>>,
}

impl Comparison {
    /// Reads the files of all columns and compares them; with a limit, judges them too.
    ///
    /// # Errors
    /// A file cannot be used, or files that were joined do not belong together.
    pub fn read(requests: &[request::ColumnRequest], limit: Option<Percent>) -> Result<Self, CompareError> {
        let column = |(request, label): (&request::ColumnRequest, String)| {
            let files: Vec<Facts> = request.files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
            Column::join(label, files)
        };
        let columns: Vec<Column> =
            requests.iter().zip(request::labels(requests)).map(column).collect::<Result<_, _>>()?;
        Ok(Self::of(&columns, limit))
    }

    /// Compares columns; with a limit, judges them too.
    #[must_use]
    pub fn of(columns: &[Column], limit: Option<Percent>) -> Self {
        let mut caveats = Caveats::default();
        let rows = table::rows(columns, &mut caveats);
        let operators = table::operator_tables(columns, &mut caveats);
        let head = |column: &Column| ColumnHead { label: column.label.clone(), files: column.files.clone() };
        Comparison {
            columns: columns.iter().map(head).collect(),
            settings: setting_rows(columns),
            notes: columns.iter().flat_map(|column| column.notes.clone()).chain(strangers(columns, &rows)).collect(),
            rows,
            operators,
            caveats: caveats.into_vec(),
            fail_above: limit.map(|limit| threshold::judge(columns, limit)),
        }
    }

    /// The first later column of which the limit judges nothing.
    #[must_use]
    pub fn unjudged(&self) -> Option<&ColumnHead> {
        let verdict = self.fail_above.as_ref()?;
        self.columns.iter().skip(1).find(|column| !verdict.judges(&column.label))
    }
}

fn setting_rows(columns: &[Column]) -> Vec<SettingRow> {
    let mut settings: Vec<Setting> = columns.iter().flat_map(|column| column.settings.keys().copied()).collect();
    settings.sort_unstable();
    settings.dedup();
    let value = |setting| columns.iter().map(|column| column.settings.get(&setting).cloned()).collect();
    settings.into_iter().map(|setting| SettingRow { setting, values: value(setting) }).collect()
}

/// Notes on columns that have too little in common with the first.
fn strangers(columns: &[Column], rows: &[Row]) -> Vec<String> {
    let has = |row: &Row, index: usize| row.cells.get(index).is_some_and(Option::is_some);
    let Some((first, later)) = columns.split_first() else { return Vec::new() };
    let note = |(index, column): (usize, &Column)| {
        let (label, first_label) = (&column.label, &first.label);
        if !rows.iter().any(|row| has(row, 0) && has(row, index + 1)) {
            return Some(format!(
                "`{label}` has no figure in common with `{first_label}`: give both the same kinds of reports"
            ));
        }
        let (of_first, of_later) = (time_unit(first)?, time_unit(column)?);
        let are_strangers = of_first.iter().all(|unit| !of_later.contains(unit));
        are_strangers.then(|| {
            let [first_unit, unit] =
                [of_first, of_later].map(|units| units.iter().map(|unit| unit.name()).collect::<String>());
            format!("`{first_label}` counts {first_unit}, `{label}` {unit}: these cannot be compared")
        })
    };
    later.iter().enumerate().filter_map(note).collect()
}

/// What a column counts time in; none where it counts none.
fn time_unit(column: &Column) -> Option<Vec<Figure>> {
    let units = [Figure::Instructions, Figure::Cycles].into_iter().filter(|unit| column.figures.contains_key(unit));
    Some(units.collect()).filter(|units: &Vec<Figure>| !units.is_empty())
}
