//! What may leave the screen: small counts of people are hidden, with everything that would reveal them.
//!
//! Works on answers, before any panel sees them, so that every way out (picture, tooltip, table, text, export, handle) is covered at once.
//! It is no access control: the viewer's browser has received the rows. The real control is a restricted view in the backend.

#[cfg(test)]
mod audit;
mod cells;
mod guard;

pub use cells::{Counts, Hidden, suppressed};
pub use guard::{guarded, is_small};
