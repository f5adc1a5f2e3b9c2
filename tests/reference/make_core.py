"""Writes core.json: what independent implementations answer for the functions that stats_core.rs checks.

Run once, by hand, when a case is added; the tests only read the JSON.
    python -m venv VENV && VENV/bin/pip install numpy scipy statsmodels pandas lifelines arch
    VENV/bin/python tests/reference/make_core.py [PROMTOOL ...]
Each promtool named (default: the one on the path) is an oracle for histogram_quantile.
Numbers that JSON has no word for are written as the strings "NaN", "inf" and "-inf".
"""

import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from importlib.metadata import version

import numpy as np
import pandas as pd
from arch.bootstrap import MovingBlockBootstrap, optimal_block_length
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from scipy import special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest
from statsmodels.tsa.holtwinters import Holt


def number(value):
    value = float(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def numbers(values):
    return [number(value) for value in values]


def distributions():
    cases = []

    def add(function, args, value):
        cases.append({"function": function, "args": numbers(args), "value": number(value)})

    for z in [-38.0, -8.2, -3.0, -1.96, -0.5, 0.0, 0.3, 1.0, 2.5758, 6.0, 12.0]:
        add("normal_cdf", [z], special.ndtr(z))
        add("normal_sf", [z], stats.norm.sf(z))
    for p in [0.0, 1e-200, 1e-12, 0.001, 0.025, 0.31, 0.5, 0.84, 0.975, 0.9999, 1.0]:
        add("normal_quantile", [p], special.ndtri(p))
    for df in [0.5, 1, 2, 7.3, 30, 1000, 250_000]:
        for t in [-40.0, -2.0, -0.1, 0.0, 0.7, 3.2, 12.0]:
            add("t_sf", [t, df], stats.t.sf(t, df))
            add("t_two_sided_p", [t, df], 2 * stats.t.sf(abs(t), df))
        for p in [0.0005, 0.025, 0.4, 0.5, 0.95, 0.9995]:
            add("t_quantile", [p, df], stats.t.ppf(p, df))
    for df in [1, 2, 5, 19, 400]:
        for x in [0.0, 0.01, 1.0, 9.0, 60.0, 500.0]:
            add("chi_squared_sf", [x, df], stats.chi2.sf(x, df))
        for p in [1.0, 0.9, 0.05, 0.001, 1e-9]:
            add("chi_squared_isf", [p, df], stats.chi2.isf(p, df))
    for x, a, b in [(0.2, 1, 1), (3.9, 2, 10), (1.0, 30, 40), (25.0, 4, 7), (1.01, 5000, 7000)]:
        add("f_sf", [x, a, b], stats.f.sf(x, a, b))
    for k, n, p in [(0, 1, 0.5), (3, 10, 0.5), (7, 10, 0.2), (0, 50, 0.01), (480, 1000, 0.5), (99_000, 1_000_000, 0.1), (20, 20, 0.9)]:
        add("binomial_cdf", [k, n, p], stats.binom.cdf(k, n, p))
        add("binomial_sf", [k, n, p], stats.binom.sf(k, n, p))
    for x, a, b in [(0.1, 0.5, 0.5), (0.9, 0.3, 40), (0.5, 2, 3), (0.999, 200, 1), (0.301, 3000, 7000), (0.02, 1, 300)]:
        add("beta_cdf", [x, a, b], special.betainc(a, b, x))
    for x in [0.1, 0.3, 0.5, 0.8, 0.9999, 1.0, 1.36, 2.0, 4.0]:
        add("kolmogorov_sf", [x], stats.kstwobign.sf(x))
    rng = np.random.default_rng(1)
    for n, m in [(5, 5), (3, 8), (20, 20), (50, 30), (200, 177)]:
        for shift in [0.0, 0.6]:
            answer = stats.ks_2samp(rng.normal(size=n), rng.normal(shift, size=m), method="exact")
            add("ks_two_sample_exact_p", [n, m, answer.statistic], answer.pvalue)
    return cases


def newcombe_paired(a, b, c, d, level):
    """Newcombe (1998b), method 10, written from the paper, not from our code; Wilson's limits are statsmodels'."""
    n = a + b + c + d
    wilson = lambda x: proportion_confint(x, n, alpha=1 - level, method="wilson")
    p1, p2 = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = wilson(a + b), wilson(a + c)
    denominator = (a + b) * (c + d) * (a + c) * (b + d)
    if denominator == 0:
        phi = 0.0
    else:
        top = a * d - b * c
        if top > n / 2:
            top -= n / 2
        elif top >= 0:
            top = 0
        phi = top / math.sqrt(denominator)
    dl1, du1, dl2, du2 = p1 - l1, u1 - p1, p2 - l2, u2 - p2
    delta = math.sqrt(dl1**2 - 2 * phi * dl1 * du2 + du2**2)
    epsilon = math.sqrt(du1**2 - 2 * phi * du1 * dl2 + dl2**2)
    return p1 - p2 - delta, p1 - p2 + epsilon


def intervals():
    out = {"wilson": [], "two_rates": [], "newcombe_paired": [], "mcnemar": [], "means": []}
    for x, n, level in [(0, 10, 0.95), (10, 10, 0.95), (1, 29, 0.9), (81, 263, 0.95), (15, 148, 0.99), (500_000, 1_000_000, 0.95)]:
        low, high = proportion_confint(x, n, alpha=1 - level, method="wilson")
        out["wilson"].append({"x": x, "n": n, "level": level, "low": low, "high": high})
    for x1, n1, x2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 1, 29), (10, 10, 2, 20), (1200, 10_000, 1100, 10_050)]:
        low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=0.05)
        ratio_low, ratio_high = confint_proportions_2indep(x1, n1, x2, n2, method="log", compare="ratio", alpha=0.05)
        out["two_rates"].append({
            "x1": x1, "n1": n1, "x2": x2, "n2": n2, "low": low, "high": high,
            "uplift_low": ratio_low - 1, "uplift_high": ratio_high - 1, "p": proportions_ztest([x1, x2], [n1, n2])[1],
        })
    for table in [(1, 1, 7, 12), (36, 14, 0, 0), (20, 12, 2, 16), (50, 0, 0, 0), (120, 9, 30, 41), (3, 10, 10, 3)]:
        low, high = newcombe_paired(*table, 0.95)
        out["newcombe_paired"].append({"table": table, "low": low, "high": high})
    for b, c in [(1, 7), (0, 12), (5, 5), (121, 59), (0, 1)]:
        p = mcnemar([[10, b], [c, 10]], exact=True).pvalue
        out["mcnemar"].append({"b": b, "c": c, "p": min(1.0, p)})
    rng = np.random.default_rng(2)
    for n, m in [(5, 9), (40, 31), (2, 2), (300, 12)]:
        a, b = rng.gamma(2, 3, n), rng.gamma(2, 4, m)
        test = stats.ttest_ind(a, b, equal_var=False)
        ci = test.confidence_interval(0.95)
        alone = stats.t.interval(0.95, n - 1, a.mean(), stats.sem(a))
        out["means"].append({
            "a": numbers(a), "b": numbers(b), "df": test.df, "p": test.pvalue, "low": ci.low, "high": ci.high,
            "a_low": alone[0], "a_high": alone[1],
        })
    return out


def quantiles():
    rng = np.random.default_rng(3)
    out = {"rows": []}
    for n in [1, 2, 7, 30, 500]:
        values = np.round(rng.lognormal(size=n), 4)
        case = {"values": numbers(values), "quantiles": [], "intervals": []}
        for p in [0.0, 0.05, 0.5, 0.77, 0.99, 1.0]:
            case["quantiles"].append({"p": p, "value": float(np.quantile(values, p))})
        for p in [0.1, 0.5, 0.95]:
            for level in [0.9, 0.95]:
                ci = stats.quantile_test(values, q=0, p=p).confidence_interval(level)
                open_end = lambda end, infinite: infinite if math.isnan(end) else number(end)
                case["intervals"].append({"p": p, "level": level, "low": open_end(ci.low, "-inf"), "high": open_end(ci.high, "inf")})
        out["rows"].append(case)
    return out


HISTOGRAMS = [
    [("0.1", "2"), ("1", "8"), ("+Inf", "10")],
    [("0.005", "0"), ("0.01", "0"), ("0.025", "13"), ("0.05", "240"), ("0.1", "871"), ("0.25", "999"), ("+Inf", "1003")],
    [("-5", "3"), ("0", "7"), ("5", "20"), ("+Inf", "21")],
    [("0", "4"), ("2", "9"), ("+Inf", "9")],
    [("1", "5"), ("2", "3"), ("3", "12"), ("+Inf", "10")],
    [("1", "0"), ("2", "0"), ("+Inf", "0")],
    [("1", "0"), ("2", "4"), ("+Inf", "4")],
    [("1", "0"), ("2", "0"), ("+Inf", "4")],
    [("1", "5"), ("2", "9")],
    [("+Inf", "9")],
    [("1", "NaN"), ("2", "4"), ("+Inf", "8")],
    [("1", "2"), ("2", "NaN"), ("4", "6"), ("+Inf", "8")],
    [("1", "2"), ("2", "3"), ("+Inf", "NaN")],
    [("1.0", "2"), ("1", "3"), ("2", "7"), ("+Inf", "8")],
    [("0.5", "0.013333"), ("1", "0.02"), ("2.5", "0.0266666"), ("+Inf", "0.0333333")],
    [("1", "3"), ("2", "+Inf"), ("+Inf", "+Inf")],
]
RANKS = ["-1", "0", "0.01", "0.25", "0.5", "0.9", "0.99", "1", "1.5", "NaN"]


def histogram_quantiles(promtool):
    """Asks promtool by expecting a wrong value and reading what it got instead."""
    groups = []
    for buckets in HISTOGRAMS:
        series = [{"series": f'h_bucket{{le="{le}"}}', "values": count} for le, count in buckets]
        tests = [{"expr": f"histogram_quantile({q}, h_bucket)", "eval_time": "0m", "exp_samples": [{"labels": "{}", "value": 123456789}]} for q in RANKS]
        groups.append({"interval": "1m", "input_series": series, "promql_expr_test": tests})
    out = []
    for buckets, group in zip(HISTOGRAMS, groups):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump({"evaluation_interval": "1m", "tests": [group]}, file)  # YAML reads JSON
            file.flush()
            run = subprocess.run([promtool, "test", "rules", file.name], capture_output=True, text=True)
        answers = re.findall(r"histogram_quantile\((\S+), h_bucket\)\".*?got: (nil|\{\} (\S+))", run.stdout + run.stderr, re.S)
        assert [q for q, _, _ in answers] == RANKS, run.stdout + run.stderr
        values = ["NaN" if got == "nil" else number(float(value)) for _, got, value in answers]
        out.append({"buckets": [[number(float(le)), number(float(count))] for le, count in buckets], "q": numbers(map(float, RANKS)), "values": values})
    return {"version": subprocess.run([promtool, "--version"], capture_output=True, text=True).stdout.split()[2], "cases": out}


def bootstraps():
    rng = np.random.default_rng(4)
    skewed = np.round(rng.lognormal(0, 1, 60), 3)
    options = dict(n_resamples=100_000, vectorized=True, confidence_level=0.95, rng=5)
    out = {"skewed": numbers(skewed)}
    for method in ["BCa", "percentile"]:
        for name, statistic in [("mean", np.mean), ("std", lambda x, axis: np.std(x, axis=axis, ddof=1))]:
            got = stats.bootstrap((skewed,), statistic, method=method, **options)
            out[f"{name}_{method}"] = {"low": got.confidence_interval.low, "high": got.confidence_interval.high, "se": got.standard_error}
    # Two strata: scipy resamples each sample on its own.
    a, b = np.round(rng.exponential(2, 25), 3), np.round(rng.exponential(1, 40), 3)
    got = stats.bootstrap((a, b), lambda a, b, axis: np.mean(a, axis=axis) / np.mean(b, axis=axis), method="BCa", **options)
    out["strata"] = {"a": numbers(a), "b": numbers(b), "low": got.confidence_interval.low, "high": got.confidence_interval.high}
    # Groups: a ratio of sums, resampled by user as pairs of sums.
    requests = rng.integers(1, 12, 35)
    hits = rng.binomial(requests, rng.beta(2, 3, 35))
    got = stats.bootstrap((hits, requests), lambda h, r, axis: h.sum(axis) / r.sum(axis), paired=True, method="BCa", **options)
    out["groups"] = {"hits": hits.tolist(), "requests": requests.tolist(), "low": got.confidence_interval.low, "high": got.confidence_interval.high}
    series = np.zeros(400)
    for i in range(1, 400):
        series[i] = 0.6 * series[i - 1] + rng.normal()
    series = np.round(series, 3)
    blocks = MovingBlockBootstrap(9, series, seed=6)
    low, high = blocks.conf_int(np.mean, reps=50_000, method="percentile", size=0.95).ravel()
    out["blocks"] = {"series": numbers(series), "low": low, "high": high, "block_rows": 9}
    out["block_lengths"] = []
    for phi, n in [(0.0, 50), (0.3, 120), (0.8, 300), (0.95, 2000), (-0.5, 200)]:
        values = np.zeros(n)
        for i in range(1, n):
            values[i] = phi * values[i - 1] + rng.normal()
        values = np.round(values, 4)
        out["block_lengths"].append({"values": numbers(values), "circular": float(optimal_block_length(values)["circular"].iloc[0])})
    return out


def rank_cases():
    rng = np.random.default_rng(7)
    cases = []
    for n in [3, 10, 60, 500]:
        x = rng.integers(0, max(4, n // 3), n).astype(float)
        y = np.round(0.1 * x + rng.normal(size=n), 1)
        pearson, spearman = stats.pearsonr(x, y), stats.spearmanr(x, y)
        kendall = stats.kendalltau(x, y, method="asymptotic")
        cases.append({
            "x": numbers(x), "y": numbers(y), "ranks": numbers(stats.rankdata(x)),
            "pearson": numbers([pearson.statistic, pearson.pvalue]), "spearman": numbers([spearman.statistic, spearman.pvalue]),
            "kendall": numbers([kendall.statistic, kendall.pvalue]),
        })
    return cases


def histograms():
    rng = np.random.default_rng(8)
    cases = []
    for values in [rng.normal(size=200), rng.lognormal(size=90), np.round(rng.normal(size=50)), np.array([4.0]), np.array([1.0, 1.0, 1.0, 5.0])]:
        values = np.round(values, 5)
        fd_edges = np.histogram_bin_edges(values, "fd")
        counts, edges = np.histogram(values, 7)
        cases.append({
            "values": numbers(values), "fd_edges": numbers(fd_edges), "edges": numbers(edges), "counts": counts.tolist(),
            "mass_edges": numbers(np.unique(np.quantile(values, np.linspace(0, 1, 6)))),
            "ecdf": numbers(stats.ecdf(values).cdf.evaluate(edges)),
        })
    return cases


def smoothing():
    values = [1.0, 4.0, math.nan, 2.0, 8.5, math.nan, math.nan, -3.0, 0.25]
    return [{"values": numbers(values), "share": share, "smoothed": numbers(pd.Series(values).ewm(alpha=1 - share, adjust=True, ignore_na=True).mean())} for share in [0.0, 0.3, 0.9]]


def forecasts():
    rng = np.random.default_rng(9)
    cases = []
    for n in [12, 40, 120]:
        values = np.round(50 + np.cumsum(rng.normal(0.5, 2, n)), 3)
        slope, intercept = np.polyfit(np.arange(1, min(n, 10) + 1), values[:10], 1)
        model = lambda: Holt(values, damped_trend=True, initialization_method="known", initial_level=intercept, initial_trend=slope)
        fixed = model().fit(smoothing_level=0.4, smoothing_trend=0.2, damping_trend=0.9, optimized=False)
        best = model().fit(optimized=True)
        cases.append({
            "values": numbers(values), "level": float(intercept), "trend": float(slope), "fixed_sse": float(fixed.sse),
            "fixed_forecast": numbers(fixed.forecast(6)), "best_sse": float(best.sse), "best_phi": float(best.params["damping_trend"]),
        })
    return cases


def survivals():
    rng = np.random.default_rng(10)
    cases = []
    # No case where exactly half is left: lifelines' products then end a bit above it and it names the next event.
    for n, censoring in [(9, 0.0), (30, 0.3), (100, 0.55), (12, 0.8)]:
        durations = np.ceil(rng.exponential(20, n))
        happened = rng.random(n) >= censoring
        fitter = KaplanMeierFitter().fit(durations, happened, alpha=0.05)
        limits = median_survival_times(fitter.confidence_interval_)
        steps = []
        for time in sorted(set(durations[happened])):
            low, high = fitter.confidence_interval_.loc[time]
            steps.append(numbers([time, fitter.survival_function_.loc[time].iloc[0], low, high]))
        cases.append({
            "durations": numbers(durations), "happened": happened.tolist(), "steps": steps, "median": number(fitter.median_survival_time_),
            "low": number(limits.iloc[0, 0]), "high": number(limits.iloc[0, 1]),
        })
    return cases


def decompositions():
    """Kitagawa's two sums in exact fractions."""
    cases = []
    for parts in [[(30, 100, 55, 150), (4, 80, 2, 40), (9, 20, 8, 10)], [(1, 3, 2, 7), (5, 9, 1, 9)]]:
        d0, d1 = sum(p[1] for p in parts), sum(p[3] for p in parts)
        before, after = Fraction(sum(p[0] for p in parts), d0), Fraction(sum(p[2] for p in parts), d1)
        mean = (before + after) / 2
        effects = []
        for n0, m0, n1, m1 in parts:
            r0, r1, w0, w1 = Fraction(n0, m0), Fraction(n1, m1), Fraction(m0, d0), Fraction(m1, d1)
            effects.append([float((w1 - w0) * ((r0 + r1) / 2 - mean)), float((w0 + w1) / 2 * (r1 - r0))])
        cases.append({"parts": parts, "before": float(before), "after": float(after), "effects": effects})
    return cases


document = {
    "versions": {name: version(name) for name in ["numpy", "scipy", "statsmodels", "pandas", "lifelines", "arch"]},
    "distributions": distributions(),
    "intervals": intervals(),
    "quantiles": quantiles(),
    "promtool": [histogram_quantiles(tool) for tool in sys.argv[1:] or ["promtool"]],
    "bootstrap": bootstraps(),
    "ranks": rank_cases(),
    "histograms": histograms(),
    "smoothing": smoothing(),
    "forecasts": forecasts(),
    "survival": survivals(),
    "decomposition": decompositions(),
}
text = "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in document.items()) + "\n}\n"
pathlib.Path(__file__).with_name("core.json").write_text(text)
