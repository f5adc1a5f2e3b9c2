//! How often a model is right: counted over the range, against another time or the evaluation of its training run.

use super::misses::spared;
use crate::derive::shared::LEVEL;
use crate::derive::shared::chosen::{Chosen, choose};
use crate::derive::shared::tally;
use crate::derive::shared::tracking::{Tracked, Version};
use crate::derive::{Ask, Context, Stop};
use crate::spec::Task;
use crate::stats::confusion::ConfusionMatrix;
use crate::stats::interval::{Interval, Proportion, newcombe, wilson};
use crate::view::Tone;

/// What is known of a model's quality.
#[derive(Clone, Debug)]
pub(in crate::derive) struct Quality {
    /// The version looked at.
    pub(in crate::derive) version: Option<Version>,
    /// Right answers; live ones of the range where there are some, else those of the run's evaluation.
    pub(in crate::derive) now: Option<Proportion>,
    /// Whether `now` is counted over the range.
    pub(in crate::derive) is_live: bool,
    /// What `now` is compared with, and its name.
    pub(in crate::derive) against: Option<(String, Proportion)>,
    /// The newest count, milliseconds.
    pub(in crate::derive) as_of_ms: Option<f64>,
    /// When the run behind the version ended, milliseconds; `NaN` if not known.
    pub(in crate::derive) evaluated_ms: f64,
    is_regression: bool,
}

/// Asks for a model's counts and evaluation.
///
/// # Errors
/// Only [`Stop::Pending`]: what fails makes the panel partial.
pub(in crate::derive) fn of<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    tracked: &Tracked<'a>,
) -> Result<Quality, Stop> {
    let chosen = match choose(context, ask, tracked.clone()) {
        Ok(chosen) => chosen,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            Chosen { tracked: tracked.clone(), version: None }
        }
    };
    let is_regression = tracked.model.task == Task::Regression;
    let other = context.others().find(|other| other.is_earlier() || other.is_rest());
    let live = tally::over(context, ask, &chosen);
    let before = other.as_ref().map(|other| tally::over(&other.context, ask, &chosen));
    let run = tracked.run_of(ask, chosen.version.as_ref());
    let (live, before) = (live?, before.transpose()?.flatten());
    let run = spared(ask, run)?;
    let evaluated = match run.as_ref().filter(|_| !is_regression) {
        Some(run) => {
            let matrix = tracked.logged_matrix(ask, run);
            spared(ask, matrix)?
        }
        None => None,
    };
    let as_of_ms = live.as_ref().and_then(|tally| tally.as_of_ms);
    let live = live.and_then(|tally| right(&tally.matrix));
    let evaluated = evaluated.as_ref().and_then(right);
    let of_run = || run.as_ref().map(|run| format!("the evaluation of {}", run.name));
    let against = match (&other, before.and_then(|tally| right(&tally.matrix))) {
        (Some(other), Some(before)) => Some((other.title.to_owned(), before)),
        _ => of_run().zip(evaluated).filter(|_| live.is_some()),
    };
    Ok(Quality {
        version: chosen.version.clone(),
        now: live.or(evaluated),
        is_live: live.is_some(),
        against,
        as_of_ms,
        evaluated_ms: run.as_ref().map_or(f64::NAN, |run| run.ended_ms),
        is_regression,
    })
}

fn right(matrix: &ConfusionMatrix) -> Option<Proportion> {
    Proportion::new(matrix.n_correct().round() as u64, matrix.n().round() as u64)
}

impl Quality {
    /// The change against what it is compared with, by Newcombe.
    pub(in crate::derive) fn change(&self) -> Option<(f64, Interval)> {
        let (now, (_, then)) = (self.now?, self.against.as_ref()?);
        Some((now.rate() - then.rate(), newcombe(now, *then, LEVEL)?))
    }

    /// Whether the model is clearly less often right than what it is compared with.
    pub(in crate::derive) fn is_degraded(&self) -> bool {
        self.change().is_some_and(|(_, interval)| interval.high < 0.0)
    }

    /// The state in few words; `target` is a share of right answers.
    pub(super) fn state(&self, target: Option<f64>) -> (Tone, String) {
        let Some(now) = self.now else {
            let why = if self.is_regression { "no labels yet" } else { "not measured" };
            return (Tone::Unknown, why.to_owned());
        };
        let percent = format!("{:.1} %", now.rate() * 100.0);
        let interval = wilson(now, LEVEL);
        if self.is_degraded() {
            return (Tone::Bad, format!("{percent}, worse"));
        }
        if let (Some(target), Some(interval)) = (target, interval) {
            return match () {
                () if interval.high < target => (Tone::Bad, format!("{percent}, below target")),
                () if interval.low >= target => (Tone::Good, format!("{percent}, on target")),
                () => (Tone::Neutral, format!("{percent}, about on target")),
            };
        }
        match self.change() {
            Some((_, change)) if change.low > 0.0 => (Tone::Good, format!("{percent}, better")),
            Some(_) => (Tone::Neutral, format!("{percent}, no clear change")),
            None if self.is_live => (Tone::Neutral, percent),
            None => (Tone::Neutral, format!("{percent} in its evaluation")),
        }
    }
}
