//! Parts of the page that know values, not the app, except `chart` and `block`, which join them to a panel.

pub mod block;
pub mod callout;
pub mod chart;
pub mod dialog;
pub mod evidence;
pub mod feed;
pub mod figure;
pub mod grid_table;
pub mod icon;
pub mod number;
pub mod popover;
pub mod privacy_remark;
pub mod sign_in;
pub mod spark;
pub mod status;
