//! Classic histograms over time: buckets of one label set, their quantiles and totals.

use std::collections::BTreeMap;

use crate::frame::{Frame, Labels, Series};
use crate::order::Order;
use crate::stats::quantile::{Bucket, Buckets};

/// Bucket increases of one label set.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The labels but `le`.
    pub(crate) labels: Labels,
    /// Upper bound and series of each bucket, bounds ascending.
    pub(crate) buckets: Vec<(f64, Series)>,
}

/// The bucket series of a frame by label set, in order of the labels; series without a readable `le` are left out.
pub(crate) fn grouped(frame: &Frame) -> Vec<Group> {
    let mut groups: BTreeMap<Labels, Vec<(f64, Series)>> = BTreeMap::new();
    for series in frame.series() {
        let mut labels = series.labels.clone();
        let Some(bound) = labels.remove("le").and_then(|le| parse_bound(&le)) else { continue };
        groups.entry(labels).or_default().push((bound, series.clone()));
    }
    let group = |(labels, mut buckets): (Labels, Vec<(f64, Series)>)| {
        buckets.order_by(|a, b| a.0.total_cmp(&b.0));
        Group { labels, buckets }
    };
    groups.into_iter().map(group).collect()
}

fn parse_bound(le: &str) -> Option<f64> {
    if le == "+Inf" { Some(f64::INFINITY) } else { le.parse().ok() }
}

impl Group {
    /// The buckets at one point; `None` without an infinite bucket there.
    pub(crate) fn at(&self, point: usize) -> Option<Buckets> {
        let bucket = |(upper, series): &(f64, Series)| Bucket {
            le: *upper,
            cumulative: series.y.get(point).copied().unwrap_or(f64::NAN),
        };
        let buckets: Vec<Bucket> = self.buckets.iter().map(bucket).filter(|b| b.cumulative.is_finite()).collect();
        Buckets::new(&buckets)
    }

    /// The buckets summed over all points.
    pub(crate) fn total(&self) -> Option<Buckets> {
        let bucket = |(upper, series): &(f64, Series)| {
            let cumulative = series.y.iter().filter(|v| v.is_finite()).sum();
            Bucket { le: *upper, cumulative }
        };
        Buckets::new(&self.buckets.iter().map(bucket).collect::<Vec<_>>())
    }

    /// The instants of the points.
    pub(crate) fn x(&self) -> &[f64] {
        self.buckets.first().map_or(&[], |(_, series)| &series.x)
    }

    /// A quantile over time; `NaN` where nothing was measured.
    pub(crate) fn quantile(&self, q: f64) -> Vec<f64> {
        (0..self.x().len()).map(|point| self.at(point).map_or(f64::NAN, |b| b.quantile(q))).collect()
    }
}

/// Adds the groups up to one per value of the label `name`; groups without it are left out.
///
/// Points are matched by instant, so that a version that began later counts from there on.
pub(crate) fn merged(groups: &[Group], name: &str) -> Vec<Group> {
    let mut sums: BTreeMap<String, BTreeMap<u64, BTreeMap<i64, f64>>> = BTreeMap::new();
    for group in groups {
        let Some(value) = group.labels.get(name) else { continue };
        let of_value = sums.entry(value.to_owned()).or_default();
        for (bound, series) in &group.buckets {
            // Bounds are not negative in a histogram of durations, so that their bits sort as they do.
            let of_bound = of_value.entry(bound.to_bits()).or_default();
            for (x, y) in series.points().filter(|(_, y)| y.is_finite()) {
                *of_bound.entry(x as i64).or_default() += y;
            }
        }
    }
    let merge = |(value, bounds): (String, BTreeMap<u64, BTreeMap<i64, f64>>)| {
        let mut instants: Vec<i64> = bounds.values().flat_map(BTreeMap::keys).copied().collect();
        instants.sort_unstable();
        instants.dedup();
        let x: Vec<f64> = instants.iter().map(|&x| x as f64).collect();
        let labels = Labels::new().with(name, value);
        let bucket = |(bits, sums): (u64, BTreeMap<i64, f64>)| {
            let y = instants.iter().map(|x| sums.get(x).copied().unwrap_or(f64::NAN)).collect();
            let series =
                Series::new(labels.clone(), crate::units::Unit::default(), crate::frame::XKind::Time, x.clone(), y);
            (f64::from_bits(bits), series)
        };
        Group { labels: labels.clone(), buckets: bounds.into_iter().map(bucket).collect() }
    };
    sums.into_iter().map(merge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::XKind;
    use crate::units::Unit;

    fn bucket(version: &str, le: &str, y: &[f64]) -> Series {
        let labels = Labels::new().with("model", "m").with("version", version).with("le", le);
        let x = (0..y.len()).map(|i| i as f64 * 1_000.0).collect();
        Series::new(labels, Unit::default(), XKind::Time, x, y.to_vec())
    }

    #[test]
    fn versions_add_up_bucket_by_bucket() {
        let frame = Frame::from_series(vec![
            bucket("1", "0.1", &[90.0, f64::NAN]),
            bucket("1", "+Inf", &[100.0, f64::NAN]),
            bucket("2", "+Inf", &[100.0, 10.0]),
            bucket("2", "0.1", &[10.0, 5.0]),
            bucket("2", "nonsense", &[1.0, 1.0]),
        ]);
        let groups = merged(&grouped(&frame), "model");
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].at(0).unwrap().total(), 200.0);
        // Rank 50 of 200 lies at 50 of the 100 that took at most 0.1.
        assert!((groups[0].quantile(0.25)[0] - 0.05).abs() < 1e-12);
        assert_eq!(groups[0].at(1).unwrap().total(), 10.0);
    }
}
