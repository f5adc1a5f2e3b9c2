//! The guard over the fields of an answer: what the role's list does not allow is masked, before the answer is kept or shown.
//!
//! Every frame of a source passes here, and nowhere else. A mask keeps no type: numbers with fractions and times have no token and become
//! missing, whole numbers and texts become texts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::mask::{SessionKey, last_four, token, year, year_start};
use super::names::unnamed;
use super::needed::{Needed, Part};
use crate::frame::{Body, Column, Frame, Labels, Series, Table, Values, Warning};
use crate::query::Query;
use crate::source::{Cause, Failure};
use crate::spec::{FieldList, Mask, Workspace};

/// Names of masked fields that a remark lists.
const MOST_NAMED: usize = 8;

/// The list that holds now, and the key of the session.
#[derive(Debug)]
pub struct FieldGuard {
    key: Option<SessionKey>,
    list: Option<FieldList>,
}

impl FieldGuard {
    /// The guard for a list; `None` shows every field. Without a key no answer passes a list.
    pub fn new(key: Option<SessionKey>, list: Option<FieldList>) -> Self {
        Self { key, list }
    }

    /// Takes the list of another role; whether that is another list.
    pub fn change(&mut self, list: Option<FieldList>) -> bool {
        let is_other = self.list != list;
        self.list = list;
        is_other
    }

    /// Whether fields are masked: then no words of a source are shown as they are.
    pub fn is_on(&self) -> bool {
        self.list.is_some()
    }

    /// The answer with masks in place of what the list does not allow, and a note of which fields those are.
    ///
    /// # Errors
    /// If there is a list and no key.
    pub fn masked(&self, workspace: &Workspace, query: &Query, frame: Frame) -> Result<Frame, Failure> {
        let Some(list) = &self.list else { return Ok(frame) };
        let Some(key) = &self.key else {
            let text = "this browser gave no random numbers, without which fields cannot be masked";
            return Err(Failure::new(Cause::Unsupported, text));
        };
        let needed = Needed::new(workspace, query);
        let mut masking = Masking { list, key, needed: &needed, names: BTreeSet::new() };
        let frame = unnamed(workspace, query, list, frame);
        let body = match frame.body {
            Body::Series(series) => Body::Series(series.into_iter().map(|s| masking.series(s)).collect()),
            Body::Table(table) => Body::Table(masking.table(&table)),
        };
        let mut warnings: Vec<Warning> = frame.warnings.into_iter().map(unquoted).collect();
        warnings.extend(remark(&masking.names));
        Ok(Frame { body, warnings, ..frame })
    }
}

/// A source's own words may quote what it read.
fn unquoted(warning: Warning) -> Warning {
    if !warning.is_quote {
        return warning;
    }
    let text = "the source warns of something; its words may hold masked fields".to_owned();
    Warning { text, is_quote: false, ..warning }
}

fn remark(names: &BTreeSet<String>) -> Option<Warning> {
    let named: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = if names.len() > MOST_NAMED { " and more" } else { "" };
    (!named.is_empty())
        .then(|| Warning::note(format!("fields masked for this role: {}{more}", named.join(", ")), names.len() as u64))
}

struct Masking<'a> {
    list: &'a FieldList,
    key: &'a SessionKey,
    needed: &'a Needed<'a>,
    /// The fields that were masked.
    names: BTreeSet<String>,
}

impl Masking<'_> {
    /// How a field is masked; notes it.
    fn mask_of(&mut self, field: &str) -> Option<Mask> {
        let mask = self.list.mask_of(field)?;
        if !self.names.contains(field) {
            self.names.insert(field.to_owned());
        }
        Some(mask)
    }

    fn series(&mut self, series: Series) -> Series {
        Series { labels: self.labels(&series.labels), ..series }
    }

    /// Labels tell series apart, so that those masked become tokens whatever the mask.
    fn labels(&mut self, labels: &Labels) -> Labels {
        let masked = |(name, value): (&str, &str)| {
            let is_shown = is_blank(value) || self.needed.has(name) || self.mask_of(name).is_none();
            (name.to_owned(), if is_shown { value.to_owned() } else { token(self.key, value) })
        };
        labels.iter().map(masked).collect()
    }

    fn table(&mut self, table: &Table) -> Table {
        let columns =
            table.columns().iter().map(|column| Column { values: self.column(table, column), ..column.clone() });
        Table::new(columns.collect()).unwrap_or_default()
    }

    fn column(&mut self, table: &Table, column: &Column) -> Values {
        let values = &column.values;
        match self.needed.part(&column.name) {
            Part::Field(field) => match self.mask_of(field) {
                Some(mask) => cells(values, mask, self.key),
                None => values.clone(),
            },
            Part::Key(field) if self.mask_of(field).is_some() => tokens(values, self.key),
            Part::Computed(field) if self.mask_of(field).is_some() => missing(values),
            Part::Needed | Part::Key(_) | Part::Computed(_) => values.clone(),
            Part::Labels => {
                let masked = |row| values.text_at(row).map(|text| self.labels(&Labels::parse(&text)).to_string());
                Values::text((0..values.len()).map(masked))
            }
            Part::OfFeature => {
                let is_shown = |row: usize| {
                    let Some(feature) = table.text("feature", row) else {
                        // Of no feature that a list could allow: hidden, and not in silence.
                        self.names.insert(column.name.clone());
                        return false;
                    };
                    self.mask_of(&feature).is_none()
                };
                let shown: Vec<bool> = (0..values.len()).map(is_shown).collect();
                let number = |(row, shown): (usize, bool)| if shown { values.number_at(row) } else { f64::NAN };
                Values::numbers(shown.into_iter().enumerate().map(number))
            }
        }
    }
}

/// The cells under a mask.
fn cells(values: &Values, mask: Mask, key: &SessionKey) -> Values {
    match (mask, values) {
        (Mask::Year, Values::Time(cells)) => Values::Time(cells.iter().map(|at| year_start(*at)).collect()),
        (Mask::Year, Values::Text(cells)) => Values::text(cells.iter().map(|cell| cell.as_deref().and_then(year))),
        (_, Values::Time(_)) | (Mask::Year, _) => missing(values),
        (_, Values::Number(cells)) if !cells.iter().all(|v| v.is_nan() || v.fract() == 0.0) => missing(values),
        (Mask::Hmac, _) => tokens(values, key),
        (Mask::LastFour, _) => {
            let kept = |text: String| if is_blank(&text) { text } else { last_four(&text) };
            Values::text((0..values.len()).map(|row| values.text_at(row).map(kept)))
        }
    }
}

/// A token for every cell, the same for equal cells.
fn tokens(values: &Values, key: &SessionKey) -> Values {
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut of = |text: String| {
        if is_blank(&text) {
            return Arc::from(text);
        }
        let token = known.entry(text).or_insert_with_key(|text| Arc::from(token(key, text)));
        Arc::clone(token)
    };
    Values::Text((0..values.len()).map(|row| values.text_at(row).map(&mut of)).collect())
}

/// Whether a text says nothing: panels read it as missing, and so it stays.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// As many cells of the type, all missing.
fn missing(values: &Values) -> Values {
    match values {
        Values::Number(cells) => Values::Number(cells.iter().map(|_| f64::NAN).collect()),
        Values::Time(cells) => Values::Time(cells.iter().map(|_| f64::NAN).collect()),
        Values::Integer(cells) => Values::Integer(cells.iter().map(|_| None).collect()),
        Values::Text(cells) => Values::Text(cells.iter().map(|_| None).collect()),
    }
}

#[cfg(test)]
mod tests;
