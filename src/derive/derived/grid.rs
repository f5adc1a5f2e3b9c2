//! The one grid of time that all parts are put on.

use crate::derive::Stop;
use crate::query::{Bucket, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec};

const DAY_MS: i64 = 86_400_000;

/// Where the points are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Grid {
    /// Whole buckets of the calendar, in UTC, of a range that begins and ends with one; a point stands at the start of its bucket.
    Calendar(Bucket, TimeRange),
    /// Steps of so many milliseconds; a point stands at the end of its step.
    Steps(i64, TimeRange),
    /// One point, at the end of the range.
    Whole(TimeRange),
}

/// Whether a part is rows of a table.
pub(super) fn is_table(part: &MetricSpec) -> bool {
    matches!(part.query, MetricQuerySpec::Table { .. })
}

impl Grid {
    /// The grid on which these parts meet.
    ///
    /// # Errors
    /// [`Stop::Empty`] where a part is a table and the range has no whole bucket.
    pub(super) fn of(parts: &[&MetricSpec], range: TimeRange, step_ms: i64) -> Result<Self, Stop> {
        if !parts.iter().any(|part| is_table(part)) {
            return Ok(Self::Steps(step_ms, range));
        }
        // Books are kept by day.
        Self::calendar(Bucket::of_step(step_ms).max(Bucket::Day), range)
    }

    /// The whole days of a range.
    ///
    /// # Errors
    /// [`Stop::Empty`] where there is none.
    pub(super) fn days(range: TimeRange) -> Result<Self, Stop> {
        Self::calendar(Bucket::Day, range)
    }

    fn calendar(bucket: Bucket, range: TimeRange) -> Result<Self, Stop> {
        let start = bucket.start_ms(range.from_ms);
        let from_ms = if start == range.from_ms { start } else { after(bucket, start) };
        let to_ms = bucket.start_ms(range.to_ms);
        if from_ms >= to_ms {
            let name = format!("{bucket:?}").to_lowercase();
            return Err(Stop::empty(format!(
                "this time range holds no whole {name} (UTC), by which tables are held against series"
            )));
        }
        Ok(Self::Calendar(bucket, TimeRange { from_ms, to_ms }))
    }

    pub(super) fn range(self) -> TimeRange {
        match self {
            Self::Calendar(_, range) | Self::Steps(_, range) | Self::Whole(range) => range,
        }
    }

    /// The start of the bucket after the one that begins at an instant; elsewhere the instant itself.
    pub(super) fn after(self, start_ms: i64) -> i64 {
        match self {
            Self::Calendar(bucket, _) => after(bucket, start_ms),
            Self::Steps(..) | Self::Whole(_) => start_ms,
        }
    }

    /// The step at which a series is asked so that its points fold into the grid.
    pub(super) fn atom_ms(self) -> i64 {
        match self {
            Self::Calendar(Bucket::Hour, _) => DAY_MS / 24,
            Self::Calendar(..) => DAY_MS,
            Self::Steps(step_ms, _) => step_ms,
            Self::Whole(range) => range.width_ms(),
        }
    }

    /// Where a series' point belongs that describes the step ending at an instant; `None` before the grid.
    pub(super) fn place(self, at_ms: f64) -> Option<i64> {
        let at_ms = at_ms.round() as i64;
        match self {
            Self::Calendar(bucket, range) => Some(bucket.start_ms(at_ms - 1)).filter(|start| *start >= range.from_ms),
            Self::Steps(..) => Some(at_ms),
            Self::Whole(range) => Some(range.to_ms),
        }
    }

    /// How many points of a series a place of the grid takes.
    pub(super) fn n_atoms(self, place_ms: i64) -> i64 {
        (self.after(place_ms) - place_ms).div_euclid(self.atom_ms().max(1)).max(1)
    }
}

fn after(bucket: Bucket, start_ms: i64) -> i64 {
    match bucket {
        Bucket::Hour => start_ms + DAY_MS / 24,
        Bucket::Day => start_ms + DAY_MS,
        Bucket::Week => start_ms + 7 * DAY_MS,
        Bucket::Month => bucket.start_ms(start_ms + 32 * DAY_MS),
    }
}
