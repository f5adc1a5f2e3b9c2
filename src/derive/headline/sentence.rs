//! The one sentence: which headline moved most beyond noise, and what contributed most.

use super::moved::{Contribution, Headline, NONE, Parts};
use super::pairs::Pair;
use crate::derive::Context;
use crate::stats::interval::Interval;
use crate::units::{Direction, Unit};
use crate::view::{Summary, Tone};

/// How a headline moved.
pub(super) struct Move<'a> {
    pub(super) headline: &'a Headline<'a>,
    pub(super) before: f64,
    pub(super) after: f64,
    /// At the level of all looks together.
    pub(super) change: Option<(f64, Interval)>,
}

impl Move<'_> {
    /// The change in widths of its noise; `None` without an interval, or where that holds zero.
    pub(super) fn beyond_noise(&self) -> Option<f64> {
        let (delta, interval) = self.change.filter(|(_, interval)| interval.excludes_zero())?;
        let half = interval.width() / 2.0;
        // Without any noise every change is infinitely clear.
        Some(if half > 0.0 { delta.abs() / half } else { f64::INFINITY })
    }

    /// Whether it moved for the better, for the worse, or with no good direction.
    pub(super) fn tone(&self) -> Tone {
        let delta = self.after - self.before;
        match self.headline.direction {
            Direction::Neutral => Tone::Neutral,
            Direction::Higher if delta > 0.0 => Tone::Good,
            Direction::Lower if delta < 0.0 => Tone::Good,
            _ => Tone::Warning,
        }
    }
}

/// What contributed, by one dimension.
pub(super) struct Split {
    pub(super) dimension: String,
    pub(super) contributions: Vec<Contribution>,
    /// The sides that it compares.
    pub(super) before: Parts,
    pub(super) after: Parts,
}

/// The contribution that went furthest the way of the headline, of all dimensions, if its interval excludes zero.
pub(super) fn foremost<'a>(
    splits: impl IntoIterator<Item = &'a Split>,
    change: f64,
) -> Option<(&'a str, &'a Contribution)> {
    let along = |c: &&Contribution| c.is_clear() && c.moved.total * change > 0.0;
    let all = splits.into_iter().flat_map(|s| s.contributions.iter().filter(along).map(|c| (s.dimension.as_str(), c)));
    all.max_by(|(_, a), (_, b)| a.moved.total.abs().total_cmp(&b.moved.total.abs()))
}

/// The model that contributed most to a move, if that is more than noise.
pub(super) fn foremost_model<'a>(splits: &'a [Split], most: &Move<'_>) -> Option<&'a str> {
    let of_models = splits.iter().filter(|split| split.dimension == "model");
    let (_, found) = foremost(of_models, most.after - most.before)?;
    Some(found.part.as_str()).filter(|model| *model != NONE)
}

/// The sentence, and how much it matters.
pub(super) fn sentence(
    context: &Context<'_>,
    moves: &[Move<'_>],
    splits: &[Split],
    pair: Option<&Pair>,
    against: &str,
) -> (Tone, Summary) {
    let measured = moves.iter().filter(|one| one.change.is_some()).count();
    let looks = match measured {
        1 => "the one headline that can be judged".to_owned(),
        n => format!("any of {n} headlines"),
    };
    let Some(most) = foremost_move(moves) else {
        let text = if measured == 0 {
            format!("nothing can be judged against {against} yet: too little data on one side")
        } else {
            format!("no clear change against {against} in {looks}")
        };
        return (Tone::Neutral, Summary::text(text));
    };
    let headline = most.headline;
    let word = if most.after > most.before { "rose" } else { "fell" };
    let said =
        Summary::text(format!("{} {word} most beyond noise against {against}: from ", sentence_case(headline.title)));
    let said = said.value(most.before, &headline.unit).then(" to ").value(most.after, &headline.unit);
    let said = match most.change {
        Some((delta, interval)) => with_interval(said.then(", "), delta, interval, &headline.unit),
        None => said,
    };
    if let Some(pair) = pair {
        let said = said.then(format!("; {} contributed most, ", pair.named(context)));
        let said = match pair.moved.interval {
            Some(interval) => with_interval(said, pair.moved.total, interval, &headline.unit),
            None => said,
        };
        return (most.tone(), said);
    }
    let said = match foremost(splits, most.after - most.before) {
        Some((dimension, found)) => {
            let name = shown(context, dimension, &found.part);
            let said = said.then(format!("; {dimension} {name} contributed most, "));
            match found.moved.interval {
                Some(interval) => with_interval(said, found.moved.total, interval, &headline.unit),
                None => said,
            }
        }
        None if splits.is_empty() => said,
        None => {
            let names: Vec<&str> = splits.iter().map(|split| split.dimension.as_str()).collect();
            said.then(format!("; no {} stands out", names.join(", ")))
        }
    };
    (most.tone(), said)
}

/// The headline that moved most in widths of its noise; of equals the first.
pub(super) fn foremost_move<'m, 'a>(moves: &'m [Move<'a>]) -> Option<&'m Move<'a>> {
    let clear = moves.iter().filter_map(|one| Some((one, one.beyond_noise()?)));
    clear.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(one, _)| one)
}

fn with_interval(said: Summary, value: f64, interval: Interval, unit: &Unit) -> Summary {
    said.change(value, unit).then(" (").change(interval.low, unit).then(" to ").change(interval.high, unit).then(")")
}

/// A value of a dimension as people know it: models by their title.
pub(super) fn shown(context: &Context<'_>, dimension: &str, value: &str) -> String {
    let model = context.workspace.models.iter().find(|m| dimension == "model" && m.id == value);
    model.and_then(|m| m.title.clone()).unwrap_or_else(|| value.to_owned())
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
