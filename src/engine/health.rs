//! One lamp per source.

use std::collections::BTreeMap;

use super::advice::Advice;
use super::{Effect, Fetched};
use crate::protocol::{FromEngine, Lamp};
use crate::query::SourceId;
use crate::source::Cause;
use crate::spec::{Auth, Workspace};

/// The lamps and who may log in.
pub(super) struct Health {
    lamps: BTreeMap<SourceId, Lamp>,
    auth: BTreeMap<SourceId, Auth>,
}

impl Health {
    pub(super) fn new(workspace: &Workspace) -> Self {
        let lamp = |id: &SourceId| Lamp {
            source: id.0.clone(),
            is_up: None,
            latency_ms: None,
            last_ms: None,
            failure: None,
            needs_login: false,
        };
        Self {
            lamps: workspace.sources.iter().map(|s| (s.id.clone(), lamp(&s.id))).collect(),
            auth: workspace.sources.iter().map(|s| (s.id.clone(), s.auth)).collect(),
        }
    }

    /// Takes what came of a request. A refused question, or too large an answer, still shows a source that lives.
    pub(super) fn note(&mut self, source: &SourceId, fetched: &Fetched, advice: &Advice, effects: &mut Vec<Effect>) {
        let Some(lamp) = self.lamps.get_mut(source) else { return };
        let failure = match &fetched.result {
            Err(failure) => (failure.cause != Cause::TooLarge).then(|| failure.clone()),
            Ok(response) if response.is_ok() => None,
            Ok(response) => {
                let cause = Cause::from_status(response.status);
                let is_about_source = cause.is_transient() || matches!(cause, Cause::Unauthorized | Cause::Forbidden);
                is_about_source
                    .then(|| crate::source::Failure::new(cause, format!("the server answered {}", response.status)))
            }
        };
        let failure = failure.map(|failure| advice.on(source, failure));
        lamp.is_up = Some(failure.is_none());
        lamp.needs_login = failure.as_ref().is_some_and(|f| f.cause == Cause::Unauthorized)
            && self.auth.get(source).is_some_and(|auth| *auth != Auth::None);
        if failure.is_none() {
            lamp.latency_ms = Some(fetched.took_ms);
            lamp.last_ms = Some(fetched.now_ms);
        }
        lamp.failure = failure;
        effects.push(Effect::Emit(FromEngine::Health(lamp.clone())));
    }
}
