//! The columns of a recorded table and the forms in which they are packed.
//!
//! The forms nest: the values of runs may be codes, the codes differences. What does not fit (a code beyond its dictionary, differences of
//! text) is a missing cell, never a failure. No column unpacks to more than [`MAX_CELLS`].

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::frame::{Column, Table, Values};
use crate::source::read::{Cell, RowSet, Warnings};

/// Cells of one column, at most; further ones are dropped.
const MAX_CELLS: usize = 4_000_000;

/// A file of typed columns.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ColumnsContent {
    /// Columns by name.
    columns: BTreeMap<String, Packed>,
    /// The columns that are instants besides `time`; all of them move with the recording.
    times: Vec<String>,
}

/// A column as it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Packed {
    /// Cell by cell.
    Plain(Vec<Cell>),
    /// Each value so many times.
    Runs { runs: Box<Packed>, counts: Vec<usize> },
    /// Whole numbers as differences to the one before, the first to zero, in a unit. A missing cell changes nothing.
    Deltas { deltas: Box<Packed>, unit: i64 },
    /// Positions in a list of values, from 0.
    Coded { dictionary: Vec<Cell>, codes: Box<Packed> },
    /// What the text of another column, which is none of this form, tells: the features of a row that was replayed.
    Told { by: String, values: BTreeMap<String, Cell> },
}

impl Packed {
    /// The cells, given those of the columns that may tell them.
    fn cells_beside(self, others: &BTreeMap<String, Vec<Cell>>) -> Vec<Cell> {
        let Self::Told { by, values } = self else { return self.cells() };
        let told = |cell: &Cell| match cell {
            Cell::Text(text) => values.get(&**text).cloned().unwrap_or_default(),
            _ => Cell::Missing,
        };
        others.get(&by).map(|cells| cells.iter().map(told).collect()).unwrap_or_default()
    }

    fn cells(self) -> Vec<Cell> {
        match self {
            Self::Plain(mut cells) => {
                cells.truncate(MAX_CELLS);
                cells
            }
            Self::Runs { runs, counts } => {
                let repeated = |(cell, n): (Cell, usize)| std::iter::repeat_n(cell, n.min(MAX_CELLS));
                runs.cells().into_iter().zip(counts).flat_map(repeated).take(MAX_CELLS).collect()
            }
            Self::Deltas { deltas, unit } => {
                let mut total = 0_i64;
                let cell = |step: Cell| {
                    let Cell::Integer(step) = step else { return Cell::Missing };
                    total = total.saturating_add(step.saturating_mul(unit));
                    Cell::Integer(total)
                };
                deltas.cells().into_iter().map(cell).collect()
            }
            Self::Coded { dictionary, codes } => {
                let cell = |code: Cell| {
                    let Cell::Integer(code) = code else { return Cell::Missing };
                    usize::try_from(code).ok().and_then(|at| dictionary.get(at)).cloned().unwrap_or_default()
                };
                codes.cells().into_iter().map(cell).collect()
            }
            Self::Told { .. } => Vec::new(),
        }
    }
}

/// Typed columns; shorter ones are filled up with missing cells.
pub fn table(content: ColumnsContent) -> Table {
    let mut rows = RowSet::default();
    let (told, alone): (Vec<_>, Vec<_>) =
        content.columns.into_iter().partition(|(_, packed)| matches!(packed, Packed::Told { .. }));
    let mut cells: BTreeMap<_, _> = alone.into_iter().map(|(name, packed)| (name, packed.cells())).collect();
    let told: Vec<_> = told.into_iter().map(|(name, packed)| (name, packed.cells_beside(&cells))).collect();
    cells.extend(told);
    rows.add_columns(cells, &mut Warnings::default());
    let table = rows.into_table();
    let timed = |column: &Column| match &column.values {
        Values::Number(numbers) if content.times.contains(&column.name) => {
            Column { values: Values::Time(numbers.clone()), ..column.clone() }
        }
        _ => column.clone(),
    };
    Table::new(table.columns().iter().map(timed).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read::from_json;

    /// The column `x` of the table that a packed column makes, as text.
    #[track_caller]
    fn check(packed: &str, expected: &str) {
        let content = from_json(format!(r#"{{"columns":{{"x":{packed}}}}}"#).as_bytes(), "test").unwrap();
        let table = table(content);
        let texts: Vec<String> =
            (0..table.n_rows()).map(|row| table.text("x", row).unwrap_or_else(|| "-".into())).collect();
        assert_eq!(texts.join(" "), expected);
    }

    #[test]
    fn each_form_unpacks() {
        check(r#"["a",null,"b"]"#, "a - b");
        check(r#"{"runs":["a",null],"counts":[2,1]}"#, "a a -");
        check(r#"{"deltas":[5,null,-2],"unit":10}"#, "50 - 30");
        check(r#"{"dictionary":["b","a"],"codes":[1,null,0]}"#, "a - b");
    }

    #[test]
    fn forms_nest() {
        check(r#"{"runs":{"dictionary":["a","b"],"codes":{"deltas":[0,1,-1],"unit":1}},"counts":[1,2,1]}"#, "a b b a");
        check(r#"{"runs":{"deltas":[1,1],"unit":60000},"counts":[1,2]}"#, "60000 120000 120000");
    }

    #[test]
    fn whole_numbers_stay_exact_beyond_doubles() {
        check(r#"{"deltas":[9007199254740993,2],"unit":1}"#, "9007199254740993 9007199254740995");
    }

    #[test]
    fn what_does_not_fit_is_missing() {
        check(r#"{"dictionary":["a"],"codes":[0,1,-1,"a"]}"#, "a - - -");
        check(r#"{"deltas":["a",1],"unit":1}"#, "- 1");
        check(r#"{"runs":["a","b"],"counts":[1]}"#, "a");
    }

    #[test]
    fn no_column_grows_without_bound() {
        let packed: Packed = serde_json::from_str(r#"{"runs":["a","b"],"counts":[99000000000,5]}"#).unwrap();
        assert_eq!(packed.cells().len(), MAX_CELLS);
    }

    #[test]
    fn a_column_may_be_told_by_another() {
        let json = r#"{"columns":{"row":{"runs":["a","b",null,"c"],"counts":[1,2,1,1]},
            "x":{"by":"row","values":{"a":1.5,"b":"NaN","c":null}},"y":{"by":"x","values":{"a":1}},"z":{"by":"?","values":{}}}}"#;
        let table = table(from_json(json.as_bytes(), "test").unwrap());
        let numbers = table.numbers("x").unwrap();
        assert_eq!(numbers[0], 1.5);
        assert_eq!(numbers.iter().filter(|x| x.is_nan()).count(), 4);
        // What tells a column is no such column itself, and must be there.
        assert_eq!((table.text("y", 0), table.text("z", 0)), (None, None));
    }

    #[test]
    fn instants_are_named() {
        let json = r#"{"times":["at"],"columns":{"at":{"deltas":[1,1],"unit":1000},"n":[1,2]}}"#;
        let table = table(from_json(json.as_bytes(), "test").unwrap());
        assert!(matches!(&table.column("at").unwrap().values, Values::Time(times) if **times == [1000.0, 2000.0]));
        assert!(matches!(table.column("n").unwrap().values, Values::Number(_)));
    }
}
