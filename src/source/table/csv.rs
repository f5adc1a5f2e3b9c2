//! Comma-separated values (RFC 4180), as spreadsheets and databases write them: also with semicolons or tabs.

use std::borrow::Cow;

use ::csv::{ByteRecord, ReaderBuilder};

use super::infer::{Cells, Tally};
use super::parsed::{BadRows, Parsed, unique_names};
use super::seen::Seen;
use crate::frame::Table;
use crate::source::read::Warnings;

/// Reads the text of a file whose first row names the columns. Rows with another number of cells are left out and counted.
///
/// The text is gone through twice, for the types and for the cells, so that no second copy of it is held.
pub fn parsed(text: &[u8]) -> Parsed {
    let mut warnings = Warnings::default();
    let separator = separator(text);
    let mut header = ByteRecord::new();
    if !matches!(reader(text, separator).read_byte_record(&mut header), Ok(true)) {
        warnings.add("the file is empty", 1);
        return Parsed::whole(Table::default(), warnings);
    }
    let names = unique_names(header.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()), &mut warnings);

    let mut tallies = vec![Tally::default(); names.len()];
    let (mut bad, mut n_garbled) = (BadRows::default(), 0);
    each_row(text, separator, |line, row| {
        if row.len() != names.len() {
            bad.add(line);
            return;
        }
        for (tally, cell) in tallies.iter_mut().zip(row) {
            let cell = String::from_utf8_lossy(cell);
            n_garbled += usize::from(matches!(cell, Cow::Owned(_)));
            tally.add(Seen::plain(&cell));
        }
    });
    bad.warn("rows had the wrong number of cells", "line", &mut warnings);
    warnings.add("cells are not UTF-8", n_garbled);

    let kinds = names.iter().zip(&tallies).map(|(name, tally)| tally.kind(name, &mut warnings)).collect::<Vec<_>>();
    let mut columns: Vec<Cells> = names.iter().zip(kinds).map(|(name, kind)| Cells::new(name.clone(), kind)).collect();
    each_row(text, separator, |_, row| {
        if row.len() == columns.len() {
            for (column, cell) in columns.iter_mut().zip(row) {
                let cell = String::from_utf8_lossy(cell);
                column.push(Seen::plain(&cell), Some(cell));
            }
        }
    });
    let columns = columns.into_iter().map(|column| column.into_column(&mut warnings)).collect();
    Parsed::whole(Table::new(columns).unwrap_or_default(), warnings)
}

fn reader(text: &[u8], separator: u8) -> ::csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text)
}

/// Calls `f` with the line and the cells of each row after the header. Reading from memory does not fail.
fn each_row(text: &[u8], separator: u8, mut f: impl FnMut(u64, &ByteRecord)) {
    let mut reader = reader(text, separator);
    let mut row = ByteRecord::new();
    let mut is_header = true;
    while let Ok(true) = reader.read_byte_record(&mut row) {
        if !is_header {
            f(row.position().map_or(0, ::csv::Position::line), &row);
        }
        is_header = false;
    }
}

/// The separator that the header has most of, outside quotes; a comma where none is there. Rows say less: their texts may hold all three.
fn separator(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut in_quotes = false;
    for &byte in text {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\n' | b'\r' if !in_quotes => break,
            _ if !in_quotes => counts.iter_mut().filter(|(known, _)| *known == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    // The first of equals, so that a comma wins.
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Values;

    fn said(parsed: &Parsed) -> Vec<String> {
        parsed.warnings.iter().map(|w| format!("{} {}", w.count, w.text)).collect()
    }

    #[test]
    fn quotes_hold_separators_quotes_and_line_breaks() {
        let parsed = parsed(b"comment,n\r\n\"one, \"\"two\"\"\nthree\",1\r\nplain,2\r\n");
        assert_eq!(parsed.table.text("comment", 0).as_deref(), Some("one, \"two\"\nthree"));
        assert_eq!(parsed.table.numbers("n").unwrap(), [1.0, 2.0]);
        assert_eq!(said(&parsed), Vec::<String>::new());
    }

    #[test]
    fn rows_of_another_length_are_counted_with_their_lines() {
        let parsed = parsed(b"a,b\n1,2\n3\n4,5,6\n\n7,8\n9\n10\n");
        assert_eq!(parsed.table.numbers("a").unwrap(), [1.0, 7.0]);
        assert_eq!(said(&parsed), ["4 rows had the wrong number of cells (lines 3, 4, 7 and more)"]);
    }

    #[test]
    fn an_empty_file_is_an_empty_table_that_says_so() {
        for text in [&b""[..], b"\n\n"] {
            let parsed = parsed(text);
            assert_eq!(parsed.table.n_rows(), 0);
            assert_eq!(said(&parsed), ["1 the file is empty"]);
        }
        let header_only = parsed(b"a,b\n");
        assert_eq!(header_only.names, ["a", "b"]);
        assert_eq!(said(&header_only), Vec::<String>::new());
    }

    #[test]
    fn semicolons_and_tabs_separate_too() {
        assert_eq!(parsed(b"a;b,c;d\n1;2;3\n").names, ["a", "b,c", "d"].map(String::from));
        assert_eq!(parsed(b"a;b\nx, y, z;2\n").names, ["a", "b"].map(String::from));
        assert_eq!(parsed(b"a\tb\n1\t2\n").table.numbers("b").unwrap(), [2.0]);
        assert_eq!(parsed(b"\"a;b;c\",d\n1,2\n").names, ["a;b;c", "d"].map(String::from));
    }

    #[test]
    fn names_are_unique_and_text_is_kept() {
        let parsed = parsed("a,a,,<b>\n1,2,3,\u{fc}\n".as_bytes());
        assert_eq!(parsed.names, ["a", "column 2", "column 3", "<b>"]);
        assert!(matches!(parsed.table.column("<b>").unwrap().values, Values::Text(_)));
        assert_eq!(parsed.table.text("<b>", 0).as_deref(), Some("\u{fc}"));
    }

    #[test]
    fn what_is_no_utf8_is_counted() {
        let parsed = parsed(b"a\nM\xfcnchen\n");
        assert_eq!(said(&parsed), ["1 cells are not UTF-8"]);
    }
}
