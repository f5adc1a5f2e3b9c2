//! Handing on what is seen: what a page that shows this one in a frame may say and hears.
//!
//! Pure: no window and no port, only what messages mean.

pub mod host;
