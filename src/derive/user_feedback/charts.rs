//! The chosen score over time and by version.

use std::collections::BTreeMap;

use super::Scene;
use super::answers::{Answer, Score};
use super::pooled::{self, Pooled};
use crate::derive::business_impact::conversion::{part, titled};
use crate::derive::shared::{block, lines};
use crate::frame::Labels;
use crate::order::Order;
use crate::query::{Bucket, TimeRange};
use crate::view::{AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Line, LineRole, Lines, Reading, Tone, palette};

const DAY_MS: i64 = 86_400_000;
/// More versions than this are not drawn as lines of their own.
const MAX_LINES: usize = 4;

/// Wide enough that people fill it.
fn bucket_of(range: TimeRange) -> Bucket {
    match range.width_ms() / DAY_MS {
        ..=14 => Bucket::Day,
        15..=120 => Bucket::Week,
        _ => Bucket::Month,
    }
}

fn word(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Hour => "hour",
        Bucket::Day => "day",
        Bucket::Week => "week",
        Bucket::Month => "month",
    }
}

/// Answers by start of the bucket, those without a time left out.
fn by_time(answers: &[Answer], bucket: Bucket) -> BTreeMap<i64, Vec<&Answer>> {
    let mut found: BTreeMap<i64, Vec<&Answer>> = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.at_ms.is_finite()) {
        found.entry(bucket.start_ms(answer.at_ms as i64)).or_default().push(answer);
    }
    found
}

impl Scene<'_, '_> {
    /// The score of everybody over time, hidden buckets as gaps; `None` without a bucket.
    pub(super) fn whole_line(&self, score: Score) -> Option<Line> {
        let bucket = bucket_of(self.context.range);
        let mut line = self.whole_line_of(score, self.answers, bucket)?;
        line.title = titled("all versions", part(self.context));
        line.entity = palette::WHOLE.to_owned();
        Some(line)
    }

    fn whole_line_of(&self, score: Score, answers: &[Answer], bucket: Bucket) -> Option<Line> {
        let (mut names, mut groups, mut x) = (Vec::new(), Vec::new(), Vec::new());
        for (start, answers) in by_time(answers, bucket) {
            if let Some(found) = Pooled::of(score, answers.into_iter()) {
                names.push(vec![start.to_string()]);
                groups.push(found);
                x.push(start as f64);
            }
        }
        pooled::guard(&names, &mut groups, Pooled::of(score, answers.iter()), self.k);
        (!x.is_empty()).then(|| line(x, &groups))
    }

    /// Lines by version, those of the most people first, and everybody's with its interval as a band.
    pub(super) fn lines(&self, score: Score) -> Option<Block> {
        let bucket = bucket_of(self.context.range);
        let mut by_version: BTreeMap<Labels, Vec<(i64, Pooled)>> = BTreeMap::new();
        let (mut keys, mut names, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for (start, answers) in by_time(self.answers, bucket) {
            let mut parts: BTreeMap<&Labels, Vec<&Answer>> = BTreeMap::new();
            for answer in answers {
                parts.entry(&answer.of).or_default().push(answer);
            }
            for (of, answers) in parts {
                if let Some(found) = Pooled::of(score, answers.into_iter()) {
                    keys.push((of.clone(), start));
                    names.push(vec![of.to_string(), start.to_string()]);
                    groups.push(found);
                }
            }
        }
        pooled::guard(&names, &mut groups, Pooled::of(score, self.answers.iter()), self.k);
        for ((of, start), group) in keys.into_iter().zip(groups) {
            by_version.entry(of).or_default().push((start, group));
        }
        let whole = self.whole_line(score)?;
        let mut drawn = Vec::new();
        if by_version.len() > 1 {
            let size = |points: &[(i64, Pooled)]| -> f64 {
                points.iter().map(|(_, group)| group.n_people).filter(|n| n.is_finite()).sum()
            };
            let mut all: Vec<(Labels, Vec<(i64, Pooled)>)> = by_version.into_iter().collect();
            all.order_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
            let is_drawn = |(_, points): &(Labels, Vec<(i64, Pooled)>)| points.iter().any(|(_, g)| !g.is_hidden());
            for (of, points) in all.into_iter().filter(is_drawn).take(MAX_LINES) {
                let (x, groups): (Vec<f64>, Vec<Pooled>) =
                    points.into_iter().map(|(start, group)| (start as f64, group)).unzip();
                let mut one = line(x, &groups);
                // Bands of several lines hide each other: the table has the intervals.
                (one.low, one.high) = (Vec::new(), Vec::new());
                one.title = lines::title(self.context, &of);
                one.entity = lines::entity(&of);
                one.series = of;
                drawn.push(one);
            }
        }
        let mut all = vec![whole];
        all.extend(drawn);
        if let Some((other, answers)) = &self.before
            && let Some(mut reference) = self.whole_line_of(score, answers, bucket)
        {
            reference.title = "all versions".to_owned();
            all.push(lines::ghost(self.context, other, reference));
        }
        let target = (score == Score::Rating).then_some(self.metric.target).flatten();
        let reading = |value: f64| Reading { value, title: "target".to_owned(), tone: Tone::Neutral };
        let body = Lines {
            metric: self.metric_id(score).to_owned(),
            x: lines::time_axis(self.context.range),
            y: AxisSpec { unit: self.unit(score), ..AxisSpec::default() },
            lines: all,
            readings: target.map(reading).into_iter().collect(),
            ..Lines::default()
        };
        let title = format!("{} by {}, band: 95 % interval", score.title(), word(bucket));
        Some(block("over-time", &title, BlockBody::Lines(body)))
    }

    /// The score of each version as dots with whiskers.
    pub(super) fn dots(&self, score: Score) -> Option<Block> {
        let found = self.by_version(score);
        let before = self.before.as_ref().map(|(_, answers)| self.by_version_of(score, answers)).unwrap_or_default();
        let bar = |(of, group): &(Labels, Pooled)| {
            let reference = before.iter().find(|(labels, _)| labels == of).map_or(f64::NAN, |(_, group)| group.value);
            Bar {
                title: named(self.context, of),
                key: of.get("version").unwrap_or_default().to_owned(),
                series: of.clone(),
                entity: lines::entity(of),
                value: group.value,
                low: group.interval.map_or(f64::NAN, |i| i.low),
                high: group.interval.map_or(f64::NAN, |i| i.high),
                reference,
                note: if group.is_hidden() { "too few to show".to_owned() } else { format!("n {}", group.n_people) },
            }
        };
        let has_version = self.context.workspace.dimensions.iter().any(|d| d.id == "version");
        let is_keyed = has_version && found.iter().all(|(of, _)| of.get("version").is_some());
        let body = Bars {
            metric: self.metric_id(score).to_owned(),
            axis: AxisSpec { unit: self.unit(score), ..AxisSpec::default() },
            bars: found.iter().map(bar).collect(),
            target: is_keyed.then(|| "version".to_owned()),
            mark: BarMark::Dot,
            readings: Vec::new(),
        };
        let title = format!("{} by version: difference, not causal", score.title());
        (!body.bars.is_empty()).then(|| block("by-version", &title, BlockBody::Bars(body)))
    }
}

/// A version's shown name.
pub(super) fn named(context: &crate::derive::Context<'_>, of: &Labels) -> String {
    let title = lines::title(context, of);
    if title.is_empty() { "no version named".to_owned() } else { title }
}

fn line(x: Vec<f64>, groups: &[Pooled]) -> Line {
    Line {
        role: LineRole::Main,
        y: groups.iter().map(|group| group.value).collect(),
        low: groups.iter().map(|group| group.interval.map_or(f64::NAN, |i| i.low)).collect(),
        high: groups.iter().map(|group| group.interval.map_or(f64::NAN, |i| i.high)).collect(),
        x,
        ..Line::default()
    }
}
