//! The core statistics against numbers computed by scipy, statsmodels, numpy, pandas, lifelines, arch and promtool.
//!
//! `reference/make_core.py` made `reference/core.json`; the versions are in the file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::Value;
use sightline::stats::bootstrap::{Bootstrap, Config, Design, Method, block_length, bootstrap};
use sightline::stats::interval::{self, Interval, PairedCounts, Proportion, Sample};
use sightline::stats::quantile::{Bucket, histogram_quantile, quantile, quantile_interval};
use sightline::stats::survival::{self, Case};
use sightline::stats::{decompose, dist, forecast, histogram, ranks, smooth};

fn reference(section: &str) -> Value {
    let document: Value = serde_json::from_str(include_str!("reference/core.json")).unwrap();
    document[section].clone()
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(word) => word.parse().unwrap(),
        _ => value.as_f64().unwrap(),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn cases(value: &Value) -> &Vec<Value> {
    let cases = value.as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

/// Whether `found` is `expected` to `tolerance`, relative above 1 in size and absolute below; `NaN` equals `NaN`.
#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let same = found == expected || (found.is_nan() && expected.is_nan());
    let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
    assert!(same || near, "{what}: found {found}, expected {expected}");
}

#[track_caller]
fn assert_all_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    found.iter().zip(expected).for_each(|(&found, &expected)| assert_close(found, expected, tolerance, what));
}

#[track_caller]
fn assert_interval(found: Option<Interval>, low: &Value, high: &Value, tolerance: f64, what: &str) {
    let found = found.unwrap();
    assert_close(found.low, number(low), tolerance, what);
    assert_close(found.high, number(high), tolerance, what);
}

#[test]
fn distributions_agree_with_scipy() {
    for case in cases(&reference("distributions")) {
        let function = case["function"].as_str().unwrap();
        let args = numbers(&case["args"]);
        let found = match (function, args.as_slice()) {
            ("normal_cdf", &[z]) => dist::normal_cdf(z),
            ("normal_sf", &[z]) => dist::normal_sf(z),
            ("normal_quantile", &[p]) => dist::normal_quantile(p),
            ("t_sf", &[t, df]) => dist::t_sf(t, df),
            ("t_two_sided_p", &[t, df]) => dist::t_two_sided_p(t, df),
            ("t_quantile", &[p, df]) => dist::t_quantile(p, df),
            ("chi_squared_sf", &[x, df]) => dist::chi_squared_sf(x, df),
            ("chi_squared_isf", &[p, df]) => dist::chi_squared_isf(p, df),
            ("f_sf", &[x, df1, df2]) => dist::f_sf(x, df1, df2),
            ("binomial_cdf", &[k, n, p]) => dist::binomial_cdf(k as u64, n as u64, p),
            ("binomial_sf", &[k, n, p]) => dist::binomial_sf(k as u64, n as u64, p),
            ("beta_cdf", &[x, a, b]) => dist::beta_cdf(x, a, b),
            ("kolmogorov_sf", &[x]) => dist::kolmogorov_sf(x),
            ("ks_two_sample_exact_p", &[n, m, d]) => dist::ks_two_sample_exact_p(n as usize, m as usize, d).unwrap(),
            _ => panic!("no such function: {function}"),
        };
        let expected = number(&case["value"]);
        // Relative everywhere, so that the digits of small tails count; the noise of ln_gamma grows with its argument.
        let near = (found - expected).abs() <= 2e-9 * expected.abs() + 1e-300;
        assert!(near || found == expected, "{function}{args:?}: found {found}, expected {expected}");
    }
}

#[test]
fn rates_agree_with_statsmodels() {
    let intervals = reference("intervals");
    let count = |value: &Value| value.as_u64().unwrap();
    for case in cases(&intervals["wilson"]) {
        let rate = Proportion::new(count(&case["x"]), count(&case["n"])).unwrap();
        assert_interval(interval::wilson(rate, number(&case["level"])), &case["low"], &case["high"], 1e-12, "wilson");
    }
    for case in cases(&intervals["two_rates"]) {
        let first = Proportion::new(count(&case["x1"]), count(&case["n1"])).unwrap();
        let second = Proportion::new(count(&case["x2"]), count(&case["n2"])).unwrap();
        assert_interval(interval::newcombe(first, second, 0.95), &case["low"], &case["high"], 1e-12, "newcombe");
        let uplift = interval::relative_uplift(first, second, 0.95).unwrap();
        assert_interval(Some(uplift.interval), &case["uplift_low"], &case["uplift_high"], 1e-12, "uplift");
        assert_close(uplift.estimate, first.rate() / second.rate() - 1.0, 1e-12, "uplift");
        assert_close(interval::two_rates_p(first, second), number(&case["p"]), 1e-12, "score test");
    }
    for case in cases(&intervals["newcombe_paired"]) {
        let [both, first_only, second_only, neither] = [0, 1, 2, 3].map(|place| count(&case["table"][place]));
        let counts = PairedCounts { both, first_only, second_only, neither };
        assert_interval(interval::newcombe_paired(counts, 0.95), &case["low"], &case["high"], 1e-12, "paired");
    }
    for case in cases(&intervals["mcnemar"]) {
        let found = interval::mcnemar_exact_p(count(&case["b"]), count(&case["c"]));
        assert_close(found, number(&case["p"]), 1e-12, "mcnemar");
    }
}

/// Bentur's asthma data, 1, 1, 7, 12: the interval printed by Fagerland, Lydersen and Laake (2014), table 8.
#[test]
fn newcombe_paired_agrees_with_a_published_table() {
    let counts = PairedCounts { both: 1, first_only: 1, second_only: 7, neither: 12 };
    let found = interval::newcombe_paired(counts, 0.95).unwrap();
    assert_eq!(format!("{:.3} to {:.3}", found.low, found.high), "-0.507 to -0.026");
}

#[test]
fn means_agree_with_scipy() {
    for case in cases(&reference("intervals")["means"]) {
        let [a, b] = ["a", "b"].map(|name| Sample::of(&numbers(&case[name])).unwrap());
        let found = interval::welch(&a, &b, 0.95).unwrap();
        assert_close(found.df, number(&case["df"]), 1e-11, "df");
        assert_close(found.p, number(&case["p"]), 1e-10, "p");
        assert_interval(Some(found.interval), &case["low"], &case["high"], 1e-10, "welch");
        assert_interval(interval::mean_interval(&a, 0.95), &case["a_low"], &case["a_high"], 1e-10, "t");
    }
}

#[test]
fn quantiles_agree_with_numpy_and_scipy() {
    for case in cases(&reference("quantiles")["rows"]) {
        let values = numbers(&case["values"]);
        for row in cases(&case["quantiles"]) {
            assert_close(quantile(&values, number(&row["p"])).unwrap(), number(&row["value"]), 1e-12, "quantile");
        }
        for row in cases(&case["intervals"]) {
            let found = quantile_interval(&values, number(&row["p"]), number(&row["level"]));
            assert_interval(found, &row["low"], &row["high"], 0.0, &format!("interval {row} of {}", values.len()));
        }
    }
}

#[test]
fn histogram_quantiles_agree_with_promtool() {
    for tool in cases(&reference("promtool")) {
        for case in cases(&tool["cases"]) {
            let bucket = |pair: &Value| Bucket { le: number(&pair[0]), cumulative: number(&pair[1]) };
            let buckets: Vec<Bucket> = cases(&case["buckets"]).iter().map(bucket).collect();
            for (q, expected) in numbers(&case["q"]).into_iter().zip(numbers(&case["values"])) {
                assert_close(histogram_quantile(q, &buckets), expected, 1e-14, &format!("q {q} of {buckets:?}"));
            }
        }
    }
}

/// A mean over rows of `values`.
fn mean_of(values: &[f64]) -> impl Fn(&[usize]) -> f64 + '_ {
    |rows| rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64
}

fn std_of(values: &[f64]) -> impl Fn(&[usize]) -> f64 + '_ {
    move |rows| {
        let drawn: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
        Sample::of(&drawn).unwrap().variance.sqrt()
    }
}

const MANY: Config = Config { method: Method::Bca, n_resamples: 20_000, level: 0.95, seed: 12 };

/// Both are random, so the ends agree to a share of the width only: at 20,000 resamples an end has an error of about 1 % of it.
#[track_caller]
fn assert_bootstrap(found: Option<Bootstrap>, expected: &Value, what: &str) {
    let found = found.unwrap().interval.unwrap();
    let (low, high) = (number(&expected["low"]), number(&expected["high"]));
    let near = |a: f64, b: f64| (a - b).abs() <= 0.04 * (high - low);
    assert!(near(found.low, low) && near(found.high, high), "{what}: found {found:?}, expected {low} to {high}");
}

#[test]
fn bootstrap_agrees_with_scipy() {
    let expected = reference("bootstrap");
    let skewed = numbers(&expected["skewed"]);
    for (name, method) in [("BCa", Method::Bca), ("percentile", Method::Percentile)] {
        let config = Config { method, ..MANY };
        let rows = Design::Rows(skewed.len());
        assert_bootstrap(bootstrap(rows, config, mean_of(&skewed)), &expected[format!("mean_{name}")], name);
        assert_bootstrap(bootstrap(rows, config, std_of(&skewed)), &expected[format!("std_{name}")], name);
    }
    let error = bootstrap(Design::Rows(skewed.len()), MANY, mean_of(&skewed)).unwrap().standard_error;
    assert_close(error / number(&expected["mean_BCa"]["se"]), 1.0, 0.02, "standard error");
}

#[test]
fn stratified_bootstrap_agrees_with_scipy() {
    let expected = &reference("bootstrap")["strata"];
    let (a, b) = (numbers(&expected["a"]), numbers(&expected["b"]));
    let values = [a.as_slice(), b.as_slice()].concat();
    let strata: Vec<u32> = (0..values.len()).map(|row| u32::from(row >= a.len())).collect();
    let ratio = |rows: &[usize]| {
        let (first, second): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| row < a.len());
        mean_of(&values)(&first) / mean_of(&values)(&second)
    };
    assert_bootstrap(bootstrap(Design::Strata(&strata), MANY, ratio), expected, "strata");
}

#[test]
fn grouped_bootstrap_agrees_with_scipy_on_sums_by_group() {
    let expected = &reference("bootstrap")["groups"];
    let (mut users, mut is_hit) = (Vec::new(), Vec::new());
    for (user, (hits, requests)) in
        numbers(&expected["hits"]).into_iter().zip(numbers(&expected["requests"])).enumerate()
    {
        for request in 0..requests as usize {
            users.push(user as u32);
            is_hit.push(f64::from(u8::from(request < hits as usize)));
        }
    }
    assert_bootstrap(bootstrap(Design::Groups(&users), MANY, mean_of(&is_hit)), expected, "groups");
}

#[test]
fn moving_blocks_agree_with_arch() {
    let expected = reference("bootstrap");
    let blocks = &expected["blocks"];
    let series = numbers(&blocks["series"]);
    let design = Design::Blocks { n: series.len(), block_rows: number(&blocks["block_rows"]) as usize };
    assert_bootstrap(bootstrap(design, MANY, mean_of(&series)), blocks, "blocks");
    for case in cases(&expected["block_lengths"]) {
        let found = block_length(&numbers(&case["values"]));
        assert_eq!(found as f64, number(&case["circular"]).ceil().max(1.0));
    }
}

#[test]
fn correlations_agree_with_scipy() {
    for case in cases(&reference("ranks")) {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        assert_eq!(ranks::ranks(&x), numbers(&case["ranks"]));
        for (name, found) in [
            ("pearson", ranks::pearson(&x, &y)),
            ("spearman", ranks::spearman(&x, &y)),
            ("kendall", ranks::kendall(&x, &y)),
        ] {
            let found = found.unwrap();
            assert_all_close(&[found.coefficient, found.p], &numbers(&case[name]), 1e-10, name);
        }
    }
}

#[test]
fn bins_agree_with_numpy() {
    for case in cases(&reference("histograms")) {
        let values = numbers(&case["values"]);
        let edges = numbers(&case["edges"]);
        assert_all_close(&histogram::equal_width_edges(&values, 7), &edges, 1e-12, "edges");
        assert_all_close(&histogram::freedman_diaconis_edges(&values), &numbers(&case["fd_edges"]), 1e-12, "fd");
        let found: Vec<f64> = histogram::counts(&values, &edges).bins.iter().map(|&count| count as f64).collect();
        assert_eq!(found, numbers(&case["counts"]));
        let ecdf = histogram::Ecdf::new(&values).unwrap();
        assert_all_close(
            &edges.iter().map(|&x| ecdf.at(x)).collect::<Vec<_>>(),
            &numbers(&case["ecdf"]),
            1e-15,
            "ecdf",
        );
        let mass = numbers(&case["mass_edges"]);
        if mass.len() > 1 {
            assert_all_close(&histogram::equal_mass_edges(&values, 5), &mass, 1e-12, "mass");
        }
    }
}

#[test]
fn smoothing_agrees_with_pandas_where_a_value_is_present() {
    for case in cases(&reference("smoothing")) {
        let values = numbers(&case["values"]);
        let found = smooth::ema(&values, smooth::Smoothing::new(number(&case["share"])).unwrap());
        for ((value, found), expected) in values.iter().zip(found).zip(numbers(&case["smoothed"])) {
            // pandas repeats the average over a missing value; here it stays missing.
            let expected = if value.is_nan() { f64::NAN } else { expected };
            assert_close(found, expected, 1e-12, "ema");
        }
    }
}

#[test]
fn damped_trend_agrees_with_statsmodels() {
    for case in cases(&reference("forecasts")) {
        let values = numbers(&case["values"]);
        let start = forecast::start_of(&values).unwrap();
        assert_close(start.level, number(&case["level"]), 1e-9, "level");
        assert_close(start.trend, number(&case["trend"]), 1e-9, "trend");
        let fixed = forecast::DampedTrend { alpha: 0.4, beta: 0.2, phi: 0.9 };
        let (state, squares) = fixed.run(start, &values);
        assert_close(squares, number(&case["fixed_sse"]), 1e-9, "squared misses");
        assert_all_close(&fixed.ahead(state, 6), &numbers(&case["fixed_forecast"]), 1e-9, "forecast");
        // statsmodels lets phi go to 0.8 to 0.995, so it may fit a little closer.
        let fitted = forecast::DampedTrend::fit(start, &values);
        let found = fitted.run(start, &values).1;
        assert!(found <= 1.02 * number(&case["best_sse"]), "{fitted:?} has {found}, {case}");
    }
}

#[test]
fn survival_agrees_with_lifelines() {
    for case in cases(&reference("survival")) {
        let happened = case["happened"].as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap());
        let of = |(duration, happened)| Case { duration, happened };
        let all: Vec<Case> = numbers(&case["durations"]).into_iter().zip(happened).map(of).collect();
        let steps = survival::kaplan_meier(&all, 0.95);
        for (step, expected) in steps.iter().zip(cases(&case["steps"])) {
            let found = [step.time, step.share_left, step.interval.low, step.interval.high];
            assert_all_close(&found, &numbers(expected), 1e-9, "step");
        }
        assert_eq!(steps.len(), cases(&case["steps"]).len());
        let median = survival::median(&all, 0.95).unwrap();
        assert_eq!(median.estimate, number(&case["median"]));
        assert_interval(Some(median.interval), &case["low"], &case["high"], 0.0, "median");
    }
}

#[test]
fn decomposition_agrees_with_exact_fractions() {
    for case in cases(&reference("decomposition")) {
        let part = |part: &Value| {
            let n = numbers(part);
            let of = |numerator, denominator| decompose::Ratio { numerator, denominator };
            decompose::RatioPart { before: of(n[0], n[1]), after: of(n[2], n[3]) }
        };
        let parts: Vec<decompose::RatioPart> = cases(&case["parts"]).iter().map(part).collect();
        let found = decompose::ratio_change(&parts).unwrap();
        assert_all_close(
            &[found.before, found.after],
            &[number(&case["before"]), number(&case["after"])],
            1e-15,
            "ratio",
        );
        for (effect, expected) in found.contributions.iter().zip(cases(&case["effects"])) {
            assert_all_close(&[effect.mix, effect.rate], &numbers(expected), 1e-14, "effect");
        }
    }
}
