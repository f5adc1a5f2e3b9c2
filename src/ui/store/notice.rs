//! Small messages at the foot of the page.

/// A message; it stays until it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened. May hold hostile text.
    pub text: String,
}

impl Notice {
    /// A message.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// What in the address could not be taken as it is.
    pub fn from_address(notice: &crate::state::Notice) -> Self {
        Self::new(format!("The address says {}={}, which {}.", notice.parameter, notice.found, notice.text))
    }
}
