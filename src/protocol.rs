//! What the page and the engine say to each other.
//!
//! Plain enums without tags or flattening: they travel in a binary form that needs to know the type.
//! The workspace travels as the text of its document, so both sides read it by the same code.

use serde::{Deserialize, Serialize};

use crate::derive::Reference;
use crate::query::TimeRange;
use crate::source::Failure;
use crate::state::Selection;
use crate::view::View;

/// From the page to the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// First message: where the page is, and the workspace.
    Start {
        /// The page's base address; relative source addresses resolve against it.
        base_url: String,
        /// The workspace document as text, with defaults not yet filled in.
        workspace: String,
        /// Addresses of lazy scripts by name, relative to the base address.
        chunks: Vec<(String, String)>,
    },
    /// Everything that is visible now. What is no longer named is dropped and its requests are aborted.
    Show(Box<Show>),
    /// Ask again for everything visible, keeping the old picture until the answers come.
    Refresh {
        /// The viewer's clock in milliseconds.
        now_ms: i64,
    },
    /// Log in to a source. Held in memory only.
    Login(Login),
    /// Sign in at a source's OpenID provider, or out.
    SignIn(SignIn),
    /// Give the tokens to the engine that follows, by the port that comes beside this message, and end with nothing.
    HandOver,
    /// Take the tokens of the engine before, by the port that comes beside this message.
    TakeOver,
    /// Values of a dimension, for a picker.
    Values {
        /// Dimension id.
        dimension: String,
    },
    /// The raw answers behind a panel, for "inspect".
    Inspect {
        /// Panel id.
        panel: String,
    },
    /// The first dashboard is drawn: fetch the part of the program that comes later.
    LoadLater,
    /// A sign of life is wanted.
    Ping(u32),
}

/// What is visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Show {
    /// Grows with each change of the selection; older answers are dropped.
    pub generation: u32,
    /// The selection.
    pub selection: Selection,
    /// The role whose list of fields holds; `None` where the policy has no lists.
    pub role: Option<String>,
    /// Its time range, resolved by the page, which knows the zone.
    pub range: TimeRange,
    /// Its comparisons, resolved.
    pub references: Vec<Reference>,
    /// The viewer's clock in milliseconds.
    pub now_ms: i64,
    /// The visible panels.
    pub panels: Vec<PanelRequest>,
}

/// One visible panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelRequest {
    /// Panel id.
    pub panel: String,
    /// Width in CSS pixels.
    pub width_px: u32,
    /// Whether it has a page of its own.
    pub details: bool,
}

/// Credentials for one source.
#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    /// Source id.
    pub source: String,
    /// What the viewer typed.
    pub secret: Secret,
}

/// A credential. Without `Display`; its `Debug` hides the value.
#[derive(Clone, Serialize, Deserialize)]
pub enum Secret {
    /// A bearer token.
    Bearer(String),
    /// User name and password.
    Basic(String, String),
}

/// A text that opens something. Without `Display`; its `Debug` hides the value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(..)")
    }
}

/// What a viewer wants of a source's OpenID provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SignIn {
    /// The address of its log-in page is wanted.
    Begin {
        /// Source id.
        source: String,
    },
    /// The provider has sent the viewer back.
    Finish {
        /// Source id.
        source: String,
        /// The query with which it did: a code that is of use to this engine only, or why there is none.
        query: Hidden,
    },
    /// The tokens are to be forgotten, and those who issued them told so.
    Out {
        /// Source id.
        source: String,
    },
}

/// How far a sign-in is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum SignInStage {
    /// Nobody is signed in.
    #[default]
    Out,
    /// The provider is asked how it wants it.
    Preparing,
    /// The viewer is to go to this address, which is the provider's.
    Ready {
        /// With state, nonce and challenge; nothing in it opens anything.
        url: String,
    },
    /// The provider has sent the viewer back, and tokens are asked for.
    Finishing,
    /// Signed in.
    In {
        /// The name that the provider gave, if it gave one. Hostile.
        who: Option<String>,
    },
    /// It did not work, or ended, and why.
    Failed(Failure),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.source)
    }
}

/// From the engine to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromEngine {
    /// News of one panel.
    Panel(Box<PanelUpdate>),
    /// News of one source.
    Health(Lamp),
    /// News of a sign-in.
    SignIn {
        /// Ids of the sources that share it.
        sources: Vec<String>,
        /// How far it is.
        stage: SignInStage,
    },
    /// Tokens have come from the engine before, or it had none.
    TookOver,
    /// Values of a dimension.
    Values {
        /// Dimension id.
        dimension: String,
        /// Its values, sorted.
        values: Vec<String>,
        /// Why some source could not say, if one could not.
        failure: Option<Failure>,
    },
    /// What is behind a panel.
    Inspection {
        /// Panel id.
        panel: String,
        /// One entry per request.
        requests: Vec<Provenance>,
    },
    /// The answer to a ping.
    Pong {
        /// The number of the ping.
        ping: u32,
        /// What the engine's memory has grown to, in megabytes. It never shrinks while the worker lives.
        memory_megabytes: u32,
        /// Whether another engine could go on where this one is, with nothing lost that a viewer has done.
        is_replaceable: bool,
    },
}

/// The state of one panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelUpdate {
    /// Panel id.
    pub panel: String,
    /// The generation it answers.
    pub generation: u32,
    /// Its state.
    pub state: PanelState,
    /// Parts done and in all, while more comes behind a picture that is shown already.
    pub progress: Option<(u32, u32)>,
    /// When its newest answer arrived, the viewer's clock in milliseconds.
    pub fetched_ms: Option<i64>,
    /// Ids of the sources that it asked.
    pub sources: Vec<String>,
}

/// The states of a panel. A view that is no longer true is never kept: `Stale` carries its age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PanelState {
    /// Nothing to show yet.
    Loading,
    /// The picture, as of now.
    Fresh(View),
    /// The picture with parts missing: questions that failed, or gaps among the warnings of the view.
    Partial(View, Vec<Failure>),
    /// The last good picture, because asking again failed.
    Stale(View, Failure),
    /// Nothing to show, for a reason.
    Empty {
        /// Why.
        reason: String,
        /// Lines of workspace to add.
        teach: Option<String>,
    },
    /// No picture, and why.
    Failed(Failure),
}

/// The health of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lamp {
    /// Source id.
    pub source: String,
    /// Whether the last request was answered; `None` before the first.
    pub is_up: Option<bool>,
    /// How long the last answer took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// When the last answer came, in milliseconds.
    pub last_ms: Option<i64>,
    /// The last failure.
    pub failure: Option<Failure>,
    /// Whether the viewer must log in.
    pub needs_login: bool,
}

/// One request behind a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Source id.
    pub source: String,
    /// The query in the backend's own language, with its range.
    pub shown: String,
    /// The address that was asked.
    pub url: String,
    /// Milliseconds from sending to the whole body.
    pub took_ms: f64,
    /// Bytes of the body.
    pub n_bytes: u64,
    /// HTTP status; zero when there was no answer.
    pub status: u16,
    /// When, the viewer's clock in milliseconds.
    pub at_ms: i64,
    /// The first part of the raw answer, as text. Hostile. `None` where it may hold fields that are not to be shown.
    pub raw: Option<String>,
    /// Whether this was asked for another question, or earlier, and what it answered was kept.
    pub is_kept: bool,
}
