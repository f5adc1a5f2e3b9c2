//! Sightline: one dashboard per role over the metrics a company already has.
//!
//! The modules in reading order. Everything above the line is the pure core: it builds natively, does no I/O, reads no clock.

pub mod stats;
