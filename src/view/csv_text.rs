//! A table as CSV text.
//!
//! Numbers are written as they are, in full; instants as ISO 8601 in UTC. Text that a spreadsheet would run as a formula is
//! defused with a leading apostrophe, as OWASP's page on CSV injection recommends. Quoting is the csv crate's.

use super::{Cell, Grid};
use crate::calendar;

/// The table with a heading row. A column that holds intervals becomes three: value, low, high.
pub fn csv_text(grid: &Grid) -> String {
    let has_ends: Vec<bool> = (0..grid.columns.len()).map(|c| column_has_ends(grid, c)).collect();
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let mut heading = Vec::new();
    for (column, &ends) in grid.columns.iter().zip(&has_ends) {
        heading.push(defused(&column.title));
        if ends {
            heading.push(defused(&format!("{} low", column.title)));
            heading.push(defused(&format!("{} high", column.title)));
        }
    }
    // Writing to memory cannot fail; a record of a flexible writer may have any length.
    let _ = writer.write_record(&heading);
    for row in &grid.rows {
        let mut record = Vec::new();
        for (cell, &ends) in row.iter().zip(&has_ends) {
            push_cell(&mut record, cell, ends);
        }
        let _ = writer.write_record(&record);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One cell of text as a line of its own, such as a heading between tables.
pub fn csv_line(text: &str) -> String {
    let grid =
        Grid { columns: vec![super::GridColumn { title: text.to_owned(), ..Default::default() }], ..Grid::default() };
    csv_text(&grid)
}

fn column_has_ends(grid: &Grid, column: usize) -> bool {
    grid.rows.iter().any(|row| matches!(row.get(column), Some(Cell::Interval(..))))
}

fn push_cell(record: &mut Vec<String>, cell: &Cell, has_ends: bool) {
    let (value, low, high) = match cell {
        Cell::Missing => (String::new(), f64::NAN, f64::NAN),
        Cell::Text(text) | Cell::Status(_, text) => (defused(text), f64::NAN, f64::NAN),
        Cell::Number(value) | Cell::Share(_, value) => (plain(*value), f64::NAN, f64::NAN),
        Cell::Interval(value, low, high) => (plain(*value), *low, *high),
        Cell::Time(ms) => (instant(*ms), f64::NAN, f64::NAN),
        Cell::Spark(values) => (values.iter().map(|v| plain(*v)).collect::<Vec<_>>().join(" "), f64::NAN, f64::NAN),
        Cell::Series(labels) => (defused(&labels.to_string()), f64::NAN, f64::NAN),
    };
    record.push(value);
    if has_ends {
        record.push(plain(low));
        record.push(plain(high));
    }
}

fn plain(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

fn instant(ms: f64) -> String {
    calendar::instant_text(ms as i64).filter(|_| ms.is_finite()).unwrap_or_default()
}

fn defused(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::GridColumn;
    use super::*;

    fn grid(titles: &[&str], rows: Vec<Vec<Cell>>) -> Grid {
        let columns = titles.iter().map(|t| GridColumn { title: (*t).into(), ..GridColumn::default() }).collect();
        Grid { columns, rows, ..Grid::default() }
    }

    #[test]
    fn formulas_in_text_are_defused_and_negative_numbers_are_not() {
        let rows =
            vec![vec![Cell::Text("=1+1".into()), Cell::Number(-0.1)], vec![Cell::Text("@x".into()), Cell::Missing]];
        assert_eq!(csv_text(&grid(&["-a", "b"], rows)), "'-a,b\n'=1+1,-0.1\n'@x,\n");
    }

    #[test]
    fn quotes_commas_and_line_feeds_are_quoted() {
        let rows = vec![vec![Cell::Text("a,\"b\"\nc".into())]];
        assert_eq!(csv_text(&grid(&["t"], rows)), "t\n\"a,\"\"b\"\"\nc\"\n");
    }

    #[test]
    fn intervals_take_three_columns_and_times_are_iso() {
        let rows = vec![
            vec![Cell::Time(0.0), Cell::Interval(0.5, 0.25, 0.75)],
            vec![Cell::Time(f64::NAN), Cell::Number(f64::INFINITY)],
        ];
        let expected = "t,v,v low,v high\n1970-01-01T00:00:00Z,0.5,0.25,0.75\n,inf,,\n";
        assert_eq!(csv_text(&grid(&["t", "v"], rows)), expected);
    }
}
