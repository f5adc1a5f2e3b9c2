//! Requests over time and by what they belong to, as charts.

use super::asked::Used;
use super::scene::{DAY_MS, Scene, share_unit, short};
use super::traffic::{Points, Stream};
use crate::derive::shared::{block, lines};
use crate::frame::Labels;
use crate::query::Bucket;
use crate::view::{AxisSpec, Bar, Bars, Block, BlockBody, Line, LineRole, Lines};

/// Longer series are drawn in weeks.
const MAX_STEPS_DRAWN: usize = 130;
/// More bars than this are one bar of others on the dashboard.
const MAX_BARS: usize = 8;

impl Scene<'_> {
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
        if let Some((title, before)) = self.before.filter(|_| self.is_earlier) {
            let ghost = |stream: &Stream| {
                let (x, y) = drawn(&stream.points, is_weekly, before.range.to_ms);
                lines::shifted(Line { x, y, ..line(stream) }, before.range, self.now.range, title)
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
