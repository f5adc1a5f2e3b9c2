//! Medians as figures, dots and rows, and the curves that they are read from.

use super::stages::Initiatives;
use crate::derive::business_impact::conversion::{column, part, titled};
use crate::derive::shared::{LEVEL, block, figures, lines};
use crate::derive::{Context, Other};
use crate::frame::Labels;
use crate::stats::mover;
use crate::stats::survival::{Case, Median, kaplan_meier, median};
use crate::units::{Direction, Unit};
use crate::view::{
    AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Cell, Figure, Grid, GridColumn, Line, LineRole, Lines, Reading,
    Tone,
};

/// The medians of one side, and of what it is compared with.
pub(super) struct Scene<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    pub(super) stages: &'a [String],
    pub(super) own: &'a Initiatives,
    pub(super) before: Option<(&'a Other<'c>, Initiatives)>,
}

/// Two stages by their places.
type Span = (usize, usize);

impl Scene<'_, '_> {
    /// Each step, then the whole way where it has more than one step.
    fn spans(&self) -> Vec<Span> {
        let n = self.stages.len();
        let mut all: Vec<Span> = (1..n).map(|to| (to - 1, to)).collect();
        if n > 2 {
            all.push((0, n - 1));
        }
        all
    }

    fn span_title(&self, (from, to): Span) -> String {
        let name = |place: usize| self.stages.get(place).map_or("", String::as_str);
        format!("{} to {}", sentence_case(name(from)), name(to))
    }

    fn labels(&self, (from, to): Span) -> Labels {
        let name = |place: usize| self.stages.get(place).map_or("", String::as_str);
        Labels::new().with("from", name(from)).with("to", name(to))
    }

    /// The whole way first, then its steps.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut spans = self.spans();
        let by = usize::from(spans.len() > 1);
        spans.rotate_right(by);
        spans.into_iter().map(|span| self.figure(span)).collect()
    }

    fn figure(&self, span: Span) -> Figure {
        let title = titled(&self.span_title(span), part(self.context));
        let mut figure = figures::named("time-to-value", &title, "d", Direction::Lower);
        figure.series = self.labels(span);
        let Some(own) = median(&self.own.cases(span.0, span.1, None), LEVEL) else {
            figure.method =
                Some(format!("none: nothing has reached {}", self.stages.get(span.0).map_or("", String::as_str)));
            return figure;
        };
        figure.n = Some(own.n as f64);
        figure.value = Some(own.estimate).filter(|v| v.is_finite());
        figure.low = Some(own.interval.low).filter(|v| v.is_finite());
        figure.high = Some(own.interval.high).filter(|v| v.is_finite());
        figure.method = Some(method(&own));
        if let Some((other, before)) = &self.before
            && let Some(before) = median(&before.cases(span.0, span.1, None), LEVEL)
            && before.estimate.is_finite()
        {
            // An earlier look saw the same initiatives: the two are not independent, so there is no interval.
            let of = if other.is_earlier() { None } else { difference(&own, &before) };
            figures::compare(&mut figure, before.estimate, of, other.title);
        }
        figure
    }

    /// The median of each step with its interval; a rule where the whole way's stands.
    pub(super) fn dots(&self) -> Block {
        let bar = |span: Span| {
            let own = median(&self.own.cases(span.0, span.1, None), LEVEL);
            let before = self.before.as_ref().and_then(|(_, b)| median(&b.cases(span.0, span.1, None), LEVEL));
            let finite = |v: Option<f64>| v.filter(|v| v.is_finite()).unwrap_or(f64::NAN);
            Bar {
                title: self.span_title(span),
                key: String::new(),
                series: self.labels(span),
                entity: String::new(),
                value: finite(own.map(|m| m.estimate)),
                low: finite(own.map(|m| m.interval.low)),
                high: finite(own.map(|m| m.interval.high)),
                reference: finite(before.map(|m| m.estimate)),
                note: own.map_or_else(
                    || "nothing got there".to_owned(),
                    |m| {
                        format!(
                            "{} of {} done{}",
                            m.n_events,
                            m.n,
                            if m.estimate.is_finite() { "" } else { ", median open" }
                        )
                    },
                ),
            }
        };
        let body = Bars {
            metric: "time-to-value".to_owned(),
            axis: AxisSpec { unit: Unit::from("d"), min: Some(0.0), ..AxisSpec::default() },
            bars: self.spans().into_iter().map(bar).collect(),
            target: None,
            mark: BarMark::Dot,
            readings: Vec::new(),
        };
        block("stages", "Median days by stage, 95 % intervals", BlockBody::Bars(body))
    }

    /// Medians of each model and of all.
    pub(super) fn table(&self) -> Block {
        let spans = self.spans();
        let mut columns = vec![column("Model", None, "none"), column("Initiatives", None, "short")];
        for &span in &spans {
            columns.push(GridColumn {
                title: self.span_title(span),
                metric: Some("time-to-value".to_owned()),
                unit: Unit::from("d"),
            });
            columns.push(column("Done of", None, "none"));
        }
        let row = |title: String, model: Option<&str>| {
            let n = self.own.all.iter().filter(|one| model.is_none_or(|model| one.model == model)).count();
            let mut cells = vec![Cell::Text(title), Cell::Number(n as f64)];
            for &(from, to) in &spans {
                let found = median(&self.own.cases(from, to, model), LEVEL);
                cells.push(found.map_or(Cell::Missing, cell));
                cells.push(found.map_or(Cell::Missing, |m| Cell::Text(format!("{} of {}", m.n_events, m.n))));
            }
            cells
        };
        let models: Vec<&str> = self.own.models().into_iter().filter(|model| !model.is_empty()).collect();
        let mut rows: Vec<Vec<Cell>> = models
            .iter()
            .map(|model| row(lines::title(self.context, &Labels::new().with("model", *model)), Some(*model)))
            .collect();
        rows.push(row("All".to_owned(), None));
        let title = "Median days by model: Kaplan-Meier over unfinished ones, difference not causal";
        let grid = Grid { columns, rows, ..Grid::default() };
        block("models", title, BlockBody::Grid(grid))
    }

    /// The share of the initiatives that wait, by days since the stage before.
    pub(super) fn curves(&self) -> Block {
        let curve = |span: Span| {
            let mut line = curve(&self.own.cases(span.0, span.1, None))?;
            line.title = self.span_title(span);
            line.series = self.labels(span);
            line.entity = line.title.clone();
            Some(line)
        };
        let body = Lines {
            metric: "share-waiting".to_owned(),
            x: AxisSpec { title: "Days".to_owned(), unit: Unit::from("none"), min: Some(0.0), ..AxisSpec::default() },
            y: AxisSpec { unit: Unit::from("percentunit"), min: Some(0.0), max: Some(1.0), ..AxisSpec::default() },
            lines: self.spans().into_iter().filter_map(curve).collect(),
            readings: vec![Reading { value: 0.5, title: "median".to_owned(), tone: Tone::Neutral }],
            ..Lines::default()
        };
        block("curves", "Share not there yet, Kaplan-Meier, bands: 95 %", BlockBody::Lines(body)).in_details()
    }
}

/// A curve with its steps: the share falls at the time of an event. `None` without an event.
fn curve(cases: &[Case]) -> Option<Line> {
    let steps = kaplan_meier(cases, LEVEL);
    if steps.is_empty() {
        return None;
    }
    let mut line = Line { role: LineRole::Main, ..Line::default() };
    let mut push = |x: f64, y: f64, low: f64, high: f64| {
        line.x.push(x);
        line.y.push(y);
        line.low.push(low);
        line.high.push(high);
    };
    let mut before = (1.0, 1.0, 1.0);
    if steps.first().is_some_and(|step| step.time > 0.0) {
        push(0.0, 1.0, 1.0, 1.0);
    }
    for step in &steps {
        // Positions increase: the share just before the fall stands a hair to the left of it.
        let just_before = step.time * (1.0 - 1e-9);
        if just_before < step.time {
            push(just_before, before.0, before.1, before.2);
        }
        before = (step.share_left, step.interval.low, step.interval.high);
        push(step.time, before.0, before.1, before.2);
    }
    let last = cases.iter().map(|case| case.duration).fold(f64::NEG_INFINITY, f64::max);
    if steps.last().is_some_and(|step| last > step.time) {
        push(last, before.0, before.1, before.2);
    }
    Some(line)
}

/// A median with its interval; a word where the median or its upper end is not known yet.
fn cell(found: Median) -> Cell {
    let Median { estimate, interval, .. } = found;
    match (estimate.is_finite(), interval.high.is_finite()) {
        (true, true) => Cell::Interval(estimate, interval.low, interval.high),
        (true, false) => Cell::Interval(estimate, interval.low, f64::INFINITY),
        (false, _) => Cell::Status(Tone::Unknown, "more than half still wait".to_owned()),
    }
}

fn method(found: &Median) -> String {
    let n_open = found.n - found.n_events;
    let whole = format!(
        "Kaplan-Meier median of {} initiatives, {n_open} of them unfinished; interval of Brookmeyer and Crowley, log-log",
        found.n
    );
    match (found.estimate.is_finite(), found.interval.high.is_finite()) {
        (true, true) => whole,
        (true, false) => format!("{whole}; its upper end is open: too few are finished"),
        (false, _) => format!("{whole}; no median: more than half still wait"),
    }
}

/// Interval of the difference of two independent medians, by MOVER; `None` where an end is open.
pub(super) fn difference(own: &Median, before: &Median) -> Option<(f64, f64)> {
    let ends = [own.interval.low, own.interval.high, before.interval.low, before.interval.high];
    if ends.iter().any(|end| !end.is_finite()) {
        return None;
    }
    mover::difference((own.estimate, own.interval), (before.estimate, before.interval)).map(|i| (i.low, i.high))
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
