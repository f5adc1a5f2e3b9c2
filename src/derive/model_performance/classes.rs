//! The per-class table: precision, recall and F1 of each class against the rest, and their averages.

use crate::derive::shared::{LEVEL, block};
use crate::stats::confusion::{ConfusionMatrix, PrecisionRecall};
use crate::stats::interval::{Proportion, wilson};
use crate::units::Unit;
use crate::view::{Block, BlockBody, Cell, Grid, GridColumn};

/// The table; averages are left out for two classes, where they say little.
pub(super) fn per_class(matrix: &ConfusionMatrix, has_averages: bool) -> Block {
    let column = |title: &str, metric: &str, unit: &str| GridColumn {
        title: title.to_owned(),
        metric: (!metric.is_empty()).then(|| metric.to_owned()),
        unit: Unit::from(unit),
    };
    let columns = vec![
        column("Class", "", "none"),
        column("Precision", "precision", "percentunit"),
        column("Recall", "recall", "percentunit"),
        column("F1", "f1", "none"),
        column("Rows", "support", "short"),
    ];
    let n_classes = matrix.classes().len();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (class, report) in matrix.per_class().into_iter().enumerate() {
        let hits = matrix.count(class, class);
        let predicted: f64 = (0..n_classes).map(|actual| matrix.count(actual, class)).sum();
        rows.push(vec![
            Cell::Text(report.class),
            rate(hits, predicted),
            rate(hits, report.support),
            if predicted + report.support > 0.0 { Cell::Number(report.scores.f1) } else { Cell::Missing },
            Cell::Number(report.support),
        ]);
    }
    if has_averages {
        let averages = matrix.averages();
        rows.push(average("macro average", averages.macro_mean, matrix.n()));
        rows.push(average("weighted average", averages.weighted, matrix.n()));
    }
    block("classes", "By class", BlockBody::Grid(Grid { columns, rows, ..Grid::default() }))
}

/// A rate with its Wilson interval; missing where nothing was counted.
fn rate(hits: f64, of: f64) -> Cell {
    let Some(rate) = Proportion::new(hits.round() as u64, of.round() as u64).filter(|rate| rate.n() > 0) else {
        return Cell::Missing;
    };
    match wilson(rate, LEVEL) {
        Some(interval) => Cell::Interval(rate.rate(), interval.low, interval.high),
        None => Cell::Number(rate.rate()),
    }
}

fn average(title: &str, scores: PrecisionRecall, n: f64) -> Vec<Cell> {
    vec![
        Cell::Text(title.to_owned()),
        Cell::Number(scores.precision),
        Cell::Number(scores.recall),
        Cell::Number(scores.f1),
        Cell::Number(n),
    ]
}
