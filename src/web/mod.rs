//! Every touch of the browser: fetch, worker, charts, storage, clock.

pub mod engine;
