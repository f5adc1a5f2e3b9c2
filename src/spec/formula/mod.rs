//! Derived metrics: arithmetic over other metrics of the workspace, such as `revenue / predictions * 1000`.
//!
//! ```text
//! sum     = product { ("+" | "-") product }
//! product = sign { ("*" | "/") sign }
//! sign    = [ "-" ] operand
//! operand = number [ unit ] | metric | "(" sum ")"
//! ```
//!
//! A metric is named by its id, or in backquotes where that holds other characters than letters, digits, `_`, `.` and `-`. Ids may hold
//! hyphens, so a minus has spaces around it. Length, depth and number of operands are bounded.
//! `parse` reads the text, `quantity` knows which units go together, `check` makes of both what can be computed.
//! Knows no answer: `derive::derived` asks and computes.

mod check;
mod parse;
mod quantity;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use check::is_count;
pub use check::{Formula, Step};

/// An operator of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Sum; both of one unit, or of scales of one.
    Add,
    /// Difference, as a sum.
    Sub,
    /// Product.
    Mul,
    /// Quotient; by zero it is missing.
    Div,
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which field of the metric it is in.
    pub field: Field,
    /// How many characters of the expression stand before it; `None` where it is no place in it.
    pub at: Option<usize>,
    /// What is there. Hostile.
    pub found: String,
    /// What belongs there.
    pub expected: String,
    /// The nearest known name, if one is near.
    pub nearest: Option<String>,
}

/// A field of a derived metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The expression.
    Expression,
    /// The declared unit of its result.
    Unit,
}

impl Mistake {
    fn at(at: usize, found: impl Into<String>, expected: impl Into<String>) -> Self {
        let (found, expected) = (found.into(), expected.into());
        Self { field: Field::Expression, at: Some(at), found, expected, nearest: None }
    }

    fn whole(field: Field, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { field, at: None, found: found.into(), expected: expected.into(), nearest: None }
    }
}
