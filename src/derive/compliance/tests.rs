//! Tests of the panel on records made by hand.
