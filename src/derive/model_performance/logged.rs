//! Curves and areas that a run logged as artifacts, for runs that kept no table of predictions.

use crate::derive::shared::block;
use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::evaluated::RunName;
use crate::derive::shared::labelled::DEFAULT_THRESHOLD;
use crate::derive::shared::lines;
use crate::derive::{Ask, Stop};
use crate::frame::Table;
use crate::order::Order;
use crate::query::ArtifactShape;
use crate::view::{Block, BlockBody, Figure, Line, LineRole, Lines, ThresholdCursor};

use super::curves::{guide, interpolated, reliability_body, share_axis};

/// ROC, precision-recall and reliability as logged.
pub(super) fn curves(
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    run: &RunName,
    threshold: Option<f64>,
) -> Result<Vec<Block>, Stop> {
    let roc = shown.tracked.artifact(ask, &run.id, "eval/roc_curve.json", ArtifactShape::Roc);
    let recall = shown.tracked.artifact(ask, &run.id, "eval/pr_curve.json", ArtifactShape::PrecisionRecall);
    let bins = shown.tracked.artifact(ask, &run.id, "eval/calibration.json", ArtifactShape::Calibration);
    let (roc, recall, bins) = (roc?, recall?, bins?);
    let at = threshold.unwrap_or(DEFAULT_THRESHOLD);
    let cursor = |(x, y): (f64, f64)| ThresholdCursor { model: shown.tracked.model.id.clone(), threshold: at, x, y };
    let mut blocks = Vec::new();
    if let Some(table) = roc.as_ref().and_then(|f| f.table()) {
        let body = Lines {
            metric: "roc".to_owned(),
            x: share_axis("false positive rate"),
            y: share_axis("true positive rate"),
            lines: vec![line(shown, table, "fpr", "tpr"), guide(vec![0.0, 1.0], vec![0.0, 1.0])],
            threshold: place(table, "fpr", "tpr", at).map(cursor),
            ..Lines::default()
        };
        blocks.push(block("roc", "ROC", BlockBody::Lines(body)).of_width(4));
    }
    if let Some(table) = recall.as_ref().and_then(|f| f.table()) {
        let body = Lines {
            metric: "precision-recall".to_owned(),
            x: share_axis("recall"),
            y: share_axis("precision"),
            lines: vec![line(shown, table, "recall", "precision")],
            threshold: place(table, "recall", "precision", at).map(cursor),
            ..Lines::default()
        };
        blocks.push(block("precision-recall", "Precision and recall", BlockBody::Lines(body)).of_width(4));
    }
    if let Some(table) = bins.as_ref().and_then(|f| f.table()) {
        let line = line(shown, table, "mean_predicted", "fraction_positive");
        let height = interpolated(&line.x, &line.y, at);
        let body = reliability_body(vec![line], "predicted", "share positive", Some(cursor((at, height))));
        blocks.push(block("reliability", "Reliability", BlockBody::Lines(body)).of_width(4));
    }
    Ok(blocks)
}

/// Puts the logged areas into figures that the rows could not give, without an interval.
pub(super) fn fill(ask: &mut Ask<'_>, shown: &Chosen<'_>, run: &RunName, figures: &mut [Figure]) -> Result<(), Stop> {
    let roc = shown.tracked.artifact(ask, &run.id, "eval/roc_curve.json", ArtifactShape::Roc);
    let recall = shown.tracked.artifact(ask, &run.id, "eval/pr_curve.json", ArtifactShape::PrecisionRecall);
    for (metric, frame, column) in [("roc-auc", roc?, "auc"), ("pr-auc", recall?, "average_precision")] {
        let area = frame.as_ref().and_then(|f| f.table()).map_or(f64::NAN, |table| table.number(column, 0));
        if let Some(figure) = figures.iter_mut().find(|f| f.metric == metric && f.value.is_none())
            && area.is_finite()
        {
            figure.value = Some(area);
            figure.method = Some("no interval: only the curve was logged".to_owned());
        }
    }
    Ok(())
}

/// The logged points by rising x; points without both numbers are left out.
fn line(shown: &Chosen<'_>, table: &Table, x: &str, y: &str) -> Line {
    let points = (0..table.n_rows()).map(|row| (table.number(x, row), table.number(y, row)));
    let mut points: Vec<(f64, f64)> = points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    // Stable, so that the steps of equal x keep their order up or down.
    let is_falling = points.first().zip(points.last()).is_some_and(|(a, b)| a.0 > b.0);
    if is_falling {
        points.reverse();
    }
    points.order_by(|a, b| a.0.total_cmp(&b.0));
    let (x, y) = points.into_iter().unzip();
    let series = shown.labels();
    Line { title: shown.title(), entity: lines::entity(&series), series, role: LineRole::Main, x, y, ..Line::default() }
}

/// The point whose logged threshold is nearest.
fn place(table: &Table, x: &str, y: &str, threshold: f64) -> Option<(f64, f64)> {
    let distance = |row: &usize| (table.number("threshold", *row) - threshold).abs();
    let row = (0..table.n_rows())
        .filter(|row| distance(row).is_finite())
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    Some((table.number(x, row), table.number(y, row))).filter(|(x, y)| x.is_finite() && y.is_finite())
}
