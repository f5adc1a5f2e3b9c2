//! What the page area holds: a dashboard, one panel, or a readable reason why there is neither.

mod dashboard;
mod details;
mod unreadable;

pub use dashboard::DashboardPage;
pub use details::DetailsPage;
pub use unreadable::UnreadablePage;
