//! Whether what moved a headline is a part of two dimensions at once, such as one segment in one region.
//!
//! After Adtributor (Bhagwan et al., NSDI 2014): a part explains by its *explanatory power*, its share of the change, and by its
//! *surprise*. A pair is named instead of a single value only if it explains at least two thirds of what each of its two values and
//! the foremost single value explain, and surprises more than both of its values; and, as everything that is named, its interval
//! excludes zero at the level of all looks together.
//! A part that the small-cell guard hides has no number, and is never named.

use std::sync::Arc;

use super::moved::{self, BETWEEN, Headline, Kind, Moved, NONE, Part, Parts};
use super::sentence::{self, Move, Split};
use crate::derive::{Ask, Context, Stop};
use crate::frame::Frame;
use crate::stats::surprise::surprise;

/// What is said of the rule where it named a pair.
pub(super) const RULE: &str = "two dimensions are named together where their pair explains at least two thirds of what each explains alone, and is more unusual than both (after Adtributor)";
/// How much of a single value's contribution its pair must explain.
const MIN_SHARE: f64 = 2.0 / 3.0;
/// Values of a dimension that are looked at: those that contributed most.
const MAX_VALUES: usize = 8;
/// Two dimensions that may have more combinations are not asked for together.
const MAX_CELLS: usize = 400;

/// Two values that contributed together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair {
    dimensions: [String; 2],
    values: [String; 2],
    pub(super) moved: Moved,
}

impl Pair {
    /// In a sentence: "segment business in region eu-west", "region eu-west of model Triage".
    pub(super) fn named(&self, context: &Context<'_>) -> String {
        let [first, second] = &self.dimensions;
        let [a, b] = &self.values;
        let word = if second == "model" { "of" } else { "in" };
        format!(
            "{first} {} {word} {second} {}",
            sentence::shown(context, first, a),
            sentence::shown(context, second, b)
        )
    }
}

type Answer = Result<Arc<Frame>, Stop>;

/// The pair that explains a headline's change clearly better than either of its values, if there is one.
///
/// # Errors
/// Only [`Stop::Pending`].
pub(super) fn find(
    most: &Move<'_>,
    splits: &[Split],
    now: &Context<'_>,
    earlier: &Context<'_>,
    ask: &mut Ask<'_>,
) -> Result<Option<Pair>, Stop> {
    let headline = most.headline;
    let mut asked: Vec<([&Split; 2], Answer, Answer)> = Vec::new();
    for (place, first) in splits.iter().enumerate() {
        for second in splits.iter().skip(place + 1) {
            let by = [first.dimension.as_str(), second.dimension.as_str()];
            if first.contributions.len() * second.contributions.len() > MAX_CELLS {
                ask.remark(format!("{} and {} have too many values to be looked at together", by[0], by[1]));
                continue;
            }
            asked.push(([first, second], headline.ask(now, ask, &by), headline.ask(earlier, ask, &by)));
        }
    }
    let mut sides: Vec<([&Split; 2], Parts, Parts)> = Vec::new();
    for (of, ours, theirs) in asked {
        let (ours, theirs) = (ask.spare(ours)?, ask.spare(theirs)?);
        let Some((ours, theirs)) = ours.zip(theirs) else { continue };
        let by = of.map(|split| split.dimension.as_str());
        sides.push((of, headline.read(&theirs, &by), headline.read(&ours, &by)));
    }
    let n_single: usize = splits.iter().map(|split| split.contributions.len()).sum();
    let n_pairs: usize = sides.iter().map(|(_, before, after)| before.len().max(after.len())).sum();
    let level = moved::level_of(n_single + n_pairs);
    let change = most.after - most.before;
    let foremost = sentence::foremost(splits, change).map_or(0.0, |(_, found)| found.moved.total.abs());
    let mut best: Option<Pair> = None;
    for (of, before, after) in &sides {
        for found in headline.contributions(before, after, level) {
            let is_along = found.is_clear() && found.moved.total * change > 0.0;
            let Some((a, b)) = found.part.split_once(BETWEEN).filter(|_| is_along) else { continue };
            if a == NONE || b == NONE || found.moved.total.abs() < MIN_SHARE * foremost {
                continue;
            }
            let own = unusual(headline, before, after, &found.part);
            let explains = [(of[0], a), (of[1], b)].into_iter().all(|(split, value)| {
                let Some(single) = among_foremost(split, value) else { return false };
                let of_single = unusual(headline, &split.before, &split.after, value);
                found.moved.total.abs() >= MIN_SHARE * single.abs() && own > of_single
            });
            let is_more = best.as_ref().is_none_or(|best| found.moved.total.abs() > best.moved.total.abs());
            if explains && is_more {
                let dimensions = of.map(|split| split.dimension.clone());
                best = Some(Pair { dimensions, values: [a.to_owned(), b.to_owned()], moved: found.moved });
            }
        }
    }
    Ok(best)
}

/// What a value contributed alone, if it is one of those that contributed most.
fn among_foremost(split: &Split, value: &str) -> Option<f64> {
    let own = split.contributions.iter().find(|one| one.part == value)?.moved.total;
    let n_more = split.contributions.iter().filter(|one| one.moved.total.abs() > own.abs()).count();
    (own.is_finite() && n_more < MAX_VALUES).then_some(own)
}

/// How unexpected a part is: the surprise of its share of a sum, the change of its own value of a mean. `NaN` where it is not known.
fn unusual(headline: &Headline<'_>, before: &Parts, after: &Parts, name: &str) -> f64 {
    let side = |parts: &Parts| parts.get(name).cloned().unwrap_or_default();
    let (earlier, later): (Part, Part) = (side(before), side(after));
    match headline.kind {
        Kind::Mean | Kind::Hits => {
            let mean = |part: &Part| part.total.sum / part.total.n;
            (mean(&later) - mean(&earlier)).abs()
        }
        Kind::Total | Kind::Booked => {
            let all =
                |parts: &Parts| parts.values().map(|part| part.total.sum).filter(|sum| sum.is_finite()).sum::<f64>();
            surprise(earlier.total.sum / all(before), later.total.sum / all(after))
        }
    }
}
