//! The engine's mind: which queries are wanted, which are under way, what is known, what each panel shows.
//!
//! A state machine without I/O: it is told events and returns [`Effect`]s; `web::engine` carries them out.
//! The clock comes with the events. An answer whose query is no longer wanted is dropped, and an older answer never replaces a newer one,
//! because a query is its own identity and belongs to at most one conversation at a time.

mod address;
mod advice;
mod answers;
mod cache;
mod health;
mod inspect;
mod login;
mod panels;
mod pickers;
mod retry;
mod sign_in;
mod traffic;
mod verdicts;

#[cfg(test)]
mod field_tests;
#[cfg(test)]
mod login_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::privacy::{FieldGuard, SessionKey};
use crate::protocol::{FromEngine, Login, Secret, Show, ToEngine};
use crate::query::SourceId;
use crate::source::{Body, Failure, Response, Source};
use crate::spec::{SourceSpec, Workspace};

use advice::Advice;
use answers::opened;
use cache::Cache;
use health::Health;
use login::Logins;
use panels::Panels;
use pickers::Pickers;
use traffic::Traffic;

pub use login::{Handed, LoginAnswer, LoginId, LoginStep, LoginTask, Tokens};

/// Makes the adapter of a source; the viewer's clock in milliseconds places a recording in time.
pub type OpenSource = fn(&SourceSpec, i64) -> Box<dyn Source>;

/// Something for the shell to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a request and report what came of it under its id.
    Fetch(Fetch),
    /// Abort a request; nothing needs to be reported.
    Abort(FetchId),
    /// Tell the page.
    Emit(FromEngine),
    /// Call [`Engine::wake`] after this many milliseconds.
    Wake(u32),
    /// Ask something of an OpenID provider and report what came of it with [`Engine::login_answered`].
    Login(Box<LoginTask>),
    /// Find the selectors of an expression and report them with [`Engine::learn`].
    Parse {
        /// Whose language it is.
        source: SourceId,
        /// The expression as the workspace has it.
        expression: String,
        /// What to parse: the same with its variables made parsable.
        parsable: String,
    },
}

/// Names a request; never used twice.
pub type FetchId = u64;

/// A request to send.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Its name.
    pub id: FetchId,
    /// Absolute address. Its origin is the one that the workspace names for the source.
    pub url: String,
    /// Payload; fixes the method.
    pub body: Body,
    /// Credentials of this very source. With them, redirects must be refused.
    pub secret: Option<Secret>,
    /// Whether cookies go along, also to another origin of the same site.
    pub has_cookies: bool,
    /// Give up after this many milliseconds.
    pub timeout_ms: u32,
    /// Give up on a body beyond this.
    pub max_bytes: u64,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The answer, or why there is none.
    pub result: Result<Response, Failure>,
    /// Milliseconds from sending to the end of the body.
    pub took_ms: f64,
    /// The viewer's clock in milliseconds.
    pub now_ms: i64,
}

/// The state of the engine.
pub struct Engine {
    workspace: Workspace,
    sources: BTreeMap<SourceId, Box<dyn Source>>,
    open_source: OpenSource,
    /// When the engine began, the viewer's clock.
    began_ms: i64,
    guard: FieldGuard,
    show: Option<Show>,
    cache: Cache,
    traffic: Traffic,
    panels: Panels,
    pickers: Pickers,
    health: Health,
    logins: Logins,
    /// Whether the viewer or the host has given a credential, which no other engine knows.
    has_typed: bool,
    advice: Advice,
    effects: Vec<Effect>,
}

impl Engine {
    /// An engine for a workspace whose defaults are filled in.
    ///
    /// `base_url` is the page's address, `now_ms` the viewer's clock. Fields are masked under `key`, a random one of this session;
    /// without one the answers that a list of fields applies to fail.
    pub fn new(
        workspace: Workspace,
        base_url: &str,
        open_source: OpenSource,
        now_ms: i64,
        key: Option<SessionKey>,
    ) -> Self {
        let sources = opened(&workspace, open_source, now_ms);
        let guard = FieldGuard::new(key, workspace.privacy.fields_of(None));
        let traffic = Traffic::new(&workspace, base_url);
        let health = Health::new(&workspace);
        let logins = Logins::new(&workspace);
        let advice = Advice::new(&workspace, base_url);
        let mut engine = Self {
            workspace,
            sources,
            open_source,
            began_ms: now_ms,
            guard,
            show: None,
            cache: Cache::default(),
            traffic,
            panels: Panels::default(),
            pickers: Pickers::default(),
            health,
            logins,
            has_typed: false,
            advice,
            effects: Vec::new(),
        };
        engine.watch_words();
        engine.probe_sources();
        engine
    }

    /// Takes the effects that have gathered, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Handles a message from the page.
    pub fn handle(&mut self, message: ToEngine) {
        match message {
            // The shell's business.
            ToEngine::Start { .. }
            | ToEngine::LoadLater
            | ToEngine::HandOver
            | ToEngine::TakeOver
            | ToEngine::Ping(_) => {}
            ToEngine::Show(show) => self.show(*show),
            ToEngine::Refresh { now_ms } => self.refresh(now_ms),
            ToEngine::Login(login) => self.login(login),
            ToEngine::SignIn(wish) => self.sign_in(wish),
            ToEngine::Values { dimension } => {
                self.pickers.open(dimension);
                self.advance();
            }
            ToEngine::Inspect { panel } => self.inspect(&panel),
        }
    }

    fn show(&mut self, show: Show) {
        if self.guard.change(self.workspace.privacy.fields_of(show.role.as_deref())) {
            self.forget_answers();
        }
        self.panels.show(&show);
        self.show = Some(show);
        self.advance();
    }

    fn refresh(&mut self, now_ms: i64) {
        if let Some(show) = &mut self.show {
            show.now_ms = now_ms;
        }
        self.cache.expire_all();
        self.sources.values().for_each(|source| source.refresh());
        self.probe_sources();
        self.panels.touch_all();
        self.advance();
    }

    fn login(&mut self, login: Login) {
        let source = SourceId(login.source);
        self.has_typed = true;
        self.traffic.set_secret(&source, Some(login.secret));
        self.cache.forget_failures(&source);
        self.probe(&source);
        self.panels.touch_all();
        self.advance();
    }

    /// Reports what came of a request.
    pub fn fetched(&mut self, id: FetchId, fetched: Fetched) {
        let Some(source) = self.traffic.source_of(id).cloned() else { return };
        self.health.note(&source, &fetched, &self.advice, &mut self.effects);
        self.mind_refusal(&source, &fetched);
        let settled = self.traffic.fetched(id, fetched, &mut self.effects);
        self.settle(settled);
        self.advance();
    }

    /// Time has passed: sends what waited for it.
    pub fn wake(&mut self, now_ms: i64) {
        self.traffic.wake(now_ms, &mut self.effects);
        self.mind_logins(now_ms);
    }

    /// Reports the selectors found in an expression, so that queries that wait for them can go on.
    pub fn learn(&mut self, source: &SourceId, expression: &str, spans: Vec<crate::source::SelectorSpan>) {
        if let Some(source) = self.sources.get(source) {
            source.learn(expression, spans);
        }
        self.traffic.learned(expression);
        self.advance();
    }

    /// Derives what can be derived, asks what is missing, drops what nobody wants any more.
    fn advance(&mut self) {
        if let Some(show) = &self.show {
            self.panels.derive(&self.workspace, show, &self.cache, &mut self.effects);
        }
        self.pickers.derive(&self.workspace, self.show.as_ref(), &self.cache, &mut self.effects);
        let wanted = self.panels.wanted().chain(self.pickers.wanted());
        let missing = self.cache.missing(wanted.clone());
        self.traffic.keep_only(wanted, &mut self.effects);
        self.traffic.put_behind(self.panels.behind());
        let settled = self.traffic.ask(missing, &self.sources, &mut self.effects);
        if !settled.is_empty() {
            self.settle(settled);
            self.advance();
            return;
        }
        self.cache.evict(self.panels.wanted().chain(self.pickers.wanted()));
    }

    fn probe_sources(&mut self) {
        let ids: Vec<SourceId> = self.sources.keys().cloned().collect();
        for id in ids {
            self.probe(&id);
        }
    }

    fn probe(&mut self, source: &SourceId) {
        if let Some(adapter) = self.sources.get(source) {
            self.traffic.probe(source, adapter.probe(), &mut self.effects);
        }
    }

    fn inspect(&mut self, panel: &str) {
        let requests = inspect::requests(self.panels.asked(panel), &self.cache);
        self.effects.push(Effect::Emit(FromEngine::Inspection { panel: panel.to_owned(), requests }));
    }
}
