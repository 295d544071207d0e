//! The look of all terminal tables.

use comfy_table::{Cell, CellAlignment, Table, TableComponent, presets};

/// How many characters a full bar has.
const BAR_WIDTH: usize = 12;

/// An empty table with this header: no frame, a line under the header. The first column is text, the others are numbers, to the right.
pub fn numeric_table(header: &[&str]) -> Table {
    let mut table = plain_table(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// An empty table with this header, all columns to the left.
pub fn plain_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_style(TableComponent::HeaderLines, '─');
    table.set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(header.iter().map(Cell::new));
    table
}

/// Puts these columns to the right: those with numbers.
pub fn align_right(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Colours come from the caller, who knows where the text goes, and not from what standard output is.
pub fn set_colour(table: &mut Table, colour: bool) {
    table.force_no_tty();
    if colour {
        table.enforce_styling();
    }
}

/// A bar of this share of its full length, in eighths of a character; empty for shares that are no number.
pub fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * (BAR_WIDTH * 8) as f64).round() as usize;
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// The table's lines without trailing spaces, with a line end after each.
pub fn to_text(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(1.0), "████████████");
        assert_eq!(bar(7.0), "████████████");
        assert_eq!(bar(0.5 / 12.0), "▌");
        assert_eq!(bar(1.25 / 12.0), "█▎");
        assert_eq!(bar(f64::NAN), "");
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let mut table = numeric_table(&["layer", "dB"]);
        table.add_row(["a", "10.5"]).add_row(["bb", "7.0"]);
        assert_eq!(to_text(&table), " layer     dB\n──────────────\n a       10.5\n bb       7.0\n");
    }
}
