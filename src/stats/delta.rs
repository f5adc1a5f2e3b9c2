//! The delta method: what the uncertainty of numbers makes of arithmetic on them.
//!
//! To first order the variance of `f(x)` is the sum over parts of `(df/dx)^2` times the part's variance, for parts that are
//! *independent* of each other (Casella and Berger, *Statistical Inference*, 2nd ed., 5.5.4). The derivatives are exact, by forward
//! differentiation, and a part that stands in several places is one part. A divisor that is not told from zero gives no interval, as in
//! Fieller's theorem (*Journal of the Royal Statistical Society B* 16, 1954), whose set is then unbounded.
//! A missing value is `NaN`, stays it, and has no interval.

use super::dist;
use super::interval::Interval;

/// A part of an expression: its value, and its variance where one is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The value; `NaN` where it is missing.
    pub value: f64,
    /// Variance of the value as an estimate; `None` where none is known, which is not the same as zero.
    pub variance: Option<f64>,
}

/// A number computed from parts, with its derivative by each of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The value; `NaN` where a part is missing or a divisor is zero.
    pub value: f64,
    slopes: Vec<f64>,
    is_bounded: bool,
}

impl Carried {
    /// A number that is known exactly.
    pub fn exact(value: f64, n_parts: usize) -> Self {
        Self { value, slopes: vec![0.0; n_parts], is_bounded: true }
    }

    /// The part at a place; missing beyond the last.
    pub fn part(parts: &[Part], place: usize) -> Self {
        let value = parts.get(place).map_or(f64::NAN, |part| part.value);
        let slopes = (0..parts.len()).map(|i| if i == place { 1.0 } else { 0.0 }).collect();
        Self { value, slopes, is_bounded: true }
    }

    /// Times a number that is known exactly.
    #[must_use]
    pub fn scaled(mut self, by: f64) -> Self {
        self.value *= by;
        self.slopes.iter_mut().for_each(|slope| *slope *= by);
        self
    }

    fn with(self, other: &Self, value: f64, by_self: f64, by_other: f64) -> Self {
        let slope = |(a, b): (&f64, &f64)| by_self * a + by_other * b;
        let slopes = self.slopes.iter().zip(&other.slopes).map(slope).collect();
        Self { value, slopes, is_bounded: self.is_bounded && other.is_bounded }
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        let value = self.value + other.value;
        self.with(other, value, 1.0, 1.0)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: &Self) -> Self {
        let value = self.value - other.value;
        self.with(other, value, 1.0, -1.0)
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: &Self) -> Self {
        let (a, b) = (self.value, other.value);
        self.with(other, a * b, b, a)
    }

    /// The quotient, missing for a divisor of zero; `level` is that at which the divisor must be told from zero.
    #[must_use]
    pub fn over(self, other: &Self, parts: &[Part], level: f64) -> Self {
        let (a, b) = (self.value, other.value);
        if b == 0.0 {
            return Self { value: f64::NAN, is_bounded: false, ..self };
        }
        let is_told = other.interval(parts, level).is_none_or(|interval| interval.excludes_zero());
        let found = self.with(other, a / b, 1.0 / b, -a / (b * b));
        Self { is_bounded: found.is_bounded && is_told, ..found }
    }

    /// The interval around the value; `None` where the value is missing, a part that matters has no known variance, a divisor is not
    /// told from zero, or nothing at all is uncertain.
    pub fn interval(&self, parts: &[Part], level: f64) -> Option<Interval> {
        let mut variance = 0.0;
        for (part, slope) in parts.iter().zip(&self.slopes).filter(|(_, slope)| **slope != 0.0) {
            variance += slope * slope * part.variance?;
        }
        if !self.is_bounded || !self.value.is_finite() || !variance.is_finite() || variance <= 0.0 {
            return None;
        }
        let reach = dist::z_of_level(level) * variance.sqrt();
        Interval::new(self.value - reach, self.value + reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(value: f64, variance: f64) -> Part {
        Part { value, variance: Some(variance) }
    }

    #[test]
    fn a_part_that_stands_twice_is_one_part() {
        let parts = [part(10.0, 4.0)];
        let x = || Carried::part(&parts, 0);
        let nothing = x().minus(&x());
        assert_eq!((nothing.value, nothing.interval(&parts, 0.95)), (0.0, None));
        let square = x().times(&x()).interval(&parts, 0.95).unwrap();
        assert!((square.high - 100.0 - 1.959_963_984_540_054 * 40.0).abs() < 1e-9);
        assert_eq!(x().over(&x(), &parts, 0.95).value, 1.0);
    }

    #[test]
    fn missing_stays_missing() {
        let parts = [part(f64::NAN, 1.0), part(0.0, 1.0), Part { value: 3.0, variance: None }];
        let at = |place| Carried::part(&parts, place);
        assert!(at(0).plus(&at(2)).value.is_nan());
        assert!(at(2).over(&at(1), &parts, 0.95).value.is_nan());
        assert_eq!(at(2).scaled(2.0).interval(&parts, 0.95), None);
        // What nobody knows the noise of does not matter where it is not used.
        assert!(at(1).interval(&parts, 0.95).is_some());
        assert!(Carried::part(&parts, 9).value.is_nan());
    }

    #[test]
    fn a_divisor_near_zero_gives_no_interval() {
        let parts = [part(100.0, 100.0), part(3.0, 4.0)];
        let ratio = Carried::part(&parts, 0).over(&Carried::part(&parts, 1), &parts, 0.95);
        assert!((ratio.value - 100.0 / 3.0).abs() < 1e-12);
        assert_eq!(ratio.interval(&parts, 0.95), None);
    }

    /// The arithmetic of a case of `tests/reference/delta.json`.
    fn of_case(name: &str, parts: &[Part]) -> Carried {
        let at = |place| Carried::part(parts, place);
        match name {
            "revenue / predictions * 1000" => at(0).over(&at(1), parts, 0.95).scaled(1_000.0),
            "errors / predictions" => at(0).over(&at(1), parts, 0.95),
            "(revenue - costs) / predictions" => at(0).minus(&at(1)).over(&at(2), parts, 0.95),
            "rating * predictions + errors" => at(0).times(&at(1)).plus(&at(2)),
            "predictions / (predictions + errors)" => at(0).over(&at(0).plus(&at(1)), parts, 0.95),
            other => panic!("no such case: {other}"),
        }
    }

    #[test]
    fn intervals_are_those_of_monte_carlo() {
        let document: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/reference/delta.json")).unwrap();
        let cases = document["cases"].as_object().unwrap();
        assert_eq!(cases.len(), 5);
        for (name, case) in cases {
            let number = |of: &serde_json::Value| of.as_f64().unwrap();
            let of = |one: &serde_json::Value| part(number(&one["value"]), number(&one["variance"]));
            let parts: Vec<Part> = case["parts"].as_array().unwrap().iter().map(of).collect();
            let found = of_case(name, &parts);
            let sd = found.interval(&parts, 0.95).unwrap().width() / 2.0 / 1.959_963_984_540_054;
            assert!((found.value / number(&case["value"]) - 1.0).abs() < 1e-12, "{name}");
            // Finite differences are good to six digits, 400,000 draws of a standard deviation to a hundredth.
            assert!((sd / number(&case["gradient_sd"]) - 1.0).abs() < 1e-4, "{name}: {sd}");
            assert!((sd / number(&case["sd"]) - 1.0).abs() < 0.01, "{name}: {sd}");
        }
    }
}
