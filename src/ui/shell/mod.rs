//! The frame around the page: top bar, rail, overlays.

mod app;
mod bar;
mod compare_menu;
mod filters;
mod health;
mod help;
mod notices;
mod palette;
mod rail;
mod refresh_menu;
mod role_switch;
mod share_menu;
mod theme_menu;
mod time_picker;

pub use app::App;
