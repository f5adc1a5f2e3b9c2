//! Frames to panel data, one file per panel kind.
//!
//! A derivation is a pure function of a [`Context`] and the answers so far. It *asks* for what it needs through [`Ask`]; what it asked
//! is the plan. While answers are missing it stops with [`Stop::Pending`], is run again when they arrive, and so works
//! in as many rounds as it needs (runs first, then the histories of the best runs). Equal questions of several panels are one query.
//! Knows no chart, no colour and no backend.

mod ask;
mod context;

pub use ask::{Answer, Answers, Ask, Notes, Stop};
pub use context::{Context, Reference, ReferenceKind};

use crate::view::View;

/// Derives the panel of `context`.
///
/// # Errors
/// [`Stop`] while answers are missing, or when there is nothing to show, with the reason.
pub fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let _ = (context, ask);
    Err(Stop::empty("this panel kind is not built yet"))
}
