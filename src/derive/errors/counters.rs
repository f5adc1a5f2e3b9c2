//! Errors as counters tell them: by kind over time, and as a share of the requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::shared::{figures, lines};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::order::Order;
use crate::query::{Measure, TimeRange};
use crate::stats::interval::{Proportion, wilson};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Cell, Event, Figure, Grid, GridColumn, Line, Lines};

const BY: [&str; 2] = ["model", "version"];
const BY_KIND: [&str; 3] = ["model", "version", "kind"];

/// The answers of the counters.
#[derive(Default)]
pub(super) struct Counters {
    rates: Option<Arc<Frame>>,
    errors: Option<Arc<Frame>>,
    requests: Option<Arc<Frame>>,
    errors_before: Option<Arc<Frame>>,
    requests_before: Option<Arc<Frame>>,
}

impl Counters {
    /// Asks for rates over time and for totals, of the compared range too.
    ///
    /// # Errors
    /// Only [`Stop::Pending`]; what fails is left out.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Self, Stop> {
        let errors = context.metric("errors-by-kind");
        let requests = context.metric("requests");
        let rates = errors.map(|m| ask.series(context, &Wanted::over_time(m, Measure::Rate, &["kind"])));
        let mut whole = |metric, by: &[&str], range: TimeRange| {
            Some(ask.series(context, &Wanted::whole(metric?, Measure::Increase, by).within(range)))
        };
        let totals = whole(errors, &BY_KIND, context.range);
        let all = whole(requests, &BY, context.range);
        let before = context.reference_range().map(|(_, range)| range);
        let totals_before = before.and_then(|range| whole(errors, &BY_KIND, range));
        let all_before = before.and_then(|range| whole(requests, &BY, range));
        let mut get = |answer: Option<Result<Arc<Frame>, Stop>>| match answer {
            Some(answer) => ask.spare(answer),
            None => Ok(None),
        };
        Ok(Self {
            rates: get(rates)?,
            errors: get(totals)?,
            requests: get(all)?,
            errors_before: get(totals_before)?,
            requests_before: get(all_before)?,
        })
    }

    /// Whether anything was counted.
    pub(super) fn is_known(&self) -> bool {
        self.errors.as_ref().or(self.rates.as_ref()).is_some_and(|f| !f.is_empty())
    }

    pub(super) fn n_errors(&self) -> Option<f64> {
        total(self.errors.as_deref())
    }

    pub(super) fn n_requests(&self) -> Option<f64> {
        total(self.requests.as_deref())
    }

    pub(super) fn last_ms(&self) -> Option<f64> {
        let series = self.rates.iter().flat_map(|f| f.series());
        series.filter_map(Series::last).map(|(x, _)| x).reduce(f64::max)
    }

    /// The commonest kind and its share of all errors.
    pub(super) fn commonest(&self) -> Option<(String, f64)> {
        let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
        for series in self.errors.iter().flat_map(|f| f.series()) {
            *kinds.entry(series.labels.get("kind")?).or_default() += finite_sum(series);
        }
        let n: f64 = kinds.values().sum();
        let (kind, most) = kinds.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (n > 0.0).then(|| (kind.to_owned(), most / n))
    }

    /// Rates stacked by kind, the commonest at the bottom.
    pub(super) fn rate_lines(&self, context: &Context<'_>, events: &[Event]) -> Option<Lines> {
        let frame = self.rates.as_deref().filter(|f| !f.is_empty())?;
        let mut drawn: Vec<Line> = frame
            .series()
            .iter()
            .map(|s| {
                let mut line = lines::line(context, s);
                line.title = s.labels.get("kind").unwrap_or("errors").replace('_', " ");
                line.area = true;
                // A band around a stacked line would stand at the wrong height.
                (line.low, line.high) = (Vec::new(), Vec::new());
                line
            })
            .collect();
        let height = |line: &Line| line.y.iter().filter(|v| v.is_finite()).sum::<f64>();
        drawn.order_by(|a, b| height(b).total_cmp(&height(a)));
        Some(Lines {
            metric: context.metric("errors-by-kind")?.id.clone(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: Unit::from("reqps"), min: Some(0.0), ..AxisSpec::default() },
            stacked: drawn.len() > 1,
            lines: drawn,
            events: events.to_vec(),
            ..Lines::default()
        })
    }

    /// Errors over requests with Wilson's interval, and the change against the compared range.
    pub(super) fn share_figure(&self, context: &Context<'_>) -> Option<Figure> {
        let rate = share(self.n_errors()?, self.n_requests()?)?;
        let mut figure = figures::named("error-share", "Failed requests", "percentunit", Direction::Lower);
        figures::fill_rate(&mut figure, rate);
        figure.method =
            Some("Wilson interval; requests are taken as independent, bursts make it wider in truth".to_owned());
        if let Some((title, _)) = context.reference_range()
            && let Some(errors) = total(self.errors_before.as_deref())
            && let Some(requests) = total(self.requests_before.as_deref())
            && let Some(reference) = share(errors, requests)
        {
            figures::compare_rates(&mut figure, rate, reference, title);
        }
        Some(figure)
    }

    /// Errors counted; a change without the number of requests has no interval.
    pub(super) fn count_figure(&self, context: &Context<'_>) -> Option<Figure> {
        let mut figure = figures::named("errors-by-kind", "Errors", "short", Direction::Lower);
        figure.value = Some(self.n_errors()?);
        figure.n = self.n_requests();
        figure.method = Some("counted from the counters' differences, not estimated: no interval".to_owned());
        if let Some((title, _)) = context.reference_range()
            && let Some(reference) = total(self.errors_before.as_deref())
        {
            figures::compare(&mut figure, reference, None, title);
        }
        if let Some(frame) = &self.rates {
            let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
            for (x, y) in frame.series().iter().flat_map(Series::points).filter(|(_, y)| y.is_finite()) {
                *sums.entry(x as i64).or_default() += y;
            }
            let (x, y): (Vec<f64>, Vec<f64>) = sums.into_iter().map(|(x, y)| (x as f64, y)).unzip();
            figure.spark = lines::spark(&x, &y);
        }
        Some(figure)
    }

    /// One row for each model, version and kind, most errors first.
    pub(super) fn table(&self, context: &Context<'_>) -> Option<Grid> {
        let frame = self.errors.as_deref().filter(|f| !f.is_empty())?;
        let mut rows: Vec<(f64, Vec<Cell>, String)> = Vec::new();
        for series in frame.series() {
            let n = finite_sum(series);
            let mut of = series.labels.clone();
            let kind = of.remove("kind").unwrap_or_default();
            let requests = self.requests.iter().flat_map(|f| f.series()).find(|s| s.labels == of).map(finite_sum);
            let rate = requests.and_then(|requests| share(n, requests));
            let interval = rate.and_then(|rate| Some((rate.rate(), wilson(rate, crate::derive::shared::LEVEL)?)));
            let key = of.get("model").unwrap_or_default().to_owned();
            let cells = vec![
                Cell::Text(lines::title(context, &of)),
                Cell::Text(kind.replace('_', " ")),
                Cell::Number(n),
                requests.map_or(Cell::Missing, Cell::Number),
                interval.map_or(Cell::Missing, |(rate, i)| Cell::Interval(rate, i.low, i.high)),
            ];
            rows.push((n, cells, key));
        }
        rows.order_by(|a, b| b.0.total_cmp(&a.0));
        let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
            title: title.to_owned(),
            metric: metric.map(str::to_owned),
            unit: Unit::from(unit),
        };
        Some(Grid {
            columns: vec![
                column("Version", None, "none"),
                column("Kind", None, "none"),
                column("Errors", Some("errors-by-kind"), "short"),
                column("Requests", Some("requests"), "short"),
                column("Share", Some("error-share"), "percentunit"),
            ],
            row_keys: rows.iter().map(|r| r.2.clone()).collect(),
            rows: rows.into_iter().map(|r| r.1).collect(),
            row_target: Some("model".to_owned()),
            ..Grid::default()
        })
    }
}

fn finite_sum(series: &Series) -> f64 {
    series.y.iter().filter(|y| y.is_finite()).sum()
}

/// The sum over a frame; `None` without a single number.
fn total(frame: Option<&Frame>) -> Option<f64> {
    let values: Vec<f64> = frame?.series().iter().flat_map(|s| s.y.iter().copied()).filter(|y| y.is_finite()).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// Errors over requests; `None` where there are more errors than requests, which is no share.
fn share(errors: f64, requests: f64) -> Option<Proportion> {
    (errors >= 0.0 && requests >= 0.0)
        .then(|| Proportion::new(errors.round() as u64, requests.round() as u64))
        .flatten()
}
