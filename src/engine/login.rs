//! Sign-ins by OpenID Connect: who is signed in, when tokens are renewed, and when the viewer is asked again.
//!
//! A state machine without I/O: what is to be asked of a provider leaves as [`Effect::Login`].
//! Tokens stay in here and in the requests to the sources that name their provider; no message to the page carries one.

use serde::{Deserialize, Serialize};

use super::Effect;
use crate::protocol::{FromEngine, Hidden, Secret, SignInStage};
use crate::query::SourceId;
use crate::source::{Cause, Failure};
use crate::spec::{Auth, LoginSpec, Workspace};

/// Tokens are renewed this long before they end, or when three quarters of a short life are over.
const RENEW_BEFORE_MS: i64 = 60_000;
/// A provider that did not answer is asked again after this.
const RENEW_AGAIN_MS: i64 = 15_000;
/// A source that refuses a token younger than this would refuse the next one too.
const YOUNG_MS: i64 = 10_000;

/// Names one question to a provider; what answers an older one, or one of another workspace, is nobody's.
#[derive(Clone, Debug, PartialEq)]
pub struct LoginId {
    /// The sign-in: tokens of one provider are never held for another.
    spec: LoginSpec,
    turn: u32,
}

/// Something to ask of a provider.
#[derive(Clone, Debug)]
pub struct LoginTask {
    /// For whom; the answer is reported under it.
    pub id: LoginId,
    /// What is asked.
    pub step: LoginStep,
}

impl LoginTask {
    /// The provider.
    pub fn spec(&self) -> &LoginSpec {
        &self.id.spec
    }
}

/// What is asked of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginStep {
    /// The address of its log-in page.
    Begin,
    /// Tokens, for the query with which it sent the viewer back.
    Finish(Hidden),
    /// New tokens for a refresh token.
    Refresh(Hidden),
    /// To take a token back. Nothing needs to be reported.
    Revoke(Hidden),
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum LoginAnswer {
    /// The address of the log-in page.
    Ready(String),
    /// Tokens.
    Tokens(Tokens),
}

/// What a provider hands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Opens the sources.
    pub access: Hidden,
    /// Brings new tokens, where the provider gave one.
    pub refresh: Option<Hidden>,
    /// Life of the access token in milliseconds, where the provider told.
    pub life_ms: Option<i64>,
    /// The viewer's name, where the provider told. Hostile.
    pub who: Option<String>,
}

/// What one engine hands to the next on a planned restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    spec: LoginSpec,
    tokens: Tokens,
    got_ms: i64,
}

/// Every sign-in of the workspace.
pub(super) struct Logins(Vec<Login>);

struct Login {
    spec: LoginSpec,
    sources: Vec<SourceId>,
    held: Option<Held>,
    /// What is under way.
    waits_for: Option<Waits>,
    /// Counts the questions.
    turn: u32,
}

struct Held {
    tokens: Tokens,
    got_ms: i64,
    renew_ms: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Page,
    Tokens,
    Renewal,
}

/// What the rest of the engine must do: the sources whose credential changed, and to what.
pub(super) type Changed = Option<(Vec<SourceId>, Option<Secret>)>;

impl Logins {
    pub(super) fn new(workspace: &Workspace) -> Self {
        let mut logins: Vec<Login> = Vec::new();
        for source in workspace.sources.iter().filter(|source| source.auth == Auth::Oidc) {
            let Some(spec) = &source.login else { continue };
            match logins.iter_mut().find(|login| login.spec == *spec) {
                Some(login) => login.sources.push(source.id.clone()),
                None => logins.push(Login {
                    spec: spec.clone(),
                    sources: vec![source.id.clone()],
                    held: None,
                    waits_for: None,
                    turn: 0,
                }),
            }
        }
        Self(logins)
    }

    fn of(&mut self, source: &SourceId) -> Option<&mut Login> {
        self.0.iter_mut().find(|login| login.sources.contains(source))
    }

    /// The viewer wants to sign in: an earlier try is forgotten, and so are tokens that no longer do.
    pub(super) fn begin(&mut self, source: &SourceId, effects: &mut Vec<Effect>) -> Changed {
        let login = self.of(source)?;
        login.tell(SignInStage::Preparing, effects);
        login.ask(Waits::Page, LoginStep::Begin, effects);
        login.held.take().map(|_| (login.sources.clone(), None))
    }

    /// The provider has sent the viewer back.
    pub(super) fn finish(&mut self, source: &SourceId, query: Hidden, effects: &mut Vec<Effect>) {
        let Some(login) = self.of(source) else { return };
        login.tell(SignInStage::Finishing, effects);
        login.ask(Waits::Tokens, LoginStep::Finish(query), effects);
    }

    /// Whether something is under way that ends with this engine.
    pub(super) fn are_waiting(&self) -> bool {
        self.0.iter().any(|login| login.waits_for.is_some())
    }

    /// Forgets the tokens, and has them taken back.
    pub(super) fn leave(&mut self, source: &SourceId, effects: &mut Vec<Effect>) -> Changed {
        let login = self.of(source)?;
        login.waits_for = None;
        login.tell(SignInStage::Out, effects);
        let Held { tokens, .. } = login.held.take()?;
        for token in [Some(tokens.access), tokens.refresh].into_iter().flatten() {
            let id = LoginId { spec: login.spec.clone(), turn: 0 };
            effects.push(Effect::Login(Box::new(LoginTask { id, step: LoginStep::Revoke(token) })));
        }
        Some((login.sources.clone(), None))
    }

    /// Takes what a provider answered.
    pub(super) fn answered(
        &mut self,
        id: &LoginId,
        answer: Result<LoginAnswer, Failure>,
        now_ms: i64,
        effects: &mut Vec<Effect>,
    ) -> Changed {
        let login = self.0.iter_mut().find(|login| login.spec == id.spec && login.turn == id.turn)?;
        match (login.waits_for.take(), answer) {
            (Some(Waits::Page), Ok(LoginAnswer::Ready(url))) => {
                login.tell(SignInStage::Ready { url }, effects);
                None
            }
            (Some(Waits::Tokens), Ok(LoginAnswer::Tokens(tokens))) => {
                Some(login.hold(Held::new(tokens, now_ms), now_ms, effects))
            }
            (Some(Waits::Renewal), Ok(LoginAnswer::Tokens(new))) => {
                let old = login.held.take().map(|held| held.tokens);
                let (refresh, who) = old.map_or((None, None), |old| (old.refresh, old.who));
                // A provider that does not replace the refresh token leaves the old one valid (RFC 6749, 6).
                let tokens = Tokens { refresh: new.refresh.clone().or(refresh), who: new.who.clone().or(who), ..new };
                Some(login.hold(Held::new(tokens, now_ms), now_ms, effects))
            }
            (Some(Waits::Renewal), Err(failure)) if failure.cause.is_transient() => {
                if let Some(held) = &mut login.held {
                    held.renew_ms = Some(now_ms + RENEW_AGAIN_MS);
                    effects.push(wake_in(RENEW_AGAIN_MS));
                }
                None
            }
            (Some(Waits::Renewal), Err(failure)) => Some(login.end(failure, effects)),
            (Some(Waits::Page | Waits::Tokens), Err(failure)) => {
                login.tell(SignInStage::Failed(failure), effects);
                None
            }
            // The viewer has left meanwhile.
            _ => None,
        }
    }

    /// Time has passed: renews what is about to end, and ends what cannot be renewed.
    pub(super) fn wake(&mut self, now_ms: i64, effects: &mut Vec<Effect>) -> Vec<Changed> {
        let mut changed = Vec::new();
        for login in &mut self.0 {
            // A timer counts whole milliseconds, and may be early by one.
            let is_due = login.held.as_ref().and_then(|held| held.renew_ms).is_some_and(|at| at <= now_ms + 5);
            if !is_due || login.waits_for.is_some() {
                continue;
            }
            if !login.renew(effects) {
                changed.push(Some(login.end(over(&login.spec), effects)));
            }
        }
        changed
    }

    /// A source refused its token.
    pub(super) fn refused(&mut self, source: &SourceId, now_ms: i64, effects: &mut Vec<Effect>) {
        let Some(login) = self.of(source) else { return };
        let is_old = login.held.as_ref().is_some_and(|held| now_ms - held.got_ms > YOUNG_MS);
        if is_old && login.waits_for.is_none() {
            login.renew(effects);
        }
    }

    /// Gives all tokens away and keeps none: two engines with one refresh token would look like a theft of it.
    pub(super) fn hand_over(&mut self) -> Vec<Handed> {
        let hand = |login: &mut Login| {
            login.waits_for = None;
            let held = login.held.take()?;
            Some(Handed { spec: login.spec.clone(), tokens: held.tokens, got_ms: held.got_ms })
        };
        self.0.iter_mut().filter_map(hand).collect()
    }

    /// Takes the tokens of the engine before, as far as the workspace still names their provider.
    pub(super) fn take_over(&mut self, handed: Vec<Handed>, now_ms: i64, effects: &mut Vec<Effect>) -> Vec<Changed> {
        let mut changed = Vec::new();
        for Handed { spec, tokens, got_ms } in handed {
            let Some(login) = self.0.iter_mut().find(|login| login.spec == spec) else { continue };
            changed.push(Some(login.hold(Held::new(tokens, got_ms), now_ms, effects)));
        }
        changed
    }
}

impl Login {
    fn tell(&self, stage: SignInStage, effects: &mut Vec<Effect>) {
        let sources = self.sources.iter().map(|id| id.0.clone()).collect();
        effects.push(Effect::Emit(FromEngine::SignIn { sources, stage }));
    }

    fn ask(&mut self, waits_for: Waits, step: LoginStep, effects: &mut Vec<Effect>) {
        self.turn += 1;
        self.waits_for = Some(waits_for);
        let id = LoginId { spec: self.spec.clone(), turn: self.turn };
        effects.push(Effect::Login(Box::new(LoginTask { id, step })));
    }

    fn hold(&mut self, held: Held, now_ms: i64, effects: &mut Vec<Effect>) -> (Vec<SourceId>, Option<Secret>) {
        if let Some(at) = held.renew_ms {
            effects.push(wake_in(at - now_ms));
        }
        let secret = Secret::Bearer(held.tokens.access.0.clone());
        self.tell(SignInStage::In { who: held.tokens.who.clone() }, effects);
        self.held = Some(held);
        (self.sources.clone(), Some(secret))
    }

    /// Asks for new tokens; `false` if nothing was given to do so with.
    fn renew(&mut self, effects: &mut Vec<Effect>) -> bool {
        let Some(refresh) = self.held.as_ref().and_then(|held| held.tokens.refresh.clone()) else { return false };
        self.ask(Waits::Renewal, LoginStep::Refresh(refresh), effects);
        true
    }

    fn end(&mut self, failure: Failure, effects: &mut Vec<Effect>) -> (Vec<SourceId>, Option<Secret>) {
        self.held = None;
        self.tell(SignInStage::Failed(failure), effects);
        (self.sources.clone(), None)
    }
}

impl Held {
    fn new(tokens: Tokens, got_ms: i64) -> Self {
        let before_ms = |life_ms: i64| if tokens.refresh.is_some() { RENEW_BEFORE_MS.min(life_ms / 4) } else { 0 };
        let renew_ms = tokens.life_ms.map(|life_ms| got_ms + life_ms - before_ms(life_ms));
        Self { tokens, got_ms, renew_ms }
    }
}

fn wake_in(wait_ms: i64) -> Effect {
    Effect::Wake(u32::try_from(wait_ms.clamp(1, i64::from(i32::MAX))).unwrap_or(1))
}

fn over(spec: &LoginSpec) -> Failure {
    Failure::new(Cause::Unauthorized, format!("the sign-in with {} has run out", spec.host()))
        .with_hint("sign in again")
}
