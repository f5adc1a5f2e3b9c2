//! The page's state as signals, and the newtype context under which components find it.
//!
//! Signals are written by `tasks` only; components read them and run tasks.

mod notice;
mod panel_now;
mod question;

pub use notice::Notice;
pub use panel_now::{PanelNow, Phase};
pub use question::Question;

use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use leptos::prelude::*;

use crate::chart::World;
use crate::protocol::{Lamp, Provenance, SignInStage};
use crate::source::Failure;
use crate::spec::{Document, Problem, Workspace};
use crate::state::{Resolved, Selection};
use crate::ui::text::Texts;
use crate::web::engine_client::EngineClient;
use crate::web::{clock, intl, storage, url};

/// How far the workspace has been read.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// Not yet.
    Waiting,
    /// The document, with its defaults filled in.
    Ready(Arc<Document>),
    /// It cannot be used: a headline, and each mistake with its path.
    Unreadable {
        /// What happened.
        headline: String,
        /// Each mistake in words.
        problems: Vec<String>,
    },
}

/// Values of a dimension for its picker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownValues {
    /// The values, sorted.
    pub values: Vec<String>,
    /// Why some source could not say.
    pub failure: Option<Failure>,
}

/// What is laid over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The command palette.
    Palette,
    /// The list of keys.
    Help,
    /// What is behind a panel.
    Inspect(String),
    /// What a panel's metrics mean.
    Explain(String),
}

/// Whether the engine works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineState {
    /// It answers.
    #[default]
    Running,
    /// It went and a new one is being started.
    Restarting,
    /// It went too often.
    Stopped,
}

/// How the window of a sign-in under way is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoginWindow {
    /// There for the viewer, as far as can be seen from here.
    #[default]
    Open,
    /// The browser did not open it.
    Blocked,
    /// Closed before the provider sent the viewer back, or out of sight.
    Closed,
}

/// The outlines of the world's countries, for maps.
#[derive(Clone, Debug, Default)]
pub enum Outlines {
    /// No map has been on the screen.
    #[default]
    Unasked,
    /// Under way.
    Loading,
    /// Maps can be drawn.
    Ready(Arc<World>),
    /// They could not be fetched.
    Failed,
}

/// Draws a chart as SVG text; `None` if it cannot now.
pub type SvgMaker = std::rc::Rc<dyn Fn() -> Option<String>>;

/// A handle on the page's state, as small as an address. A context: `use_store()`.
#[derive(Clone, Copy)]
pub struct Store(&'static Signals);

impl Deref for Store {
    type Target = Signals;

    fn deref(&self) -> &Signals {
        self.0
    }
}

/// The page's state.
pub struct Signals {
    /// The workspace.
    pub loaded: RwSignal<Loaded>,
    /// What the viewer looks at.
    pub selection: RwSignal<Selection>,
    /// The clock as of the last refresh, in milliseconds.
    pub refreshed_ms: RwSignal<i64>,
    /// The clock, every ten seconds, for ages.
    pub now_ms: RwSignal<i64>,
    /// What the selection means.
    pub resolved: Memo<Resolved>,
    /// What is asked of the engine.
    pub question: Memo<Question>,
    /// The generation in which the viewer last changed the question; older pictures answer another one.
    pub asked_generation: RwSignal<u32>,
    /// The newest generation.
    pub generation: RwSignal<u32>,
    /// The panels near the screen, with their width in CSS pixels.
    pub visible: RwSignal<BTreeMap<String, u32>>,
    /// Health by source.
    pub lamps: RwSignal<BTreeMap<String, Lamp>>,
    /// How far sign-ins are, by source. No token is here or anywhere on this side.
    pub sign_ins: RwSignal<BTreeMap<String, SignInStage>>,
    /// How the window of the sign-in under way is.
    pub login_window: RwSignal<LoginWindow>,
    /// Picker values by dimension.
    pub values: RwSignal<BTreeMap<String, KnownValues>>,
    /// What is behind the inspected panel, by panel.
    pub inspections: RwSignal<BTreeMap<String, Vec<Provenance>>>,
    /// What is wrong with parts of the workspace.
    pub problems: RwSignal<Vec<Problem>>,
    /// Small messages.
    pub notices: RwSignal<Vec<Notice>>,
    /// What is laid over the page.
    pub overlay: RwSignal<Option<Overlay>>,
    /// Whether the rail of dashboards is out.
    pub is_rail_out: RwSignal<bool>,
    /// Whether single keys are shortcuts.
    pub has_shortcuts: RwSignal<bool>,
    /// Whether the engine works.
    pub engine_state: RwSignal<EngineState>,
    /// The instant under the pointer or the keyboard cursor of any time chart, in milliseconds.
    pub crosshair: RwSignal<Option<f64>>,
    /// Whether all time charts show the crosshair of one.
    pub is_crosshair_shared: RwSignal<bool>,
    /// Whether charts name their lines.
    pub has_legends: RwSignal<bool>,
    /// Whether charts mark points and events.
    pub has_marks: RwSignal<bool>,
    /// Panels shown as tables.
    pub as_table: RwSignal<std::collections::BTreeSet<String>>,
    /// The panel that has the keyboard or the pointer, for the keys of a panel.
    pub focused_panel: RwSignal<Option<String>>,
    /// How values are written; changes with the zone only, not with each change of the selection.
    pub texts: Memo<Texts>,
    /// Whether dark colours are shown.
    pub is_dark: Memo<bool>,
    /// Whether the next message to the engine asks again for everything.
    pub wants_refresh: StoredValue<bool>,
    /// The timer that gathers changes for the engine.
    pub show_timer: StoredValue<Option<gloo_timers::callback::Timeout>, LocalStorage>,
    /// The workspace's document as text, for a new engine.
    pub workspace_text: StoredValue<String>,
    /// The outlines for maps.
    pub outlines: RwSignal<Outlines>,
    /// What draws a chart as SVG text, by panel and block; charts register themselves.
    pub svg_makers: StoredValue<BTreeMap<(String, String), SvgMaker>, LocalStorage>,
    theme_tick: RwSignal<u32>,
    panels: StoredValue<HashMap<String, RwSignal<PanelNow>>>,
    engine: StoredValue<Option<EngineClient>, LocalStorage>,
    owner: StoredValue<Owner>,
}

impl Store {
    /// Reads the address and begins with everything else empty.
    fn new() -> Self {
        let (selection, notices) = crate::state::parse(&url::query());
        let selection = RwSignal::new(selection);
        let loaded = RwSignal::new(Loaded::Waiting);
        let refreshed_ms = RwSignal::new(clock::now_ms());
        let resolved = Memo::new(move |_| {
            let now_ms = refreshed_ms.get();
            let empty = Workspace::default();
            loaded.with(|loaded| {
                let workspace = match loaded {
                    Loaded::Ready(document) => &document.spec,
                    _ => &empty,
                };
                selection.with(|s| crate::state::resolve(s, workspace, now_ms, &*intl::rules(&s.zone)))
            })
        });
        let role = Memo::new(move |_| {
            loaded.with(|loaded| match loaded {
                Loaded::Ready(document) => selection.with(|s| crate::state::role_of_fields(s, &document.spec)),
                _ => None,
            })
        });
        let question = Memo::new(move |_| selection.with(|s| resolved.with(|r| Question::new(s, r, role.get()))));
        let notices = notices.into_iter().map(|n| Notice::from_address(&n)).collect();
        let theme_tick = RwSignal::new(0_u32);
        let is_wide = crate::web::document::media_matches("(min-width: 1000px)");
        let signals = Signals {
            loaded,
            selection,
            refreshed_ms,
            now_ms: RwSignal::new(clock::now_ms()),
            resolved,
            question,
            asked_generation: RwSignal::new(0),
            generation: RwSignal::new(0),
            visible: RwSignal::default(),
            lamps: RwSignal::default(),
            sign_ins: RwSignal::default(),
            login_window: RwSignal::default(),
            values: RwSignal::default(),
            inspections: RwSignal::default(),
            problems: RwSignal::default(),
            notices: RwSignal::new(notices),
            overlay: RwSignal::new(None),
            is_rail_out: RwSignal::new(is_wide && storage::get("rail").as_deref() != Some("in")),
            has_shortcuts: RwSignal::new(storage::get("shortcuts").as_deref() != Some("off")),
            engine_state: RwSignal::default(),
            crosshair: RwSignal::new(None),
            is_crosshair_shared: RwSignal::new(true),
            has_legends: RwSignal::new(true),
            has_marks: RwSignal::new(true),
            as_table: RwSignal::default(),
            focused_panel: RwSignal::new(None),
            texts: Memo::new(move |_| Texts::new(selection.with(|s| s.zone.clone()))),
            is_dark: Memo::new(move |_| {
                theme_tick.track();
                let chosen = selection.with(|s| s.theme.clone()).or_else(|| storage::get("theme"));
                match chosen.as_deref() {
                    Some("dark") => true,
                    Some("light") => false,
                    _ => crate::web::document::media_matches("(prefers-color-scheme: dark)"),
                }
            }),
            wants_refresh: StoredValue::new(false),
            show_timer: StoredValue::new_local(None),
            workspace_text: StoredValue::new(String::new()),
            outlines: RwSignal::new(Outlines::default()),
            svg_makers: StoredValue::new_local(BTreeMap::new()),
            theme_tick,
            panels: StoredValue::new(HashMap::new()),
            engine: StoredValue::new_local(None),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        };
        // Lives as long as the page: there is one.
        Self(Box::leak(Box::new(signals)))
    }

    /// The workspace; the empty one until it has been read.
    pub fn workspace(&self) -> Arc<Document> {
        self.loaded.with(|loaded| match loaded {
            Loaded::Ready(document) => document.clone(),
            _ => empty_document(),
        })
    }

    /// As [`Store::workspace`], without subscribing.
    pub fn workspace_untracked(&self) -> Arc<Document> {
        self.loaded.with_untracked(|loaded| match loaded {
            Loaded::Ready(document) => document.clone(),
            _ => empty_document(),
        })
    }

    /// The signal of one panel, which lives as long as the app.
    pub fn panel(&self, id: &str) -> RwSignal<PanelNow> {
        let known = self.panels.with_value(|panels| panels.get(id).copied());
        known.unwrap_or_else(|| {
            let signal = self.owner.with_value(|owner| owner.with(|| RwSignal::new(PanelNow::default())));
            self.panels.update_value(|panels| {
                panels.insert(id.to_owned(), signal);
            });
            signal
        })
    }

    /// Every panel that was ever shown.
    pub fn panels(&self) -> Vec<(String, RwSignal<PanelNow>)> {
        self.panels.with_value(|panels| panels.iter().map(|(id, signal)| (id.clone(), *signal)).collect())
    }

    /// Whether a panel still waits for its answer to the present question.
    pub fn is_loading(&self, id: &str) -> bool {
        let asked = self.asked_generation.get();
        self.panel(id).with(|now| now.phase == Phase::Loading || now.generation < asked)
    }

    /// Looks again at what the theme should be, after the system or the remembered choice changed.
    pub fn bump_theme(&self) {
        self.theme_tick.update(|n| *n = n.wrapping_add(1));
    }

    /// The engine, once it is started.
    pub fn engine(&self) -> Option<EngineClient> {
        self.engine.with_value(Clone::clone)
    }

    /// Keeps the engine.
    pub fn set_engine(&self, engine: EngineClient) {
        self.engine.set_value(Some(engine));
    }
}

fn empty_document() -> Arc<Document> {
    Arc::new(Document {
        schema: None,
        api_version: crate::spec::API_VERSION.to_owned(),
        kind: crate::spec::KIND.to_owned(),
        metadata: crate::spec::Metadata::default(),
        spec: Workspace::default(),
    })
}

/// The store under its own type, so that no other context can take its place.
#[derive(Clone, Copy)]
struct StoreContext(Store);

/// Makes the store and lets every component below know it.
pub fn provide_store() -> Store {
    let store = Store::new();
    provide_context(StoreContext(store));
    store
}

/// The store. Below [`provide_store`] it is always there; elsewhere an empty one stands in.
pub fn use_store() -> Store {
    use_context::<StoreContext>().map_or_else(Store::new, |context| context.0)
}
