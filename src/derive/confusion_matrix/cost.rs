//! What errors cost: the expected cost of the matrix, and over the threshold where scores are known.

use super::counts::Counted;
use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::figures::{compare, named};
use crate::derive::shared::labelled::DEFAULT_THRESHOLD;
use crate::derive::shared::{LEVEL, block, lines};
use crate::derive::{Ask, Context};
use crate::spec::{ModelSpec, Task};
use crate::stats::bootstrap::{Bootstrap, Config, Design, bootstrap};
use crate::stats::confusion::{ConfusionMatrix, CostTable};
use crate::stats::curves::Scores;
use crate::units::{Direction, Unit};
use crate::view::{
    AxisSpec, Block, BlockBody, Control, Figure, Line, LineRole, Lines, Matrix, Reading, ThresholdCursor, Tone,
};

/// Costs are shown for this many decisions.
const DECISIONS: f64 = 1_000.0;
/// Distance of the thresholds at which the curve is drawn.
const STEPS: u32 = 200;
const MAX_DRAWN_ROWS: usize = 4_000_000;
const DEFAULT_FALSE_POSITIVE: f64 = 1.0;
const DEFAULT_FALSE_NEGATIVE: f64 = 5.0;

/// The cost table of a model in its unit.
#[derive(Clone, Debug)]
pub(super) struct Costs {
    pub(super) table: CostTable,
    pub(super) unit: Unit,
}

impl Costs {
    /// The model's costs, or the defaults of a binary model; the settings `cost-fp` and `cost-fn` replace theirs.
    ///
    /// `None` for several classes without a table in the workspace, or with one that does not fit.
    pub(super) fn of(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        model: &ModelSpec,
        matrix: &ConfusionMatrix,
    ) -> Option<Self> {
        let n = matrix.classes().len();
        let given = model.costs.as_ref();
        let fits = |costs: &&Vec<Vec<f64>>| costs.len() == n && costs.iter().all(|row| row.len() == n);
        let fitting = given.filter(fits);
        if given.is_some() && fitting.is_none() {
            ask.remark(format!("the cost table of the workspace does not fit {n} classes"));
        }
        let mut cells: Vec<f64> = match fitting {
            Some(costs) => costs.iter().flatten().copied().collect(),
            None if model.task == Task::Binary => vec![0.0, DEFAULT_FALSE_POSITIVE, DEFAULT_FALSE_NEGATIVE, 0.0],
            None => return None,
        };
        let mut is_default = fitting.is_none();
        if model.task == Task::Binary {
            for (setting, place) in [("cost-fp", 1), ("cost-fn", 2)] {
                let typed = context.setting(setting).and_then(|text| text.trim().parse::<f64>().ok());
                if let (Some(cost), Some(cell)) = (typed.filter(|cost| cost.is_finite()), cells.get_mut(place)) {
                    *cell = cost;
                    is_default = false;
                }
            }
            if let [_, false_positive, false_negative, _] = cells.as_slice() {
                let whose = if is_default { "default costs" } else { "costs" };
                ask.remark(format!("{whose}: a false positive {false_positive}, a false negative {false_negative}"));
            }
        }
        let unit = model.cost_unit.as_deref().map_or_else(|| Unit::from("none"), Unit::new);
        CostTable::new(n, cells).map(|table| Self { table, unit })
    }
}

/// What a decision costs, by actual and predicted class, on the panel's own page.
pub(super) fn table(costs: &Costs, classes: &[String]) -> Block {
    let n = classes.len();
    let body = Matrix {
        metric: "cost".to_owned(),
        row_title: "actual".to_owned(),
        column_title: "predicted".to_owned(),
        rows: classes.to_vec(),
        columns: classes.to_vec(),
        values: (0..n * n).map(|cell| costs.table.cost(cell / n, cell % n).unwrap_or(f64::NAN)).collect(),
        unit: costs.unit.clone(),
        labelled: true,
        ..Matrix::default()
    };
    block("costs", "Cost of one decision", BlockBody::Matrix(body)).of_width(6).in_details()
}

/// What a false positive and a false negative cost, to be tried; for binary models.
pub(super) fn controls(model: &ModelSpec, costs: Option<&Costs>) -> Vec<Control> {
    let Some(costs) = costs.filter(|_| model.task == Task::Binary) else { return Vec::new() };
    let given = |row: usize, column: usize| {
        let of_workspace = model.costs.as_ref().and_then(|table| table.get(row)?.get(column).copied());
        let default = if row == 0 { DEFAULT_FALSE_POSITIVE } else { DEFAULT_FALSE_NEGATIVE };
        of_workspace.filter(|cost| cost.is_finite() && *cost > 0.0).unwrap_or(default)
    };
    let slider = |setting: &str, title: &str, row: usize, column: usize| {
        // Up to four times what is given, in a hundred steps.
        let (now, step) = (costs.table.cost(row, column).unwrap_or(0.0), given(row, column) / 25.0);
        Control::slider(setting, title, (0.0, (4.0 * given(row, column)).max(now), step), now).in_details()
    };
    vec![slider("cost-fp", "Cost of a false positive", 0, 1), slider("cost-fn", "Cost of a false negative", 1, 0)]
}

/// The expected cost of the matrix with its change, and the cheapest threshold.
pub(super) fn figures(
    shown: &Chosen<'_>,
    counted: &Counted,
    costs: Option<&Costs>,
    reference: Option<&(String, Counted)>,
) -> Vec<Figure> {
    let Some(costs) = costs else { return Vec::new() };
    let Some(mean) = counted.matrix.expected_cost(&costs.table) else { return Vec::new() };
    let mut figure = named("expected-cost", "Expected cost of 1,000 decisions", costs.unit.id(), Direction::Lower);
    figure.series = shown.labels();
    figure.value = Some(mean * DECISIONS);
    figure.n = Some(counted.matrix.n());
    let resampled = over_cells(&[&counted.matrix], &costs.table);
    match resampled.and_then(|result| result.interval) {
        Some(interval) => {
            figure.low = Some(interval.low * DECISIONS);
            figure.high = Some(interval.high * DECISIONS);
            figure.method = Some("bootstrap over predictions".to_owned());
        }
        None => figure.method = Some("no interval: too few or too many predictions to draw again".to_owned()),
    }
    if let Some((title, other)) = reference
        && let Some(before) = other.matrix.expected_cost(&costs.table)
        && other.matrix.classes() == counted.matrix.classes()
    {
        let change = over_cells(&[&counted.matrix, &other.matrix], &costs.table);
        let interval = change.and_then(|c| c.interval).map(|i| (i.low * DECISIONS, i.high * DECISIONS));
        compare(&mut figure, before * DECISIONS, interval, title);
    }
    let mut found = vec![figure];
    found.extend(best_threshold(shown, counted, costs));
    found
}

/// The mean cost of a row, drawn again from the rows that the matrix counts; of two matrices their difference, drawn apart.
fn over_cells(matrices: &[&ConfusionMatrix], table: &CostTable) -> Option<Bootstrap> {
    let n: f64 = matrices.iter().map(|m| m.n()).sum();
    if !(2.0..=200_000.0).contains(&n) {
        return None;
    }
    let (mut costs, mut strata) = (Vec::new(), Vec::new());
    for (side, matrix) in matrices.iter().enumerate() {
        let classes = matrix.classes().len();
        for (row, column) in (0..classes * classes).map(|cell| (cell / classes, cell % classes)) {
            let count = matrix.count(row, column).round() as usize;
            costs.extend(std::iter::repeat_n(table.cost(row, column)?, count));
            strata.extend(std::iter::repeat_n(side as u32, count));
        }
    }
    let n_resamples = (MAX_DRAWN_ROWS / costs.len().max(1)).clamp(200, 2_000);
    let config = Config { n_resamples, level: LEVEL, seed: 6, ..Config::default() };
    bootstrap(Design::Strata(&strata), config, |drawn| {
        let mut sums = [(0.0, 0.0); 2];
        for &row in drawn {
            let side = strata.get(row).copied().unwrap_or(0) as usize;
            if let (Some(sum), Some(cost)) = (sums.get_mut(side), costs.get(row)) {
                *sum = (sum.0 + cost, sum.1 + 1.0);
            }
        }
        let [ours, theirs] = sums;
        let mean = |(sum, n): (f64, f64)| sum / n;
        if theirs.1 > 0.0 { mean(ours) - mean(theirs) } else { mean(ours) }
    })
}

fn scores_of(counted: &Counted) -> Option<Scores> {
    let rows = counted.rows.as_ref().filter(|rows| rows.has_scores())?;
    Some(Scores::new(&rows.scores, &rows.positives()))
}

fn best_threshold(shown: &Chosen<'_>, counted: &Counted, costs: &Costs) -> Option<Figure> {
    let scores = scores_of(counted)?;
    let cheapest = scores.cheapest(&costs.table)?;
    let mut figure = named("best-threshold", "Best threshold", "none", Direction::Neutral);
    figure.series = shown.labels();
    figure.n = Some(scores.n() as f64);
    if cheapest.threshold.is_finite() {
        figure.value = Some(cheapest.threshold);
        figure.method = Some("no interval: the cheapest of the scores seen, chosen on the same rows".to_owned());
    } else {
        figure.method = Some("cheapest is to call nothing positive".to_owned());
    }
    Some(figure)
}

/// Expected cost over the threshold, with the cheapest marked and the chosen one under the cursor.
pub(super) fn curve(context: &Context<'_>, shown: &Chosen<'_>, counted: &Counted, costs: &Costs) -> Option<Block> {
    let scores = scores_of(counted)?;
    let cheapest = scores.cheapest(&costs.table)?;
    let cost_at = |threshold: f64| {
        let matrix = scores.at(threshold).matrix("0", "1")?;
        Some(matrix.expected_cost(&costs.table)? * DECISIONS)
    };
    let mut x: Vec<f64> = (0..=STEPS).map(|step| f64::from(step) / f64::from(STEPS)).collect();
    x.extend(Some(cheapest.threshold).filter(|t| (0.0..=1.0).contains(t)));
    x.sort_unstable_by(f64::total_cmp);
    x.dedup();
    let y: Vec<f64> = x.iter().map(|&threshold| cost_at(threshold).unwrap_or(f64::NAN)).collect();
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied().unwrap_or(DEFAULT_THRESHOLD);
    let series = shown.labels();
    let entity = lines::entity(&series);
    let lowest = cheapest.cost_per_row * DECISIONS;
    let optimum = Line {
        title: "best".to_owned(),
        series: series.clone().with("mark", "best"),
        entity: entity.clone(),
        role: LineRole::Validation,
        x: vec![cheapest.threshold.min(1.0)],
        y: vec![lowest],
        ..Line::default()
    };
    let curve = Line { title: shown.title(), series, entity, x, y, ..Line::default() };
    let body = Lines {
        metric: "expected-cost".to_owned(),
        x: AxisSpec {
            title: "threshold".to_owned(),
            unit: Unit::from("none"),
            min: Some(0.0),
            max: Some(1.0),
            ..AxisSpec::default()
        },
        y: AxisSpec { unit: costs.unit.clone(), ..AxisSpec::default() },
        lines: vec![curve, optimum],
        readings: vec![Reading { value: lowest, title: "lowest".to_owned(), tone: Tone::Good }],
        threshold: Some(ThresholdCursor {
            model: shown.tracked.model.id.clone(),
            threshold,
            x: threshold,
            y: cost_at(threshold)?,
        }),
        ..Lines::default()
    };
    Some(block("cost", "Expected cost of 1,000 decisions by threshold", BlockBody::Lines(body)))
}
