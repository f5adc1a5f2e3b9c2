//! What the viewer looks at and how it changes: the selection, the closed command enum, the URL codec, the time grammar.
//!
//! All of it is pure: `apply(selection, command)` gives the next selection; the address is written from the result.

mod selection;

pub use selection::{Comparison, Filter, Selection, TimeInput, Zone};
