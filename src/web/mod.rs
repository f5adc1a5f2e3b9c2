//! Every touch of the browser: fetch, worker, charts, storage, clock.
//!
//! Each file wraps one thing the browser has in a small safe function; none of them knows the app's state.

pub mod charts;
pub mod clipboard;
pub mod clock;
mod codec;
pub mod document;
pub mod download;
pub mod engine;
pub mod engine_client;
pub mod fetch;
pub mod host;
pub mod intl;
pub mod intl_format;
pub mod later;
pub mod listen;
mod login;
pub mod login_window;
pub mod observe;
mod promql;
pub mod random;
pub mod storage;
mod tables;
mod transport;
pub mod turns;
pub mod url;
