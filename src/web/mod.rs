//! Every touch of the browser: fetch, worker, charts, storage, clock.

pub mod charts;
pub mod clock;
pub mod engine;
mod fetch;
mod promql;
