//! What utilisation is shown from, and what it says in one sentence.

use super::asked::Used;
use super::idle::{LastSeen, State};
use crate::derive::Context;
use crate::derive::shared::figures;
use crate::spec::MetricSpec;
use crate::units::Unit;
use crate::view::{Figure, Summary};

pub(super) const DAY_MS: i64 = 86_400_000;

/// What is shown.
pub(super) struct Scene<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) usage: &'a MetricSpec,
    pub(super) eligible: Option<&'a MetricSpec>,
    pub(super) now: &'a Used,
    pub(super) before: Option<(&'a str, &'a Used)>,
    /// Whether that is the same over another time.
    pub(super) is_earlier: bool,
    pub(super) last: Option<&'a LastSeen>,
    /// What is looked at, if it is a part of the selection.
    pub(super) part: &'a str,
}

pub(super) fn share_unit() -> Unit {
    Unit::from("percentunit")
}

pub(super) fn short() -> Unit {
    Unit::from("short")
}

impl Scene<'_> {
    pub(super) fn step_word(&self) -> &'static str {
        if self.now.step_ms < DAY_MS { "hour" } else { "day" }
    }

    /// Shown name of a model.
    pub(super) fn model_title(&self, id: &str) -> String {
        let known = self.context.workspace.models.iter().find(|m| m.id == id);
        known
            .and_then(|m| m.title.clone())
            .unwrap_or_else(|| if id.is_empty() { "(none)".to_owned() } else { id.to_owned() })
    }

    /// Models of the workspace that the filters let through, then others with requests.
    pub(super) fn models(&self) -> Vec<String> {
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
