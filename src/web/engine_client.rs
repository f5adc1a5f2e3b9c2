//! The page's side of the engine: starts the worker, speaks with it, and replaces it when it crashes or hangs.
//!
//! The frames on the wire are gloo-worker's: the worker registers by that crate. The page holds the worker itself, because a
//! worker that hangs can only be ended from outside, which gloo's bridge cannot do.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use gloo_worker::Codec;
use js_sys::Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{MessageChannel, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use super::codec::Bytes;
use super::listen::Listener;
use super::{clock, document, url};
use crate::protocol::{FromEngine, ToEngine};

const PING_EVERY_MS: u32 = 5_000;
const SILENCE_MS: f64 = 15_000.0;
const RESTARTS: usize = 3;
const RESTARTS_WITHIN_MS: f64 = 600_000.0;
/// The memory of a worker never shrinks: one that has grown beyond this is replaced while nobody looks.
const LARGE_MEGABYTES: u32 = 1_024;
/// One bridge is all there is.
const BRIDGE: usize = 0;

/// gloo-worker's frame from page to worker: same variants in the same order.
#[derive(Serialize)]
enum Sent {
    Connected(usize),
    Input(usize, ToEngine),
}

/// gloo-worker's frame from worker to page: same variants in the same order.
#[derive(Deserialize)]
enum Received {
    Loaded,
    Output(#[allow(dead_code)] usize, FromEngine), // the bridge, of which there is one
}

/// What the page learns about its engine.
#[derive(Debug)]
pub enum EngineEvent {
    /// It said something.
    Said(Box<FromEngine>),
    /// A new one is there after a crash or a hang, and must be told everything again.
    Restarted,
    /// A new one takes the place of one that still works, and must be told everything again; tokens come to it with
    /// [`ToEngine::TakeOver`].
    Renewed,
    /// It is gone, and a new one is being started.
    Lost,
    /// It went too often and is not started again.
    GivenUp,
}

/// A handle on the engine; clones share it.
#[derive(Clone)]
pub struct EngineClient {
    inner: Rc<Inner>,
}

struct Inner {
    script: String,
    react: Box<dyn Fn(EngineEvent)>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    /// The one before, until it has handed its tokens over.
    leaving: Option<Running>,
    n_launched: u32,
    renewed_ms: Option<f64>,
    restarts: VecDeque<f64>,
    ping: u32,
    heartbeat: Option<Interval>,
}

struct Running {
    /// Tells it from those before, whose last words nobody wants.
    number: u32,
    /// Goes along with [`ToEngine::TakeOver`].
    port: Option<MessagePort>,
    worker: Worker,
    is_loaded: bool,
    queue: Vec<ToEngine>,
    heard_ms: f64,
    _listeners: [Listener; 3],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl EngineClient {
    /// Starts the worker from `script` (relative to the page) and keeps it alive.
    pub fn start(script: String, react: impl Fn(EngineEvent) + 'static) -> Self {
        let inner = Rc::new(Inner { script, react: Box::new(react), state: RefCell::default() });
        inner.launch();
        let weak = Rc::downgrade(&inner);
        let beat = Interval::new(PING_EVERY_MS, move || {
            if let Some(inner) = weak.upgrade() {
                inner.beat();
            }
        });
        inner.state.borrow_mut().heartbeat = Some(beat);
        Self { inner }
    }

    /// Sends a message, now or as soon as the worker is there.
    pub fn send(&self, message: ToEngine) {
        self.inner.send(message);
    }

    /// Starts anew as somebody wishes: what runs hands its tokens over, and after giving up there is another try.
    pub fn restart(&self) {
        self.inner.state.borrow_mut().restarts.clear();
        self.inner.renew();
    }
}

impl Inner {
    fn launch(self: &Rc<Self>) {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("sightline-engine");
        let Ok(worker) = Worker::new_with_options(&self.script, &options) else {
            self.state.borrow_mut().running = None;
            (self.react)(EngineEvent::GivenUp);
            return;
        };
        let number = {
            let mut state = self.state.borrow_mut();
            state.n_launched += 1;
            state.n_launched
        };
        let weak = Rc::downgrade(self);
        let on_message = Listener::new(&worker, "message", move |event| {
            if let (Some(inner), Ok(event)) = (weak.upgrade(), event.dyn_into::<MessageEvent>())
                && inner.runs(number)
            {
                inner.receive(Bytes::decode(event.data()));
            }
        });
        let weak = Rc::downgrade(self);
        let on_error = Listener::new(&worker, "error", move |_| {
            if let Some(inner) = weak.upgrade().filter(|inner| inner.runs(number)) {
                inner.replace();
            }
        });
        let weak = Rc::downgrade(self);
        let on_garbled = Listener::new(&worker, "messageerror", move |_| {
            if let Some(inner) = weak.upgrade().filter(|inner| inner.runs(number)) {
                inner.replace();
            }
        });
        let listeners = [on_message, on_error, on_garbled];
        let heard_ms = clock::monotonic_ms();
        let queue = Vec::new();
        let running = Running { number, port: None, worker, is_loaded: false, queue, heard_ms, _listeners: listeners };
        let old = self.state.borrow_mut().running.replace(running);
        defer_drop(old);
    }

    fn runs(&self, number: u32) -> bool {
        self.state.borrow().running.as_ref().is_some_and(|running| running.number == number)
    }

    /// Starts a new one beside one that runs, which then hands its tokens over by a port of the two.
    fn renew(self: &Rc<Self>) {
        // One at a time: the one between two that leave would have no tokens to hand over yet.
        if self.state.borrow().leaving.is_some() {
            return;
        }
        let old = self.state.borrow_mut().running.take();
        let ports = old.as_ref().filter(|old| old.is_loaded).and_then(|_| MessageChannel::new().ok());
        self.launch();
        let mut state = self.state.borrow_mut();
        state.renewed_ms = Some(clock::monotonic_ms());
        if let (Some(old), Some(ports)) = (&old, &ports) {
            old.post_with(Sent::Input(BRIDGE, ToEngine::HandOver), &ports.port1());
        }
        if let Some(running) = &mut state.running {
            running.port = ports.map(|ports| ports.port2());
        }
        let older = std::mem::replace(&mut state.leaving, old);
        drop(state);
        defer_drop(older);
        (self.react)(EngineEvent::Renewed);
    }

    fn send(&self, message: ToEngine) {
        let mut state = self.state.borrow_mut();
        let Some(running) = &mut state.running else { return };
        if running.is_loaded {
            running.post(Sent::Input(BRIDGE, message));
        } else {
            running.queue.push(message);
        }
    }

    fn receive(self: &Rc<Self>, received: Received) {
        let mut state = self.state.borrow_mut();
        let Some(running) = &mut state.running else { return };
        running.heard_ms = clock::monotonic_ms();
        match received {
            Received::Loaded => {
                running.is_loaded = true;
                running.post(Sent::Connected(BRIDGE));
                for message in std::mem::take(&mut running.queue) {
                    running.post(Sent::Input(BRIDGE, message));
                }
            }
            Received::Output(_, FromEngine::Pong { memory_megabytes, is_replaceable, .. }) => {
                let now = clock::monotonic_ms();
                let is_new = state.renewed_ms.is_some_and(|at| now - at < RESTARTS_WITHIN_MS);
                drop(state);
                if memory_megabytes > LARGE_MEGABYTES && is_replaceable && !is_new && document::is_hidden() {
                    self.renew();
                }
            }
            Received::Output(_, FromEngine::TookOver) => {
                let old = state.leaving.take();
                drop(state);
                defer_drop(old);
            }
            Received::Output(_, said) => {
                drop(state);
                (self.react)(EngineEvent::Said(Box::new(said)));
            }
        }
    }

    /// Asks for a sign of life; without one for long, the worker hangs.
    fn beat(self: &Rc<Self>) {
        let is_silent = {
            let state = self.state.borrow();
            state.running.as_ref().is_some_and(|r| clock::monotonic_ms() - r.heard_ms > SILENCE_MS)
        };
        // Timers of a hidden page are throttled, and its worker may be: silence means nothing then.
        if is_silent && !document::is_hidden() {
            self.replace();
            return;
        }
        let ping = {
            let mut state = self.state.borrow_mut();
            if let Some(running) = state.running.as_mut().filter(|_| document::is_hidden()) {
                running.heard_ms = clock::monotonic_ms();
            }
            state.ping = state.ping.wrapping_add(1);
            state.ping
        };
        self.send(ToEngine::Ping(ping));
    }

    fn replace(self: &Rc<Self>) {
        let may_restart = {
            let mut state = self.state.borrow_mut();
            defer_drop(state.running.take());
            defer_drop(state.leaving.take());
            let now = clock::monotonic_ms();
            state.restarts.retain(|at| now - at < RESTARTS_WITHIN_MS);
            let may = state.restarts.len() < RESTARTS;
            if may {
                state.restarts.push_back(now);
            }
            may
        };
        if !may_restart {
            (self.react)(EngineEvent::GivenUp);
            return;
        }
        (self.react)(EngineEvent::Lost);
        self.launch();
        (self.react)(EngineEvent::Restarted);
    }
}

impl Running {
    fn post(&mut self, frame: Sent) {
        if matches!(frame, Sent::Input(_, ToEngine::TakeOver))
            && let Some(port) = self.port.take()
        {
            self.post_with(frame, &port);
            return;
        }
        // Only values that cannot be cloned are refused; bytes always can.
        let _ = self.worker.post_message(&Bytes::encode(frame));
    }

    fn post_with(&self, frame: Sent, port: &MessagePort) {
        // As above; and no port is sent twice.
        let _ = self.worker.post_message_with_transfer(&Bytes::encode(frame), &Array::of1(port));
    }
}

/// Ends a worker at once but frees its listeners later: one of them may be running now.
fn defer_drop(running: Option<Running>) {
    if let Some(running) = running {
        running.worker.terminate();
        gloo_timers::callback::Timeout::new(0, move || drop(running)).forget();
    }
}

/// The address of the engine's loader, relative to the page.
///
/// With a query where the page's address has one: anything may be on the screen then, and the engine starts whole.
pub fn script() -> String {
    let named = document::chunks().into_iter().find(|(name, _)| name == "engine");
    let address = named.map_or_else(|| "engine_loader.js".to_owned(), |(_, address)| address);
    if url::query().is_empty() { address } else { format!("{address}?whole") }
}
