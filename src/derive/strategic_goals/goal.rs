//! A goal as it is written down, and where its metric is on the way to it.

use crate::derive::shared::LEVEL;
use crate::frame::{Frame, Table};
use crate::query::Bucket;
use crate::stats::forecast::{Forecast, forecast};
use crate::stats::interval::Interval;
use crate::units::Unit;
use crate::view::Tone;

/// Longest forecast, in months.
const MAX_HORIZON: usize = 60;

/// One row of the table of goals. A missing cell is `None` or `NaN`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) metric: Option<String>,
    pub(super) baseline: f64,
    pub(super) target: f64,
    pub(super) unit: Option<String>,
    pub(super) start_ms: f64,
    pub(super) due_ms: f64,
    pub(super) owner: Option<String>,
}

impl Goal {
    /// The goals of a table, in its order; rows without a name and a title are left out.
    pub(super) fn all(frame: &Frame) -> Vec<Self> {
        let Some(table) = frame.table() else { return Vec::new() };
        (0..table.n_rows()).filter_map(|row| Self::at(table, row)).collect()
    }

    fn at(table: &Table, row: usize) -> Option<Self> {
        let text = |part: &str| table.text(part, row).filter(|text| !text.trim().is_empty());
        let number = |part: &str| {
            let read = table.number(part, row);
            if read.is_finite() {
                read
            } else {
                text(part).and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
            }
        };
        let (id, title) = (text("goal"), text("title"));
        let name = id.clone().or_else(|| title.clone())?;
        Some(Self {
            title: title.unwrap_or_else(|| name.clone()),
            id: name,
            metric: text("metric"),
            baseline: number("baseline"),
            target: number("target"),
            unit: text("unit"),
            start_ms: number("start"),
            due_ms: number("due"),
            owner: text("owner"),
        })
    }

    /// Unit of baseline and target: the goal's own, else the metric's.
    pub(super) fn unit(&self, of_metric: Option<&Unit>) -> Unit {
        self.unit.as_deref().map(Unit::new).or_else(|| of_metric.cloned()).unwrap_or_default()
    }

    /// How far `value` is from the baseline to the target: 0 to 1, beyond where it overshot. `NaN` where the two are equal or missing.
    pub(super) fn progress(&self, value: f64) -> f64 {
        let way = self.target - self.baseline;
        if way == 0.0 { f64::NAN } else { (value - self.baseline) / way }
    }
}

/// What a month's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measured {
    /// Of the month alone.
    ByMonth,
    /// Added up since the beginning.
    InAll,
    /// Who came less who left, at the month's end.
    InUse,
}

impl Measured {
    /// In a heading.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::ByMonth => "by month",
            Self::InAll => "in all",
            Self::InUse => "in use",
        }
    }
}

/// What is known of a goal's metric: whole months, and the forecast to the month of the due date.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// Starts of the months, milliseconds, without a gap.
    pub(super) at: Vec<i64>,
    /// The metric in each; `NaN` where it is missing.
    pub(super) values: Vec<f64>,
    /// What the values are: by month, or a level at each month's end.
    pub(super) measured: Measured,
    /// The months to come, up to that of the due date; `None` where there is none, see `why`.
    pub(super) ahead: Option<Forecast>,
    /// Why there is no forecast.
    pub(super) why: &'static str,
}

impl Course {
    /// The newest month with a value.
    pub(super) fn now(&self) -> Option<f64> {
        self.values.iter().rev().copied().find(|value| value.is_finite())
    }

    /// The value of the month that ends with, or holds, the due date: foreseen or seen.
    pub(super) fn at_due(&self) -> Option<(f64, Interval)> {
        let last = self.ahead.as_ref()?.steps.last()?;
        Some((last.value, last.interval))
    }

    /// Reads months up to `end_ms`, the start of the month that is not whole yet, and forecasts to the goal's due date.
    ///
    /// `points` are the metric by month. Months without a point count as nothing where the metric counts, else as missing.
    pub(super) fn of(goal: &Goal, points: &[(i64, f64)], counts: bool, may_be_total: bool, end_ms: i64) -> Self {
        let mut whole: Vec<(i64, f64)> = points.iter().copied().filter(|(at, _)| *at < end_ms).collect();
        whole.sort_unstable_by_key(|(at, _)| *at);
        let mut at = Vec::new();
        let mut values = Vec::new();
        if let Some(&(first, _)) = whole.first() {
            let mut month = Bucket::Month.start_ms(first);
            while month < end_ms {
                let known: Vec<f64> =
                    whole.iter().filter(|(t, _)| Bucket::Month.start_ms(*t) == month).map(|p| p.1).collect();
                at.push(month);
                values.push(match known.as_slice() {
                    [] if counts => 0.0,
                    [] => f64::NAN,
                    many => many.iter().sum(),
                });
                month = next_month(month);
            }
        }
        let is_total = may_be_total && is_read_as_total(goal, &at, &values);
        if is_total {
            let mut sum = 0.0;
            for value in &mut values {
                sum += *value;
                *value = sum;
            }
        }
        let (ahead, why) = Self::ahead(goal, &values, end_ms);
        Self { at, values, measured: if is_total { Measured::InAll } else { Measured::ByMonth }, ahead, why }
    }

    /// As `of`, from how many are in use at the end of each month.
    pub(super) fn in_use(goal: &Goal, points: &[(i64, f64)], end_ms: i64) -> Self {
        Self { measured: Measured::InUse, ..Self::of(goal, points, false, false, end_ms) }
    }

    /// Whether this reading is nearer to the goal's baseline when the goal starts than another; not where either is unknown.
    pub(super) fn starts_nearer(&self, goal: &Goal, than: &Self) -> bool {
        let off = |course: &Self| {
            let months = course.at.iter().zip(&course.values);
            let last = months.filter(|(at, _)| (**at as f64) < goal.start_ms).map(|(_, value)| *value).last();
            last.map_or(f64::NAN, |value| (value - goal.baseline).abs())
        };
        off(self) < off(than)
    }

    fn ahead(goal: &Goal, values: &[f64], end_ms: i64) -> (Option<Forecast>, &'static str) {
        if !goal.due_ms.is_finite() {
            return (None, "no forecast: no due date");
        }
        // The last whole month before the due date is what the goal is judged by.
        let due = Bucket::Month.start_ms(goal.due_ms as i64 - 1);
        let (mut horizon, mut month) = (0, end_ms);
        while month <= due && horizon < MAX_HORIZON {
            horizon += 1;
            month = next_month(month);
        }
        if horizon == 0 {
            return (None, "no forecast: due already");
        }
        match forecast(values, horizon, LEVEL) {
            Some(found) => (Some(found), "damped trend, interval from its rolling back-test errors"),
            None => (None, "no forecast: fewer than 8 whole months"),
        }
    }
}

/// The month after the one that begins at `start_ms`.
fn next_month(start_ms: i64) -> i64 {
    Bucket::Month.start_ms(start_ms + 32 * 86_400_000)
}

/// A count of units may be meant by month or in all: the reading is taken whose value at the start is nearer to the goal's baseline.
fn is_read_as_total(goal: &Goal, at: &[i64], values: &[f64]) -> bool {
    if !goal.baseline.is_finite() || !goal.start_ms.is_finite() {
        return false;
    }
    let before: Vec<f64> = at.iter().zip(values).filter(|(t, _)| (**t as f64) < goal.start_ms).map(|p| *p.1).collect();
    let (Some(month), total) = (before.last().copied(), before.iter().sum::<f64>()) else { return false };
    (total - goal.baseline).abs() < (month - goal.baseline).abs()
}

/// How a goal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The whole interval of the forecast is at the target or beyond.
    OnTrack,
    /// The interval holds the target.
    AtRisk,
    /// The whole interval falls short, or the due date passed short of the target.
    Missed,
    /// Due, and the target was reached.
    Reached,
    /// There is nothing to judge by.
    Unknown,
}

impl Standing {
    /// Judges by the interval; after the due date by the value.
    pub(super) fn of(goal: &Goal, course: Option<&Course>, now_ms: i64) -> Self {
        let Some(course) = course else { return Self::Unknown };
        if !goal.target.is_finite() || !goal.baseline.is_finite() || goal.target == goal.baseline {
            return Self::Unknown;
        }
        let is_there = |value: f64| goal.progress(value) >= 1.0;
        if goal.due_ms.is_finite() && goal.due_ms <= now_ms as f64 {
            let last =
                course.at.iter().zip(&course.values).rfind(|(at, v)| (**at as f64) < goal.due_ms && v.is_finite());
            return match last {
                Some((_, value)) if is_there(*value) => Self::Reached,
                Some(_) => Self::Missed,
                None => Self::Unknown,
            };
        }
        match course.at_due() {
            Some((_, interval)) => match (is_there(interval.low), is_there(interval.high)) {
                (true, true) => Self::OnTrack,
                (false, false) => Self::Missed,
                _ => Self::AtRisk,
            },
            None => Self::Unknown,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OnTrack => "on track",
            Self::AtRisk => "at risk",
            Self::Missed => "missed",
            Self::Reached => "reached",
            Self::Unknown => "not known",
        }
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::OnTrack | Self::Reached => Tone::Good,
            Self::AtRisk => Tone::Warning,
            Self::Missed => Tone::Bad,
            Self::Unknown => Tone::Unknown,
        }
    }
}
