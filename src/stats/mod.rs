//! The mathematics: statistics, reductions and tests over plain slices.
//!
//! Knows no chart, no frame, no backend and no clock; randomness is a seed in a parameter.
//! Non-finite input never enters a result silently: each function says what it does with it.

pub mod bootstrap;
pub mod count_ratio;
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
pub mod surprise;
pub mod survival;

pub mod best_arm;
pub mod burn;
pub mod calibration;
pub mod chi_squared;
pub mod confusion;
pub mod curve_marks;
pub mod curves;
pub mod delong;
pub mod delta;
pub mod drift;
pub mod drift_bins;
pub mod drift_resample;
pub mod forest;
pub mod headroom;
pub mod heterogeneity;
pub mod ks;
pub mod load_law;
pub mod metric_interval;
pub mod mover;
pub mod multiplicity;
pub mod pareto;
pub mod permutation;
pub mod poisson;
pub mod regression;
pub mod sample_ratio;
pub mod sequential;
pub mod slices;
pub mod templates;
pub mod total;
pub mod tree;
pub mod wasserstein;
