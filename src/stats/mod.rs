//! The mathematics: statistics, reductions and tests over plain slices.
//!
//! Knows no chart, no frame, no backend and no clock; randomness is a seed in a parameter.
//! Non-finite input never enters a result silently: each function says what it does with it.

pub mod bootstrap;
pub mod dist;
pub mod finite;
pub mod interval;
pub mod rng;

pub mod best_arm;
pub mod burn;
pub mod chi_squared;
pub mod confusion;
pub mod curve_marks;
pub mod curves;
pub mod delong;
pub mod drift_bins;
pub mod ks;
pub mod multiplicity;
pub mod pareto;
pub mod permutation;
pub mod regression;
pub mod sample_ratio;
pub mod sequential;
