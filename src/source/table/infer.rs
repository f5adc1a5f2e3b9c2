//! The type of a column from its cells.
//!
//! A column has a type if nine in ten of its cells have it; the others are then missing, counted as a gap. Below that it is text, which loses
//! nothing, with a counted note. What looks like a number but would lose something as one makes its column text: `007`, and whole
//! numbers beyond 64 bits. So do the names of identifiers: `id`, `*_id` and `version` (`1.10` is not `1.1`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::seen::Seen;
use crate::frame::{Column, Values};
use crate::source::read::Warnings;

/// The largest whole number up to which doubles hold every one.
const EXACT: u64 = 1 << 53;
/// Texts that a column remembers, so that equal ones are kept once.
const MOST_SHARED: usize = 4_096;

/// How often each kind of cell occurs in a column.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    n_integers: usize,
    n_beyond: usize,
    n_decimals: usize,
    n_instants: usize,
    n_flags: usize,
    n_codes: usize,
    n_texts: usize,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Doubles.
    Number,
    /// Exact 64-bit integers.
    Integer,
    /// Instants.
    Instant,
    /// True as 1 and false as 0.
    Flag,
    /// Text.
    Text,
}

impl Tally {
    /// Counts a cell.
    pub fn add(&mut self, seen: Seen) {
        match seen {
            Seen::Missing | Seen::Word | Seen::Nested => {}
            Seen::Integer(i) => {
                self.n_integers += 1;
                self.n_beyond += usize::from(i.unsigned_abs() > EXACT);
            }
            Seen::Decimal(_) => self.n_decimals += 1,
            Seen::Instant { .. } => self.n_instants += 1,
            Seen::Flag(_) => self.n_flags += 1,
            Seen::Code => self.n_codes += 1,
            Seen::Text => self.n_texts += 1,
        }
    }

    /// The type of the column; says so where its cells do not agree.
    pub fn kind(self, name: &str, warnings: &mut Warnings) -> Kind {
        let n_numbers = self.n_integers + self.n_decimals;
        let n_texts = self.n_texts + self.n_codes;
        let n_all = n_numbers + self.n_instants + self.n_flags + n_texts;
        if n_all == 0 || is_identifier(name) || self.n_codes > 0 {
            return Kind::Text;
        }
        let number = if self.n_beyond > 0 && self.n_decimals == 0 { Kind::Integer } else { Kind::Number };
        let kinds = [(n_numbers, number), (self.n_instants, Kind::Instant), (self.n_flags, Kind::Flag)];
        if let Some((n, kind)) = kinds.into_iter().find(|(n, _)| *n * 10 >= n_all * 9) {
            let what = match kind {
                Kind::Instant => "times",
                Kind::Flag => "true or false",
                _ => "numbers",
            };
            warnings.add(format!("cells of the column {name:?} are not {what}"), n_all - n);
            return kind;
        }
        let n_most = [n_numbers, self.n_instants, self.n_flags, n_texts].into_iter().max().unwrap_or(0);
        let text = format!("cells of the column {name:?} are of another type than most; the column is read as text");
        warnings.note(text, n_all - n_most);
        Kind::Text
    }
}

/// Whether a column's numbers are names: they stay text.
fn is_identifier(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "id" || lower == "version" || lower.ends_with("_id")
}

/// The cells of a column of a known type.
pub struct Cells {
    name: String,
    values: Building,
    shared: HashMap<Box<str>, Arc<str>>,
    n_words: usize,
    n_local: usize,
    n_nested: usize,
}

enum Building {
    Number(Vec<f64>),
    Integer(Vec<Option<i64>>),
    Instant(Vec<f64>),
    Flag(Vec<f64>),
    Text(Vec<Option<Arc<str>>>),
}

impl Cells {
    /// No cells yet.
    pub fn new(name: String, kind: Kind) -> Self {
        let values = match kind {
            Kind::Number => Building::Number(Vec::new()),
            Kind::Integer => Building::Integer(Vec::new()),
            Kind::Instant => Building::Instant(Vec::new()),
            Kind::Flag => Building::Flag(Vec::new()),
            Kind::Text => Building::Text(Vec::new()),
        };
        Self { name, values, shared: HashMap::new(), n_words: 0, n_local: 0, n_nested: 0 }
    }

    /// Adds a cell and its text.
    pub fn push(&mut self, seen: Seen, text: Option<Cow<'_, str>>) {
        self.n_nested += usize::from(seen == Seen::Nested);
        if !matches!(self.values, Building::Text(_)) {
            self.n_words += usize::from(seen == Seen::Word);
        }
        match &mut self.values {
            Building::Number(cells) => cells.push(match seen {
                Seen::Integer(i) => i as f64,
                Seen::Decimal(n) => n,
                _ => f64::NAN,
            }),
            Building::Integer(cells) => cells.push(if let Seen::Integer(i) = seen { Some(i) } else { None }),
            Building::Instant(cells) => cells.push(if let Seen::Instant { ms, is_local } = seen {
                self.n_local += usize::from(is_local);
                ms
            } else {
                f64::NAN
            }),
            Building::Flag(cells) => cells.push(if let Seen::Flag(flag) = seen { f64::from(flag) } else { f64::NAN }),
            Building::Text(cells) => {
                let text = text.filter(|_| !matches!(seen, Seen::Missing | Seen::Nested));
                cells.push(text.map(|text| shared(&mut self.shared, &text)));
            }
        }
    }

    /// The column, with what is to be said about its cells.
    pub fn into_column(self, warnings: &mut Warnings) -> Column {
        let Self { name, values, n_words, n_local, n_nested, .. } = self;
        warnings.note(format!("words such as NA in the column {name:?} are read as missing"), n_words);
        warnings.note(format!("times without a zone in the column {name:?} are read as UTC"), n_local);
        warnings.add(format!("cells of the column {name:?} hold lists or objects"), n_nested);
        let values = match values {
            Building::Number(cells) => Values::Number(cells.into()),
            Building::Integer(cells) => Values::Integer(cells.into()),
            Building::Instant(cells) => Values::Time(cells.into()),
            Building::Flag(cells) => {
                let n_flags = cells.iter().filter(|c| !c.is_nan()).count();
                warnings.note(format!("true and false in the column {name:?} are read as 1 and 0"), n_flags);
                Values::Number(cells.into())
            }
            Building::Text(cells) => Values::Text(cells.into()),
        };
        Column::new(name, values)
    }
}

fn shared(known: &mut HashMap<Box<str>, Arc<str>>, text: &str) -> Arc<str> {
    if let Some(same) = known.get(text) {
        return same.clone();
    }
    let new: Arc<str> = text.into();
    if known.len() < MOST_SHARED {
        known.insert(text.into(), new.clone());
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, cells: &[&str]) -> (Column, Vec<String>) {
        let mut warnings = Warnings::default();
        let mut tally = Tally::default();
        for cell in cells {
            tally.add(Seen::plain(cell));
        }
        let mut building = Cells::new(name.to_owned(), tally.kind(name, &mut warnings));
        for cell in cells {
            building.push(Seen::plain(cell), Some(Cow::Borrowed(cell)));
        }
        let column = building.into_column(&mut warnings);
        let texts =
            warnings.take().into_iter().map(|w| format!("{}{} {}", w.count, if w.is_gap { "!" } else { "" }, w.text));
        (column, texts.collect())
    }

    #[test]
    fn few_cells_of_another_type_are_gaps_and_many_make_text() {
        let mut cells = vec!["1"; 19];
        cells.push("oops");
        let (few, said) = column("amount", &cells);
        assert_eq!(few.values.number_at(18), 1.0);
        assert!(few.values.number_at(19).is_nan());
        assert_eq!(said, [r#"1! cells of the column "amount" are not numbers"#]);

        let (many, said) = column("amount", &["1", "2", "oops", "2024-01-01"]);
        assert_eq!(many.values.text_at(2).as_deref(), Some("oops"));
        assert_eq!(many.values.text_at(0).as_deref(), Some("1"));
        assert_eq!(
            said,
            [r#"2 cells of the column "amount" are of another type than most; the column is read as text"#]
        );
    }

    #[test]
    fn names_of_things_stay_as_written() {
        for (name, cells) in [("user_id", ["1", "2"]), ("version", ["1.10", "1.1"]), ("zip", ["01067", "10115"])] {
            let (column, said) = column(name, &cells);
            assert_eq!(column.values.text_at(0).as_deref(), Some(cells[0]), "{name}");
            assert_eq!(column.values.text_at(1).as_deref(), Some(cells[1]), "{name}");
            assert_eq!(said, Vec::<String>::new());
        }
    }

    #[test]
    fn large_whole_numbers_stay_exact() {
        let (column, _) = column("n", &["9007199254740993", "", "1"]);
        assert_eq!(column.values.text_at(0).as_deref(), Some("9007199254740993"));
        assert_eq!(column.values.text_at(1), None);
    }

    #[test]
    fn words_flags_and_local_times_are_said() {
        let (numbers, said) = column("x", &["1", "NA", "2"]);
        assert!(numbers.values.number_at(1).is_nan());
        assert_eq!(said, [r#"1 words such as NA in the column "x" are read as missing"#]);
        let (flags, said) = column("x", &["true", "FALSE", ""]);
        assert_eq!([flags.values.number_at(0), flags.values.number_at(1)], [1.0, 0.0]);
        assert_eq!(said, [r#"2 true and false in the column "x" are read as 1 and 0"#]);
        let (_, said) = column("x", &["2024-01-01 10:00:00"]);
        assert_eq!(said, [r#"1 times without a zone in the column "x" are read as UTC"#]);
        let (texts, said) = column("country", &["NA", "DE"]);
        assert_eq!(texts.values.text_at(0).as_deref(), Some("NA"), "Namibia");
        assert_eq!(said, Vec::<String>::new());
    }
}
