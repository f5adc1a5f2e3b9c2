//! Tables in pandas' split orientation, and rows gathered from several of them.
//!
//! A column named `time` is a time. A column whose cells are all numbers is a number, except ids, which stay text.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Cell, Condition, Warnings};
use crate::frame::{Column, Table, Values};
use crate::order::Order;
use crate::query::TimeRange;

/// `{"columns": [..], "data": [[..], ..]}` as `DataFrame.to_json(orient="split")` writes it; an `index` is ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Split {
    /// Column names.
    pub columns: Vec<Cell>,
    /// Rows; each should be a list as long as the columns.
    pub data: Vec<Cell>,
}

/// Rows of equal width under named columns, gathered from tables whose columns may differ.
#[derive(Clone, Debug, Default)]
pub struct RowSet {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    columns: Vec<Vec<Cell>>,
    n_rows: usize,
}

impl RowSet {
    /// Adds a table whole. Rows of the wrong length are left out and counted.
    pub fn add(&mut self, split: Split, warnings: &mut Warnings) {
        self.add_where(split, |_, _| true, warnings);
    }

    /// Adds the rows that pass all conditions and lie in the range. Rows without a readable time take `default_ms` if the table has no
    /// `time` column at all, and are left out and counted otherwise.
    pub fn add_rows(
        &mut self,
        mut split: Split,
        range: TimeRange,
        conditions: &[Condition],
        default_ms: f64,
        warnings: &mut Warnings,
    ) {
        let names = column_names(&split);
        if !names.iter().any(|n| n == "time") {
            split.columns.push(Cell::Text("time".into()));
            for row in &mut split.data {
                if let Cell::List(cells) = row
                    && cells.len() == names.len()
                {
                    cells.push(Cell::Number(default_ms));
                }
            }
        }
        let names = column_names(&split);
        let time_at = names.iter().position(|n| n == "time");
        let tested: Vec<(Option<usize>, &Condition)> =
            conditions.iter().map(|c| (names.iter().position(|n| *n == c.label), c)).collect();
        let mut n_untimed = 0;
        let keep = |cells: &[Cell], _: &[String]| {
            let at_ms = time_at.and_then(|at| cells.get(at)).map_or(f64::NAN, Cell::instant_ms);
            if !at_ms.is_finite() {
                n_untimed += 1;
                return false;
            }
            range.contains(at_ms)
                && tested.iter().all(|(at, condition)| {
                    let value = at.and_then(|at| cells.get(at)).and_then(Cell::text);
                    condition.accepts(value.as_deref().unwrap_or(""))
                })
        };
        self.add_where(split, keep, warnings);
        warnings.add("rows had no readable time", n_untimed);
    }

    /// Adds columns side by side; shorter ones are filled up with missing cells and counted.
    pub fn add_columns(&mut self, columns: impl IntoIterator<Item = (String, Vec<Cell>)>, warnings: &mut Warnings) {
        let before = self.n_rows;
        let columns: Vec<(String, Vec<Cell>)> = columns.into_iter().collect();
        let n_added = columns.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        let n_short = columns.iter().filter(|(_, cells)| cells.len() < n_added).count();
        warnings.add("columns were shorter than others", n_short);
        for (name, cells) in columns {
            let slot = self.slot(&name);
            if let Some(column) = self.columns.get_mut(slot) {
                column.truncate(before);
                column.extend(cells);
            }
        }
        self.n_rows = before + n_added;
        for column in &mut self.columns {
            column.resize(self.n_rows, Cell::Missing);
        }
    }

    fn add_where(&mut self, split: Split, mut keep: impl FnMut(&[Cell], &[String]) -> bool, warnings: &mut Warnings) {
        let names = column_names(&split);
        let slots: Vec<usize> = names.iter().map(|name| self.slot(name)).collect();
        let mut n_wrong = 0;
        for row in split.data {
            let Cell::List(cells) = row else {
                n_wrong += 1;
                continue;
            };
            if cells.len() != names.len() {
                n_wrong += 1;
                continue;
            }
            if !keep(&cells, &names) {
                continue;
            }
            self.n_rows += 1;
            for (&slot, cell) in slots.iter().zip(cells) {
                if let Some(column) = self.columns.get_mut(slot)
                    && column.len() < self.n_rows
                {
                    column.push(cell);
                }
            }
            for column in &mut self.columns {
                column.resize(self.n_rows, Cell::Missing);
            }
        }
        warnings.add("rows had the wrong number of cells", n_wrong);
    }

    fn slot(&mut self, name: &str) -> usize {
        if let Some(&slot) = self.by_name.get(name) {
            return slot;
        }
        let slot = self.columns.len();
        self.columns.push(vec![Cell::Missing; self.n_rows]);
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), slot);
        slot
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The rows as typed columns in the order in which they came.
    pub fn into_table(self) -> Table {
        let columns = self.names.into_iter().zip(self.columns).map(|(name, cells)| typed_column(name, &cells));
        Table::new(columns.collect()).unwrap_or_default()
    }

    /// The rows sorted by time; the newest `limit` of them, with a warning about the others.
    pub fn into_newest(self, limit: u32, warnings: &mut Warnings) -> Table {
        let table = self.into_table();
        let Some(times) = table.numbers("time") else { return table };
        let mut rows: Vec<usize> = (0..table.n_rows()).collect();
        let at = |row: &usize| times.get(*row).copied().unwrap_or(f64::NAN);
        rows.order_by(|a, b| at(a).total_cmp(&at(b)));
        let n_over = rows.len().saturating_sub(limit as usize);
        warnings.add(format!("older rows were left out beyond the limit of {limit}"), n_over);
        table.taken(rows.get(n_over..).unwrap_or_default())
    }
}

fn column_names(split: &Split) -> Vec<String> {
    split.columns.iter().map(|c| c.text().map_or_else(String::new, |t| t.to_string())).collect()
}

fn typed_column(name: String, cells: &[Cell]) -> Column {
    let is_id = name == "id" || name.ends_with("_id");
    let values = if name == "time" {
        Values::Time(cells.iter().map(Cell::instant_ms).collect())
    } else if is_id || !cells.iter().all(Cell::is_numeric) {
        Values::Text(cells.iter().map(Cell::text).collect())
    } else if cells.iter().any(is_beyond_double) && cells.iter().all(|c| matches!(c, Cell::Integer(_) | Cell::Missing))
    {
        Values::Integer(cells.iter().map(|c| if let Cell::Integer(i) = c { Some(*i) } else { None }).collect())
    } else {
        Values::numbers(cells.iter().map(Cell::number))
    };
    Column::new(name, values)
}

/// Whether a whole number cannot be a double.
fn is_beyond_double(cell: &Cell) -> bool {
    matches!(cell, Cell::Integer(i) if i.unsigned_abs() > 1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Matcher;

    fn split(json: &str) -> Split {
        super::super::from_json(json.as_bytes(), "rows").unwrap()
    }

    #[test]
    fn columns_are_typed_by_their_cells() {
        let mut rows = RowSet::default();
        let mut warnings = Warnings::default();
        let json = r#"{"columns":["time","id","x","y","big"],"data":[[1,7,1,"a",9007199254740993],["1970-01-01T00:00:00.002Z",8,NaN,2,null],[1]]}"#;
        rows.add(split(json), &mut warnings);
        let table = rows.into_table();
        assert_eq!(table.numbers("time").unwrap(), [1.0, 2.0]);
        assert_eq!(table.text("id", 0).as_deref(), Some("7"));
        assert!(matches!(table.column("x").unwrap().values, Values::Number(_)));
        assert!(table.number("x", 1).is_nan());
        assert_eq!(table.text("y", 1).as_deref(), Some("2"));
        assert_eq!(table.text("big", 0).as_deref(), Some("9007199254740993"));
        assert_eq!(warnings.take().first().map(|w| w.count), Some(1));
    }

    #[test]
    fn tables_with_other_columns_are_aligned_by_name() {
        let mut rows = RowSet::default();
        let mut warnings = Warnings::default();
        rows.add(split(r#"{"columns":["a","b"],"data":[[1,2]]}"#), &mut warnings);
        rows.add(split(r#"{"columns":["b","c"],"data":[[3,4]]}"#), &mut warnings);
        let table = rows.into_table();
        assert!(table.number("a", 1).is_nan());
        assert_eq!(table.numbers("b").unwrap(), [2.0, 3.0]);
        assert_eq!(table.number("c", 1), 4.0);
    }

    #[test]
    fn rows_are_filtered_sorted_and_limited() {
        let mut rows = RowSet::default();
        let mut warnings = Warnings::default();
        let json = r#"{"columns":["time","k"],"data":[[5,"a"],[4,"a"],[3,"b"],[2,"a"],["?","a"],[99,"a"]]}"#;
        let conditions = [Condition::compile(&Matcher::any_of("k", ["a"])).unwrap()];
        rows.add_rows(split(json), TimeRange::new(0, 10), &conditions, f64::NAN, &mut warnings);
        let table = rows.into_newest(2, &mut warnings);
        assert_eq!(table.numbers("time").unwrap(), [4.0, 5.0]);
        let texts: Vec<String> = warnings.take().into_iter().map(|w| format!("{} {}", w.count, w.text)).collect();
        assert_eq!(texts, ["1 rows had no readable time", "1 older rows were left out beyond the limit of 2"]);
    }

    #[test]
    fn a_table_without_time_takes_the_default() {
        let mut rows = RowSet::default();
        rows.add_rows(
            split(r#"{"columns":["k"],"data":[["a"]]}"#),
            TimeRange::new(0, 10),
            &[],
            7.0,
            &mut Warnings::default(),
        );
        assert_eq!(rows.into_table().number("time", 0), 7.0);
    }
}
