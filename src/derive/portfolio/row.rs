//! One model's row: its four states.

use super::misses::Misses;
use super::quality::Quality;
use super::reliability::{Objectives, Reliability};
use super::{Drift, freshness};
use crate::derive::Context;
use crate::view::Tone;

/// Days that a version stays fresh, unless the panel's option `freshDays` says otherwise.
const FRESH_DAYS: f64 = 90.0;
/// Share of drifted features from which the whole is called drifted, as in Evidently.
const DATASET_DRIFT: f64 = 0.5;

/// What the states are judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goals {
    pub(super) accuracy: Option<f64>,
    pub(super) objectives: Objectives,
    pub(super) fresh_days: f64,
    pub(super) now_ms: i64,
}

impl Goals {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let accuracy = context.number("accuracyTarget");
        Self {
            accuracy: accuracy.or_else(|| context.metric("accuracy").and_then(|metric| metric.target)),
            objectives: Objectives::of(context),
            fresh_days: context.number("freshDays").filter(|days| *days > 0.0).unwrap_or(FRESH_DAYS),
            now_ms: context.now_ms,
        }
    }
}

/// A model with all that is known of its health.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) quality: Quality,
    /// The errors of a regression.
    pub(super) misses: Option<Misses>,
    pub(super) drift: Drift,
    pub(super) reliability: Reliability,
    /// Reliability of the other side of a comparison.
    pub(super) before: Option<Reliability>,
}

impl Row {
    /// Quality, drift, reliability, freshness.
    pub(super) fn states(&self, goals: &Goals) -> [(Tone, String); 4] {
        let (tone, word, _) = self.reliability.state(goals.objectives);
        let days = freshness::days(&self.quality, goals.now_ms);
        [
            self.misses.as_ref().map_or_else(|| self.quality.state(goals.accuracy), Misses::state),
            drift_state(&self.drift),
            (tone, word),
            freshness::state(days, goals.fresh_days),
        ]
    }

    /// 3 where something needs action, 2 where something is worth a look, 1 where nothing is known, else 0.
    pub(super) fn need(&self, goals: &Goals) -> u8 {
        let states = self.states(goals);
        let has = |wanted: Tone| states.iter().any(|(tone, _)| *tone == wanted);
        match () {
            () if has(Tone::Bad) => 3,
            () if has(Tone::Warning) => 2,
            () if self.is_unknown(goals) => 1,
            () => 0,
        }
    }

    /// Whether nothing at all is known.
    pub(super) fn is_unknown(&self, goals: &Goals) -> bool {
        // Rows still to come may make it known.
        self.drift != Drift::Pending && self.states(goals).iter().all(|(tone, _)| *tone == Tone::Unknown)
    }

    /// What needs a look, in words, the worst first.
    pub(super) fn problems(&self, goals: &Goals) -> Vec<String> {
        let states = self.states(goals);
        let of = |wanted: Tone| {
            let names = ["accuracy", "drift", "reliability", "freshness"];
            let hits = names.into_iter().zip(states.clone()).filter(move |(_, (tone, _))| *tone == wanted);
            hits.map(|(name, (_, word))| format!("{name} ({word})"))
        };
        of(Tone::Bad).chain(of(Tone::Warning)).collect()
    }
}

fn drift_state(drift: &Drift) -> (Tone, String) {
    match drift {
        Drift::Pending => (Tone::Unknown, "being compared".to_owned()),
        Drift::Unknown(_) => (Tone::Unknown, "not measured".to_owned()),
        Drift::Known(share) => {
            let n = share.drifted.len();
            let word = format!("{n} of {} features", share.n_features);
            let is_most = n as f64 >= DATASET_DRIFT * share.n_features as f64;
            match (n, share.is_output_drifted) {
                (0, false) => (Tone::Good, "none".to_owned()),
                (0, true) => (Tone::Warning, "predictions drifted".to_owned()),
                _ if is_most => (Tone::Bad, word),
                _ => (Tone::Warning, word),
            }
        }
    }
}
