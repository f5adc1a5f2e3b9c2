//! One JSON value of a table or an array, kept as exact as it came.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::calendar;

/// A JSON value where a scalar is expected; reading never fails on a well-formed document.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// `null`, or nothing there.
    #[default]
    Missing,
    /// A number that is not a whole 64-bit one.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// Text; also the names of non-finite numbers.
    Text(Arc<str>),
    /// `true` or `false`.
    Bool(bool),
    /// An array.
    List(Vec<Cell>),
    /// An object; its content is not kept.
    Object,
}

impl Cell {
    /// The value as a number: the texts `NaN`, `Infinity` and `-Infinity` are numbers, all other text and `null` are `NaN`.
    pub fn number(&self) -> f64 {
        match self {
            Self::Number(n) => *n,
            Self::Integer(i) => *i as f64,
            Self::Text(text) => non_finite(text).unwrap_or(f64::NAN),
            _ => f64::NAN,
        }
    }

    /// Whether the value can stand in a column of numbers: a number, the name of a non-finite one, or nothing.
    pub fn is_numeric(&self) -> bool {
        match self {
            Self::Missing | Self::Number(_) | Self::Integer(_) => true,
            Self::Text(text) => non_finite(text).is_some(),
            _ => false,
        }
    }

    /// The value as text; `None` for what has no text.
    pub fn text(&self) -> Option<Arc<str>> {
        match self {
            Self::Number(n) => Some(n.to_string().into()),
            Self::Integer(i) => Some(i.to_string().into()),
            Self::Text(text) => Some(text.clone()),
            Self::Bool(b) => Some(if *b { "true" } else { "false" }.into()),
            Self::Missing | Self::List(_) | Self::Object => None,
        }
    }

    /// The value as an instant in milliseconds: a number as it is, text as RFC 3339; `NaN` otherwise.
    pub fn instant_ms(&self) -> f64 {
        match self {
            Self::Text(text) => calendar::parse_instant(text).map_or(f64::NAN, |at_ms| at_ms as f64),
            other => other.number(),
        }
    }

    /// The elements of an array; none for anything else.
    pub fn elements(&self) -> &[Cell] {
        match self {
            Self::List(cells) => cells,
            _ => &[],
        }
    }
}

fn non_finite(text: &str) -> Option<f64> {
    match text {
        "NaN" | "nan" => Some(f64::NAN),
        "Infinity" | "+Inf" | "Inf" | "inf" => Some(f64::INFINITY),
        "-Infinity" | "-Inf" | "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Missing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Cell, E> {
        Ok(i64::try_from(value).map_or(Cell::Number(value as f64), Cell::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cell, E> {
        Ok(Cell::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        let mut cells = Vec::new();
        while let Some(cell) = seq.next_element()? {
            cells.push(cell);
        }
        Ok(Cell::List(cells))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Object)
    }
}
