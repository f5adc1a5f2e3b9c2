//! Panels: the frame that all share, its states, its menu, and what lies behind it.

mod body;
mod explain;
mod frame;
mod inspect;
mod menu;
mod states;

pub use explain::ExplainDialog;
pub use frame::Panel;
pub use inspect::InspectDialog;
pub use menu::{toggle_table, view_details};
pub use states::{cause_words, panel_title};
