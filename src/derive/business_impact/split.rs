//! Users with and without the model: how the column `assisted` tells them apart.
//!
//! Nobody was chosen at random to have the model, so what differs between the two is a difference, not an effect.

use std::sync::Arc;

use crate::derive::{Ask, By, Context, Stop};
use crate::frame::{Frame, Table};
use crate::query::{GroupMeasure, TimeRange};
use crate::source::Cause;
use crate::spec::{MetricQuerySpec, MetricSpec};

const ASSISTED: &str = "assisted";

/// What must stand beside every difference between the two.
pub(super) const NOT_CAUSAL: &str = "difference, not causal: nobody was chosen at random to have the model";

/// Whose users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    With,
    Without,
    All,
}

impl Who {
    /// In words.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::With => "with the model",
            Self::Without => "without",
            Self::All => "all",
        }
    }

    /// As the label `assisted` has it; `None` for everybody.
    pub(super) fn label(self) -> Option<&'static str> {
        match self {
            Self::With => Some("1"),
            Self::Without => Some("0"),
            Self::All => None,
        }
    }

    /// Of a row; `None` where it is not known. Without the column it is everybody.
    pub(super) fn at(table: &Table, row: usize) -> Option<Self> {
        if table.column(ASSISTED).is_none() {
            return Some(Self::All);
        }
        match table.text(ASSISTED, row)?.to_lowercase().as_str() {
            "1" | "true" | "yes" => Some(Self::With),
            "0" | "false" | "no" => Some(Self::Without),
            _ => None,
        }
    }
}

/// Refuses a metric that does not say who a row is about: rows are no users.
///
/// # Errors
/// [`Stop::Empty`] with the line that is missing.
pub(super) fn check_unit(metric: &MetricSpec) -> Result<(), Stop> {
    match &metric.query {
        MetricQuerySpec::Table { unit: None, .. } => Err(Stop::missing(
            format!("{} does not say which column names the user, so users cannot be counted", metric.title()),
            "\"unit\": \"user_id\"",
        )),
        _ => Ok(()),
    }
}

/// Groups by `by` and by with and without; by `by` alone where the table does not tell them apart.
///
/// # Errors
/// As [`Ask::groups`].
pub(super) fn groups(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    metric: &MetricSpec,
    range: TimeRange,
    by: &[By<'_>],
    measures: &[GroupMeasure],
) -> Result<Arc<Frame>, Stop> {
    let column = format!("{:?}", metric.query.column(ASSISTED));
    match ask.groups(context, metric, range, &[by, &[By::Part(ASSISTED)][..]].concat(), measures) {
        Err(Stop::Failed(failure)) if failure.cause == Cause::Configuration && failure.text.contains(&column) => {
            ask.remark(format!("{} does not tell users with the model from those without", metric.title()));
            ask.groups(context, metric, range, by, measures)
        }
        answer => answer,
    }
}
