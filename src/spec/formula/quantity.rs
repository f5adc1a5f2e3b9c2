//! What a number measures: dimensions with their powers, the scale, and the unit that says both.
//!
//! Counts are a dimension of their own, so that money by a count differs from money; for a reader "by what" is the metric's title,
//! and the unit is that of the rest. A unit that is not known is a dimension of its own.

use std::collections::BTreeMap;

use crate::units::Unit;

/// The dimension of counted things.
const COUNT: &str = "count";
const TIME: &str = "time";
const DATA: &str = "data";

/// What is known of a unit: dimensions with their powers, and the size of one of it in the base unit.
const KNOWN: &[Known] = &[
    ("none", &[], 1.0),
    ("percentunit", &[], 1.0),
    ("percent", &[], 0.01),
    ("ppm", &[], 1e-6),
    ("short", &[(COUNT, 1)], 1.0),
    ("s", &[(TIME, 1)], 1.0),
    ("ns", &[(TIME, 1)], 1e-9),
    ("µs", &[(TIME, 1)], 1e-6),
    ("ms", &[(TIME, 1)], 1e-3),
    ("m", &[(TIME, 1)], 60.0),
    ("h", &[(TIME, 1)], 3_600.0),
    ("d", &[(TIME, 1)], 86_400.0),
    ("hertz", &[(TIME, -1)], 1.0),
    ("bytes", &[(DATA, 1)], 1.0),
    ("kbytes", &[(DATA, 1)], 1_024.0),
    ("mbytes", &[(DATA, 1)], 1_048_576.0),
    ("gbytes", &[(DATA, 1)], 1_073_741_824.0),
    ("decbytes", &[(DATA, 1)], 1.0),
    ("deckbytes", &[(DATA, 1)], 1e3),
    ("decmbytes", &[(DATA, 1)], 1e6),
    ("decgbytes", &[(DATA, 1)], 1e9),
    ("bits", &[(DATA, 1)], 0.125),
    ("Bps", &[(DATA, 1), (TIME, -1)], 1.0),
    ("binBps", &[(DATA, 1), (TIME, -1)], 1.0),
    ("bps", &[(DATA, 1), (TIME, -1)], 0.125),
    ("KBs", &[(DATA, 1), (TIME, -1)], 1e3),
    ("MBs", &[(DATA, 1), (TIME, -1)], 1e6),
    ("GBs", &[(DATA, 1), (TIME, -1)], 1e9),
    ("ops", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("reqps", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("rps", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("wps", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("iops", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("cps", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("eps", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("pps", &[(COUNT, 1), (TIME, -1)], 1.0),
    ("opm", &[(COUNT, 1), (TIME, -1)], 1.0 / 60.0),
    ("cpm", &[(COUNT, 1), (TIME, -1)], 1.0 / 60.0),
    ("reqpm", &[(COUNT, 1), (TIME, -1)], 1.0 / 60.0),
];

/// Id, dimensions with their powers, size.
type Known = (&'static str, &'static [(&'static str, i32)], f64);

/// What the numbers of an expression measure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quantity {
    dimensions: BTreeMap<String, i32>,
    /// Size of one in the base unit.
    pub(super) factor: f64,
    /// A number written without a unit.
    pub(super) is_bare: bool,
    /// A share of a whole, 0 to 1 or in percent.
    is_share: bool,
    /// Whether a bare number multiplied it, so that its scale is what the author says.
    pub(super) is_scaled: bool,
}

impl Quantity {
    /// What a unit measures.
    pub(super) fn of(unit: &Unit) -> Self {
        let known = KNOWN.iter().find(|(id, ..)| *id == unit.id());
        let (dimensions, factor) = match known {
            Some((_, dimensions, factor)) => (dimensions.iter().map(|(d, n)| ((*d).to_owned(), *n)).collect(), *factor),
            None if unit.id().starts_with("count:") => (BTreeMap::from([(COUNT.to_owned(), 1)]), 1.0),
            None => (BTreeMap::from([(unit.id().to_owned(), 1)]), 1.0),
        };
        let is_share = matches!(unit.id(), "percentunit" | "percent" | "ppm");
        Self { dimensions, factor, is_bare: false, is_share, is_scaled: false }
    }

    /// A number without a unit.
    pub(super) fn bare() -> Self {
        Self { is_bare: true, ..Self::of(&Unit::default()) }
    }

    /// Counted things.
    pub(super) fn count() -> Self {
        Self::of(&Unit::from("short"))
    }

    /// What a rate adds up to over time.
    pub(super) fn added_up(self) -> Self {
        // A rate without a unit counts.
        if self.dimensions.is_empty() { Self::count() } else { self.times(&Self::of(&Unit::from("s")), 1) }
    }

    /// Whether it is a number of things, of which each is one.
    pub(super) fn is_count(&self) -> bool {
        self.dimensions == Self::count().dimensions
    }

    /// Whether the other can be added to it.
    pub(super) fn has_dimensions_of(&self, other: &Self) -> bool {
        self.dimensions == other.dimensions
    }

    /// Whether a bare number can be added to it: to counts and plain numbers, of which everybody knows what "1" is.
    pub(super) fn takes_bare(&self) -> bool {
        self.without_counts().is_empty()
    }

    /// The sum of this and another that has the same dimensions.
    pub(super) fn plus(self, other: &Self) -> Self {
        let is_bare = self.is_bare && other.is_bare;
        let is_share = self.is_share || other.is_share;
        Self { is_bare, is_share, is_scaled: self.is_scaled || other.is_scaled, ..self }
    }

    /// The product with a power of another, 1 or -1.
    pub(super) fn times(self, other: &Self, power: i32) -> Self {
        let is_quotient_of_like = power < 0 && !self.dimensions.is_empty() && self.dimensions == other.dimensions;
        let is_share = is_quotient_of_like || (self.is_share && other.is_share) && power > 0;
        let mut dimensions = self.dimensions;
        for (dimension, n) in &other.dimensions {
            *dimensions.entry(dimension.clone()).or_default() += power * n;
        }
        dimensions.retain(|_, n| *n != 0);
        Self {
            dimensions,
            factor: self.factor * other.factor.powi(power),
            is_bare: self.is_bare && other.is_bare,
            is_share,
            is_scaled: self.is_scaled || other.is_scaled || self.is_bare != other.is_bare,
        }
    }

    /// The same as a finished number in another scale.
    pub(super) fn in_scale(self, factor: f64) -> Self {
        Self { factor, is_scaled: false, is_bare: false, ..self }
    }

    fn without_counts(&self) -> BTreeMap<&str, i32> {
        self.dimensions.iter().filter(|(d, _)| *d != COUNT).map(|(d, n)| (d.as_str(), *n)).collect()
    }

    /// The unit that says it, and its size in the base unit; `None` where there is none. What it is counted by is not in the unit.
    pub(super) fn unit(&self) -> Option<(Unit, f64)> {
        let rest = self.without_counts();
        let n_counts = self.dimensions.get(COUNT).copied().unwrap_or(0);
        if rest.is_empty() {
            return match n_counts {
                0 if self.is_share && !self.is_scaled => Some((Unit::from("percentunit"), 1.0)),
                // A scaled share, such as errors in a thousand, and a bare number.
                0 => Some((Unit::default(), self.factor)),
                1 => Some((Unit::from("short"), 1.0)),
                _ => None,
            };
        }
        let counted = |of: &Known| Self::of(&Unit::from(of.0)).dimensions == self.dimensions;
        let plain = |of: &Known| of.1.iter().copied().collect::<BTreeMap<_, _>>() == rest;
        let sized = |of: &Known, size: f64| (of.2 / size - 1.0).abs() < 1e-12;
        let found = [self.factor, 1.0].into_iter().find_map(|size| {
            let named = |is_it: &dyn Fn(&Known) -> bool| KNOWN.iter().find(|of| is_it(of) && sized(of, size));
            named(&counted).or_else(|| named(&plain))
        });
        if let Some((id, _, factor)) = found {
            return Some((Unit::from(*id), *factor));
        }
        // A currency, or a unit that is known by its id alone.
        match rest.iter().next() {
            Some((id, 1)) if rest.len() == 1 => Some((Unit::from(*id), 1.0)),
            _ => None,
        }
    }

    /// Whether a declared unit may stand for it.
    pub(super) fn may_be(&self, declared: &Unit) -> bool {
        let of = Self::of(declared);
        if of.is_share {
            return self.dimensions.is_empty();
        }
        self.without_counts() == of.without_counts()
    }

    /// In words, for whoever has to mend it: `currencyEUR / count`.
    pub(super) fn shown(&self) -> String {
        let part = |positive: bool| {
            let of = self.dimensions.iter().filter(|(_, n)| (**n > 0) == positive);
            let words: Vec<String> =
                of.map(|(d, n)| if n.abs() == 1 { d.clone() } else { format!("{d}^{}", n.abs()) }).collect();
            words.join(" * ")
        };
        match (part(true), part(false)) {
            (over, under) if over.is_empty() && under.is_empty() => {
                if self.is_share { "a share" } else { "a plain number" }.to_owned()
            }
            (over, under) if under.is_empty() => over,
            (over, under) => format!("{} / {under}", if over.is_empty() { "1" } else { &over }),
        }
    }

    /// Ids that a number may have as its unit.
    pub(super) fn known_units() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(id, ..)| *id)
    }

    /// Whether the id is one of them, or one that anybody may make.
    pub(super) fn is_known(id: &str) -> bool {
        id.starts_with("currency") || id.contains(':') || Self::known_units().any(|known| known == id)
    }
}
