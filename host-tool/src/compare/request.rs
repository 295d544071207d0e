//! What a person asks for: one argument for each column.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// One column: `[NAME=]FILE[,FILE...]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRequest {
    /// The argument itself.
    pub argument: String,
    /// The name that was given.
    pub name: Option<String>,
    /// The files, one or more.
    pub files: Vec<PathBuf>,
}

/// Why arguments cannot be meant like that.
#[derive(Debug, Error, Diagnostic, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// A name or a file is empty.
    #[error("`{argument}` has {what}")]
    #[diagnostic(
        code(compare::argument),
        help("a column is [NAME=]FILE[,FILE...], as in small=A.pea,A-eval.json,A-run.json")
    )]
    Empty {
        /// The argument.
        argument: String,
        /// What is missing.
        what: &'static str,
    },
    /// Two columns have the same name.
    #[error("two columns are called `{name}`")]
    #[diagnostic(code(compare::same_name), help("give each column a NAME= of its own"))]
    SameName {
        /// The name.
        name: String,
    },
    /// There is nothing to compare with.
    #[error("there is only one column")]
    #[diagnostic(
        code(compare::one_column),
        help("give two or more, separated by spaces; commas join the files of one column")
    )]
    OneColumn,
}

/// Reads the arguments. One that names a file as a whole is that file, whatever commas and equals signs are in it.
///
/// # Errors
/// An argument is not of the form, or columns have the same name.
pub fn parse(arguments: &[String], is_file: impl Fn(&Path) -> bool) -> Result<Vec<ColumnRequest>, RequestError> {
    let columns: Vec<ColumnRequest> =
        arguments.iter().map(|argument| parse_column(argument, &is_file)).collect::<Result<_, _>>()?;
    if columns.len() < 2 {
        return Err(RequestError::OneColumn);
    }
    let mut names: Vec<&String> = columns.iter().filter_map(|column| column.name.as_ref()).collect();
    names.sort_unstable();
    match names.windows(2).find_map(|pair| pair.first().filter(|name| pair.last() == Some(name))) {
        Some(name) => Err(RequestError::SameName { name: (*name).clone() }),
        None => Ok(columns),
    }
}

fn parse_column(argument: &str, is_file: &impl Fn(&Path) -> bool) -> Result<ColumnRequest, RequestError> {
    let empty = |what| RequestError::Empty { argument: argument.to_owned(), what };
    let (name, files) = match argument.split_once('=') {
        Some((name, files)) if !is_file(Path::new(argument)) => (Some(name), files),
        _ => (None, argument),
    };
    if name.is_some_and(|name| name.trim().is_empty()) {
        return Err(empty("no name before its `=`"));
    }
    let files: Vec<PathBuf> = match is_file(Path::new(files)) {
        true => vec![files.into()],
        false => files.split(',').map(PathBuf::from).collect(),
    };
    if files.iter().any(|file| file.as_os_str().is_empty()) {
        return Err(empty("an empty file name"));
    }
    Ok(ColumnRequest { argument: argument.to_owned(), name: name.map(|name| name.trim().to_owned()), files })
}

/// What the columns are called: the names given, else what the names of their files begin with, else the whole argument.
pub fn labels(columns: &[ColumnRequest]) -> Vec<String> {
    let short: Vec<String> =
        columns.iter().map(|column| column.name.clone().unwrap_or_else(|| common_stem(&column.files))).collect();
    let is_alone = |label: &String| short.iter().filter(|other| *other == label).count() == 1;
    let mut labels: Vec<String> = Vec::new();
    for (column, short) in columns.iter().zip(&short) {
        let label = if column.name.is_some() || is_alone(short) { short } else { &column.argument };
        let mut candidates = std::iter::once(label.clone()).chain((2..).map(|count| format!("{label} ({count})")));
        labels.extend(candidates.find(|candidate| !labels.contains(candidate)));
    }
    labels
}

/// What the names of all files begin with, in whole words: `small` of `small.pea` and `small-eval.json`. The first name, if that is nothing.
fn common_stem(files: &[PathBuf]) -> String {
    const BETWEEN_WORDS: [char; 4] = ['-', '_', '.', ' '];
    let stems: Vec<String> =
        files.iter().map(|file| file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()).collect();
    let Some((first, others)) = stems.split_first() else { return String::new() };
    let is_common = |words: &str| {
        others
            .iter()
            .all(|stem| stem.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(BETWEEN_WORDS)))
    };
    let ends = first.match_indices(BETWEEN_WORDS).map(|(at, _)| at).chain([first.len()]);
    let common = ends.filter_map(|end| first.get(..end)).rfind(|words| is_common(words)).unwrap_or_default();
    if common.is_empty() { first.clone() } else { common.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(arguments: &[&str]) -> Result<Vec<ColumnRequest>, RequestError> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        parse(&arguments, |path| path == Path::new("odd=name,x.json"))
    }

    fn called(arguments: &[&str]) -> Vec<String> {
        labels(&ask(arguments).expect("of the form"))
    }

    #[test]
    fn commas_join_and_equals_names() {
        let columns = ask(&["A.pea", "small = B.pea,d/B-eval.json", "odd=name,x.json", "n=odd=name,x.json"]);
        let columns = columns.expect("of the form");
        let read: Vec<(Option<&str>, Vec<&str>)> = columns
            .iter()
            .map(|column| (column.name.as_deref(), column.files.iter().filter_map(|file| file.to_str()).collect()))
            .collect();
        assert_eq!(read[0], (None, vec!["A.pea"]));
        assert_eq!(read[1], (Some("small"), vec![" B.pea", "d/B-eval.json"]));
        assert_eq!(read[2], (None, vec!["odd=name,x.json"]), "a file of that name is there");
        assert_eq!(read[3], (Some("n"), vec!["odd=name,x.json"]));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(ask(&["A.pea"]), Err(RequestError::OneColumn));
        assert_eq!(ask(&[]), Err(RequestError::OneColumn));
        assert_eq!(ask(&["x=A", "y=B", "x=C"]), Err(RequestError::SameName { name: "x".into() }));
        for argument in ["", "A,", ",A", "A,,B", "x=", "=A", " =A"] {
            assert!(matches!(ask(&["A", argument]), Err(RequestError::Empty { .. })), "{argument}");
        }
    }

    #[test]
    fn columns_are_called_by_what_their_files_share() {
        assert_eq!(called(&["a/small.pea,small-eval.json", "b/big-eval.json,big-run.json"]), ["small", "big"]);
        assert_eq!(called(&["v1.0-eval.json,v1.0-run.json", "v1.5.pea"]), ["v1.0", "v1.5"]);
        assert_eq!(called(&["run.json,rule.json", "N=x"]), ["run", "N"]);
        assert_eq!(called(&["a-b.json,c-d.json", "x"]), ["a-b", "x"]);
    }

    #[test]
    fn columns_of_the_same_name_are_told_apart() {
        assert_eq!(called(&["old/run.json", "new/run.json", "other.json"]), ["old/run.json", "new/run.json", "other"]);
        assert_eq!(called(&["run.json", "run.json"]), ["run.json", "run.json (2)"]);
        assert_eq!(called(&["x=run.json", "x.json"]), ["x", "x.json"]);
    }
}
