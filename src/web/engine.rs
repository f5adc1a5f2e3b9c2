//! The engine's shell: a worker that carries out what [`crate::engine`] decides.

use std::collections::HashMap;

use gloo_timers::callback::Timeout;
use gloo_worker::{HandlerId, Registrable, Worker, WorkerScope};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::codec::Bytes;
use super::{clock, later, login, promql, random, tables, transport};
use crate::engine::{Effect, Engine, FetchId, Fetched, Handed, LoginAnswer, LoginId};
use crate::privacy::SessionKey;
use crate::protocol::{FromEngine, ToEngine};
use crate::query::SourceId;
use crate::source::{Body, Failure, SelectorSpan, open_source};
use crate::spec::SourceKind;

/// Starts the engine in its worker.
pub fn register() {
    console_error_panic_hook::set_once();
    login::watch_ports();
    EngineWorker::registrar().encoding::<Bytes>().register();
}

/// The worker that the page talks to.
pub struct EngineWorker {
    engine: Option<Engine>,
    page: Option<HandlerId>,
    aborts: HashMap<FetchId, AbortController>,
    base_url: String,
    /// Addresses of the lazy chunks by name, relative to the page.
    chunks: Vec<(String, String)>,
    /// The tokens of the engine before, until there is a workspace to use them for.
    handed: Vec<Handed>,
    /// What the page has said while they are on their way.
    waiting: Option<Vec<ToEngine>>,
}

/// What the worker tells itself when something it waited for has happened.
pub enum Happened {
    /// A request ended.
    Fetched(FetchId, Box<Fetched>),
    /// Time has passed.
    Woke,
    /// An expression was parsed.
    Parsed(SourceId, String, Vec<SelectorSpan>),
    /// A provider has answered.
    SignedIn(LoginId, Box<Result<LoginAnswer, Failure>>),
    /// The engine before has given its tokens, or has none to give.
    TookOver(Vec<Handed>),
}

impl Worker for EngineWorker {
    type Message = Happened;
    type Input = ToEngine;
    type Output = FromEngine;

    fn create(_: &WorkerScope<Self>) -> Self {
        Self {
            engine: None,
            page: None,
            aborts: HashMap::new(),
            base_url: String::new(),
            chunks: Vec::new(),
            handed: Vec::new(),
            waiting: None,
        }
    }

    fn update(&mut self, scope: &WorkerScope<Self>, happened: Happened) {
        if let Happened::TookOver(handed) = happened {
            self.took_over(scope, handed);
            return;
        }
        let Some(engine) = &mut self.engine else { return };
        match happened {
            Happened::Fetched(id, fetched) => {
                if self.aborts.remove(&id).is_some() {
                    engine.fetched(id, *fetched);
                }
            }
            Happened::Woke => engine.wake(clock::now_ms()),
            Happened::Parsed(source, expression, spans) => engine.learn(&source, &expression, spans),
            Happened::SignedIn(id, answer) => engine.login_answered(&id, *answer, clock::now_ms()),
            Happened::TookOver(_) => {}
        }
        self.carry_out(scope);
    }

    fn received(&mut self, scope: &WorkerScope<Self>, message: ToEngine, page: HandlerId) {
        self.page = Some(page);
        if let ToEngine::Ping(ping) = message {
            let is_replaceable = self.engine.as_ref().is_some_and(Engine::is_replaceable);
            scope.respond(page, FromEngine::Pong { ping, memory_megabytes: memory_megabytes(), is_replaceable });
            return;
        }
        if let Some(waiting) = &mut self.waiting {
            waiting.push(message);
            return;
        }
        self.hear(scope, message);
        self.carry_out(scope);
    }
}

impl EngineWorker {
    fn hear(&mut self, scope: &WorkerScope<Self>, message: ToEngine) {
        match message {
            ToEngine::Start { base_url, workspace, chunks } => self.start(base_url, &workspace, chunks),
            ToEngine::LoadLater => later::load(),
            ToEngine::HandOver => {
                login::send_by_port(&self.engine.as_mut().map(Engine::hand_over).unwrap_or_default());
            }
            ToEngine::TakeOver => {
                self.waiting = Some(Vec::new());
                let scope = scope.clone();
                spawn_local(async move { scope.send_message(Happened::TookOver(login::receive_by_port().await)) });
            }
            other => {
                if let Some(engine) = &mut self.engine {
                    engine.handle(other);
                }
            }
        }
    }

    /// Goes on with the tokens of the engine before, which is of no use any more.
    fn took_over(&mut self, scope: &WorkerScope<Self>, handed: Vec<Handed>) {
        self.handed = handed;
        for message in self.waiting.take().unwrap_or_default() {
            self.hear(scope, message);
        }
        if let Some(page) = self.page {
            scope.respond(page, FromEngine::TookOver);
        }
        self.carry_out(scope);
    }

    /// Starts over with a workspace. One that cannot be read leaves the engine empty: the page reads it too and says why.
    /// Who is signed in stays so, as far as the new workspace names the same provider.
    fn start(&mut self, base_url: String, workspace: &str, chunks: Vec<(String, String)>) {
        for (_, controller) in self.aborts.drain() {
            controller.abort();
        }
        self.chunks = chunks;
        let mut handed = std::mem::take(&mut self.handed);
        handed.extend(self.engine.as_mut().map(Engine::hand_over).unwrap_or_default());
        self.engine = crate::spec::read(workspace).ok().map(|read| {
            let spec = read.document.spec;
            // The first dashboard of a start with nothing to set up is the demo's; what live sources need comes later.
            if spec.sources.iter().any(|source| source.kind != SourceKind::Recording) {
                later::load();
            }
            // A session is the worker's: with the next one begins another, and its key is no longer anywhere.
            let key = random::bytes().and_then(SessionKey::new);
            Engine::new(spec, &base_url, open_source, clock::now_ms(), key)
        });
        if let Some(engine) = self.engine.as_mut().filter(|_| !handed.is_empty()) {
            engine.take_over(handed, clock::now_ms());
        }
        self.base_url = base_url;
    }

    /// The absolute address of a lazy chunk, if this build has it.
    fn chunk_url(&self, name: &str) -> Option<String> {
        let (_, url) = self.chunks.iter().find(|(known, _)| known == name)?;
        Some(format!("{}{url}", base_folder(&self.base_url)))
    }

    fn carry_out(&mut self, scope: &WorkerScope<Self>) {
        let effects = self.engine.as_mut().map(Engine::take_effects).unwrap_or_default();
        for effect in effects {
            match effect {
                Effect::Emit(news) => {
                    if let Some(page) = self.page {
                        scope.respond(page, news);
                    }
                }
                Effect::Fetch(request) => {
                    let Ok(controller) = AbortController::new() else { continue };
                    let id = request.id;
                    self.aborts.insert(id, controller.clone());
                    let reader = match &request.body {
                        Body::Columns(read) => self.chunk_url(tables::chunk_name(read.form)),
                        _ => None,
                    };
                    let scope = scope.clone();
                    spawn_local(async move {
                        let fetched = transport::send(request, reader, controller).await;
                        scope.send_message(Happened::Fetched(id, Box::new(fetched)));
                    });
                }
                Effect::Abort(id) => {
                    if let Some(controller) = self.aborts.remove(&id) {
                        controller.abort();
                    }
                }
                Effect::Wake(after_ms) => {
                    let scope = scope.clone();
                    Timeout::new(after_ms.max(1), move || scope.send_message(Happened::Woke)).forget();
                }
                Effect::Login(task) => {
                    let (scope, chunk) = (scope.clone(), self.chunk_url("login"));
                    let redirect = format!("{}{}", base_folder(&self.base_url), login::WAY_BACK);
                    spawn_local(async move {
                        let id = task.id.clone();
                        let answer = login::ask(chunk, redirect, *task).await;
                        scope.send_message(Happened::SignedIn(id, Box::new(answer)));
                    });
                }
                Effect::Parse { source, expression, parsable } => {
                    let scope = scope.clone();
                    let url = self.chunk_url("promql");
                    spawn_local(async move {
                        let spans = match url {
                            Some(url) => promql::find_selectors(&url, &parsable).await,
                            None => Vec::new(),
                        };
                        scope.send_message(Happened::Parsed(source, expression, spans));
                    });
                }
            }
        }
    }
}

/// The page's folder with its slash.
fn base_folder(base_url: &str) -> &str {
    let page = base_url.split(['?', '#']).next().unwrap_or_default();
    page.rfind('/').and_then(|at| page.get(..=at)).unwrap_or(page)
}

fn memory_megabytes() -> u32 {
    use wasm_bindgen::JsCast;

    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length() >> 20
}
