//! The mathematics: statistics, reductions and tests over plain slices.
//!
//! Knows no chart, no frame, no backend and no clock; randomness is a seed in a parameter.
//! Non-finite input never enters a result silently: each function says what it does with it.

pub mod bootstrap;
pub mod counter;
pub mod decompose;
pub mod dist;
pub mod finite;
pub mod forecast;
pub mod histogram;
pub mod interval;
pub mod lttb;
pub mod pyramid;
pub mod quantile;
pub mod ranks;
pub mod reduce;
pub mod rng;
pub mod smooth;
pub mod survival;
