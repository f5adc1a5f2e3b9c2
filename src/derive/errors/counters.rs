//! Errors as counters tell them: by kind over time, and as a share of the requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::shared::{figures, lines};
use crate::derive::{Ask, Context, Other, ReferenceKind, Stop, Wanted};
use crate::frame::{Frame, Labels, Series, XKind};
use crate::order::Order;
use crate::query::Measure;
use crate::stats::interval::{Proportion, newcombe, wilson};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Cell, Event, Figure, Grid, GridColumn, Line, Lines};

const BY: [&str; 2] = ["model", "version"];
const BY_KIND: [&str; 3] = ["model", "version", "kind"];

/// The answers of the counters.
#[derive(Default)]
pub(super) struct Counters<'a> {
    own: Counted,
    other: Option<(Other<'a>, Counted)>,
}

/// What one side counted.
#[derive(Default)]
struct Counted {
    rates: Option<Arc<Frame>>,
    errors: Option<Arc<Frame>>,
    requests: Option<Arc<Frame>>,
}

type Answer = Option<Result<Arc<Frame>, Stop>>;

impl Counted {
    fn ask(context: &Context<'_>, ask: &mut Ask<'_>) -> [Answer; 3] {
        let errors = context.metric("errors-by-kind");
        let rates = errors.map(|m| ask.series(context, &Wanted::over_time(m, Measure::Rate, &["kind"])));
        let mut whole = |metric, by: &[&str]| Some(ask.series(context, &Wanted::whole(metric?, Measure::Increase, by)));
        [rates, whole(errors, &BY_KIND), whole(context.metric("requests"), &BY)]
    }

    fn take(ask: &mut Ask<'_>, answers: [Answer; 3]) -> Result<Self, Stop> {
        let mut get = |answer: Answer| answer.map_or(Ok(None), |answer| ask.spare(answer));
        let [rates, errors, requests] = answers;
        Ok(Self { rates: get(rates)?, errors: get(errors)?, requests: get(requests)? })
    }

    /// The counts of one label set, whatever other model is compared with.
    fn of(&self, labels: &Labels, other: &Other<'_>) -> Option<(f64, f64)> {
        let is_other_model = matches!(other.kind, ReferenceKind::Model { .. });
        let is_own = |s: &&Series| {
            let kind = |l: &Labels| l.get("kind").map(str::to_owned);
            if is_other_model { kind(&s.labels) == kind(labels) } else { s.labels == *labels }
        };
        let mut of = labels.clone();
        of.remove("kind");
        let mut errors = self.errors.iter().flat_map(|f| f.series()).filter(is_own).peekable();
        errors.peek()?;
        let requests = self.requests.iter().flat_map(|f| f.series()).filter(|s| is_other_model || s.labels == of);
        Some((errors.map(finite_sum).sum(), requests.map(finite_sum).sum()))
    }
}

impl<'a> Counters<'a> {
    /// Asks for rates over time and for totals, of the other side of a comparison too.
    ///
    /// # Errors
    /// Only [`Stop::Pending`]; what fails is left out.
    pub(super) fn ask(context: &Context<'a>, ask: &mut Ask<'_>) -> Result<Self, Stop> {
        let own = Counted::ask(context, ask);
        let other = context.other().map(|other| (Counted::ask(&other.context, ask), other));
        let own = Counted::take(ask, own)?;
        let other = match other {
            Some((asked, other)) => Some((other, Counted::take(ask, asked)?)),
            None => None,
        };
        Ok(Self { own, other })
    }

    /// Whether anything was counted.
    pub(super) fn is_known(&self) -> bool {
        self.own.errors.as_ref().or(self.own.rates.as_ref()).is_some_and(|f| !f.is_empty())
    }

    pub(super) fn n_errors(&self) -> Option<f64> {
        total(self.own.errors.as_deref())
    }

    pub(super) fn n_requests(&self) -> Option<f64> {
        total(self.own.requests.as_deref())
    }

    pub(super) fn last_ms(&self) -> Option<f64> {
        let series = self.own.rates.iter().flat_map(|f| f.series());
        series.filter_map(Series::last).map(|(x, _)| x).reduce(f64::max)
    }

    /// The commonest kind and its share of all errors.
    pub(super) fn commonest(&self) -> Option<(String, f64)> {
        let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
        for series in self.own.errors.iter().flat_map(|f| f.series()) {
            *kinds.entry(series.labels.get("kind")?).or_default() += finite_sum(series);
        }
        let n: f64 = kinds.values().sum();
        let (kind, most) = kinds.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (n > 0.0).then(|| (kind.to_owned(), most / n))
    }

    /// Rates stacked by kind, the commonest at the bottom.
    pub(super) fn rate_lines(&self, context: &Context<'_>, events: &[Event]) -> Option<Lines> {
        let frame = self.own.rates.as_deref().filter(|f| !f.is_empty())?;
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
        let n_own = drawn.len();
        drawn.extend(self.ghost(context));
        Some(Lines {
            metric: context.metric("errors-by-kind")?.id.clone(),
            x: lines::time_axis(context.range),
            y: AxisSpec { unit: Unit::from("reqps"), min: Some(0.0), ..AxisSpec::default() },
            stacked: n_own > 1,
            lines: drawn,
            events: events.to_vec(),
            ..Lines::default()
        })
    }

    /// All errors of the other side as one line behind the stack, whose top it stands against.
    fn ghost(&self, context: &Context<'_>) -> Option<Line> {
        let (other, counted) = self.other.as_ref()?;
        let sum = summed(counted.rates.as_deref()?)?;
        let line = Line { title: "all errors".to_owned(), ..lines::line(context, &sum) };
        Some(lines::ghost(context, other, line))
    }

    /// Errors over requests with Wilson's interval, and the change against the compared range.
    pub(super) fn share_figure(&self) -> Option<Figure> {
        let rate = share(self.n_errors()?, self.n_requests()?)?;
        let mut figure = figures::named("error-share", "Failed requests", "percentunit", Direction::Lower);
        figures::fill_rate(&mut figure, rate);
        figure.method =
            Some("Wilson interval; requests are taken as independent, bursts make it wider in truth".to_owned());
        if let Some((other, counted)) = &self.other
            && let Some(errors) = total(counted.errors.as_deref())
            && let Some(requests) = total(counted.requests.as_deref())
            && let Some(reference) = share(errors, requests)
        {
            figures::compare_rates(&mut figure, rate, reference, other.title);
        }
        Some(figure)
    }

    /// Errors counted; a change without the number of requests has no interval.
    pub(super) fn count_figure(&self) -> Option<Figure> {
        let mut figure = figures::named("errors-by-kind", "Errors", "short", Direction::Lower);
        figure.value = Some(self.n_errors()?);
        figure.n = self.n_requests();
        figure.method = Some("counted from the counters' differences, not estimated: no interval".to_owned());
        if let Some((other, counted)) = &self.other
            && let Some(reference) = total(counted.errors.as_deref())
        {
            figures::compare(&mut figure, reference, None, other.title);
        }
        if let Some(frame) = &self.own.rates {
            figure.spark = summed(frame).map_or_else(Vec::new, |sum| lines::spark(&sum.x, &sum.y));
        }
        Some(figure)
    }

    /// Requests of the version that a series of errors is of.
    fn n_requests_of(&self, labels: &Labels) -> Option<f64> {
        let mut of = labels.clone();
        of.remove("kind");
        self.own.requests.iter().flat_map(|f| f.series()).find(|s| s.labels == of).map(finite_sum)
    }

    /// One row for each model, version and kind, most errors first.
    pub(super) fn table(&self, context: &Context<'_>) -> Option<Grid> {
        let frame = self.own.errors.as_deref().filter(|f| !f.is_empty())?;
        let mut rows: Vec<(f64, Vec<Cell>, String)> = Vec::new();
        for series in frame.series() {
            let n = finite_sum(series);
            let mut of = series.labels.clone();
            let change = self.other.as_ref().map(|(other, counted)| {
                let reference =
                    counted.of(&series.labels, other).and_then(|(errors, requests)| share(errors, requests));
                let own = self.n_requests_of(&series.labels).and_then(|requests| share(n, requests));
                change_cell(own.zip(reference))
            });
            let kind = of.remove("kind").unwrap_or_default();
            let requests = self.n_requests_of(&series.labels);
            let rate = requests.and_then(|requests| share(n, requests));
            let interval = rate.and_then(|rate| Some((rate.rate(), wilson(rate, crate::derive::shared::LEVEL)?)));
            let key = of.get("model").unwrap_or_default().to_owned();
            let mut cells = vec![
                Cell::Text(lines::title(context, &of)),
                Cell::Text(kind.replace('_', " ")),
                Cell::Number(n),
                requests.map_or(Cell::Missing, Cell::Number),
                interval.map_or(Cell::Missing, |(rate, i)| Cell::Interval(rate, i.low, i.high)),
            ];
            cells.extend(change);
            rows.push((n, cells, key));
        }
        rows.order_by(|a, b| b.0.total_cmp(&a.0));
        let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
            title: title.to_owned(),
            metric: metric.map(str::to_owned),
            unit: Unit::from(unit),
        };
        let mut columns = vec![
            column("Version", None, "none"),
            column("Kind", None, "none"),
            column("Errors", Some("errors-by-kind"), "short"),
            column("Requests", Some("requests"), "short"),
            column("Share", Some("error-share"), "percentunit"),
        ];
        columns.extend(self.other.as_ref().map(|(other, _)| {
            column(&format!("Change of share against {}", other.title), Some("error-share-change"), "percentunit")
        }));
        Some(Grid {
            columns,
            row_keys: rows.iter().map(|r| r.2.clone()).collect(),
            rows: rows.into_iter().map(|r| r.1).collect(),
            row_target: Some("model".to_owned()),
            ..Grid::default()
        })
    }
}

/// The difference of two shares with Newcombe's interval.
fn change_cell(both: Option<(Proportion, Proportion)>) -> Cell {
    let Some((own, reference)) = both.filter(|(own, reference)| own.n() > 0 && reference.n() > 0) else {
        return Cell::Missing;
    };
    let difference = own.rate() - reference.rate();
    newcombe(own, reference, crate::derive::shared::LEVEL)
        .map_or(Cell::Number(difference), |i| Cell::Interval(difference, i.low, i.high))
}

/// All series added up by instant; `None` without a number.
fn summed(frame: &Frame) -> Option<Series> {
    let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
    for (x, y) in frame.series().iter().flat_map(Series::points).filter(|(_, y)| y.is_finite()) {
        *sums.entry(x as i64).or_default() += y;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = sums.into_iter().map(|(x, y)| (x as f64, y)).unzip();
    (!x.is_empty()).then(|| Series::new(Labels::new(), Unit::from("reqps"), XKind::Time, x, y))
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
