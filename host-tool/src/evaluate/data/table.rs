//! CSV files: numeric tables, and the two-column or one-column text of label files.

use std::fs::File;
use std::path::Path;

use super::array::{Array, Dtype, Integers, Numbers};
use super::error::DataError;

/// 2^53: below it a 64-bit float holds every integer.
const EXACT_INTEGER_LIMIT: f64 = 9_007_199_254_740_992.0;

/// The rows of a CSV file as trimmed text, all of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The file.
    pub origin: String,
    /// Cells, row by row.
    pub rows: Vec<csv::StringRecord>,
}

/// Reads a CSV file without judging its cells.
///
/// # Errors
/// When the file cannot be read or its rows differ in length, and [`DataError::Empty`] when there are none.
pub fn read_table(path: &Path) -> Result<Table, DataError> {
    let origin = path.display().to_string();
    let file = File::open(path).map_err(|source| DataError::Read { origin: origin.clone(), source })?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(file);
    let rows: Result<Vec<_>, _> = reader.records().collect();
    let rows = rows.map_err(|source| DataError::Csv { origin: origin.clone(), source })?;
    if rows.is_empty() {
        return Err(DataError::Empty { origin });
    }
    Ok(Table { origin, rows })
}

impl Table {
    /// Cells per row.
    pub fn columns(&self) -> usize {
        self.rows.first().map_or(0, csv::StringRecord::len)
    }

    /// The table as numbers, `[rows, columns]`, without its header: a first row in which a cell is not a number.
    ///
    /// The element type is `i64` when every cell is written as a whole number below 2^53, else `f64`.
    ///
    /// # Errors
    /// [`DataError::CsvCell`] for the first cell below the header that is no number.
    pub fn to_numbers(&self) -> Result<Array, DataError> {
        let has_header = self.rows.first().is_some_and(|row| row.iter().any(|cell| cell.parse::<f64>().is_err()));
        let body = self.rows.get(usize::from(has_header)..).unwrap_or_default();
        if body.is_empty() {
            return Err(DataError::Empty { origin: self.origin.clone() });
        }
        let mut whole = true;
        let mut values = Vec::with_capacity(body.len() * self.columns());
        for row in body {
            for (column, cell) in row.iter().enumerate() {
                let value: f64 = cell.parse().map_err(|_| self.bad_cell(row, column, cell))?;
                whole &= value.abs() < EXACT_INTEGER_LIMIT && cell.parse::<i64>().is_ok();
                values.push(value);
            }
        }
        let (dtype, numbers) = if whole {
            let integers = values.into_iter().map(|value| value as i64).collect();
            (Dtype::I64, Numbers::Integers(Integers::I64(integers)))
        } else {
            (Dtype::F64, Numbers::F64(values))
        };
        Ok(Array { origin: self.origin.clone(), shape: vec![body.len(), self.columns()], dtype, numbers })
    }

    fn bad_cell(&self, row: &csv::StringRecord, column: usize, cell: &str) -> DataError {
        DataError::CsvCell {
            origin: self.origin.clone(),
            line: row.position().map_or(0, csv::Position::line),
            column: column + 1,
            cell: cell.to_owned(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn table(text: &str) -> Result<Table, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, text).unwrap();
        read_table(&path)
    }

    #[test]
    fn header_is_optional() {
        for text in ["a,b\n1.5,2\n3,4\n", "1.5,2\n3,4\n", "\u{feff}1.5, 2\r\n3,4"] {
            let array = table(text).unwrap().to_numbers().unwrap();
            assert_eq!(array.shape, [2, 2]);
            assert_eq!(array.numbers, Numbers::F64(vec![1.5, 2.0, 3.0, 4.0]), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_integers() {
        let array = table("1,-2\n3,255\n").unwrap().to_numbers().unwrap();
        assert_eq!(array.numbers, Numbers::Integers(Integers::I64(vec![1, -2, 3, 255])));
        assert_eq!(table("1.0,2\n").unwrap().to_numbers().unwrap().dtype, Dtype::F64);
        assert_eq!(table("9007199254740993\n").unwrap().to_numbers().unwrap().dtype, Dtype::F64);
        assert_eq!(table("9007199254740991\n").unwrap().to_numbers().unwrap().dtype, Dtype::I64);
    }

    #[test]
    fn errors_name_line_and_column() {
        let error = table("a,b\n1,2\n3,x\n").unwrap().to_numbers().unwrap_err();
        assert!(matches!(error, DataError::CsvCell { line: 3, column: 2, ref cell, .. } if cell == "x"), "{error}");
        let error = table("1,2\n3,\n").unwrap().to_numbers().unwrap_err();
        assert!(matches!(error, DataError::CsvCell { line: 2, column: 2, .. }), "{error}");
        assert!(matches!(table("1,2\n3\n"), Err(DataError::Csv { .. })));
        assert!(matches!(table(""), Err(DataError::Empty { .. })));
        assert!(matches!(table("a,b\n").unwrap().to_numbers(), Err(DataError::Empty { .. })));
    }
}
