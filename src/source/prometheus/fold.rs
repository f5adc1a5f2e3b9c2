//! Folding series that share labels, and the bounds of buckets.

use std::collections::BTreeMap;

use super::number::sample_value;
use crate::frame::Labels;

/// Sums series by the labels that stay; `le` stays as well if `keep_bounds`. Sorted by the other labels, then by bound.
///
/// A missing value adds nothing; where all are missing the sum is missing.
pub(super) fn summed(
    series: impl IntoIterator<Item = (Labels, Vec<f64>)>,
    by: Option<&[String]>,
    keep_bounds: bool,
) -> Vec<(Labels, Vec<f64>)> {
    let mut groups: BTreeMap<(Labels, u64), (Labels, Vec<f64>)> = BTreeMap::new();
    for (mut labels, y) in series {
        if keep_bounds {
            write_bound(&mut labels);
        }
        let bound = labels.get("le").filter(|_| keep_bounds).map(str::to_owned);
        let mut kept = by.map_or_else(|| labels.clone(), |by| labels.only(by));
        kept.remove("le").filter(|_| !keep_bounds).into_iter().for_each(|le| kept.set("le", le));
        let key = (kept.clone(), bound.as_deref().map_or(0, sort_key));
        if let Some(le) = bound {
            kept.set("le", le);
        }
        match groups.get_mut(&key) {
            Some((_, sum)) => add(sum, &y),
            None => {
                groups.insert(key, (kept, y));
            }
        }
    }
    groups.into_values().collect()
}

fn add(sum: &mut [f64], y: &[f64]) {
    for (total, &value) in sum.iter_mut().zip(y) {
        if total.is_nan() {
            *total = value;
        } else if !value.is_nan() {
            *total += value;
        }
    }
}

/// Writes the bound `le` in one way, since clients differ: `1`, `1.0` and `1e0` are one bucket. Other text stays.
pub(super) fn write_bound(labels: &mut Labels) {
    let Some(bound) = labels.get("le").and_then(|le| sample_value(le.as_bytes())).filter(|b| !b.is_nan()) else {
        return;
    };
    let text = if bound == f64::INFINITY { "+Inf".to_owned() } else { bound.to_string() };
    labels.set("le", text);
}

/// Orders bounds as numbers do; text that is no number goes last.
fn sort_key(bound: &str) -> u64 {
    let bits = sample_value(bound.as_bytes()).map_or(u64::MAX >> 1, f64::to_bits);
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(pairs: &[(&str, &str)], y: &[f64]) -> (Labels, Vec<f64>) {
        (pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(), y.to_vec())
    }

    #[test]
    fn missing_values_add_nothing() {
        let nan = f64::NAN;
        let all = [series(&[("a", "1"), ("b", "x")], &[1.0, nan, nan]), series(&[("a", "1")], &[2.0, 3.0, nan])];
        let folded = summed(all, Some(&["a".to_owned()]), false);
        assert_eq!(format!("{folded:?}"), r#"[(Labels({"a": "1"}), [3.0, 3.0, NaN])]"#);
    }

    #[test]
    fn buckets_are_ordered_by_number_and_spelling_does_not_matter() {
        let bounds = ["10", "+Inf", "2.5", "1.0", "1", "-1"];
        let all = bounds.map(|le| series(&[("le", le), ("pod", le)], &[1.0]));
        let folded = summed(all, Some(&[]), true);
        let found: Vec<_> = folded.iter().map(|(l, y)| (l.get("le").unwrap(), y[0])).collect();
        assert_eq!(found, [("-1", 1.0), ("1", 2.0), ("2.5", 1.0), ("10", 1.0), ("+Inf", 1.0)]);
    }

    #[test]
    fn without_folding_every_label_stays() {
        let folded = summed([series(&[("le", "1.0"), ("a", "b")], &[1.0])], None, true);
        assert_eq!(folded[0].0.to_string(), r#"{a="b",le="1"}"#);
    }
}
