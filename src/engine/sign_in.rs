//! What a sign-in changes in the rest of the engine: credentials of requests, what is asked again, what is forgotten.

use super::login::Changed;
use super::{Effect, Engine, Fetched, Handed, LoginAnswer, LoginId};
use crate::protocol::SignIn;
use crate::query::SourceId;
use crate::source::{Cause, Failure};

impl Engine {
    /// What the viewer wants of a provider.
    pub(super) fn sign_in(&mut self, wish: SignIn) {
        match wish {
            SignIn::Begin { source } => {
                let changed = self.logins.begin(&SourceId(source), &mut self.effects);
                self.apply(changed);
            }
            SignIn::Finish { source, query } => self.logins.finish(&SourceId(source), query, &mut self.effects),
            SignIn::Out { source } => {
                let changed = self.logins.leave(&SourceId(source), &mut self.effects);
                if changed.is_some() {
                    // What was read with the credential goes with it.
                    self.forget_answers();
                    if let Some(show) = &self.show {
                        self.panels.show(show);
                    }
                }
                self.apply(changed);
            }
        }
    }

    /// Reports what a provider answered.
    pub fn login_answered(&mut self, id: &LoginId, answer: Result<LoginAnswer, Failure>, now_ms: i64) {
        let changed = self.logins.answered(id, answer, now_ms, &mut self.effects);
        self.apply(changed);
    }

    /// Whether another engine could go on where this one is: no sign-in is under way, and nobody has typed a credential, which
    /// is kept here alone.
    pub fn is_replaceable(&self) -> bool {
        !self.logins.are_waiting() && !self.has_typed
    }

    /// The tokens for the engine that follows. This one has none any more.
    pub fn hand_over(&mut self) -> Vec<Handed> {
        let handed = self.logins.hand_over();
        for source in self.sources.keys() {
            self.traffic.set_secret(source, None);
        }
        handed
    }

    /// Takes the tokens of the engine before.
    pub fn take_over(&mut self, handed: Vec<Handed>, now_ms: i64) {
        for changed in self.logins.take_over(handed, now_ms, &mut self.effects) {
            // What has not left yet goes with the credential too.
            if let Some((sources, secret)) = &changed {
                for effect in &mut self.effects {
                    if let Effect::Fetch(fetch) = effect
                        && self.traffic.source_of(fetch.id).is_some_and(|source| sources.contains(source))
                    {
                        fetch.secret = secret.clone();
                    }
                }
            }
            self.apply(changed);
        }
    }

    pub(super) fn mind_refusal(&mut self, source: &SourceId, fetched: &Fetched) {
        let cause = match &fetched.result {
            Ok(response) if response.is_ok() => return,
            Ok(response) => Cause::from_status(response.status),
            Err(failure) => failure.cause,
        };
        if cause == Cause::Unauthorized {
            self.logins.refused(source, fetched.now_ms, &mut self.effects);
        }
    }

    pub(super) fn mind_logins(&mut self, now_ms: i64) {
        for changed in self.logins.wake(now_ms, &mut self.effects) {
            self.apply(changed);
        }
    }

    /// Other credentials hold: what failed is asked again, and whether a source lives is told anew.
    fn apply(&mut self, changed: Changed) {
        let Some((sources, secret)) = changed else { return };
        for source in &sources {
            self.traffic.set_secret(source, secret.clone());
            self.cache.forget_failures(source);
            self.probe(source);
        }
        self.panels.touch_all();
        self.advance();
    }
}
