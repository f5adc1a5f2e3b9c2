//! Utilisation as figures, charts and tables.

use super::asked::Used;
use super::idle::{LastSeen, State};
use super::traffic::{Measured, Points, Stream, mean, share};
use crate::derive::business_impact::conversion::{column, measured, number, titled};
use crate::derive::shared::{block, figures, lines};
use crate::derive::{Context, Reference, ReferenceKind};
use crate::frame::Labels;
use crate::query::Bucket;
use crate::spec::MetricSpec;
use crate::stats::mover;
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Bar, Bars, Block, BlockBody, Cell, Figure, Grid, Line, LineRole, Lines, Summary, Tone};

const DAY_MS: i64 = 86_400_000;
/// Longer series are drawn in weeks.
const MAX_STEPS_DRAWN: usize = 130;
/// More bars than this are one bar of others on the dashboard.
const MAX_BARS: usize = 8;
const BLOCKS_METHOD: &str = "moving-block bootstrap over time";

/// What is shown.
pub(super) struct Scene<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) usage: &'a MetricSpec,
    pub(super) eligible: Option<&'a MetricSpec>,
    pub(super) now: &'a Used,
    pub(super) before: Option<(&'a str, &'a Used)>,
    pub(super) last: Option<&'a LastSeen>,
    /// What is looked at, if it is a part of the selection.
    pub(super) part: &'a str,
}

fn share_unit() -> Unit {
    Unit::from("percentunit")
}

fn short() -> Unit {
    Unit::from("short")
}

impl Scene<'_> {
    fn step_word(&self) -> &'static str {
        if self.now.step_ms < DAY_MS { "hour" } else { "day" }
    }

    /// Shown name of a model.
    fn model_title(&self, id: &str) -> String {
        let known = self.context.workspace.models.iter().find(|m| m.id == id);
        known
            .and_then(|m| m.title.clone())
            .unwrap_or_else(|| if id.is_empty() { "(none)".to_owned() } else { id.to_owned() })
    }

    /// Models of the workspace that the filters let through, then others with requests.
    fn models(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.context.models().iter().map(|m| m.id.clone()).collect();
        let others = self.now.models.iter().filter(|s| s.total() > 0.0).map(|s| s.name.clone());
        for id in others {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// The idle models of the workspace, with their state.
    pub(super) fn idle(&self) -> Vec<(String, State)> {
        let Some(last) = self.last else { return Vec::new() };
        let states = self.context.models().into_iter().map(|m| (m.id.clone(), last.state(&m.id)));
        states.filter(|(_, state)| !matches!(state, State::InUse(_))).collect()
    }

    /// Requests a day, active callers, share of the eligible traffic, idle models.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut all = vec![self.rate_figure(), self.callers_figure()];
        all.extend(self.share_figure());
        all.extend(self.idle_figure());
        all
    }

    fn named(&self, metric: &str, title: &str, unit: &str, direction: Direction) -> Figure {
        figures::named(metric, &titled(title, self.part), unit, direction)
    }

    fn rate_figure(&self) -> Figure {
        let word = self.step_word();
        let mut figure = self.named(&self.usage.id, &format!("Requests a {word}"), "short", self.usage.direction);
        let steps = self.now.steps();
        figure.spark = lines::spark(
            &steps.keys().map(|at| *at as f64).collect::<Vec<_>>(),
            &steps.values().copied().collect::<Vec<_>>(),
        );
        let Some(now) = mean(&steps) else { return figure };
        fill(&mut figure, &now);
        figure.method = Some(match now.interval {
            Some(_) => format!("mean over whole {word}s, {BLOCKS_METHOD}; n is {word}s"),
            None => format!("mean over whole {word}s; no interval below 8 of them; n is {word}s"),
        });
        if let Some((title, before)) = self.before.filter(|(_, before)| before.step_ms == self.now.step_ms)
            && let Some(before) = mean(&before.steps())
        {
            compare(&mut figure, &now, &before, title);
        }
        figure
    }

    fn callers_figure(&self) -> Figure {
        let mut figure = self.named("active-callers", "Active callers", "short", Direction::Neutral);
        figure.value = Some(self.now.n_callers()).filter(|_| !self.now.callers.is_empty());
        figure.n = Some(self.now.total());
        figure.method = Some("callers with at least one request: counted, so no interval; n is requests".to_owned());
        if let Some((title, before)) = self.before {
            figures::compare(&mut figure, before.n_callers(), None, title);
        }
        figure
    }

    /// Share of the decisions that could have asked a model and did.
    fn share_figure(&self) -> Option<Figure> {
        self.eligible?;
        let mut figure = self.named("eligible-share", "Share of eligible traffic", "percentunit", Direction::Higher);
        let of = |used: &Used| {
            let (asked, could) = used.eligible(None);
            share(&asked, &could).map(|found| (found, could.values().sum::<f64>()))
        };
        let Some((now, n)) = of(self.now) else {
            figure.method = Some("no eligible decisions were counted in this time range".to_owned());
            return Some(figure);
        };
        fill(&mut figure, &now);
        figure.n = Some(n);
        figure.method = Some(match now.interval {
            Some(_) => format!("requests over eligible decisions of the same models, {BLOCKS_METHOD}"),
            None => {
                "requests over eligible decisions of the same models; no interval below 8 points of time".to_owned()
            }
        });
        if let Some((title, before)) = self.before
            && let Some((before, _)) = of(before)
        {
            compare(&mut figure, &now, &before, title);
        }
        Some(figure)
    }

    fn idle_figure(&self) -> Option<Figure> {
        self.last?;
        let idle = self.idle();
        let mut figure = self.named("idle-models", "Idle models", "short", Direction::Lower);
        figure.value = Some(idle.len() as f64);
        figure.n = Some(self.context.models().len() as f64);
        let names: Vec<String> = idle.iter().map(|(id, _)| self.model_title(id)).collect();
        figure.method = Some(match names.as_slice() {
            [] => "every model of the selection had a request lately; counted, so no interval".to_owned(),
            names => format!("counted, so no interval: {}", names.join(", ")),
        });
        Some(figure)
    }

    /// Requests over time by model.
    pub(super) fn lines(&self) -> Block {
        let is_weekly = self.now.steps().len() > MAX_STEPS_DRAWN;
        let title = match (is_weekly, self.step_word()) {
            (true, _) => "Requests a week by model".to_owned(),
            (_, word) => format!("Requests a {word} by model"),
        };
        let line = |stream: &Stream| {
            let (x, y) = drawn(&stream.points, is_weekly, self.now.range.to_ms);
            Line {
                title: self.model_title(&stream.name),
                series: Labels::new().with("model", &stream.name),
                entity: stream.name.clone(),
                role: LineRole::Main,
                x,
                y,
                ..Line::default()
            }
        };
        let mut all: Vec<Line> = self.now.models.iter().filter(|s| s.total() > 0.0).map(line).collect();
        // A ghost of the same models over another range; another population has lines of its own nowhere to stand.
        if let (Some((title, before)), Some(Reference { kind: ReferenceKind::Range(range), .. })) =
            (self.before, self.context.references.first())
        {
            let ghost = |stream: &Stream| {
                let (x, y) = drawn(&stream.points, is_weekly, range.to_ms);
                lines::shifted(Line { x, y, ..line(stream) }, *range, self.now.range, title)
            };
            all.extend(before.models.iter().filter(|s| s.total() > 0.0).map(ghost));
        }
        let body = Lines {
            metric: self.usage.id.clone(),
            x: lines::time_axis(self.now.range),
            y: AxisSpec { unit: short(), min: Some(0.0), ..AxisSpec::default() },
            lines: all,
            ..Lines::default()
        };
        block("requests", &title, BlockBody::Lines(body))
    }

    /// Requests in all by model, team or feature.
    pub(super) fn bars(&self, by: &str, details: bool) -> Block {
        let streams: Vec<&Stream> = self.now.grouped(by).iter().filter(|s| s.total() > 0.0).collect();
        let n_kept = if details || streams.len() <= MAX_BARS { streams.len() } else { MAX_BARS - 1 };
        let (kept, others) = streams.split_at(n_kept);
        // Another length of time is brought to this one.
        let scale = |before: &Used| {
            let (now, then) = (self.now.range.width_ms() as f64, before.range.width_ms() as f64);
            if then > 0.0 { now / then } else { f64::NAN }
        };
        let before = |name: &str| {
            let (_, before) = self.before?;
            let same = before.grouped(by).iter().find(|s| s.name == name);
            Some(same.map_or(0.0, Stream::total) * scale(before))
        };
        let bar = |stream: &&Stream| Bar {
            title: if by == "model" { self.model_title(&stream.name) } else { stream.title().to_owned() },
            key: stream.name.clone(),
            series: Labels::new().with(by, &stream.name),
            entity: if by == "model" { stream.name.clone() } else { String::new() },
            value: stream.total(),
            low: f64::NAN,
            high: f64::NAN,
            reference: before(&stream.name).unwrap_or(f64::NAN),
            note: String::new(),
        };
        let mut bars: Vec<Bar> = kept.iter().map(bar).collect();
        if !others.is_empty() {
            bars.push(Bar {
                title: format!("{} others", others.len()),
                value: others.iter().map(|s| s.total()).sum(),
                low: f64::NAN,
                high: f64::NAN,
                reference: f64::NAN,
                ..Bar::default()
            });
        }
        let is_dimension = self.context.workspace.dimensions.iter().any(|d| d.id == by);
        let body = Bars {
            metric: self.usage.id.clone(),
            axis: AxisSpec { unit: short(), min: Some(0.0), ..AxisSpec::default() },
            bars,
            target: (is_dimension && others.is_empty()).then(|| by.to_owned()),
            ..Bars::default()
        };
        block(&format!("by-{by}"), &format!("Requests by {by}"), BlockBody::Bars(body))
    }

    /// Every model: requests, share of the eligible, last request, whether it is idle.
    pub(super) fn models_table(&self) -> Block {
        let total = self.now.total();
        let of = |used: &Used, id: &str| used.models.iter().find(|s| s.name == id).map_or(0.0, Stream::total);
        let ids = self.models();
        let row = |id: &String| {
            let requests = of(self.now, id);
            let (asked, could) = self.now.eligible(Some(id));
            let found = share(&asked, &could);
            let state = self.last.map(|last| last.state(id));
            vec![
                Cell::Text(self.model_title(id)),
                Cell::Number(requests),
                if total > 0.0 { Cell::Share(requests / total, requests / total) } else { Cell::Missing },
                number(if could.is_empty() { f64::NAN } else { could.values().sum() }),
                match found.map(|found| (found.estimate, found.with_interval())) {
                    Some((_, Some(interval))) => measured(Some(interval)),
                    Some((estimate, None)) => number(estimate),
                    None => Cell::Missing,
                },
                match state {
                    Some(State::InUse(at) | State::IdleSince(at)) => Cell::Time(at),
                    _ => Cell::Missing,
                },
                match state {
                    Some(State::InUse(_)) => Cell::Status(Tone::Good, "in use".to_owned()),
                    Some(State::IdleSince(_)) => Cell::Status(Tone::Warning, "idle since then".to_owned()),
                    Some(State::NeverSince(_)) => Cell::Status(Tone::Warning, "idle, never asked".to_owned()),
                    None => Cell::Status(Tone::Unknown, "not known".to_owned()),
                },
            ]
        };
        let grid = Grid {
            columns: vec![
                column("Model", None, "none"),
                column("Requests", Some(&self.usage.id), "short"),
                column("Of all requests", Some("request-share"), "percentunit"),
                column("Eligible decisions", self.eligible.map(|m| m.id.as_str()), "short"),
                column("Share of eligible", Some("eligible-share"), "percentunit"),
                column("Last request", None, "none"),
                column("State", None, "none"),
            ],
            rows: ids.iter().map(row).collect(),
            row_keys: ids.clone(),
            row_target: Some("model".to_owned()),
            n_total: None,
        };
        block("models", "Models", BlockBody::Grid(grid))
    }

    /// Every caller with its requests and the last of them.
    pub(super) fn callers_table(&self) -> Block {
        let total = self.now.total();
        let mut names: Vec<&Stream> = self.now.callers.iter().collect();
        let gone = self.before.map_or(&[][..], |(_, before)| before.callers.as_slice());
        names.extend(gone.iter().filter(|s| self.now.callers.iter().all(|own| own.name != s.name)));
        let row = |stream: &&Stream| {
            let own = self.now.callers.iter().find(|s| s.name == stream.name);
            let requests = own.map_or(0.0, Stream::total);
            let mut cells = vec![
                Cell::Text(stream.title().to_owned()),
                Cell::Number(requests),
                if total > 0.0 { Cell::Share(requests / total, requests / total) } else { Cell::Missing },
                own.and_then(Stream::last).map_or(Cell::Missing, Cell::Time),
            ];
            if let Some((_, before)) = self.before {
                let then = before.callers.iter().find(|s| s.name == stream.name).map_or(0.0, Stream::total);
                cells.push(Cell::Number(then));
            }
            cells
        };
        let mut columns = vec![
            column("Caller", None, "none"),
            column("Requests", Some(&self.usage.id), "short"),
            column("Of all requests", Some("request-share"), "percentunit"),
            column("Last request", None, "none"),
        ];
        if let Some((title, _)) = self.before {
            columns.push(column(&format!("Requests, {title}"), Some(&self.usage.id), "short"));
        }
        let grid = Grid { columns, rows: names.iter().map(row).collect(), ..Grid::default() };
        block("callers", "Callers", BlockBody::Grid(grid)).in_details()
    }

    /// The share of the eligible traffic over time by model.
    pub(super) fn share_lines(&self) -> Option<Block> {
        let is_weekly = self.now.steps().len() > MAX_STEPS_DRAWN;
        let line = |stream: &Stream| {
            let (asked, could) = self.now.eligible(Some(&stream.name));
            let (x, could) = drawn(&could, is_weekly, self.now.range.to_ms);
            let (at, asked) = drawn(&asked, is_weekly, self.now.range.to_ms);
            let of = |(x, could): (&f64, &f64)| {
                let asked = at.iter().position(|at| at == x).and_then(|i| asked.get(i)).copied().unwrap_or(0.0);
                if *could > 0.0 { asked / could } else { f64::NAN }
            };
            let y = x.iter().zip(&could).map(of).collect();
            Line {
                title: self.model_title(&stream.name),
                series: Labels::new().with("model", &stream.name),
                entity: stream.name.clone(),
                x,
                y,
                ..Line::default()
            }
        };
        let body = Lines {
            metric: "eligible-share".to_owned(),
            x: lines::time_axis(self.now.range),
            y: AxisSpec { unit: share_unit(), min: Some(0.0), ..AxisSpec::default() },
            lines: self.now.eligible.iter().map(line).collect(),
            ..Lines::default()
        };
        let title = "Share of the eligible decisions that asked the model";
        (!body.lines.is_empty()).then(|| block("eligible-share", title, BlockBody::Lines(body)).in_details())
    }

    /// How much the models are used, and which are not.
    pub(super) fn sentence(&self, figures: &[Figure]) -> Summary {
        let of = if self.part.is_empty() { String::new() } else { format!(" of {}", self.part) };
        let said = Summary::default().value(self.now.total(), &short()).then(format!(" requests{of}"));
        let said = match self.now.models.first().filter(|s| s.total() > 0.0) {
            Some(most) => said
                .then(format!(", most of them to {}, ", self.model_title(&most.name)))
                .value(most.total() / self.now.total(), &share_unit()),
            None => said,
        };
        let shared = figures.iter().find(|f| f.metric == "eligible-share").filter(|f| f.value.is_some());
        let said = match shared {
            Some(figure) => {
                let said = said.then("; ").value(figure.value.unwrap_or(f64::NAN), &figure.unit);
                figures::say_change(said.then(" of the eligible decisions asked a model"), figure)
            }
            None => said,
        };
        self.idle().into_iter().fold(said, |said, (id, state)| {
            let title = self.model_title(&id);
            match state {
                State::IdleSince(at) => said.then(format!("; {title} is idle since ")).time(at),
                State::NeverSince(at) => said.then(format!("; {title} is idle, without a request since ")).time(at),
                State::InUse(_) => said,
            }
        })
    }
}

/// The points of a line: as they are, or in weeks from Monday on that are over.
fn drawn(points: &Points, is_weekly: bool, to_ms: i64) -> (Vec<f64>, Vec<f64>) {
    if !is_weekly {
        return points.iter().map(|(at, n)| (*at as f64, *n)).unzip();
    }
    let mut weeks = Points::new();
    for (at, n) in points {
        *weeks.entry(Bucket::Week.start_ms(*at)).or_default() += n;
    }
    weeks.retain(|at, _| at + 7 * DAY_MS <= to_ms);
    weeks.iter().map(|(at, n)| (*at as f64, *n)).unzip()
}

fn fill(figure: &mut Figure, found: &Measured) {
    figure.value = Some(found.estimate);
    figure.n = Some(found.n_steps as f64);
    (figure.low, figure.high) = (found.interval.map(|i| i.low), found.interval.map(|i| i.high));
}

/// The change against another side, by the intervals of both.
fn compare(figure: &mut Figure, now: &Measured, before: &Measured, title: &str) {
    let both = now.with_interval().zip(before.with_interval());
    let of = both.and_then(|(now, before)| mover::difference(now, before));
    figures::compare(figure, before.estimate, of.map(|i| (i.low, i.high)), title);
}
