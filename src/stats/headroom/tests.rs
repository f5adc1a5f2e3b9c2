//! Known laws, and how often the interval holds them.

use super::*;
use crate::stats::dist;
use crate::stats::quantile::{Bucket, Buckets};
use crate::stats::rng::Rng;

const BASE: f64 = 0.06;
const CAPACITY: f64 = 40.0;
const OBJECTIVE: f64 = 0.25;
/// `CAPACITY x (1 - BASE / OBJECTIVE)`.
const TRUTH: f64 = 30.4;

fn quick() -> bootstrap::Config {
    bootstrap::Config { n_resamples: 200, method: bootstrap::Method::Percentile, ..bootstrap::Config::default() }
}

fn law(load: f64) -> f64 {
    BASE / (1.0 - load / CAPACITY)
}

/// Two days of loads in steps of ten minutes, with the noise of traffic, up to about `highest`.
fn loads(highest: f64, rng: &mut Rng) -> Vec<f64> {
    let wave = |i: u32| 0.6 - 0.35 * (f64::from(i) / 144.0 * std::f64::consts::TAU).cos();
    (0..288).map(|i| highest * wave(i) * (1.0 + 0.04 * rng.normal())).collect()
}

/// Measured latencies whose errors follow each other, as those of a service do.
fn measured(seed: u64) -> Vec<LoadRow> {
    let mut rng = Rng::new(seed);
    let mut error = 0.0;
    let mut row = |load: f64, rng: &mut Rng| {
        error = 0.6 * error + 0.04 * rng.normal();
        LoadRow::measured(load, law(load) * f64::exp(error)).unwrap()
    };
    let loads = loads(25.0, &mut rng);
    loads.into_iter().map(|load| row(load, &mut rng)).collect()
}

/// Latencies of `n` requests a step in Prometheus' default buckets; `draw` makes one of p95 1.
fn bucketed(seed: u64, n: usize, draw: fn(&mut Rng) -> f64) -> Vec<LoadRow> {
    let edges = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, f64::INFINITY];
    let mut rng = Rng::new(seed);
    let row = |load: f64, rng: &mut Rng| {
        let mut counts = [0.0; 15];
        for _ in 0..n {
            let latency = law(load) * draw(rng);
            let place = edges.partition_point(|edge| *edge < latency);
            counts[place] += 1.0;
        }
        let mut sum = 0.0;
        let cumulative = edges.iter().zip(counts).map(|(&le, count)| {
            sum += count;
            Bucket { le, cumulative: sum }
        });
        let buckets = Buckets::new(&cumulative.collect::<Vec<_>>()).unwrap();
        LoadRow {
            load,
            latency: buckets.quantile(0.95),
            other_latency: buckets.log_normal_quantile(0.95, n as f64),
            bucket: buckets.bounds(0.95).unwrap(),
        }
    };
    let loads = loads(25.0, &mut rng);
    loads.into_iter().map(|load| row(load, &mut rng)).collect()
}

/// A log-normal value whose 95th percentile is 1.
fn log_normal(rng: &mut Rng) -> f64 {
    (0.5 * (rng.normal() - 1.644_853_626_951_472)).exp()
}

/// An exponential value whose 95th percentile is 1: the latency of an M/M/1 queue.
fn exponential(rng: &mut Rng) -> f64 {
    let share = dist::normal_cdf(rng.normal()).clamp(1e-12, 1.0 - 1e-12);
    -share.ln() / 20.0_f64.ln()
}

/// How many of `n` seeded streams have an interval that holds the truth.
fn n_covered(n: u64, stream: impl Fn(u64) -> Vec<LoadRow>) -> u64 {
    let holds = |seed: &u64| {
        let found = headroom(&stream(*seed), OBJECTIVE, quick()).unwrap();
        found.interval.unwrap().contains(TRUTH)
    };
    (0..n).filter(holds).count() as u64
}

/// Nominal coverage is not refuted: at least the 2.5 % quantile of a binomial with 95 %.
#[track_caller]
fn check_covers(n: u64, n_covered: u64) {
    assert!(dist::binomial_cdf(n_covered, n, 0.95) > 0.025, "{n_covered} of {n} intervals hold the breaking load");
}

#[test]
fn intervals_of_measured_latencies_cover_as_often_as_they_say() {
    check_covers(200, n_covered(200, measured));
}

#[test]
fn intervals_of_log_normal_latencies_in_buckets_cover() {
    check_covers(80, n_covered(80, |seed| bucketed(seed, 400, log_normal)));
}

#[test]
fn intervals_of_exponential_latencies_in_buckets_cover() {
    check_covers(80, n_covered(80, |seed| bucketed(seed, 400, exponential)));
}

#[test]
fn a_known_breaking_point_is_found() {
    let found = headroom(&measured(1), OBJECTIVE, quick()).unwrap();
    let BreakingLoad::At(load) = found.breaking else { panic!("{found:?}") };
    assert!((load - TRUTH).abs() < 2.0 && !found.is_within_data, "{found:?}");
    assert!(found.interval.unwrap().width() < 6.0 && found.only_bucket.is_none());
}

#[test]
fn the_interval_of_buckets_is_wider_than_that_of_sampling() {
    let found = headroom(&bucketed(1, 400, log_normal), OBJECTIVE, quick()).unwrap();
    let (all, sampling) = (found.interval.unwrap(), found.sampling.unwrap());
    assert!(all.low <= sampling.low && all.high >= sampling.high && all.width() > 1.5 * sampling.width());
}

#[test]
fn one_bucket_says_only_that_the_objective_held() {
    let rows: Vec<LoadRow> = bucketed(2, 400, log_normal)
        .into_iter()
        .map(|row| LoadRow { bucket: Interval::new(0.1, 0.25).unwrap(), ..row })
        .collect();
    let found = headroom(&rows, OBJECTIVE, quick()).unwrap();
    let interval = found.interval.unwrap();
    assert_eq!(found.only_bucket, Interval::new(0.1, 0.25));
    assert_eq!(interval.high, found.limit());
    assert!(interval.low <= found.highest_load && interval.low > 0.9 * found.highest_load, "{interval:?}");
    let inside = headroom(&rows, 0.2, quick()).unwrap().interval.unwrap();
    assert_eq!((inside.low, inside.high), (0.0, found.limit()));
}

#[test]
fn nothing_is_said_beyond_one_and_a_half_times_the_highest_load() {
    let found = headroom(&measured(3), 2.5, quick()).unwrap();
    assert_eq!(found.breaking, BreakingLoad::AtLeast(found.limit()));
    assert!(found.interval.unwrap().high <= found.limit());
}

#[test]
fn an_objective_below_the_base_is_broken_already() {
    let found = headroom(&measured(4), 0.03, quick()).unwrap();
    assert_eq!((found.breaking, found.is_within_data), (BreakingLoad::At(0.0), true));
}

#[test]
fn too_little_to_fit_is_none() {
    let row = LoadRow::measured(1.0, 1.0).unwrap();
    assert_eq!(headroom(&[row; 5], 3.0, quick()), None);
    assert_eq!(headroom(&[row; 50], 3.0, quick()), None);
    assert_eq!(headroom(&measured(5), f64::NAN, quick()), None);
    assert_eq!(LoadRow::measured(1.0, f64::NAN), None);
}
