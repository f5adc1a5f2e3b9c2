//! What people answered, read from rows.

use std::sync::Arc;

use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Labels, Table};
use crate::spec::{MetricQuerySpec, MetricSpec};

/// More answers than this are too many to read row by row: the newest count.
const MAX_ANSWERS: u32 = 20_000;

/// One score that people give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Score {
    Rating,
    Thumbs,
    Csat,
    Nps,
}

impl Score {
    pub(super) const ALL: [Self; 4] = [Self::Rating, Self::Thumbs, Self::Csat, Self::Nps];

    /// As the setting `score` writes it.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Rating => "rating",
            Self::Thumbs => "thumbs",
            Self::Csat => "csat",
            Self::Nps => "nps",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rating => "Mean rating",
            Self::Thumbs => "Thumbs up",
            Self::Csat => "CSAT",
            Self::Nps => "NPS",
        }
    }

    /// The part of the table that holds it.
    fn part(self, metric: &MetricSpec) -> &str {
        match (self, &metric.query) {
            (Self::Rating, MetricQuerySpec::Table { value: Some(value), columns, .. })
                if !columns.contains_key("rating") =>
            {
                value
            }
            (Self::Thumbs, _) => "thumb",
            _ => self.id(),
        }
    }

    /// What a cell counts for: a rating as it is; 1 for a thumb up and for the two best of five, else 0; 1, 0 or -1 of a promoter, a
    /// passive and a detractor. `None` for what is not on the scale.
    fn read(self, cell: f64) -> Option<f64> {
        let one = |is: bool| if is { 1.0 } else { 0.0 };
        match self {
            Self::Rating => cell.is_finite().then_some(cell),
            Self::Thumbs => cell.is_finite().then(|| one(cell > 0.0)),
            Self::Csat => (1.0..=5.0).contains(&cell).then(|| one(cell >= 4.0)),
            Self::Nps => (0.0..=10.0).contains(&cell).then(|| one(cell >= 9.0) - one(cell < 7.0)),
        }
    }
}

/// What one person said at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// `NaN` where it is not known.
    pub(super) at_ms: f64,
    /// Who; `None` where the row does not say.
    pub(super) user: Option<String>,
    /// Of which model and version, as far as the row says.
    pub(super) of: Labels,
    /// The cells as given, in the order of [`Score::ALL`]; `NaN` where there is none.
    cells: [f64; 4],
    pub(super) comment: Option<String>,
    pub(super) prediction: Option<String>,
}

impl Answer {
    /// The cell as given; `NaN` where there is none.
    pub(super) fn given(&self, score: Score) -> f64 {
        let at = Score::ALL.iter().position(|one| *one == score);
        at.and_then(|at| self.cells.get(at).copied()).unwrap_or(f64::NAN)
    }

    /// What it counts for; `None` where there is none on the scale.
    pub(super) fn counted(&self, score: Score) -> Option<f64> {
        score.read(self.given(score))
    }
}

/// Asks for the answers of the context's side.
///
/// # Errors
/// As [`Ask::rows`].
pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Arc<Frame>, Stop> {
    let mut parts = vec!["user_id", "prediction_id", "comment"];
    parts.extend(Score::ALL.map(|score| score.part(metric)));
    ask.rows(context, metric, context.range, &parts, MAX_ANSWERS)
}

/// The answers of a frame; `None` where it does not say who gave them.
pub(super) fn read(context: &Context<'_>, metric: &MetricSpec, frame: &Frame) -> Option<Vec<Answer>> {
    let Some(table) = frame.table() else { return Some(Vec::new()) };
    if table.column("user_id").is_none() && table.n_rows() > 0 {
        return None;
    }
    let hidden = &context.workspace.privacy.hidden_columns;
    let is_hidden = |part: &str| hidden.iter().any(|name| name == metric.query.column(part));
    let filled = |name: &str, row: usize| table.text(name, row).filter(|text| !text.trim().is_empty());
    let answer = |row: usize| {
        let mut of = Labels::new();
        for name in ["model", "version"] {
            if let Some(value) = filled(name, row) {
                of.set(name, value);
            }
        }
        let cell = |score: Score| {
            let part = score.part(metric);
            if is_hidden(part) { f64::NAN } else { number(table, part, row) }
        };
        Answer {
            at_ms: number(table, "time", row),
            user: filled("user_id", row),
            of,
            cells: Score::ALL.map(cell),
            comment: filled("comment", row).filter(|_| !is_hidden("comment")),
            prediction: filled("prediction_id", row).filter(|_| !is_hidden("prediction_id")),
        }
    };
    Some((0..table.n_rows()).map(answer).collect())
}

/// A number, also one that the source gave as text.
fn number(table: &Table, name: &str, row: usize) -> f64 {
    let found = table.number(name, row);
    if !found.is_nan() {
        return found;
    }
    table.text(name, row).and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_count_as_their_scale_says() {
        assert_eq!([1.0, -1.0, 0.0, f64::NAN].map(|v| Score::Thumbs.read(v)), [Some(1.0), Some(0.0), Some(0.0), None]);
        assert_eq!([3.0, 4.0, 5.0, 6.0].map(|v| Score::Csat.read(v)), [Some(0.0), Some(1.0), Some(1.0), None]);
        assert_eq!([6.0, 7.0, 8.0, 9.0].map(|v| Score::Nps.read(v)), [Some(-1.0), Some(0.0), Some(0.0), Some(1.0)]);
        assert_eq!([-1.0, 11.0, f64::INFINITY].map(|v| Score::Nps.read(v)), [None; 3]);
    }
}
