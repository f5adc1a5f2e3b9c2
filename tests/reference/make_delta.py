"""Writes delta.json: what Monte Carlo says of arithmetic on uncertain numbers, for the tests of stats::delta.

    python -m venv VENV && VENV/bin/pip install numpy scipy
    VENV/bin/python tests/reference/make_delta.py

Counts are drawn from a Poisson distribution, revenue as a compound Poisson sum of customers who bring gamma-distributed amounts, means
from a normal distribution. `sd` is the standard deviation of the drawn results, `gradient_sd` that of the delta method with derivatives
by scipy's finite differences. The parts are independent.
"""

import json
import pathlib
from importlib.metadata import version

import numpy as np
from scipy import stats
from scipy.optimize import approx_fprime

N = 400_000
rng = np.random.default_rng(20_231_114)


def poisson(mean):
    return mean, mean, rng.poisson(mean, N).astype(float)


def compound(n_customers, shape, scale):
    counts = rng.poisson(n_customers, N)
    drawn = np.where(counts > 0, stats.gamma.rvs(np.maximum(counts, 1) * shape, scale=scale, random_state=rng), 0.0)
    # E(amount^2) = (shape + shape^2) * scale^2.
    return n_customers * shape * scale, n_customers * (shape + shape**2) * scale**2, drawn


def normal(mean, sd):
    return mean, sd**2, rng.normal(mean, sd, N)


CASES = {
    "revenue / predictions * 1000": (lambda r, p: r / p * 1000, [compound(400, 2.0, 15.0), poisson(9000)]),
    "errors / predictions": (lambda e, p: e / p, [poisson(180), poisson(9000)]),
    "(revenue - costs) / predictions": (lambda r, c, p: (r - c) / p, [compound(400, 2.0, 15.0), normal(7000, 120), poisson(9000)]),
    "rating * predictions + errors": (lambda m, p, e: m * p + e, [normal(4.1, 0.05), poisson(9000), poisson(180)]),
    "predictions / (predictions + errors)": (lambda p, e: p / (p + e), [poisson(9000), poisson(180)]),
}

document = {"versions": {name: version(name) for name in ("numpy", "scipy")}, "draws": N, "cases": {}}
for name, (function, parts) in CASES.items():
    means = np.array([mean for mean, _, _ in parts])
    variances = np.array([variance for _, variance, _ in parts])
    gradient = approx_fprime(means, lambda x: function(*x), np.maximum(means, 1) * 1e-6)
    document["cases"][name] = {
        "parts": [{"value": mean, "variance": variance} for mean, variance, _ in parts],
        "value": float(function(*means)),
        "sd": float(np.std(function(*[drawn for _, _, drawn in parts]), ddof=1)),
        "gradient_sd": float(np.sqrt(np.sum(gradient**2 * variances))),
    }
path = pathlib.Path(__file__).with_name("delta.json")
path.write_text(json.dumps(document, indent=1) + "\n")
