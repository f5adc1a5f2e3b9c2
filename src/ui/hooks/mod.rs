//! What follows the browser for as long as a component, or the app, lives.

pub mod use_address;
pub mod use_chart_text;
pub mod use_clock;
pub mod use_host;
pub mod use_near_screen;
pub mod use_ready;
pub mod use_shortcuts;
pub mod use_theme;
