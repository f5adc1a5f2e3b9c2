//! Reading a quantile within its bucket as if the values were log-normal there.

use super::Buckets;
use crate::stats::dist;

impl Buckets {
    /// The `q`-quantile with a normal logarithm inside the bucket, instead of the even spread of [`Buckets::quantile`].
    ///
    /// Latencies thin out towards the end of a bucket, so that this is the lower reading of a high quantile, and the even spread
    /// the upper one; what lies between them the histogram does not tell. Exact for log-normal values. Both edges are known
    /// with half an observation at best, so that an empty tail is not taken for an infinite one; `n_observations` is the number
    /// behind the buckets. As [`Buckets::quantile`] in the first bucket, which has no logarithm, and beyond the last bound.
    pub fn log_normal_quantile(&self, q: f64, n_observations: f64) -> f64 {
        let even = self.quantile(q);
        self.log_normal(q, n_observations).filter(|value| value.is_finite()).unwrap_or(even)
    }

    fn log_normal(&self, q: f64, n_observations: f64) -> Option<f64> {
        let total = self.total();
        if !(q > 0.0 && q < 1.0 && total > 0.0) {
            return None;
        }
        let index = self.index_of_rank(q * total);
        let (bucket, before) = (self.buckets.get(index)?, self.buckets.get(index.checked_sub(1)?)?);
        if !bucket.le.is_finite() || before.le <= 0.0 {
            return None;
        }
        let half = 0.5 / n_observations.max(1.0);
        let z = |share: f64| dist::normal_quantile(share.clamp(half, 1.0 - half));
        let (low, high) = (z(before.cumulative / total), z(bucket.cumulative / total));
        let share = ((z(q) - low) / (high - low)).clamp(0.0, 1.0);
        Some(before.le * (bucket.le / before.le).powf(share))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Bucket;
    use super::*;

    /// Buckets of 10,000 log-normal values with median 0.1 and the given spread.
    fn buckets(spread: f64) -> Buckets {
        let edges = [0.05, 0.1, 0.25, 0.5, 1.0];
        let count = |le: f64| 10_000.0 * dist::normal_cdf((le / 0.1_f64).ln() / spread);
        let mut all: Vec<Bucket> = edges.iter().map(|&le| Bucket { le, cumulative: count(le) }).collect();
        all.push(Bucket { le: f64::INFINITY, cumulative: 10_000.0 });
        Buckets::new(&all).unwrap()
    }

    #[test]
    fn a_log_normal_quantile_is_exact_and_below_the_even_spread() {
        for spread in [0.3_f64, 0.5, 0.8] {
            let exact = 0.1 * (1.644_853_6 * spread).exp();
            let buckets = buckets(spread);
            assert!((buckets.log_normal_quantile(0.95, 10_000.0) / exact - 1.0).abs() < 1e-3);
            assert!(buckets.quantile(0.95) > exact);
        }
    }

    #[test]
    fn without_a_logarithm_the_even_spread_holds() {
        let bucket = |le, cumulative| Bucket { le, cumulative };
        let first = Buckets::new(&[bucket(0.1, 100.0), bucket(f64::INFINITY, 100.0)]).unwrap();
        assert_eq!(first.log_normal_quantile(0.95, 100.0), first.quantile(0.95));
        let last = Buckets::new(&[bucket(0.1, 10.0), bucket(f64::INFINITY, 100.0)]).unwrap();
        assert_eq!(last.log_normal_quantile(0.95, 100.0), 0.1);
        let none = Buckets::new(&[bucket(0.1, 0.0), bucket(f64::INFINITY, 0.0)]).unwrap();
        assert!(none.log_normal_quantile(0.95, 0.0).is_nan());
        let closed = Buckets::new(&[bucket(0.1, 10.0), bucket(0.2, 100.0), bucket(f64::INFINITY, 100.0)]).unwrap();
        assert!((0.1..0.2).contains(&closed.log_normal_quantile(0.95, 100.0)));
    }
}
