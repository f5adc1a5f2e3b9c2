"""Tests of the business data's arithmetic; no server needed.

    $(python3 tests/lab/environments.py mlflow)/python -m unittest discover -s tests/lab
"""

import datetime
import math
import unittest

import numpy as np

from business import (asking, chdb_server, columns, expected_executive, expected_product, exposures, file_server, generate, plan,
                      schema, season, storage, users)
from business.table import MISSING, Coded

ANCHOR = 1_795_449_600_000  # 2026-11-23T16:00Z
TABLES = generate.make(7, ANCHOR)
PEOPLE = users.make(7, ANCHOR)


def same(a, b) -> bool:
    return all(one.cells(name) == other.cells(name) for one, other in zip(a.values(), b.values()) for name in one.columns)


class Drawing(unittest.TestCase):
    def test_a_seed_gives_the_same_tables(self):
        self.assertTrue(same(TABLES, generate.make(7, ANCHOR)))
        self.assertFalse(same(TABLES, generate.make(8, ANCHOR)))

    def test_a_table_alone_is_the_same_as_among_all(self):
        for name in schema.TABLES:
            alone = generate.make(7, ANCHOR, only={name})
            self.assertEqual(list(alone), [name])
            self.assertTrue(same(alone, {name: TABLES[name]}), name)

    def test_everything_happens_within_the_window(self):
        start, end = plan.window(ANCHOR)
        self.assertEqual(datetime.datetime.fromtimestamp(start / 1000, datetime.UTC).isoformat(), "2024-10-01T00:00:00+00:00")
        ahead = {("plan", "at"), *((table, column) for table in ("goals", "risks", "governance")
                                   for column in schema.time_columns(table))}
        for name, table in TABLES.items():
            for column in schema.time_columns(name):
                if (name, column) not in ahead:
                    times = [at for at in table.cells(column) if at is not None]
                    self.assertTrue(start <= min(times) and max(times) < end, (name, column))
                    self.assertFalse(any(at % 1000 for at in times), (name, column))

    def test_order_ids_are_distinct_and_beyond_doubles(self):
        ids = TABLES["orders"].cells("order_id")
        self.assertEqual(len(set(ids)), len(ids))
        self.assertGreater(min(ids), 2**53)
        self.assertLess(len({float(one) for one in ids}), len(ids))

    def test_feedback_has_missing_cells_and_hostile_text(self):
        feedback = TABLES["feedback"]
        for name in ("rating", "thumb", "csat", "nps", "comment"):
            self.assertIn(None, feedback.cells(name))
        texts = "".join(text or "" for text in feedback.cells("comment"))
        for part in ("<script>", "DROP TABLE", "@clinic.example", "\n", "\u202e"):
            self.assertIn(part, texts)

    def test_what_a_conversion_brought_is_an_order_and_the_last_step(self):
        sold = {(row["user_id"], row["converted_at"], row["revenue"]) for row in TABLES["exposures"].records() if row["converted"]}
        orders = {(row["user_id"], row["at"], row["amount"]) for row in TABLES["orders"].records()
                  if row["component"] == "expansion"}
        paid = {(row["user_id"], row["at"]) for row in TABLES["funnel"].records() if row["step"] == "paid"}
        self.assertEqual(sold, orders)
        self.assertEqual({one[:2] for one in sold}, paid)

    def test_no_conversion_window_is_cut_off(self):
        exposed = TABLES["exposures"]
        at, converted_at = exposed.columns["at"], exposed.columns["converted_at"]
        self.assertLessEqual(at.max(), ANCHOR - plan.CONVERSION_DAYS * plan.DAY_MS)
        waits = (converted_at - at)[converted_at != MISSING]
        self.assertTrue(0 < waits.min() and waits.max() <= plan.CONVERSION_DAYS * plan.DAY_MS)


class Planted(unittest.TestCase):
    def test_effects_lie_in_their_intervals_in_95_of_100_seeds(self):
        truth = exposures.truth()
        hits: dict[str, int] = {}
        for seed in range(100):
            for one in generate.summary(generate.make(seed, ANCHOR, only={"exposures"})["exposures"]):
                planted = truth[one["experiment"]]
                parts = {segment: planted["segments"][segment]["effect"] for segment in plan.SEGMENTS} | {"all": planted["effect"]}
                for part, effect in parts.items():
                    chosen = list(plan.SEGMENTS) if part == "all" else [part]
                    n, k = ([sum(one[variant][segment][what] for segment in chosen) for variant in plan.VARIANTS]
                            for what in ("n", "converted"))
                    p = [b / a for a, b in zip(n, k)]
                    half = 1.959964 * math.sqrt(sum(q * (1 - q) / m for q, m in zip(p, n)))
                    key = f"{one['experiment']} {part}"
                    hits[key] = hits.get(key, 0) + (abs(p[1] - p[0] - effect) <= half)
        self.assertEqual(len(hits), 8)
        self.assertGreaterEqual(min(hits.values()), 88, hits)  # of a true 95, fewer come once in 300 series
        self.assertGreaterEqual(sum(hits.values()) / len(hits), 92, hits)

    def test_the_overall_effect_is_the_mean_of_the_segments(self):
        one = exposures.truth()["assisted-triage"]
        self.assertAlmostEqual(one["effect"], 0.55 * 0.05 + 0.33 * 0.13)
        self.assertEqual(one["segments"]["partner"]["effect"], 0.0)

    def test_survival_is_that_of_the_hazard(self):
        old = np.flatnonzero(PEOPLE.signed_up < ANCHOR - 104 * plan.DAY_MS)
        start, end = plan.bad_cohort(ANCHOR)
        for assisted in (0, 1):
            mine = old[(PEOPLE.assisted[old] == assisted) & ((PEOPLE.signed_up[old] < start) | (PEOPLE.signed_up[old] >= end))]
            stays = (PEOPLE.churned_at[mine] == MISSING) | (PEOPLE.churned_at[mine] - PEOPLE.signed_up[mine] > 104 * plan.DAY_MS)
            wanted = (1 - plan.MONTHLY_CHURN[assisted]) ** 3
            self.assertLess(abs(stays.mean() - wanted), 4 * math.sqrt(wanted * (1 - wanted) / len(mine)))

    def test_the_dip_takes_its_share_of_one_cell(self):
        orders = TABLES["orders"].records()
        def count(months_ago: int) -> int:
            start, end = plan.month_start(ANCHOR, months_ago), plan.month_start(ANCHOR, months_ago - 1)
            return sum(start <= row["at"] < end and row["region"] == "us-east" and row["segment"] == "business"
                       and row["component"] in ("new", "retention") for row in orders)
        self.assertLess(count(1), 0.5 * count(2))

    def test_the_worse_version_is_rated_worse(self):
        ratings: dict[tuple, list] = {}
        for row in TABLES["feedback"].records():
            if row["rating"] is not None:
                ratings.setdefault((row["model"], row["version"]), []).append(row["rating"])
        worse = ratings[("digits", "3")]
        self.assertLess(abs(np.mean(worse) - plan.WORSE_RATING_MEAN), 4 * np.std(worse) / math.sqrt(len(worse)))
        self.assertLess(np.mean(worse) + 0.7, np.mean(ratings[("digits", "2")]))


class Calendar(unittest.TestCase):
    def test_the_anchor_was_a_monday(self):
        self.assertEqual(season.week(np.array([ANCHOR]))[0], season.WEEK[0])

    def test_months_count_back_over_the_year(self):
        self.assertEqual([plan.month_name(plan.month_start(ANCHOR, ago)) for ago in (0, 10, 11, -2)],
                         ["2026-11", "2026-01", "2025-12", "2027-01"])


class Storing(unittest.TestCase):
    def test_columns_come_back_from_every_form(self):
        for cells in (["a", None, "a", "b"], [5, None, 9, 9], [1.5, 2.0, None], [60_000, 120_000] * 5, [None, None], [],
                      [2**53 + 1, 2**53 + 2], ["x"] * 9 + ["y"] * 9, [True, 1]):
            self.assertEqual(columns.decoded(columns.encoded(cells)), cells)
            self.assertEqual(columns.decoded(columns.runs(cells)), cells)
            self.assertEqual(columns.decoded(columns.coded(cells)), cells)
        self.assertEqual(columns.deltas([60_000, None, 180_000]), {"deltas": [1, None, 2], "unit": 60_000})

    def test_what_another_column_tells_is_written_once(self):
        places = np.random.default_rng(1).integers(0, 7, 700)
        rows = [f"r{place}" for place in places]
        table = {"row": rows, "x": [float(place) + 0.12345 for place in places], "shifted": list(range(700))}
        packed = columns.packed(table, "row")
        self.assertEqual(packed["x"], {"by": "row", "values": dict(zip(rows, table["x"]))})
        for name in ("row", "shifted"):
            self.assertTrue(columns.is_faithful(packed[name], table[name]), name)
        self.assertIsNone(columns.told("row", ["a", "a"], [1, 2]))

    def test_tab_separated_text_is_escaped(self):
        self.assertEqual(storage.escaped("a\tb\nc\\d\r"), "a\\tb\\nc\\\\d\\r")
        self.assertEqual(storage.escaped(None), "\\N")

    def test_arrow_keeps_what_is_missing(self):
        table = storage.arrow(TABLES["feedback"])
        for name in ("rating", "comment", "prediction_id"):
            self.assertEqual(table[name].null_count, TABLES["feedback"].cells(name).count(None), name)
        self.assertEqual(str(table.schema.field("at").type), "timestamp[ms, tz=UTC]")

    def test_missing_text_has_no_code(self):
        self.assertEqual(Coded(["a"], np.array([0, -1]))[np.array([1])].codes.tolist(), [-1])


class Serving(unittest.TestCase):
    def test_ranges_as_in_rfc_9110(self):
        for header, part in ((None, None), ("bytes=0-3", (0, 3)), ("bytes=5-", (5, 9)), ("bytes=-4", (6, 9)),
                             ("bytes=2-99", (2, 9)), ("bytes=-99", (0, 9)), ("bytes=0-1,3-4", None), ("rows=1-2", None)):
            self.assertEqual(file_server.wanted(header, 10), part, header)
        for header in ("bytes=10-", "bytes=5-4", "bytes=-0"):
            with self.assertRaises(ValueError):
                file_server.wanted(header, 10)

    def test_statuses_of_current_servers(self):
        self.assertEqual([chdb_server.status_of(code) for code in (62, 60, 47, 194, 516, 164, 159, 241)],
                         [400, 404, 404, 401, 403, 500, 408, 500])

    def test_settings_are_literals(self):
        self.assertEqual([chdb_server.setting(value) for value in ("1", "-2.5", "break", "a'b\\", "1; DROP")],
                         ["1", "-2.5", "'break'", "'a\\'b\\\\'", "'1; DROP'"])

    def test_other_sources_are_seen_outside_of_text_only(self):
        seen = lambda query: bool(chdb_server.FOREIGN.search(chdb_server.QUOTED.sub("''", query)))
        self.assertTrue(seen("SELECT * FROM file('/etc/passwd')"))
        self.assertTrue(seen("SELECT * FROM /* x */ URL ('http://a')"))
        self.assertFalse(seen("SELECT 'file(1)' -- url(\nFROM orders"))


class Expected(unittest.TestCase):
    def test_kaplan_meier_by_hand(self):
        # At risk 5, 4, 2: S is 4/5 after 1, 3/5 after 2, 3/10 after 4.
        self.assertEqual(expected_executive.kaplan_meier_median([1, 2, 4], [3, 5]), 4)
        self.assertEqual(expected_executive.kaplan_meier_median([1], [2, 3]), math.inf)
        self.assertTrue(math.isnan(expected_executive.kaplan_meier_median([], [])))

    def test_uplift_is_the_difference_of_rates(self):
        found = expected_product.uplift([["e", "control", 100, 10, 50, 25], ["e", "model", 200, 30, 90, 81]], 1)["e"]
        self.assertAlmostEqual(found["uplift"], 0.05)
        self.assertAlmostEqual(found["relative"], 0.5)
        self.assertAlmostEqual(found["standardError"], math.sqrt(0.1 * 0.9 / 100 + 0.15 * 0.85 / 200))

    def test_filters_narrow_the_tables_that_have_the_column(self):
        window = asking.Window(0, 1000, 1000, {"region": "o'r", "assisted": "1"})
        self.assertEqual(window.conditions("users"), " AND region = 'o''r' AND assisted = 1")
        self.assertEqual(window.conditions("governance"), "")


if __name__ == "__main__":
    unittest.main()
