//! Scores of a regression: RMSE, MAE, R2 and MAPE with bootstrap intervals over rows; predictions against truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::others::{from, number};
use super::{figures, step_ms};
use crate::derive::shared::chosen::{self, Chosen, Versus};
use crate::derive::shared::evaluated::{Basis, remark_basis};
use crate::derive::shared::figures::compare;
use crate::derive::shared::{LEVEL, block, lines};
use crate::derive::{Ask, Context, Stop};
use crate::frame::Frame;
use crate::query::TimeRange;
use crate::stats::bootstrap::{Bootstrap, Config, Design, bootstrap};
use crate::stats::regression::{RegressionReport, regression_report};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Cell, Figure, Line, LineRole, Scatter, ScatterPoint, Summary, View};

const MAX_POINTS: usize = 1_000;
const MAX_DRAWN_ROWS: usize = 4_000_000;
const SEED: u64 = 20;

/// Rows with both sides finite.
struct Pairs {
    keys: Vec<String>,
    actual: Vec<f64>,
    predicted: Vec<f64>,
    /// Instants in milliseconds; `NaN` where the table has none.
    times: Vec<f64>,
    n_left_out: usize,
}

impl Pairs {
    fn newest_ms(&self) -> Option<f64> {
        self.times.iter().copied().filter(|t| t.is_finite()).reduce(f64::max)
    }

    /// The score of the rows of each step; empty below two steps.
    fn trend(&self, score: Score, step_ms: f64) -> Vec<(f64, f64)> {
        let mut steps: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (row, at) in self.times.iter().enumerate().filter(|(_, at)| at.is_finite()) {
            steps.entry((at / step_ms).floor() as i64).or_default().push(row);
        }
        if steps.len() < 2 {
            return Vec::new();
        }
        let x: Vec<f64> = steps.keys().map(|&step| (step as f64 + 0.5) * step_ms).collect();
        let y: Vec<f64> = steps.values().map(|rows| score_of(score, self, rows)).collect();
        lines::spark(&x, &y)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Score {
    Rmse,
    Mae,
    R2,
    Mape,
}

const SCORES: [(&str, &str, &str, Direction, Score); 4] = [
    ("rmse", "RMSE", "none", Direction::Lower, Score::Rmse),
    ("mae", "MAE", "none", Direction::Lower, Score::Mae),
    ("r2", "R²", "none", Direction::Higher, Score::R2),
    ("mape", "MAPE", "percentunit", Direction::Lower, Score::Mape),
];

pub(super) fn derive<'a>(context: &Context<'a>, ask: &mut Ask<'_>, shown: &Chosen<'a>) -> Result<View, Stop> {
    let found = rows(context, ask, shown, context.range);
    let versus = chosen::versus(context, ask, shown);
    let (pairs, basis) = found?.ok_or_else(|| {
        Stop::empty(format!(
            "no predictions with a true value of {} in this time range, and its run logged none",
            shown.title()
        ))
    })?;
    let versus = versus?;
    let is_paired = versus.as_ref().is_some_and(Versus::is_model);
    let against = match &versus {
        Some(versus) if is_paired => {
            rows(context, ask, &versus.chosen, context.range)?.map(|(rows, _)| (versus.title.clone(), rows))
        }
        Some(versus) if basis == Basis::Live => {
            other_rows(ask, shown, versus)?.map(|rows| (versus.title.clone(), rows))
        }
        _ => None,
    };
    remark_basis(context, ask, &basis);
    if pairs.n_left_out > 0 {
        ask.remark(format!("{} rows without a true or a predicted value are left out", pairs.n_left_out));
    }
    let figures: Vec<Figure> = SCORES
        .iter()
        .map(|&(id, title, unit, good, score)| {
            let figure = figures::figure(context, id, title, unit, good, &shown.labels());
            let mut figure = filled(figure, score, &pairs, against.as_ref(), is_paired);
            figure.spark = pairs.trend(score, step_ms(context) as f64);
            figure
        })
        .collect();
    let ended = match &basis {
        Basis::Live => None,
        Basis::Run(run) => Some(run.ended_ms).filter(|at| at.is_finite()),
    };
    Ok(View {
        summary: summary(shown, &figures),
        n: Some((pairs.actual.len() as f64, "predictions".to_owned())),
        as_of_ms: pairs.newest_ms().or(ended),
        blocks: vec![scatter(shown, &pairs)],
        figures,
        ..View::default()
    })
}

/// The same version over another time, or the rest of a dimension; `None` where they cannot be told apart.
fn other_rows(ask: &mut Ask<'_>, shown: &Chosen<'_>, versus: &Versus<'_>) -> Result<Option<Pairs>, Stop> {
    let other = &versus.other.context;
    match shown.tracked.live(other, ask, other.range, shown.version.as_ref()) {
        Err(Stop::Empty { .. }) => Ok(None),
        known => Ok(known?.and_then(|frame| read(&frame))),
    }
}

/// The cells of the other-models table.
pub(super) fn cells(context: &Context<'_>, ask: &mut Ask<'_>, shown: &Chosen<'_>) -> Result<Vec<Cell>, Stop> {
    let Some((pairs, basis)) = rows(context, ask, shown, context.range)? else { return Ok(vec![Cell::Missing; 6]) };
    let rmse = bootstrapped(Score::Rmse, &pairs);
    Ok(vec![
        Cell::Number(pairs.actual.len() as f64),
        Cell::Missing,
        Cell::Missing,
        Cell::Missing,
        rmse.map_or(Cell::Missing, |rmse| number(rmse.estimate, rmse.interval)),
        Cell::Text(from(&basis)),
    ])
}

fn rows(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    range: TimeRange,
) -> Result<Option<(Pairs, Basis)>, Stop> {
    let live = shown.tracked.live(context, ask, range, shown.version.as_ref())?;
    if let Some(pairs) = live.and_then(|frame| read(&frame)) {
        return Ok(Some((pairs, Basis::Live)));
    }
    let Some(run) = shown.tracked.run_of(ask, shown.version.as_ref())? else { return Ok(None) };
    let frame = shown.tracked.evaluated(ask, &run)?;
    Ok(frame.and_then(|frame| read(&frame)).map(|pairs| (pairs, Basis::Run(run))))
}

fn read(frame: &Arc<Frame>) -> Option<Pairs> {
    let table = frame.table()?;
    let (actual, predicted) = (table.numbers("label")?, table.numbers("prediction")?);
    let key = |row: usize| table.text("id", row).or_else(|| table.text("row", row)).unwrap_or_default();
    let mut pairs =
        Pairs { keys: Vec::new(), actual: Vec::new(), predicted: Vec::new(), times: Vec::new(), n_left_out: 0 };
    for (row, (&a, &p)) in actual.iter().zip(&predicted).enumerate() {
        if a.is_finite() && p.is_finite() {
            pairs.keys.push(key(row));
            pairs.actual.push(a);
            pairs.predicted.push(p);
            pairs.times.push(table.number("time", row));
        } else {
            pairs.n_left_out += 1;
        }
    }
    (!pairs.actual.is_empty()).then_some(pairs)
}

fn of_report(report: &RegressionReport, score: Score) -> f64 {
    match score {
        Score::Rmse => report.rmse,
        Score::Mae => report.mae,
        Score::R2 => report.r2.unwrap_or(f64::NAN),
        Score::Mape if report.n_zero > 0 => f64::NAN,
        Score::Mape => report.mape,
    }
}

fn score_of(score: Score, pairs: &Pairs, rows: &[usize]) -> f64 {
    let pick = |values: &[f64]| -> Vec<f64> { rows.iter().filter_map(|&row| values.get(row).copied()).collect() };
    regression_report(&pick(&pairs.actual), &pick(&pairs.predicted))
        .map_or(f64::NAN, |report| of_report(&report, score))
}

fn config(n: usize) -> Config {
    let n_resamples = (MAX_DRAWN_ROWS / n.max(1)).clamp(200, 2_000);
    Config { n_resamples, level: LEVEL, seed: SEED, ..Config::default() }
}

fn bootstrapped(score: Score, pairs: &Pairs) -> Option<Bootstrap> {
    let n = pairs.actual.len();
    bootstrap(Design::Rows(n), config(n), |rows| score_of(score, pairs, rows))
}

fn filled(
    mut figure: Figure,
    score: Score,
    pairs: &Pairs,
    against: Option<&(String, Pairs)>,
    is_same_data: bool,
) -> Figure {
    figure.n = Some(pairs.actual.len() as f64);
    let Some(result) = bootstrapped(score, pairs) else {
        figure.method = Some(match score {
            Score::Mape => "not defined: a true value is 0".to_owned(),
            _ => "not defined on these rows".to_owned(),
        });
        return figure;
    };
    figure.value = Some(result.estimate);
    figure.low = result.interval.map(|i| i.low);
    figure.high = result.interval.map(|i| i.high);
    figure.method = Some(match result.interval {
        Some(_) => format!("bootstrap over rows, {} resamples", config(pairs.actual.len()).n_resamples),
        None => "too few rows for an interval".to_owned(),
    });
    let Some((title, theirs)) = against else { return figure };
    let all: Vec<usize> = (0..theirs.actual.len()).collect();
    let reference = score_of(score, theirs, &all);
    let shared = if is_same_data { shared_rows(pairs, theirs) } else { Vec::new() };
    let change = if shared.len() == pairs.actual.len() && shared.len() == theirs.actual.len() {
        bootstrap(Design::Rows(shared.len()), config(shared.len()), |drawn| {
            let drawn = || drawn.iter().filter_map(|&pair| shared.get(pair));
            let mine: Vec<usize> = drawn().map(|pair| pair.0).collect();
            let other: Vec<usize> = drawn().map(|pair| pair.1).collect();
            score_of(score, pairs, &mine) - score_of(score, theirs, &other)
        })
    } else {
        let n_ours = pairs.actual.len();
        let strata: Vec<u32> = (0..n_ours + theirs.actual.len()).map(|row| u32::from(row >= n_ours)).collect();
        bootstrap(Design::Strata(&strata), config(strata.len()), |drawn| {
            let (mine, other): (Vec<usize>, Vec<usize>) = drawn.iter().partition(|&&row| row < n_ours);
            let other: Vec<usize> = other.into_iter().map(|row| row - n_ours).collect();
            score_of(score, pairs, &mine) - score_of(score, theirs, &other)
        })
    };
    compare(&mut figure, reference, change.and_then(|c| c.interval).map(|i| (i.low, i.high)), title);
    figure
}

/// Rows of the same key and the same true value on both sides; empty as soon as one key's true values differ.
fn shared_rows(ours: &Pairs, theirs: &Pairs) -> Vec<(usize, usize)> {
    let places: BTreeMap<&str, usize> = theirs.keys.iter().enumerate().map(|(i, key)| (key.as_str(), i)).collect();
    let mut shared = Vec::new();
    for (i, key) in ours.keys.iter().enumerate() {
        let Some(&j) = places.get(key.as_str()) else { continue };
        if ours.actual.get(i) != theirs.actual.get(j) {
            return Vec::new();
        }
        shared.push((i, j));
    }
    shared
}

/// Predicted against true values, with the line of equality; evenly thinned beyond a thousand points.
fn scatter(shown: &Chosen<'_>, pairs: &Pairs) -> Block {
    let entity = lines::entity(&shown.labels());
    let step = pairs.actual.len().div_ceil(MAX_POINTS).max(1);
    let rows = pairs.actual.iter().zip(&pairs.predicted).zip(&pairs.keys);
    let point = |((&actual, &predicted), key): ((&f64, &f64), &String)| ScatterPoint {
        x: actual,
        y: predicted,
        shade: f64::NAN,
        title: key.clone(),
        key: key.clone(),
        entity: entity.clone(),
        focus: true,
    };
    let ends = pairs
        .actual
        .iter()
        .copied()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let axis = |title: &str| AxisSpec { title: title.to_owned(), unit: Unit::from("none"), ..AxisSpec::default() };
    let equality = Line { role: LineRole::Guide, x: vec![ends.0, ends.1], y: vec![ends.0, ends.1], ..Line::default() };
    let body = Scatter {
        metric: "prediction".to_owned(),
        x: axis("actual"),
        y: axis("predicted"),
        points: rows.step_by(step).map(point).collect(),
        lines: vec![equality],
        ..Scatter::default()
    };
    let title = if step > 1 {
        format!("Predicted against actual, every {step}th row")
    } else {
        "Predicted against actual".to_owned()
    };
    block("predictions", &title, BlockBody::Scatter(body))
}

fn summary(shown: &Chosen<'_>, figures: &[Figure]) -> Summary {
    let value = |metric: &str| figures.iter().find(|f| f.metric == metric).and_then(|f| Some((f.value?, &f.unit)));
    let Some((rmse, unit)) = value("rmse") else { return Summary::text("no predictions have a true value") };
    let sentence = Summary::text(format!("{} errs by ", shown.title())).value(rmse, unit).then(" (RMSE)");
    match value("r2") {
        Some((r2, unit)) => sentence.then(", R² ").value(r2, unit),
        None => sentence,
    }
}
