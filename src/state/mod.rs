//! What the viewer looks at and how it changes: the selection, the closed command enum, the URL codec, the time grammar.
//!
//! All of it is pure: `apply(selection, command)` gives the next selection; the address is written from the result.
//! Reads no clock and no zone database: the clock is a number, the zone is a [`ZoneRules`] that the caller hands in.

mod command;
mod escape;
mod paste;
mod quick;
mod readable;
mod resolve;
mod selection;
mod time;
mod url;
mod zone;

pub use command::{Command, Direction, apply};
pub(crate) use escape::{percent_decode, percent_encode};
pub use paste::range_from_text;
pub use quick::{QUICK_RANGES, QuickRange, describe};
pub use readable::{readable_range, readable_time};
pub use resolve::{Resolved, current_dashboard, current_panel, current_role, resolve, role_of_fields};
pub use selection::{Comparison, Filter, Selection, TimeInput, Zone};
pub use time::{TimeError, resolve_time};
pub use url::{Notice, parse, to_query};
#[cfg(not(target_arch = "wasm32"))]
pub use zone::NativeZone;
pub use zone::{FixedZone, ZoneRules, civil_at, instant_of};
