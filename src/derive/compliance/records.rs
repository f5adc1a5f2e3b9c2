//! Models' records from rows: one row a model and control.

use std::cmp::Ordering;

use super::link::Link;
use crate::calendar;
use crate::derive::Context;
use crate::frame::Table;
use crate::order::Order;
use crate::query::TimeRange;
use crate::view::Tone;

const DAY_MS: i64 = 86_400_000;

/// One model's record.
pub(super) struct Record {
    pub(super) model: String,
    pub(super) title: String,
    pub(super) status: Option<String>,
    pub(super) rating: Option<String>,
    pub(super) owner: Option<String>,
    /// Milliseconds; `NaN` if not set.
    pub(super) next_review_ms: f64,
    pub(super) last_review_ms: f64,
    /// Its controls, what is overdue first.
    pub(super) controls: Vec<Control>,
    /// Whether its rows say different things of the model.
    pub(super) is_contradictory: bool,
}

/// One control that applies to a model.
pub(super) struct Control {
    pub(super) name: String,
    pub(super) framework: String,
    pub(super) state: State,
    /// Milliseconds; `NaN` if not set.
    pub(super) due_ms: f64,
    pub(super) evidence: Link,
}

/// Where a control stands, the most urgent first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Recorded as overdue, or not met by its day.
    Overdue,
    /// Nothing done yet.
    Open,
    /// Met in part.
    Partly,
    /// The record says something else, or nothing.
    Other(String),
    /// Met.
    Met,
}

impl State {
    fn read(recorded: Option<&str>, due_ms: f64, now_ms: i64) -> Self {
        let recorded = recorded.unwrap_or_default().trim();
        let is_late = due_ms.is_finite() && due_ms < now_ms as f64;
        match recorded.to_lowercase().as_str() {
            "met" => Self::Met,
            "overdue" => Self::Overdue,
            _ if is_late => Self::Overdue,
            "open" => Self::Open,
            "partly" => Self::Partly,
            _ => Self::Other(recorded.to_owned()),
        }
    }

    /// Tone and word.
    pub(super) fn word(&self) -> (Tone, String) {
        let (tone, word) = match self {
            Self::Overdue => (Tone::Bad, "overdue"),
            Self::Open => (Tone::Warning, "open"),
            Self::Partly => (Tone::Warning, "partly met"),
            Self::Other(word) if word.is_empty() => (Tone::Unknown, "not recorded"),
            Self::Other(word) => (Tone::Unknown, word.as_str()),
            Self::Met => (Tone::Good, "met"),
        };
        (tone, word.to_owned())
    }
}

impl Record {
    pub(super) fn is_review_overdue(&self, now_ms: i64) -> bool {
        self.is_in_force() && self.next_review_ms.is_finite() && self.next_review_ms < now_ms as f64
    }

    /// Whether reviews still apply: not to what is archived.
    pub(super) fn is_in_force(&self) -> bool {
        !self.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("archived"))
    }

    pub(super) fn n_of(&self, state: &State) -> usize {
        self.controls.iter().filter(|control| control.state == *state).count()
    }

    /// How urgent it is: overdue controls and review.
    pub(super) fn n_overdue(&self, now_ms: i64) -> usize {
        self.n_of(&State::Overdue) + usize::from(self.is_review_overdue(now_ms))
    }
}

/// Models' records, what is overdue first, and the number of rows that name no model.
pub(super) fn read(context: &Context<'_>, table: &Table) -> (Vec<Record>, usize) {
    let mut records: Vec<Record> = Vec::new();
    let mut n_nameless = 0;
    for row in 0..table.n_rows() {
        let Some(model) = cell(table, "model", row) else {
            n_nameless += 1;
            continue;
        };
        let place = records.iter().position(|record| record.model == model);
        let of_row = |name: &str| cell(table, name, row);
        let found = Record {
            title: model_title(context, &model),
            model,
            status: of_row("status"),
            rating: of_row("rating"),
            owner: of_row("owner"),
            next_review_ms: instant(table, "next_review", row),
            last_review_ms: instant(table, "last_review", row),
            controls: control(table, row, context.now_ms).into_iter().collect(),
            is_contradictory: false,
        };
        match place.and_then(|place| records.get_mut(place)) {
            Some(known) => known.join(found),
            None => records.push(found),
        }
    }
    for record in &mut records {
        record.controls.order_by(|a, b| {
            let named = (&a.framework, &a.name).cmp(&(&b.framework, &b.name));
            a.state.cmp(&b.state).then(due_order(a.due_ms, b.due_ms)).then(named)
        });
    }
    records.order_by(|a, b| {
        let urgency = b.n_overdue(context.now_ms).cmp(&a.n_overdue(context.now_ms));
        urgency.then(due_order(a.next_review_ms, b.next_review_ms)).then(a.title.cmp(&b.title))
    });
    (records, n_nameless)
}

impl Record {
    /// Adds another row of the same model: what was said first stays.
    fn join(&mut self, row: Self) {
        let texts = [(&mut self.status, row.status), (&mut self.rating, row.rating), (&mut self.owner, row.owner)];
        for (known, found) in texts {
            match (known.as_ref(), found) {
                (Some(one), Some(other)) => self.is_contradictory |= *one != other,
                (None, found) => *known = found,
                (Some(_), None) => {}
            }
        }
        let times = [(&mut self.next_review_ms, row.next_review_ms), (&mut self.last_review_ms, row.last_review_ms)];
        for (known, found) in times {
            if known.is_nan() {
                *known = found;
            } else if found.is_finite() {
                self.is_contradictory |= (*known - found).abs() > 0.0;
            }
        }
        self.controls.extend(row.controls);
    }
}

fn control(table: &Table, row: usize, now_ms: i64) -> Option<Control> {
    let name = cell(table, "control", row)?;
    let due_ms = instant(table, "due", row);
    Some(Control {
        name,
        framework: cell(table, "framework", row).unwrap_or_default(),
        state: State::read(cell(table, "control_status", row).as_deref(), due_ms, now_ms),
        due_ms,
        evidence: Link::read(cell(table, "evidence", row).as_deref()),
    })
}

/// The earlier first, what has no day last.
pub(super) fn due_order(a: f64, b: f64) -> Ordering {
    a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
}

/// A cell as text; an empty one is missing.
pub(in crate::derive) fn cell(table: &Table, name: &str, row: usize) -> Option<String> {
    table.text(name, row).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A cell as an instant in milliseconds, from a time, a number of milliseconds, or a date or instant as text (ISO 8601); else `NaN`.
pub(in crate::derive) fn instant(table: &Table, name: &str, row: usize) -> f64 {
    let number = table.number(name, row);
    if number.is_finite() {
        return number;
    }
    let Some(text) = cell(table, name, row) else { return f64::NAN };
    let as_local = || calendar::parse_local(&text).map(calendar::Local::utc_ms);
    calendar::parse_instant(&text).or_else(as_local).map_or(f64::NAN, |ms| ms as f64)
}

/// Shown name of a model by its id.
pub(in crate::derive) fn model_title(context: &Context<'_>, id: &str) -> String {
    let known = context.workspace.models.iter().find(|model| model.id == id);
    known.and_then(|model| model.title.clone()).unwrap_or_else(|| id.to_owned())
}

/// Everything up to the end of today: registers are shown as they stand, whatever range the charts have.
pub(in crate::derive) fn all_time(context: &Context<'_>) -> TimeRange {
    TimeRange::new(0, (context.now_ms.div_euclid(DAY_MS) + 1) * DAY_MS)
}
