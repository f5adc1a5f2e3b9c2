//! Every score by model and version, and each version against the one before it.

use std::collections::BTreeMap;

use super::Scene;
use super::answers::{Answer, Score};
use super::charts::named;
use super::pooled::{self, Pooled};
use crate::derive::business_impact::conversion::{column, measured, number};
use crate::derive::shared::{LEVEL, block};
use crate::frame::Labels;
use crate::order::Order;
use crate::stats::interval::Interval;
use crate::units::Direction;
use crate::view::{Block, BlockBody, Callout, Cell, Grid, GridColumn, Summary, Tone, Verdict};

impl Scene<'_, '_> {
    /// A score by model and version, hidden where too few people gave it; versions that nobody gave it for are left out.
    pub(super) fn by_version(&self, score: Score) -> Vec<(Labels, Pooled)> {
        self.by_version_of(score, self.answers)
    }

    pub(super) fn by_version_of(&self, score: Score, answers: &[Answer]) -> Vec<(Labels, Pooled)> {
        let mut parts: BTreeMap<&Labels, Vec<&Answer>> = BTreeMap::new();
        for answer in answers {
            parts.entry(&answer.of).or_default().push(answer);
        }
        let (mut names, mut groups) = (Vec::new(), Vec::new());
        for (of, answers) in parts {
            if let Some(found) = Pooled::of(score, answers.into_iter()) {
                names.push(of.clone());
                groups.push(found);
            }
        }
        let keys: Vec<Vec<String>> = names.iter().map(|of| vec![of.to_string()]).collect();
        pooled::guard(&keys, &mut groups, Pooled::of(score, answers.iter()), self.k);
        let mut found: Vec<(Labels, Pooled)> = names.into_iter().zip(groups).collect();
        found.order_by(|(a, _), (b, _)| order_key(a).cmp(&order_key(b)));
        found
    }

    /// One row a model and version.
    pub(super) fn table(&self) -> Block {
        let by_score = Score::ALL.map(|score| self.by_version(score));
        let mut names: Vec<Labels> = Vec::new();
        for (of, _) in by_score.iter().flatten() {
            if !names.contains(of) {
                names.push(of.clone());
            }
        }
        names.order_by(|a, b| order_key(a).cmp(&order_key(b)));
        let steps = self.steps();
        let mut columns = vec![column("Version", None, "none")];
        for score in Score::ALL {
            let unit = self.unit(score);
            let metric = self.metric_id(score).to_owned();
            columns.push(GridColumn { title: score.title().to_owned(), metric: Some(metric.clone()), unit });
            columns.push(column(&format!("People, {}", score.title()), Some(&metric), "short"));
        }
        let unit = self.unit(Score::Rating);
        let title = "Rating against the version before: difference, not causal".to_owned();
        columns.push(GridColumn { title, metric: Some("rating-change".to_owned()), unit });
        let row = |of: &Labels| {
            let mut cells = vec![Cell::Text(named(self.context, of))];
            for found in &by_score {
                let group = found.iter().find(|(labels, _)| labels == of).map(|(_, group)| group);
                match group {
                    Some(group) if group.is_hidden() => {
                        cells.push(Cell::Status(Tone::Unknown, "too few to show".to_owned()));
                        cells.push(Cell::Missing);
                    }
                    Some(group) => {
                        let whole = group.interval.map(|i| (group.value, i));
                        cells.push(whole.map_or_else(|| number(group.value), |whole| measured(Some(whole))));
                        cells.push(number(group.n_people));
                    }
                    None => cells.extend([Cell::Missing, Cell::Missing]),
                }
            }
            let step = steps.iter().find(|step| step.of == *of);
            cells.push(measured(step.map(|step| (step.change, step.interval))));
            cells
        };
        let has_version = self.context.workspace.dimensions.iter().any(|d| d.id == "version");
        let is_keyed = has_version && names.iter().all(|of| of.get("version").is_some());
        let key = |of: &Labels| of.get("version").unwrap_or_default().to_owned();
        let grid = Grid {
            columns,
            rows: names.iter().map(row).collect(),
            row_keys: if is_keyed { names.iter().map(key).collect() } else { Vec::new() },
            row_target: is_keyed.then(|| "version".to_owned()),
            ..Grid::default()
        };
        block("versions", "Scores by version, with 95 % intervals over people", BlockBody::Grid(grid)).in_details()
    }

    /// Each version's rating against that of the version before it of the same model, corrected by Bonferroni for their number.
    fn steps(&self) -> Vec<Step> {
        let found: Vec<(Labels, Pooled)> =
            self.by_version(Score::Rating).into_iter().filter(|(_, group)| !group.is_hidden()).collect();
        let pairs: Vec<_> = found
            .iter()
            .zip(found.iter().skip(1))
            .filter(|(a, b)| a.0.get("version").is_some() && a.0.get("model") == b.0.get("model"))
            .collect();
        let level = 1.0 - (1.0 - LEVEL) / pairs.len().max(1) as f64;
        let step = |((before, earlier), (of, later)): &(&(Labels, Pooled), &(Labels, Pooled))| {
            let interval = later.difference(earlier, level)?;
            Some(Step { of: of.clone(), before: before.clone(), change: later.value - earlier.value, interval })
        };
        pairs.iter().filter_map(step).collect()
    }

    /// The version whose rating changed most, if its interval excludes zero.
    pub(super) fn callout(&self) -> Option<Block> {
        let steps = self.steps();
        let n_looks = steps.len();
        let clear = steps.into_iter().filter(|step| step.interval.excludes_zero());
        let step = clear.max_by(|a, b| a.change.abs().total_cmp(&b.change.abs()))?;
        let direction =
            if self.metric.direction == Direction::Neutral { Direction::Higher } else { self.metric.direction };
        let verdict = Verdict::of(step.interval.low, step.interval.high, direction);
        let unit = self.unit(Score::Rating);
        let text = Summary::text(format!(
            "{} is rated {} than {}: ",
            named(self.context, &step.of),
            if step.change > 0.0 { "higher" } else { "lower" },
            named(self.context, &step.before)
        ))
        .change(step.change, &unit)
        .then(" (")
        .change(step.interval.low, &unit)
        .then(" to ")
        .change(step.interval.high, &unit)
        .then(format!("), corrected for {n_looks} looks; difference, not causal"));
        let tone = if verdict == Verdict::Worse { Tone::Warning } else { Tone::Good };
        Some(block("changed", "", BlockBody::Callout(Callout { tone, text })))
    }
}

/// A version's rating against the one before.
struct Step {
    of: Labels,
    before: Labels,
    change: f64,
    interval: Interval,
}

/// By model, then version: by number where it is one, so that 10 comes after 9.
fn order_key(of: &Labels) -> (String, u64, String) {
    let version = of.get("version").unwrap_or_default();
    (of.get("model").unwrap_or_default().to_owned(), version.parse().unwrap_or(u64::MAX), version.to_owned())
}
