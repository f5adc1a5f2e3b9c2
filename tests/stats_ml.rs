//! The machine-learning statistics against numbers recorded from scipy, scikit-learn, statsmodels, Evidently
//! and from definitions computed the long way: `tests/reference/make_ml.py` made `tests/reference/ml.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;

use serde_json::Value;
use sightline::stats::best_arm::{UNIFORM_PRIOR, probability_best_rate};
use sightline::stats::calibration::{Forecasts, N_BINS, log_loss_of_classes};
use sightline::stats::chi_squared::homogeneity;
use sightline::stats::confusion::{ConfusionMatrix, CostTable, Normalise, PrecisionRecall};
use sightline::stats::curves::Scores;
use sightline::stats::delong::{auc_difference, auc_estimate};
use sightline::stats::drift::{self, categorical_drift, null_change, numeric_drift};
use sightline::stats::drift_bins::{Binned, jensen_shannon, psi};
use sightline::stats::forest::{self, Input};
use sightline::stats::ks::{KsMethod, ks_two_sample};
use sightline::stats::load_law::{LoadLaw, fit_queueing};
use sightline::stats::multiplicity::{benjamini_hochberg, holm};
use sightline::stats::pareto::Direction;
use sightline::stats::regression::regression_report;
use sightline::stats::rng::Rng;
use sightline::stats::sample_ratio::{log_bayes_factor, sample_ratio};
use sightline::stats::sequential::{half_width, log_mixture_ratio};
use sightline::stats::tree::{Tree, TreeLimits};
use sightline::stats::wasserstein::wasserstein_in_reference_sd;

static REFERENCE: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("reference/ml.json")).unwrap());

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn counts(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect()
}

fn booleans(value: &Value) -> Vec<bool> {
    value.as_array().unwrap().iter().map(|label| label.as_bool().unwrap()).collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect()
}

/// Equal to 1e-9, relative above 1.
#[track_caller]
fn same(found: f64, expected: &Value) {
    near(found, number(expected), 1e-9);
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    let allowed = tolerance * expected.abs().max(1.0);
    assert!((found - expected).abs() <= allowed, "{found} is not {expected}");
}

/// Equal to `tolerance` in proportion, for p values that may be tiny.
#[track_caller]
fn in_proportion(found: f64, expected: &Value, tolerance: f64) {
    assert!((found / number(expected) - 1.0).abs() <= tolerance, "{found} is not {expected}");
}

#[track_caller]
fn all_same(found: impl IntoIterator<Item = f64>, expected: &Value) {
    let (found, expected): (Vec<f64>, _) = (found.into_iter().collect(), numbers(expected));
    assert_eq!(found.len(), expected.len());
    found.iter().zip(&expected).for_each(|(a, b)| near(*a, *b, 1e-9));
}

/// The script's `golden`: large samples without a file.
fn golden(n: usize, offset: f64) -> Vec<f64> {
    (1..=n).map(|i| (i as f64 * 0.618_033_988_749_894_9 + offset) % 1.0).collect()
}

fn binary_scores() -> Scores {
    let binary = &REFERENCE["binary"];
    Scores::new(&numbers(&binary["scores"]), &booleans(&binary["labels"]))
}

#[test]
fn roc_equals_scikit_learn() {
    let (binary, scores) = (&REFERENCE["binary"], binary_scores());
    let roc = scores.roc().unwrap();
    all_same(roc.iter().map(|point| point.false_positive_rate), &binary["roc"][0]);
    all_same(roc.iter().map(|point| point.true_positive_rate), &binary["roc"][1]);
    all_same(roc.iter().skip(1).map(|point| point.threshold), &binary["roc"][2]);
    same(scores.auc().unwrap(), &binary["auc"]);
}

#[test]
fn precision_recall_equals_scikit_learn() {
    let (binary, scores) = (&REFERENCE["binary"], binary_scores());
    let curve = scores.precision_recall().unwrap();
    all_same(curve.iter().map(|point| point.precision), &binary["pr"][0]);
    all_same(curve.iter().map(|point| point.recall), &binary["pr"][1]);
    all_same(curve.iter().rev().skip(1).rev().map(|point| point.threshold), &binary["pr"][2]);
    same(scores.average_precision().unwrap(), &binary["average_precision"]);
    let PrecisionRecall { precision, recall, f1 } = scores.at(0.5).scores();
    all_same([precision, recall, f1], &binary["at_half"]);
}

#[test]
fn costs_equal_the_mean_over_rows() {
    let (binary, scores) = (&REFERENCE["binary"], binary_scores());
    let [tn, fp, fn_, tp] = numbers(&binary["costs"])[..] else { panic!("four costs") };
    let table = CostTable::binary(tn, fp, fn_, tp).unwrap();
    all_same(scores.cost_curve(&table).unwrap().iter().map(|point| point.cost_per_row), &binary["cost_curve"]);
    let cheapest = scores.cheapest(&table).unwrap();
    same(cheapest.threshold, &binary["cheapest"]);
    let matrix = scores.at(cheapest.threshold).matrix("no", "yes").unwrap();
    near(matrix.expected_cost(&table).unwrap(), cheapest.cost_per_row, 1e-12);
}

#[test]
fn probabilities_are_scored_as_by_scikit_learn() {
    let binary = &REFERENCE["binary"];
    let forecasts = Forecasts::new(&numbers(&binary["scores"]), &booleans(&binary["labels"]));
    same(forecasts.brier().unwrap(), &binary["brier"]);
    same(forecasts.log_loss().unwrap(), &binary["log_loss"]);
    same(forecasts.calibration_error(N_BINS).unwrap(), &binary["ece"]);
    let points = forecasts.reliability(N_BINS, 0.95);
    let expected = binary["reliability"].as_array().unwrap();
    assert_eq!(points.len(), expected.len());
    for (point, row) in points.iter().zip(expected) {
        let interval = point.interval.unwrap();
        all_same([point.predicted, point.observed, interval.low, interval.high, point.n as f64], row);
    }
}

#[test]
fn several_classes_are_scored_as_by_scikit_learn() {
    let reference = &REFERENCE["multiclass"];
    let pairs: Vec<(&str, &str)> =
        strings(&reference["actual"]).into_iter().zip(strings(&reference["predicted"])).collect();
    let matrix = ConfusionMatrix::from_pairs(&pairs);
    for (by, name) in
        [(Normalise::Counts, "matrix"), (Normalise::Row, "row"), (Normalise::Column, "column"), (Normalise::All, "all")]
    {
        for (found, expected) in matrix.normalised(by).iter().zip(reference[name].as_array().unwrap()) {
            // scikit-learn writes 0 where a row or column is empty; we say that there is no share.
            all_same(found.iter().map(|share| if share.is_nan() { 0.0 } else { *share }), expected);
        }
    }
    let rows = matrix.per_class();
    all_same(rows.iter().map(|row| row.scores.precision), &reference["per_class"][0]);
    all_same(rows.iter().map(|row| row.scores.recall), &reference["per_class"][1]);
    all_same(rows.iter().map(|row| row.scores.f1), &reference["per_class"][2]);
    all_same(rows.iter().map(|row| row.support), &reference["per_class"][3]);
    let averages = matrix.averages();
    for (found, name) in [(averages.macro_mean, "macro"), (averages.weighted, "weighted"), (averages.micro, "micro")] {
        all_same([found.precision, found.recall, found.f1], &reference["averages"][name]);
    }
    same(matrix.accuracy().unwrap(), &reference["accuracy"]);
    let probabilities: Vec<Vec<f64>> = reference["probabilities"].as_array().unwrap().iter().map(numbers).collect();
    let classes: Vec<usize> = counts(&reference["classes"]).iter().map(|&class| class as usize).collect();
    same(log_loss_of_classes(&probabilities, &classes).unwrap(), &reference["log_loss"]);
}

#[test]
fn delong_equals_counting_every_pair() {
    let reference = &REFERENCE["delong"];
    let (first, second) = (numbers(&reference["first"]), numbers(&reference["second"]));
    let labels = booleans(&reference["labels"]);
    let estimate = auc_estimate(&first, &labels, 0.95).unwrap();
    let interval = estimate.interval.unwrap();
    same(estimate.auc, &reference["auc"]);
    same(estimate.standard_error, &reference["se"]);
    all_same([interval.low, interval.high], &reference["interval"]);
    let difference = auc_difference(&first, &second, &labels, 0.95).unwrap();
    let test = difference.test.unwrap();
    same(difference.second_auc, &reference["second_auc"]);
    same(test.standard_error, &reference["difference_se"]);
    same(test.z, &reference["z"]);
    same(test.p, &reference["p"]);
}

#[test]
fn regression_equals_scikit_learn() {
    let reference = &REFERENCE["regression"];
    let report = regression_report(&numbers(&reference["actual"]), &numbers(&reference["predicted"])).unwrap();
    same(report.rmse, &reference["rmse"]);
    same(report.mae, &reference["mae"]);
    same(report.r2.unwrap(), &reference["r2"]);
    same(report.mape, &reference["mape"]);
}

#[test]
fn ks_equals_scipy() {
    for case in REFERENCE["ks"]["cases"].as_array().unwrap() {
        let ks = ks_two_sample(&numbers(&case["reference"]), &numbers(&case["current"]), 0).unwrap();
        assert_eq!(ks.method, KsMethod::Exact);
        same(ks.statistic, &case["statistic"]);
        in_proportion(ks.p, &case["p"], 1e-8);
    }
}

#[test]
fn ks_of_large_samples_is_near_scipy() {
    for case in REFERENCE["ks"]["large"].as_array().unwrap() {
        let size = |name: &str| case[name].as_u64().unwrap() as usize;
        let shifted: Vec<f64> = golden(size("m"), 0.3).iter().map(|u| u + number(&case["shift"])).collect();
        let ks = ks_two_sample(&golden(size("n"), 0.1), &shifted, 0).unwrap();
        same(ks.statistic, &case["statistic"]);
        // Exact for equal sizes; otherwise scipy counts on up to 10,000 rows, where this takes the limit.
        let tolerance = if size("n") == size("m") { 1e-8 } else { 0.02 };
        in_proportion(ks.p, &case["p"], tolerance);
    }
}

#[test]
fn ks_with_ties_agrees_with_a_permutation_test() {
    for case in REFERENCE["ks"]["tied"].as_array().unwrap() {
        let ks = ks_two_sample(&numbers(&case["reference"]), &numbers(&case["current"]), 1).unwrap();
        let KsMethod::Permutation { n_drawn } = ks.method else { panic!("ties are permuted") };
        same(ks.statistic, &case["statistic"]);
        monte_carlo(ks.p, number(&case["p"]), n_drawn);
    }
}

/// Within four standard errors of a p value drawn `n_drawn` times, and as many of its reference.
#[track_caller]
fn monte_carlo(found: f64, expected: f64, n_drawn: usize) {
    let error = (expected * (1.0 - expected) * (1.0 / n_drawn as f64 + 1.0 / 10_000.0)).sqrt();
    near(found, expected, 4.0 * error + 2e-4);
}

#[test]
fn distances_equal_evidently() {
    let quick = drift::Config { n_resamples: 0, ..drift::Config::default() };
    for case in REFERENCE["drift"]["numeric"].as_array().unwrap() {
        let (reference, current) = (numbers(&case["reference"]), numbers(&case["current"]));
        let drift = numeric_drift(&reference, &current, quick).unwrap();
        same(drift.psi.value, &case["psi"]);
        same(drift.jensen_shannon.value, &case["js"]);
        same(drift.wasserstein.value, &case["wasserstein"]);
    }
    let case = &REFERENCE["drift"]["categorical"];
    let words = |value| strings(value).into_iter().map(Some).collect::<Vec<Option<&str>>>();
    let (reference, current) = (words(&case["reference"]), words(&case["current"]));
    let drift = categorical_drift(&reference, &current, quick).unwrap();
    same(drift.psi.value, &case["psi"]);
    same(drift.jensen_shannon.value, &case["js"]);
    assert_eq!(drift.new_categories, ["white"]);
}

#[test]
fn rare_shares_are_filled_as_by_evidently() {
    let tail = |u: Vec<f64>, floor: f64| -> Vec<f64> { u.iter().map(|u| 1.0 / (u + floor)).collect() };
    let mut reference = tail(golden(20_000, 0.1), 0.002);
    let mut current = tail(golden(14_999, 0.3), 0.02);
    current.push(400.0);
    reference.sort_by(f64::total_cmp);
    current.sort_by(f64::total_cmp);
    let (binned, expected) = (Binned::of(&reference, &current).unwrap(), &REFERENCE["drift"]["large"]);
    assert!(binned.current.contains(&0.0) && binned.current.contains(&1.0));
    same(psi(&binned.reference, &binned.current), &expected["psi"]);
    same(jensen_shannon(&binned.reference, &binned.current), &expected["js"]);
    same(wasserstein_in_reference_sd(&reference, &current), &expected["wasserstein"]);
}

#[test]
fn intervals_of_distances_agree_with_a_bootstrap_in_numpy() {
    let case = &REFERENCE["drift"]["numeric"][0];
    let config = drift::Config { n_resamples: 2_000, ..drift::Config::default() };
    let drift = numeric_drift(&numbers(&case["reference"]), &numbers(&case["current"]), config).unwrap();
    for (effect, name) in [(drift.jensen_shannon, "js"), (drift.wasserstein, "wasserstein")] {
        let (found, expected) = (effect.interval.unwrap(), numbers(&REFERENCE["drift"]["intervals"][name]));
        let width = expected[1] - expected[0];
        near(found.low, expected[0], 0.08 * width);
        near(found.high, expected[1], 0.08 * width);
    }
}

#[test]
fn chi_squared_equals_scipy() {
    for case in REFERENCE["drift"]["chi_squared"].as_array().unwrap() {
        let test = homogeneity(&counts(&case["reference"]), &counts(&case["current"]), 0).unwrap();
        same(test.statistic, &case["statistic"]);
        same(test.df, &case["df"]);
        in_proportion(test.p, &case["p"], 1e-8);
    }
    let rare = &REFERENCE["drift"]["rare"];
    let test = homogeneity(&counts(&rare["reference"]), &counts(&rare["current"]), 2).unwrap();
    assert!(test.n_permutations > 0);
    monte_carlo(test.p, number(&rare["p"]), test.n_permutations);
}

#[test]
fn change_of_nulls_equals_statsmodels() {
    let case = &REFERENCE["drift"]["null_change"];
    let pair = |value: &Value| -> (usize, usize) {
        let counts = counts(value);
        (counts[0] as usize, counts[1] as usize)
    };
    let interval = null_change(pair(&case["reference"]), pair(&case["current"]), 0.95).interval.unwrap();
    all_same([interval.low, interval.high], &case["interval"]);
}

#[test]
fn corrections_equal_statsmodels() {
    let reference = &REFERENCE["multiplicity"];
    let p_values = numbers(&reference["p"]);
    all_same(benjamini_hochberg(&p_values), &reference["bh"]);
    all_same(holm(&p_values), &reference["holm"]);
}

#[test]
fn mixture_ratio_equals_the_integral() {
    for case in REFERENCE["sequential"]["mixture"].as_array().unwrap() {
        let [difference, variance, mixing] = ["difference", "variance", "mixing"].map(|name| number(&case[name]));
        near(log_mixture_ratio(difference, variance, mixing), number(&case["log_ratio"]), 1e-7);
        near(half_width(variance, mixing, 0.05), number(&case["half"]), 1e-7);
    }
}

#[test]
fn sample_ratio_equals_scipy_and_the_product_of_predictions() {
    let reference = &REFERENCE["sequential"];
    let factor = log_bayes_factor(
        &counts(&reference["counts"]),
        &numbers(&reference["shares"]),
        number(&reference["concentration"]),
    );
    same(factor, &reference["log_bayes_factor"]);
    let ratio = sample_ratio(&counts(&reference["ratio"]["counts"]), &[1.0, 1.0]).unwrap();
    same(ratio.test.statistic, &reference["ratio"]["statistic"]);
    same(ratio.test.p, &reference["ratio"]["p"]);
}

#[test]
fn best_arm_equals_the_integral() {
    let reference = &REFERENCE["sequential"];
    let arms: Vec<(f64, f64)> =
        reference["arms"].as_array().unwrap().iter().map(|arm| (number(&arm[0]), number(&arm[1]))).collect();
    let found = probability_best_rate(&arms, UNIFORM_PRIOR, Direction::Maximise).unwrap();
    for (share, expected) in found.iter().zip(numbers(&reference["best"])) {
        near(*share, expected, 1e-5);
    }
}

/// The script's `friedman`: five inputs, of which the second does nothing.
fn friedman(n: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let steps = [0.671_043_606_703_789_3, 0.754_877_666_246_692_7, 0.569_840_290_998_053_2, 0.819_172_513_396_164_5];
    let column = |step: f64| -> Vec<f64> { (1..=n).map(|i| (i as f64 * step) % 1.0).collect() };
    let mut columns = vec![golden(n, 0.0)];
    columns.extend(steps.map(column));
    let target = |row: usize| {
        10.0 * columns[0][row] * columns[2][row] + 20.0 * (columns[3][row] - 0.5).powi(2) + 5.0 * columns[4][row]
    };
    let targets = (0..n).map(target).collect();
    (columns, targets)
}

#[test]
fn one_tree_equals_scikit_learn() {
    let (columns, targets) = friedman(150);
    let groups: Vec<_> = (0..columns.len()).map(|column| column..column + 1).collect();
    let limits = TreeLimits { min_leaf: 4, max_depth: 5, n_groups_tried: columns.len() };
    let tree = Tree::grow(&columns, &groups, &targets, (0..150).collect(), limits, &mut Rng::new(0));
    all_same((0..150).map(|row| tree.predict(&|column: usize| columns[column][row])), &REFERENCE["forest"]["tree"]);
}

#[test]
fn forest_importance_agrees_with_scikit_learn() {
    let (columns, targets) = friedman(150);
    let inputs: Vec<Input> = columns.into_iter().map(Input::Numeric).collect();
    let config = forest::Config { n_trees: 500, ..forest::Config::default() };
    let importance = forest::importance(&inputs, &targets, config).unwrap();
    let reference = &REFERENCE["forest"];
    near(importance.r2_unseen, number(&reference["r2_unseen"]), 0.02);
    for (share, expected) in importance.share.iter().zip(numbers(&reference["share"])) {
        near(*share, expected, 0.03);
    }
    for (rise, expected) in importance.error_rise.iter().zip(numbers(&reference["error_rise"])) {
        near(*rise, expected, 0.15);
    }
}

#[test]
fn queueing_law_equals_scipy() {
    let reference = &REFERENCE["load"];
    let rows: Vec<(f64, f64)> =
        numbers(&reference["loads"]).into_iter().zip(numbers(&reference["latencies"])).collect();
    let Some(LoadLaw::Queueing { base, capacity }) = fit_queueing(&rows) else { panic!("queueing") };
    near(base, number(&reference["base"]), 1e-4);
    near(capacity, number(&reference["capacity"]), 1e-4);
}
