//! What can be wrong with the files of a comparison.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use super::facts::Kind;
use super::figure::Figure;
use crate::emit::ReadError;

/// Why files cannot be compared.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum CompareError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    #[diagnostic(
        code(compare::unreadable),
        help("check the path; files of one column are joined by commas without spaces: A.pea,A-eval.json")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program is damaged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Program(#[from] ReadError),
    /// Neither a program nor text.
    #[error("`{}` is neither a program nor a JSON report: it starts like no program and is not UTF-8 text", path.display())]
    #[diagnostic(
        code(compare::not_text),
        help(
            "give programs (.pea) and what `peacrab eval --json`, `run --json`, `profile --json` or `convert --json` printed; some shells write UTF-16 when they redirect: save it as UTF-8"
        )
    )]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Text that is not JSON.
    #[error("`{}` is neither a program nor a JSON report", path.display())]
    #[diagnostic(
        code(compare::not_json),
        help(
            "give programs (.pea) and what `peacrab eval --json`, `run --json`, `profile --json` or `convert --json` printed, standard output alone"
        )
    )]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What the parser found, with its line.
        #[source]
        source: serde_json::Error,
    },
    /// JSON that stops before its end.
    #[error("`{}` is not whole: {}", path.display(), if *line == 0 { "it is empty".to_owned() } else { format!("its JSON stops in line {line}") })]
    #[diagnostic(
        code(compare::truncated),
        help("save the report again: the command that wrote it failed or was stopped, or the disk was full")
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its last line.
        line: usize,
    },
    /// JSON of something else.
    #[error("`{}` is JSON, but no report that can be compared: it is {found}", path.display())]
    #[diagnostic(
        code(compare::unknown_report),
        help(
            "reports of `peacrab eval --json`, `run --json`, `profile --json` and `convert --json` can be compared, and programs (.pea)"
        )
    )]
    UnknownReport {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
    },
    /// A report with a value of another type, or without one that it must have.
    #[error("`{}` is a report of `{kind}` with a value that is not right", path.display())]
    #[diagnostic(
        code(compare::wrong_value),
        help(
            "was it edited? save it again with `peacrab {kind} --json`; reports of a newer Peacrab need that Peacrab"
        )
    )]
    WrongValue {
        /// The file.
        path: PathBuf,
        /// What it was taken for.
        kind: Kind,
        /// What the parser found, with its line.
        #[source]
        source: serde_json::Error,
    },
    /// Two files of one column say the same things.
    #[error("column `{label}` has two files of the same kind ({kind}): `{}` and `{}`", first.display(), second.display())]
    #[diagnostic(code(compare::same_kind), help("a comma joins files of one program; separate columns by spaces"))]
    SameKind {
        /// The column.
        label: String,
        /// What both are.
        kind: Kind,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two files of one column are of different programs.
    #[error(
        "column `{label}` mixes different programs: {} is {value} in `{}` and {other_value} in `{}`",
        figure.name(), path.display(), other_path.display()
    )]
    #[diagnostic(
        code(compare::different_programs),
        help(
            "a comma joins files of one program; separate columns by spaces, and make reports again after a new `convert`"
        )
    )]
    DifferentPrograms {
        /// The column.
        label: String,
        /// What differs.
        figure: Figure,
        /// One file.
        path: PathBuf,
        /// Its value.
        value: f64,
        /// The other file.
        other_path: PathBuf,
        /// Its value.
        other_value: f64,
    },
    /// Two files of one column are of different boards.
    #[error(
        "column `{label}` mixes boards: `{}` ran on {board}, `{}` on {other_board}",
        path.display(), other_path.display()
    )]
    #[diagnostic(
        code(compare::different_boards),
        help("give each board a column of its own; program and evaluation may be in several columns")
    )]
    DifferentBoards {
        /// The column.
        label: String,
        /// One file.
        path: PathBuf,
        /// Its board.
        board: String,
        /// The other file.
        other_path: PathBuf,
        /// Its board.
        other_board: String,
    },
}
