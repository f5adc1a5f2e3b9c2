//! What may leave the screen: small counts of people are hidden, with everything that would reveal them; fields that a role's list does
//! not allow are masked.
//!
//! Works on answers, before any panel sees them, so that every way out (picture, tooltip, table, text, export, handle) is covered at once;
//! fields are masked before an answer is even kept.
//! It is no access control: the viewer's browser has received the rows. The real control is a restricted view in the backend.

#[cfg(test)]
mod audit;
mod beside;
mod cells;
mod fields;
mod guard;
mod mask;
mod names;
mod needed;
mod nested;
mod release;
#[cfg(test)]
mod release_tests;
mod shown;

pub use beside::Beside;
pub use cells::{Counts, Hidden, suppressed, suppressed_beside};
pub use fields::FieldGuard;
pub use guard::{guarded, is_small};
pub use mask::SessionKey;
pub use nested::{few_apart, thinned};
pub use release::Release;
