//! The engine's shell: a worker that carries out what [`crate::engine`] decides.

use std::collections::HashMap;

use gloo_timers::callback::Timeout;
use gloo_worker::{HandlerId, Registrable, Worker, WorkerScope};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::codec::Bytes;
use super::{clock, later, promql, random, tables, transport};
use crate::engine::{Effect, Engine, FetchId, Fetched};
use crate::privacy::SessionKey;
use crate::protocol::{FromEngine, ToEngine};
use crate::query::SourceId;
use crate::source::{Body, SelectorSpan, open_source};
use crate::spec::SourceKind;

/// Starts the engine in its worker.
pub fn register() {
    console_error_panic_hook::set_once();
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
}

/// What the worker tells itself when something it waited for has happened.
pub enum Happened {
    /// A request ended.
    Fetched(FetchId, Box<Fetched>),
    /// Time has passed.
    Woke,
    /// An expression was parsed.
    Parsed(SourceId, String, Vec<SelectorSpan>),
}

impl Worker for EngineWorker {
    type Message = Happened;
    type Input = ToEngine;
    type Output = FromEngine;

    fn create(_: &WorkerScope<Self>) -> Self {
        Self { engine: None, page: None, aborts: HashMap::new(), base_url: String::new(), chunks: Vec::new() }
    }

    fn update(&mut self, scope: &WorkerScope<Self>, happened: Happened) {
        let Some(engine) = &mut self.engine else { return };
        match happened {
            Happened::Fetched(id, fetched) => {
                if self.aborts.remove(&id).is_some() {
                    engine.fetched(id, *fetched);
                }
            }
            Happened::Woke => engine.wake(clock::now_ms()),
            Happened::Parsed(source, expression, spans) => engine.learn(&source, &expression, spans),
        }
        self.carry_out(scope);
    }

    fn received(&mut self, scope: &WorkerScope<Self>, message: ToEngine, page: HandlerId) {
        self.page = Some(page);
        match message {
            ToEngine::Start { base_url, workspace, chunks } => self.start(base_url, &workspace, chunks),
            ToEngine::LoadLater => later::load(),
            other => {
                if let Some(engine) = &mut self.engine {
                    engine.handle(other);
                }
            }
        }
        self.carry_out(scope);
    }
}

impl EngineWorker {
    /// Starts over with a workspace. One that cannot be read leaves the engine empty: the page reads it too and says why.
    fn start(&mut self, base_url: String, workspace: &str, chunks: Vec<(String, String)>) {
        for (_, controller) in self.aborts.drain() {
            controller.abort();
        }
        self.chunks = chunks;
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
