//! How far a regression is off: the mean absolute error of its predictions, against another time or the evaluation of its run.

use crate::derive::shared::LEVEL;
use crate::derive::shared::tracking::Tracked;
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Table};
use crate::spec::Task;
use crate::stats::interval::{Interval, MeanDifference, Sample, mean_interval, welch};
use crate::view::Tone;

/// Absolute errors of a model's predictions.
#[derive(Clone, Debug)]
pub(in crate::derive) struct Misses {
    now: Sample,
    /// What they are compared with, and its name.
    against: Option<(String, Sample)>,
}

/// The absolute errors of a regression over the range; `None` for a classifier, and where no prediction has its true value.
///
/// # Errors
/// Only [`Stop::Pending`]: what fails makes the panel partial.
pub(in crate::derive) fn of(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    tracked: &Tracked<'_>,
) -> Result<Option<Misses>, Stop> {
    if tracked.model.task != Task::Regression {
        return Ok(None);
    }
    let version = tracked.chosen_version(context, ask);
    let other = context.others().find(|other| other.is_earlier() || other.is_rest());
    // All versions are asked for and one is taken: the drift of the same rows asks the same question.
    let live = tracked.live(context, ask, context.range, None);
    let before = other.as_ref().map(|other| tracked.live(&other.context, ask, other.context.range, None));
    let version = spared(ask, version)?;
    let live = spared(ask, live)?;
    let before = match before {
        Some(before) => spared(ask, before)?,
        None => None,
    };
    let name = version.as_ref().map(|version| version.name.as_str());
    let Some(now) = live.and_then(|frame| sample(&frame, name)) else { return Ok(None) };
    let before = before.and_then(|frame| sample(&frame, name));
    if let (Some(other), Some(before)) = (&other, before) {
        return Ok(Some(Misses { now, against: Some((other.title.to_owned(), before)) }));
    }
    let run = tracked.run_of(ask, version.as_ref());
    let Some(run) = spared(ask, run)? else { return Ok(Some(Misses { now, against: None })) };
    let evaluated = tracked.evaluated(ask, &run);
    let evaluated = spared(ask, evaluated)?.and_then(|frame| sample(&frame, None));
    Ok(Some(Misses { now, against: evaluated.map(|sample| (format!("the evaluation of {}", run.name), sample)) }))
}

/// Goes on without what fails.
pub(super) fn spared<T>(ask: &mut Ask<'_>, answer: Result<Option<T>, Stop>) -> Result<Option<T>, Stop> {
    match answer {
        Err(Stop::Pending) => Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            Ok(None)
        }
        known => known,
    }
}

/// Absolute errors of the rows of a version; of all where none is named or the table does not tell them apart.
fn sample(frame: &Frame, version: Option<&str>) -> Option<Sample> {
    let table: &Table = frame.table()?;
    let has_version = table.column("version").is_some();
    let is_own = |row: usize| {
        version.is_none_or(|version| !has_version || table.text("version", row).as_deref() == Some(version))
    };
    let error = |row: usize| (table.number("label", row) - table.number("prediction", row)).abs();
    let errors: Vec<f64> = (0..table.n_rows()).filter(|&row| is_own(row)).map(error).collect();
    Sample::of(&errors)
}

impl Misses {
    /// Number of predictions.
    pub(super) fn n(&self) -> u64 {
        self.now.n
    }

    /// The mean absolute error with its t interval.
    pub(super) fn mean(&self) -> (f64, Option<Interval>) {
        (self.now.mean, mean_interval(&self.now, LEVEL))
    }

    /// The change against what it is compared with, by Welch.
    pub(in crate::derive) fn change(&self) -> Option<MeanDifference> {
        welch(&self.now, &self.against.as_ref()?.1, LEVEL)
    }

    /// Whether the model is clearly further off than what it is compared with.
    pub(in crate::derive) fn is_degraded(&self) -> bool {
        self.change().is_some_and(|change| change.interval.low > 0.0)
    }

    /// Name of what it is compared with.
    pub(in crate::derive) fn against(&self) -> Option<&str> {
        self.against.as_ref().map(|(title, _)| title.as_str())
    }

    /// The state in few words.
    pub(super) fn state(&self) -> (Tone, String) {
        let off = format!("off by {}", brief(self.now.mean));
        match self.change() {
            Some(change) if change.interval.low > 0.0 => (Tone::Bad, format!("{off}, worse")),
            Some(change) if change.interval.high < 0.0 => (Tone::Good, format!("{off}, better")),
            Some(_) => (Tone::Neutral, format!("{off}, no clear change")),
            None => (Tone::Neutral, off),
        }
    }
}

/// A number with about three digits.
pub(in crate::derive) fn brief(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
