"""Tests of the lab's own arithmetic; no server needed.

    $(python3 tests/lab/environments.py mlflow)/python -m unittest discover -s tests/lab
"""

import json
import unittest

import numpy as np

import alert_history
import evaluation
import history
import lab_workspace
import recorded_alerts
import simulation
import thinning
import truth
from settings import HISTORY_STEP_SECONDS, LATENCY_OBJECTIVE_SECONDS, QUEUE_SPIKE_HOURS_AGO, breaking_point

ANCHOR = 1_800_000_000 // 3600 * 3600


def interpolated_quantile(share: float, counts: np.ndarray) -> float:
    """`histogram_quantile` as the Prometheus manual describes it, for positive buckets."""
    cumulative = np.cumsum(counts)
    rank = share * cumulative[-1]
    bucket = int(np.searchsorted(cumulative, rank))
    lower = history.BUCKETS[bucket - 1] if bucket else 0.0
    below = cumulative[bucket - 1] if bucket else 0.0
    return lower + (history.BUCKETS[bucket] - lower) * (rank - below) / counts[bucket]


class CounterIncrease(unittest.TestCase):
    def test_counts_from_the_last_sample_before_the_window(self):
        self.assertEqual(truth.raw_increase([(0, 10.0), (60, 14.0), (120, 20.0)], 60), 6)

    def test_a_drop_is_a_reset_to_zero(self):
        self.assertEqual(truth.raw_increase([(0, 10.0), (60, 14.0), (120, 3.0), (180, 5.0)], 0), 9)

    def test_a_series_born_inside_counts_from_its_first_sample(self):
        self.assertEqual(truth.raw_increase([(100, 7.0), (160, 9.0)], 50), 2)


class Thinning(unittest.TestCase):
    def test_a_spike_of_one_sample_stays(self):
        gauge = [(time * 240_000, 1.0 + time % 2) for time in range(200)]
        gauge[77] = (gauge[77][0], 480.0)
        self.assertIn(gauge[77], thinning.thin(gauge, "gauge", 2 * 3_600_000))

    def test_both_samples_around_a_reset_stay(self):
        counter = [(time * 240_000, float(time)) for time in range(1, 50)]
        counter += [(time * 240_000, float(time - 49)) for time in range(50, 100)]
        thinned = thinning.thin(counter, "counter", 2 * 3_600_000)
        self.assertIn(counter[48], thinned)
        self.assertIn(counter[49], thinned)
        self.assertEqual(truth.raw_increase(thinned, -1) + thinned[0][1] - counter[0][1],
                         truth.raw_increase(counter, -1))

    def test_numbers_that_json_lacks_are_strings(self):
        self.assertEqual([thinning.six_digits(value) for value in (float("nan"), float("inf"), -1.7976931348623157e308)],
                         ["NaN", "Infinity", "-Infinity"])


class Alerts(unittest.TestCase):
    LABELS = {"alertname": "A", "model": "digits"}

    def test_an_alert_ends_where_an_evaluation_found_nothing(self):
        found = alert_history.episodes(self.LABELS, 0, [0, 240, 480, 1200, 1440], 240)
        self.assertEqual([one.times for one in found], [[0, 240, 480], [1200, 1440]])

    def test_it_is_pending_until_it_has_held_long_enough(self):
        (one,) = alert_history.episodes(self.LABELS, 300, [0, 240, 480], 240)
        self.assertEqual([state for state, _ in one.samples()], ["pending", "pending", "firing"])

    def test_the_text_holds_each_series_once_with_its_beginning(self):
        text = alert_history.text_of(alert_history.episodes({**self.LABELS, "path": 'a"b'}, 10, [240, 480], 240))
        self.assertEqual(text, """# TYPE ALERTS gauge
ALERTS{alertname="A",alertstate="pending",model="digits",path="a\\"b"} 1 240
ALERTS{alertname="A",alertstate="firing",model="digits",path="a\\"b"} 1 480
# TYPE ALERTS_FOR_STATE gauge
ALERTS_FOR_STATE{alertname="A",model="digits",path="a\\"b"} 240 240
ALERTS_FOR_STATE{alertname="A",model="digits",path="a\\"b"} 240 480
# EOF
""")

    def test_a_summary_is_rendered_from_labels_and_nothing_else(self):
        self.assertEqual(recorded_alerts.rendered("{{ $labels.model }} is {{$labels.model}}", self.LABELS),
                         "digits is digits")
        with self.assertRaises(AssertionError):
            recorded_alerts.rendered("it is {{ $value }}", self.LABELS)


class Workspace(unittest.TestCase):
    def test_the_border_is_of_prometheus_and_the_rest_stays(self):
        template = json.loads(lab_workspace.TEMPLATE.read_text())
        filled = lab_workspace.filled_in(template, 1_800_000_000_000)
        borders = {one["id"]: one.get("simulatedBefore") for one in filled["spec"]["sources"]}
        self.assertEqual(borders, {"prom": "2027-01-15T08:00:00Z", "mlflow": None})
        self.assertEqual(filled["spec"]["metrics"], template["spec"]["metrics"])


class Simulated(unittest.TestCase):
    def test_the_histogram_shows_exactly_the_percentile_of_the_law(self):
        wanted = np.array([0.03, 0.08, 0.12, 0.2, 0.26])
        shares, _ = history.bucket_probabilities(wanted)
        found = [interpolated_quantile(0.95, row) for row in shares]
        np.testing.assert_allclose(found, wanted, rtol=2e-3)

    def test_the_objective_breaks_at_the_breaking_point(self):
        base, capacity = simulation.LATENCY_LAW["digits"]
        self.assertAlmostEqual(base / (1 - breaking_point("digits") / capacity), LATENCY_OBJECTIVE_SECONDS)

    def test_traffic_shares_add_up_to_one(self):
        t = np.arange(ANCHOR - 65 * 86400, ANCHOR, 3600)
        sim = simulation.Simulation(ANCHOR)
        for model, versions in simulation.VERSIONS.items():
            np.testing.assert_allclose(sum(sim.share(model, version, t) for version in versions), 1)

    def test_the_spike_is_one_sample(self):
        t = np.arange(ANCHOR - 2 * 86400, ANCHOR, HISTORY_STEP_SECONDS)
        queue = next(one for one in simulation.Simulation(ANCHOR).series(t)
                     if one.name == "inference_queue_depth" and one.labels["model"] == "digits")
        spike = np.flatnonzero(queue.values > 100)
        self.assertEqual(len(spike), 1)
        self.assertLess(abs(t[spike[0]] - (ANCHOR - QUEUE_SPIKE_HOURS_AGO * 3600)), HISTORY_STEP_SECONDS)

    def test_the_exporter_and_the_history_see_the_same_values(self):
        t = np.arange(ANCHOR - 86400, ANCHOR, HISTORY_STEP_SECONDS)
        sim = simulation.Simulation(ANCHOR)
        for whole, single in zip(sim.series(t), sim.series(t[100:101])):
            np.testing.assert_allclose(whole.values[100], single.values[0])


class Evaluation(unittest.TestCase):
    def test_calibration_bins_hold_every_row_once(self):
        random = np.random.default_rng(1)
        scores = random.random(103)
        labels = (random.random(103) < scores).astype(int)
        bins = evaluation.calibration_bins(labels, scores)
        self.assertEqual(sum(bins["count"]), 103)
        self.assertAlmostEqual(np.dot(bins["fraction_positive"], bins["count"]), labels.sum())


if __name__ == "__main__":
    unittest.main()
