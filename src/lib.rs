//! Sightline: one dashboard per role over the metrics a company already has.
//!
//! The modules in reading order. Everything but `web` and `ui` is the pure core: it builds natively, does no I/O, reads no clock.

// Core.
pub mod calendar;
pub mod chart;
pub mod derive;
pub mod engine;
pub mod format;
pub mod frame;
pub mod order;
pub mod privacy;
pub mod protocol;
pub mod query;
pub mod share;
pub mod source;
pub mod spec;
pub mod state;
pub mod stats;
pub mod units;
pub mod view;

// Shell: exists in the browser only.
#[cfg(target_arch = "wasm32")]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod web;
