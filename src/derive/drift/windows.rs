//! The two windows: which rows are the reference, and how many of them are looked at.

use std::sync::Arc;

use super::days;
use crate::derive::shared::tracking::Tracked;
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Table};
use crate::query::{ArtifactShape, TimeRange};
use crate::stats::rng::Rng;

/// Rows looked at in each window: more are drawn from.
const MAX_ROWS: usize = 20_000;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// How far back a fixed reference is looked for, and how long it is.
const LOOK_BACK_DAYS: i64 = 14;
const REFERENCE_DAYS: i64 = 7;
const EVALUATION: &str = "eval/predictions.json";

/// The current window and what it is compared with.
pub(super) struct Windows {
    pub(super) reference: Window,
    pub(super) current: Window,
    /// What the reference is, in words.
    pub(super) reference_title: String,
}

/// The rows of one window.
pub(super) struct Window {
    /// The answer that the rows are from.
    pub(super) frame: Arc<Frame>,
    pub(super) table: Table,
    /// The rows looked at, in order.
    pub(super) rows: Vec<usize>,
    /// Rows there are.
    pub(super) n_all: usize,
}

impl Windows {
    /// The selection's range against, in this order: the range or the rest that it compares with; the earliest week of the last two that ends
    /// before it begins; the evaluation table of the training run.
    ///
    /// # Errors
    /// As [`Ask::frame`]; a sentence where either window is empty.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, model: &Tracked<'_>) -> Result<Self, Stop> {
        let current = model.predictions(context, ask, context.range, None);
        let reference = reference(context, ask, model);
        let current = Window::of(current?);
        if current.n_all == 0 {
            return Err(Stop::empty(format!("no predictions of {} were logged in this time range", model.title())));
        }
        let reference = reference?;
        match reference {
            Some((title, reference)) if reference.n_all > 0 => Ok(Self { reference, current, reference_title: title }),
            Some((title, _)) => Err(Stop::empty(format!("no predictions were logged in the reference, {title}"))),
            None => Err(Stop::empty(format!(
                "there is nothing to compare with: no predictions of {} in the {LOOK_BACK_DAYS} days before this time range, \
                 and its training run logged no {EVALUATION}",
                model.title()
            ))),
        }
    }
}

/// The reference window with its name; `None` if there is none.
fn reference(context: &Context<'_>, ask: &mut Ask<'_>, model: &Tracked<'_>) -> Result<Option<(String, Window)>, Stop> {
    // Another model's predictions are no reference of this one's.
    if let Some(other) = context.others().find(|other| other.is_earlier() || other.is_rest()) {
        match model.predictions(&other.context, ask, other.context.range, None) {
            // The remark says why they cannot be told apart; the usual reference stands in.
            Err(Stop::Empty { .. }) => {}
            known => return Ok(Some((other.title.to_owned(), Window::of(known?)))),
        }
    }
    // Whole days and hours, so that refreshes ask the same question.
    let today = context.now_ms.div_euclid(DAY_MS) * DAY_MS;
    let end = context.range.from_ms.div_euclid(HOUR_MS) * HOUR_MS - 1;
    let (oldest, middle) = (today - LOOK_BACK_DAYS * DAY_MS, today - REFERENCE_DAYS * DAY_MS);
    for (from, to) in [(oldest, end.min(middle - 1)), (middle, end)] {
        if from >= to {
            continue;
        }
        let frame = model.predictions(context, ask, TimeRange::new(from, to), None)?;
        let window = Window::of(frame);
        if window.n_all > 0 {
            let title = format!("the predictions of {}", days(&window));
            return Ok(Some((title, window)));
        }
    }
    let version = match model.chosen_version(context, ask) {
        Ok(Some(version)) => version,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Ok(None) => return Ok(None),
        Err(stop) => {
            ask.excuse(stop);
            return Ok(None);
        }
    };
    let frame = model.artifact(ask, &version.run_id, EVALUATION, ArtifactShape::Rows)?;
    let title = format!("the evaluation rows of version {}", version.name);
    Ok(frame.map(|frame| (title, Window::of(Some(frame)))))
}

impl Window {
    fn of(frame: Option<Arc<Frame>>) -> Self {
        let frame = frame.unwrap_or_default();
        let table = frame.table().cloned().unwrap_or_default();
        let n_all = table.n_rows();
        let mut rows: Vec<usize> = (0..n_all).collect();
        if n_all > MAX_ROWS {
            Rng::new(0).shuffle(&mut rows);
            rows.truncate(MAX_ROWS);
            rows.sort_unstable();
        }
        Self { frame, table, rows, n_all }
    }

    /// Numbers of a column in the rows looked at.
    pub(super) fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        let values = &self.table.column(name)?.values;
        Some(self.rows.iter().map(|&row| values.number_at(row)).collect())
    }

    /// Texts of a column in the rows looked at; an empty text is missing.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<Option<Arc<str>>>> {
        let values = &self.table.column(name)?.values;
        let text = |&row: &usize| values.text_at(row).filter(|t| !t.is_empty()).map(Arc::from);
        Some(self.rows.iter().map(text).collect())
    }

    /// Distinct texts of a column, sorted.
    pub(super) fn distinct(&self, name: &str) -> Vec<String> {
        let Some(column) = self.table.column(name) else { return Vec::new() };
        let found: std::collections::BTreeSet<String> =
            (0..self.n_all).filter_map(|row| column.values.text_at(row)).collect();
        found.into_iter().collect()
    }

    pub(super) fn oldest_ms(&self) -> Option<f64> {
        self.times().reduce(f64::min)
    }

    pub(super) fn newest_ms(&self) -> Option<f64> {
        self.times().reduce(f64::max)
    }

    fn times(&self) -> impl Iterator<Item = f64> {
        self.table.numbers("time").unwrap_or_default().into_iter().filter(|t| t.is_finite())
    }
}
