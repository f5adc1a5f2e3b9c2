//! From a question for numbers over time to the PromQL that answers it.

use super::grid::Grid;
use super::promql::{duration, folded};
use super::request::Limits;
use super::variables::{Intervals, substituted};
use crate::query::{Aggregate, Measure, SeriesQuery};
use crate::source::Failure;

/// A server computes at most this many instants for the extremes inside the steps.
const MAX_INNER_POINTS: i64 = 150_000;
/// At most this many of them in one request: `VictoriaMetrics` refuses subqueries beyond 30,000.
const MAX_INNER_POINTS_AT_ONCE: i64 = 25_000;

/// What one query's answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The values.
    Value,
    /// The lowest within each step.
    Low,
    /// The highest within each step.
    High,
}

/// The expressions to ask, the values' first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// What to ask.
    pub(super) parts: Vec<Part>,
    /// Set where extremes inside the steps are left out although there may be some.
    pub(super) sampled: Option<String>,
}

/// One request of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// What for.
    pub(super) role: Role,
    /// What to ask.
    pub(super) promql: String,
    /// At which instants.
    pub(super) grid: Grid,
}

/// What the query selects, in `PromQL`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// A selector of a metric.
    Selector(&'a str),
    /// An expression with Grafana's variables.
    Expression(&'a str),
}

/// Plans a query that is not about exact increases.
///
/// The envelope of a folded gauge is the fold of the lows and of the highs: for a sum the total never left it,
/// though the highs of two series need not have come at the same moment.
pub(super) fn plan(query: &SeriesQuery, subject: Subject<'_>, grid: Grid, limits: Limits) -> Result<Plan, Failure> {
    match subject {
        Subject::Selector(selector) => plan_selector(query, selector, grid, limits),
        Subject::Expression(expr) => Ok(plan_expression(query, expr, grid, limits)),
    }
}

fn plan_selector(query: &SeriesQuery, selector: &str, grid: Grid, limits: Limits) -> Result<Plan, Failure> {
    let (step, scrape) = (grid.step_ms, limits.scrape_ms);
    let by = query.by.as_deref();
    let fold = |inner: &str| folded(inner, query.aggregate, by);
    let part = |role: Role, promql: String| Part { role, promql, grid };
    match query.measure {
        Measure::Gauge if step > scrape => {
            // Two scrapes, so that a missed one leaves no hole.
            let window = duration(step.max(2 * scrape));
            let over = |function: &str| fold(&format!("{function}({selector}[{window}])"));
            let parts = vec![
                part(Role::Value, over("avg_over_time")?),
                part(Role::Low, over("min_over_time")?),
                part(Role::High, over("max_over_time")?),
            ];
            Ok(Plan { parts, sampled: None })
        }
        Measure::Rate => {
            let rate = |window: i64| folded(&format!("rate({selector}[{}])", duration(window)), Aggregate::Sum, by);
            let value = part(Role::Value, rate(step.max(4 * scrape))?);
            if step <= 4 * scrape {
                return Ok(Plan { parts: vec![value], sampled: None });
            }
            let Some(inner) = inner_step(grid, [2 * scrape, 4 * scrape]) else {
                return Ok(Plan { parts: vec![value], sampled: Some(every(step)) });
            };
            let high = format!("max_over_time(({})[{}:{}])", rate(4 * scrape)?, duration(step), duration(inner));
            let highs = in_pieces(grid, inner).map(|grid| Part { role: Role::High, promql: high.clone(), grid });
            Ok(Plan { parts: std::iter::once(value).chain(highs).collect(), sampled: None })
        }
        _ => Ok(Plan { parts: vec![part(Role::Value, fold(selector)?)], sampled: None }),
    }
}

/// An expression is asked as it stands at each instant, and for gauges and rates its extremes inside the steps as a subquery,
/// in which the variables stand for the inner step.
fn plan_expression(query: &SeriesQuery, expr: &str, grid: Grid, limits: Limits) -> Plan {
    let (step, scrape, range) = (grid.step_ms, limits.scrape_ms, query.range.width_ms());
    let value = Part { role: Role::Value, promql: substituted(expr, Intervals::new(step, scrape, range)), grid };
    if !matches!(query.measure, Measure::Gauge | Measure::Rate) || step <= 2 * scrape {
        return Plan { parts: vec![value], sampled: None };
    }
    let Some(inner) = inner_step(grid, [scrape, 2 * scrape]) else {
        return Plan { parts: vec![value], sampled: Some(every(step)) };
    };
    // The line feed ends a comment that the expression may end with.
    let expr = substituted(expr, Intervals::new(inner, scrape, range));
    let over = |function: &str| format!("{function}_over_time(({expr}\n)[{}:{}])", duration(step), duration(inner));
    let (low, high) = (over("min"), over("max"));
    let extremes = in_pieces(grid, inner).flat_map(|grid| {
        [(Role::Low, &low), (Role::High, &high)].map(|(role, promql)| Part { role, promql: promql.clone(), grid })
    });
    Plan { parts: std::iter::once(value).chain(extremes).collect(), sampled: None }
}

/// The finest of the steps that the server can be asked to compute over the whole range.
fn inner_step(grid: Grid, choices: [i64; 2]) -> Option<i64> {
    let width = grid.last_ms() - grid.first_ms + grid.step_ms;
    let is_cheap = |inner: i64| width / inner <= MAX_INNER_POINTS && grid.step_ms / inner <= MAX_INNER_POINTS_AT_ONCE;
    choices.into_iter().find(|&inner| is_cheap(inner.max(1)))
}

/// The grid in pieces, each of which a server computes at once.
fn in_pieces(grid: Grid, inner: i64) -> impl Iterator<Item = Grid> {
    let at_once = (MAX_INNER_POINTS_AT_ONCE * inner / grid.step_ms).max(1) as usize;
    (0..grid.n).step_by(at_once).map(move |first| Grid {
        first_ms: grid.at(first),
        n: at_once.min(grid.n - first),
        ..grid
    })
}

/// "every 40 s".
pub(super) fn every(step_ms: i64) -> String {
    let seconds = step_ms as f64 / 1_000.0;
    let text = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min")]
        .into_iter()
        .find(|(unit, _)| seconds >= *unit && seconds % unit == 0.0)
        .map(|(unit, name)| format!("{} {name}", seconds / unit));
    format!("every {}", text.unwrap_or_else(|| format!("{seconds} s")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Selector, SourceId, TimeRange};

    #[track_caller]
    fn check(measure: Measure, subject: Subject<'_>, step_seconds: i64, expected: &[&str]) {
        let query = SeriesQuery {
            source: SourceId("prom".into()),
            selector: Selector::Expression(String::new()),
            matchers: vec![],
            measure,
            aggregate: Aggregate::Max,
            by: Some(vec!["a".into()]),
            range: TimeRange::new(0, 3_600_000),
            step_ms: step_seconds * 1_000,
        };
        let grid = Grid::new(query.range, query.step_ms);
        let limits = Limits { scrape_ms: 15_000, timeout_seconds: 30 };
        let plan = plan(&query, subject, grid, limits).unwrap();
        assert_eq!(plan.parts.iter().map(|p| p.promql.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_gauge_keeps_its_extremes() {
        let m = Subject::Selector("m");
        check(
            Measure::Gauge,
            m,
            60,
            &[
                "max by (a) (avg_over_time(m[60s]))",
                "max by (a) (min_over_time(m[60s]))",
                "max by (a) (max_over_time(m[60s]))",
            ],
        );
        check(Measure::Gauge, m, 15, &["max by (a) (m)"]);
        check(Measure::Instant, m, 60, &["max by (a) (m)"]);
    }

    #[test]
    fn a_rate_is_a_sum_and_keeps_its_highest() {
        let m = Subject::Selector("m");
        check(Measure::Rate, m, 15, &["sum by (a) (rate(m[60s]))"]);
        check(
            Measure::Rate,
            m,
            300,
            &["sum by (a) (rate(m[300s]))", "max_over_time((sum by (a) (rate(m[60s])))[300s:30s])"],
        );
    }

    #[test]
    fn an_expression_stays_as_it_is() {
        let e = Subject::Expression("rate(m[$__rate_interval])");
        check(Measure::Increase, e, 300, &["rate(m[315s])"]);
        check(
            Measure::Gauge,
            e,
            300,
            &[
                "rate(m[315s])",
                "min_over_time((rate(m[60s])\n)[300s:15s])",
                "max_over_time((rate(m[60s])\n)[300s:15s])",
            ],
        );
    }

    #[test]
    fn pieces_cover_the_grid_once() {
        let grid = Grid { first_ms: 0, step_ms: 3_600_000, n: 1_560 };
        let inner = inner_step(grid, [30_000, 60_000]).unwrap();
        let pieces: Vec<Grid> = in_pieces(grid, inner).collect();
        assert_eq!((inner, pieces.len()), (60_000, 4));
        let x: Vec<f64> = pieces.iter().flat_map(|piece| piece.x().to_vec()).collect();
        assert_eq!(x, grid.x().to_vec());
        assert_eq!(inner_step(Grid { n: 9_000, ..grid }, [30_000, 60_000]), None);
    }

    #[test]
    fn steps_are_named_in_plain_units() {
        assert_eq!(
            [40_000, 120_000, 7_200_000, 86_400_000, 500].map(every),
            ["every 40 s", "every 2 min", "every 2 h", "every 1 d", "every 0.5 s"]
        );
    }
}
