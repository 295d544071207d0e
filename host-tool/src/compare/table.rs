//! The table: each figure of each column beside the first column's.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::column::Column;
use super::facts::{Operators, Value};
use super::figure::{Figure, Relation};

/// One figure of all columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Which.
    pub figure: Figure,
    /// One for each column; none where it does not have the figure.
    pub cells: Vec<Option<Cell>>,
}

/// One figure of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The figure.
    #[serde(serialize_with = "whole_where_whole")]
    pub value: f64,
    /// Multiple of the first column's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Difference to the first column's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// The best of its row, among the cells that can be compared like for like.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub best: bool,
    /// Number of the caveat, from 1, where this and the first column's value were not taken under the same circumstances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caveat: Option<usize>,
}

/// One figure of the operators of all columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperatorTable {
    /// Which.
    pub figure: Figure,
    /// The operators, those that change most first.
    pub operators: Vec<OperatorRow>,
}

/// One operator of all columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperatorRow {
    /// Its name in the model.
    pub name: String,
    /// One for each column; none where it does not have the operator.
    pub cells: Vec<Option<Cell>>,
}

/// What keeps figures of a column from being compared with the first column's like for like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caveat {
    /// Label of the later column.
    pub column: String,
    /// Circumstances of the first column that the later one does not have.
    pub first: Vec<String>,
    /// Circumstances of the later column that the first one does not have.
    pub later: Vec<String>,
    /// The figures that it is about.
    pub figures: BTreeSet<Figure>,
}

/// The caveats of a table, each once.
#[derive(Debug, Default)]
pub(super) struct Caveats(Vec<Caveat>);

impl Caveats {
    /// The number of the caveat between two values, if there is one.
    fn number(&mut self, figure: Figure, label: &str, first: &[String], later: &[String]) -> Option<usize> {
        let (first, later) = differences(first, later)?;
        let known =
            self.0.iter().position(|caveat| caveat.column == label && caveat.first == first && caveat.later == later);
        let index = known.unwrap_or_else(|| {
            self.0.push(Caveat { column: label.to_owned(), first, later, figures: BTreeSet::new() });
            self.0.len() - 1
        });
        if let Some(caveat) = self.0.get_mut(index) {
            caveat.figures.insert(figure);
        }
        Some(index + 1)
    }

    pub(super) fn into_vec(self) -> Vec<Caveat> {
        self.0
    }
}

/// What each of two bases has and the other has not; none where they are the same.
pub(super) fn differences(first: &[String], later: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    let without = |a: &[String], b: &[String]| a.iter().filter(|phrase| !b.contains(phrase)).cloned().collect();
    let differences: (Vec<String>, Vec<String>) = (without(first, later), without(later, first));
    (differences != (Vec::new(), Vec::new())).then_some(differences)
}

/// The rows of every figure that any column has.
pub(super) fn rows(columns: &[Column], caveats: &mut Caveats) -> Vec<Row> {
    Figure::ROWS.into_iter().filter_map(|figure| row(figure, columns, caveats)).collect()
}

fn row(figure: Figure, columns: &[Column], caveats: &mut Caveats) -> Option<Row> {
    let values: Vec<Option<&Value>> = columns.iter().map(|column| column.figures.get(&figure)).collect();
    let first = values.first().copied().flatten();
    values.iter().any(Option::is_some).then(|| {
        let cell = |(value, column): (&Option<&Value>, &Column)| {
            let value = (*value)?;
            let mut cell = Cell::new(figure, value.number, first.map(|first| first.number));
            cell.caveat = first.and_then(|first| caveats.number(figure, &column.label, &first.basis, &value.basis));
            Some(cell)
        };
        let mut cells: Vec<Option<Cell>> = values.iter().zip(columns).map(cell).collect();
        if let Some(cell) = cells.first_mut().and_then(Option::as_mut) {
            (cell.ratio, cell.difference) = (None, None);
        }
        // What the first column does not have, has no caveats, and may not be like for like among the others.
        if first.is_some() {
            mark_best(figure, &mut cells);
        }
        Row { figure, cells }
    })
}

impl Cell {
    fn new(figure: Figure, value: f64, first: Option<f64>) -> Self {
        let relation = figure.traits().relation;
        Cell {
            value,
            ratio: first.filter(|&first| relation == Relation::Ratio && first > 0.0).map(|first| value / first),
            difference: first.filter(|_| relation == Relation::Difference).map(|first| value - first),
            best: false,
            caveat: None,
        }
    }
}

/// Marks the best of the cells that can be compared like for like; none, where these are all the same.
fn mark_best(figure: Figure, cells: &mut [Option<Cell>]) {
    let more_is_better = figure.traits().more_is_better;
    let better = |a: f64, b: f64| if more_is_better { a.max(b) } else { a.min(b) };
    let values = || cells.iter().flatten().filter(|cell| cell.caveat.is_none()).map(|cell| cell.value);
    let Some(best) = values().reduce(better).filter(|best| values().any(|value| value != *best)) else { return };
    for cell in cells.iter_mut().flatten().filter(|cell| cell.caveat.is_none()) {
        cell.best = cell.value == best;
    }
}

/// What operators cost, by the best figure that there is, and how exact their outputs are.
pub(super) fn operator_tables(columns: &[Column], caveats: &mut Caveats) -> Vec<OperatorTable> {
    let has = |column: &Column, figure: &Figure| column.operators.contains_key(figure);
    let having = |figure: &Figure| match columns.first() {
        Some(first) if has(first, figure) => columns.iter().filter(|column| has(column, figure)).count(),
        _ => 0,
    };
    // `max_by_key` takes the last of equal ones.
    let costs = [Figure::Macs, Figure::Instructions, Figure::Cycles];
    let cost = costs.into_iter().max_by_key(having);
    let figures = cost.into_iter().chain([Figure::SqnrDb]).filter(|figure| having(figure) > 1);
    figures.map(|figure| operator_table(figure, columns, caveats)).collect()
}

/// Name of an operator, and which it is of those with this name, from 1.
type Key<'a> = (&'a str, usize);

/// One column's figures of its operators.
struct OperatorColumn<'a> {
    values: BTreeMap<Key<'a>, f64>,
    caveat: Option<usize>,
}

fn operator_table(figure: Figure, columns: &[Column], caveats: &mut Caveats) -> OperatorTable {
    let lists: Vec<Option<&Operators>> = columns.iter().map(|column| column.operators.get(&figure)).collect();
    let first_basis = lists.first().copied().flatten().map(|list| list.basis.as_slice());
    let mut by_column = Vec::new();
    for (list, column) in lists.iter().copied().zip(columns) {
        let bases = first_basis.zip(list.map(|list| list.basis.as_slice()));
        by_column.push(OperatorColumn {
            values: list.map_or_else(BTreeMap::new, keyed),
            caveat: bases.and_then(|(first, later)| caveats.number(figure, &column.label, first, later)),
        });
    }
    let mut operators: Vec<OperatorRow> =
        keys(&lists).into_iter().map(|key| operator_row(figure, key, &by_column)).collect();
    operators.sort_by(|a, b| change(figure, b).total_cmp(&change(figure, a)).then(size(b).total_cmp(&size(a))));
    OperatorTable { figure, operators }
}

fn operator_row(figure: Figure, key: Key<'_>, columns: &[OperatorColumn<'_>]) -> OperatorRow {
    let first = columns.first().and_then(|column| column.values.get(&key)).copied();
    let cell = |(index, column): (usize, &OperatorColumn)| {
        let cell = Cell::new(figure, *column.values.get(&key)?, first.filter(|_| index > 0));
        Some(Cell { caveat: column.caveat.filter(|_| first.is_some()), ..cell })
    };
    OperatorRow { name: key.0.to_owned(), cells: columns.iter().enumerate().map(cell).collect() }
}

/// Operators by name; those of the same name one by one.
fn keyed(list: &Operators) -> BTreeMap<Key<'_>, f64> {
    numbered(list).zip(&list.entries).map(|(key, (_, number))| (key, *number)).collect()
}

fn numbered(list: &Operators) -> impl Iterator<Item = Key<'_>> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    list.entries.iter().map(move |(name, _)| {
        let count = seen.entry(name).or_default();
        *count += 1;
        (name.as_str(), *count)
    })
}

/// Every operator of any list once, in the order in which they are met.
fn keys<'a>(lists: &[Option<&'a Operators>]) -> Vec<Key<'a>> {
    let mut seen = BTreeSet::new();
    let all = lists.iter().flatten().flat_map(|list| numbered(list));
    all.filter(|key| seen.insert(*key)).collect()
}

/// The largest change of a row against its first cell. A cost that is not there is none; an operator's error that is not there is unknown.
fn change(figure: Figure, row: &OperatorRow) -> f64 {
    let absent = (figure.traits().relation == Relation::Ratio).then_some(0.0);
    let values = row.cells.iter().map(|cell| cell.as_ref().map(|cell| cell.value).or(absent));
    let first = row.cells.first().and_then(Option::as_ref).map(|cell| cell.value).or(absent);
    values.skip(1).filter_map(|value| Some((value? - first?).abs())).fold(0.0, f64::max)
}

fn size(row: &OperatorRow) -> f64 {
    row.cells.iter().flatten().map(|cell| cell.value).fold(f64::NEG_INFINITY, f64::max)
}

/// Counts as whole numbers.
pub(super) fn whole_where_whole<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT_MAX: f64 = (1u64 << 53) as f64;
    if value.fract() == 0.0 && value.abs() <= EXACT_MAX {
        return serializer.serialize_i64(*value as i64);
    }
    serializer.serialize_f64(*value)
}
