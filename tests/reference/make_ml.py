"""Records the numbers that tests/stats_ml.rs compares with, computed by others' code or straight from the definition.

Run once, by hand, and commit the result: python tests/reference/make_ml.py
Needs: numpy scipy scikit-learn statsmodels 'pandas<3' evidently==0.7.23
Nothing here shares a formula with the Rust code: DeLong's variance is counted pair by pair, the mixture ratio is
integrated numerically, the Dirichlet-multinomial is a product of predictions, the best arm a double integral.
"""

import json
import math
import pathlib
import platform
import warnings

import evidently
import numpy as np
import pandas as pd
import scipy
import sklearn
import statsmodels
from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
from evidently.legacy.calculations.stattests.psi import _psi
from evidently.legacy.calculations.stattests.wasserstein_distance_norm import _wasserstein_distance_norm
from evidently.legacy.core import ColumnType
from scipy import integrate, optimize, stats
from sklearn import ensemble, metrics, tree
from sklearn.ensemble._forest import _generate_sample_indices
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20260101)


def golden(n, offset):
    """Values in 0..1 that Rust makes again bit by bit, so that large samples need no file."""
    return (np.arange(1, n + 1) * 0.6180339887498949 + offset) % 1.0


def floats(values):
    return [float(value) for value in values]


def binary():
    labels = rng.random(120) < 0.4
    scores = np.clip(np.round(0.35 + 0.25 * labels + 0.2 * rng.standard_normal(120), 2), 0.0, 1.0)
    scores[labels.argmin()] = 1.0  # a certain miss
    fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, pr_thresholds = metrics.precision_recall_curve(labels, scores)
    bins = np.floor(15 * (stats.rankdata(scores) - 0.5) / len(scores)).astype(int)
    reliability = []
    for b in np.unique(bins):
        inside = bins == b
        low, high = proportion_confint(labels[inside].sum(), inside.sum(), 0.05, "wilson")
        reliability.append([scores[inside].mean(), labels[inside].mean(), low, high, int(inside.sum())])
    ece = sum(n * abs(p - o) for p, o, _, _, n in reliability) / len(scores)
    costs = [0.0, 1.0, 5.0, -0.5]
    cost_at = lambda t: float(np.mean(np.where(labels, np.where(scores >= t, costs[3], costs[2]), np.where(scores >= t, costs[1], costs[0]))))
    cost_curve = [cost_at(t) for t in thresholds]
    predicted = scores >= 0.5
    return {
        "scores": floats(scores), "labels": [bool(x) for x in labels],
        "roc": [floats(fpr), floats(tpr), floats(thresholds[1:])], "auc": metrics.roc_auc_score(labels, scores),
        "pr": [floats(precision), floats(recall), floats(pr_thresholds)],
        "average_precision": metrics.average_precision_score(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores), "log_loss": metrics.log_loss(labels, scores),
        "reliability": [floats(row) for row in reliability], "ece": ece,
        "costs": costs, "cost_curve": cost_curve, "cheapest": float(thresholds[int(np.argmin(cost_curve))]),
        "at_half": floats([metrics.precision_score(labels, predicted), metrics.recall_score(labels, predicted), metrics.f1_score(labels, predicted)]),
    }


def multiclass():
    names = np.array(["ant", "bee", "cat", "dog"])
    actual = names[rng.choice(4, 150, p=[0.5, 0.3, 0.2, 0.0])]  # no dog is actual
    predicted = np.where(rng.random(150) < 0.7, actual, names[rng.choice(4, 150, p=[0.5, 0.4, 0.0, 0.1])])
    report = metrics.precision_recall_fscore_support(actual, predicted, zero_division=0)
    averages = {kind: floats(metrics.precision_recall_fscore_support(actual, predicted, average=kind, zero_division=0)[:3]) for kind in ["macro", "weighted", "micro"]}
    probabilities = rng.dirichlet([1, 1, 1], 40)
    classes = rng.integers(0, 3, 40)
    probabilities[0] = [0.0, 0.5, 0.5]
    classes[0] = 0
    return {
        "actual": list(map(str, actual)), "predicted": list(map(str, predicted)),
        "matrix": metrics.confusion_matrix(actual, predicted).tolist(),
        "row": metrics.confusion_matrix(actual, predicted, normalize="true").tolist(),
        "column": metrics.confusion_matrix(actual, predicted, normalize="pred").tolist(),
        "all": metrics.confusion_matrix(actual, predicted, normalize="all").tolist(),
        "per_class": [floats(row) for row in report], "averages": averages,
        "accuracy": metrics.accuracy_score(actual, predicted),
        "probabilities": probabilities.tolist(), "classes": classes.tolist(),
        "log_loss": metrics.log_loss(classes, probabilities),
    }


def delong():
    """DeLong, DeLong and Clarke-Pearson (1988), every pair counted."""
    labels = rng.random(90) < 0.45
    first = np.round(labels * 0.8 + rng.standard_normal(90), 1)
    second = np.round(0.5 * first + labels * 0.4 + 0.7 * rng.standard_normal(90), 1)

    def structural(scores):
        psi = lambda x, y: 1.0 if x > y else 0.5 if x == y else 0.0
        table = np.array([[psi(x, y) for y in scores[~labels]] for x in scores[labels]])
        return table.mean(), table.mean(axis=1), table.mean(axis=0)

    (a, a10, a01), (b, b10, b01) = structural(first), structural(second)
    s = np.cov(a10, b10) / len(a10) + np.cov(a01, b01) / len(a01)
    se = math.sqrt(s[0, 0])
    z = stats.norm.ppf(0.975)
    logit, half = math.log(a / (1 - a)), z * se / (a * (1 - a))
    difference_se = math.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    return {
        "first": floats(first), "second": floats(second), "labels": [bool(x) for x in labels],
        "auc": a, "se": se, "interval": [1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit))],
        "second_auc": b, "difference_se": difference_se, "z": (a - b) / difference_se,
        "p": 2 * stats.norm.sf(abs(a - b) / difference_se),
    }


def regression():
    actual = np.round(10 * rng.standard_normal(60), 2)
    actual[5] = 0.0
    predicted = np.round(actual + 2 * rng.standard_normal(60), 2)
    predicted[5] = 0.0
    return {
        "actual": floats(actual), "predicted": floats(predicted),
        "rmse": metrics.root_mean_squared_error(actual, predicted), "mae": metrics.mean_absolute_error(actual, predicted),
        "r2": metrics.r2_score(actual, predicted), "mape": metrics.mean_absolute_percentage_error(actual, predicted),
    }


def permuted_p(statistic, a, b, n_draws=100_000):
    both, observed = np.concatenate([a, b]), statistic(a, b)
    hits = 0
    for _ in range(n_draws):
        drawn = rng.permutation(both)
        hits += statistic(drawn[: len(a)], drawn[len(a) :]) >= observed - 1e-9
    return (hits + 1) / (n_draws + 1)


def ks_distance(a, b):
    grid = np.unique(np.concatenate([a, b]))
    return np.abs(np.searchsorted(np.sort(a), grid, "right") / len(a) - np.searchsorted(np.sort(b), grid, "right") / len(b)).max()


def ks():
    cases = []
    for n, m, shift in [(50, 50, 0.3), (40, 67, 0.5), (9, 200, 0.2), (300, 431, 0.15), (300, 431, 1.2), (700, 700, 0.4)]:
        a, b = rng.standard_normal(n), shift + rng.standard_normal(m)
        result = stats.ks_2samp(a, b)
        cases.append({"reference": floats(a), "current": floats(b), "statistic": result.statistic, "p": result.pvalue})
    large = []
    for n, m, shift in [(9000, 9000, 0.02), (12_000, 11_000, 0.015), (20_000, 15_000, 0.02), (9_000, 8_000, 0.021)]:
        result = stats.ks_2samp(golden(n, 0.1), golden(m, 0.3) + shift)
        large.append({"n": n, "m": m, "shift": shift, "statistic": result.statistic, "p": result.pvalue})
    tied = []
    for high, lean in [(5, 0.3), (3, 0.1), (8, 0.8)]:
        a = rng.integers(0, high, 60).astype(float)
        b = np.minimum(rng.integers(0, high, 45) + (rng.random(45) < lean), high - 1).astype(float)
        tied.append({"reference": floats(a), "current": floats(b), "statistic": ks_distance(a, b), "p": permuted_p(ks_distance, a, b, 20_000)})
    return {"cases": cases, "large": large, "tied": tied}


def distances(reference, current, kind=ColumnType.Numerical):
    a, b = pd.Series(reference), pd.Series(current)
    result = {"psi": float(_psi(a, b, kind, 0.1)[0]), "js": float(_jensenshannon(a, b, kind, 0.1)[0])}
    if kind == ColumnType.Numerical:
        result["wasserstein"] = float(_wasserstein_distance_norm(a, b, kind, 0.1)[0])
    return result


def drift():
    samples = {
        "continuous": (rng.standard_normal(300), 0.4 + 1.2 * rng.standard_normal(250)),
        "skewed, power of two": (rng.exponential(3.0, 128), rng.exponential(4.0, 128)),
        "few values": (rng.integers(0, 12, 200).astype(float), rng.integers(3, 15, 180).astype(float)),
        "twenty-one values": (np.arange(210) % 21 * 1.0, np.arange(100) % 30 * 1.0),
        "constant reference": (np.ones(50), 1.0 + (np.arange(40) % 2) * 0.5),
        "one row now": (rng.standard_normal(60), np.array([0.3])),
    }
    numeric = [{"name": name, "reference": floats(a), "current": floats(b), **distances(a, b)} for name, (a, b) in samples.items()]
    # One far row of 15,000 beside empty bins: its share is below 0.0001, so the other rule of filling applies.
    large = distances(1.0 / (golden(20_000, 0.1) + 0.002), np.append(1.0 / (golden(14_999, 0.3) + 0.02), 400.0))
    words = np.array(["red", "green", "blue", "white"])
    a, b = words[rng.choice(3, 160, p=[0.5, 0.3, 0.2])], words[rng.choice(4, 140, p=[0.4, 0.2, 0.3, 0.1])]
    categorical = {"reference": list(map(str, a)), "current": list(map(str, b)), **distances(a, b, ColumnType.Categorical)}

    # Percentiles of the squared distances over fixed bins, less twice their median bias.
    a, b = samples["continuous"]
    edges = np.histogram_bin_edges(np.concatenate([a, b]), bins="sturges")
    shares = lambda values: np.histogram(values, edges)[0] / len(values)
    drawn = {"js": [], "wasserstein": []}
    own = np.random.default_rng(20260101)
    for _ in range(20_000):
        x, y = own.choice(a, len(a)), own.choice(b, len(b))
        drawn["js"].append(scipy.spatial.distance.jensenshannon(shares(x), shares(y)))
        drawn["wasserstein"].append(stats.wasserstein_distance(x, y) / max(np.std(x), 0.001))
    measured = {"js": scipy.spatial.distance.jensenshannon(shares(a), shares(b)), "wasserstein": stats.wasserstein_distance(a, b) / np.std(a)}
    intervals = {}
    for name, values in drawn.items():
        squares = np.square(values)
        bias = np.median(squares) - measured[name] ** 2
        intervals[name] = floats(np.sqrt(np.maximum(np.quantile(squares, [0.025, 0.975]) - 2 * bias, 0)))

    tables = [([50, 30, 20], [40, 45, 25]), ([500, 20, 7, 90], [420, 40, 9, 77])]
    chi = []
    for x, y in tables:
        statistic, p, df, _ = stats.chi2_contingency([x, y], correction=False)
        chi.append({"reference": x, "current": y, "statistic": statistic, "df": df, "p": p})
    x, y = [40, 8, 2, 1], [30, 3, 5, 3]
    statistic = lambda p, q: stats.chi2_contingency([[np.sum(p == k) for k in range(4)], [np.sum(q == k) for k in range(4)]], correction=False)[0]
    rare = {"reference": x, "current": y, "p": permuted_p(statistic, np.repeat(range(4), x), np.repeat(range(4), y), 10_000)}
    low, high = confint_proportions_2indep(30, 400, 12, 500, method="newcomb", compare="diff")
    return {"numeric": numeric, "large": large, "categorical": categorical, "intervals": intervals, "chi_squared": chi, "rare": rare,
            "null_change": {"reference": [12, 500], "current": [30, 400], "interval": floats([low, high])}}


def multiplicity():
    p = np.sort(np.concatenate([rng.random(12), rng.random(6) * 0.02]))
    rng.shuffle(p)
    return {"p": floats(p), "bh": floats(multipletests(p, method="fdr_bh")[1]), "holm": floats(multipletests(p, method="holm")[1])}


def sequential():
    """The mixture integral itself (Johari et al. 2022), and the confidence sequence by solving for it."""
    cases = []
    for difference, variance, mixing in [(0.01, 4e-5, 1e-4), (-0.03, 1e-4, 2.5e-3), (0.5, 0.04, 1.0), (0.0, 0.01, 0.01)]:
        def ratio(x, variance=variance, mixing=mixing):
            density = lambda theta: stats.norm.pdf(theta, 0, math.sqrt(mixing)) * math.exp((2 * x * theta - theta**2) / (2 * variance))
            width = 12 * math.sqrt(mixing)
            peak = x * mixing / (mixing + variance)
            return integrate.quad(density, -width, width, points=[peak], epsabs=0, epsrel=1e-12, limit=500)[0]
        half = optimize.brentq(lambda x: math.log(ratio(x)) + math.log(0.05), 0, 12 * math.sqrt(variance), xtol=1e-14)
        cases.append({"difference": difference, "variance": variance, "mixing": mixing, "log_ratio": math.log(ratio(difference)), "half": half})

    counts = [60, 45, 50]
    shares, concentration = [0.4, 0.3, 0.3], 30.0
    order = rng.permutation(np.repeat(range(3), counts))
    log_factor, seen = 0.0, [0, 0, 0]
    for arm in order:  # Bayes factor as a product of one-step predictions
        log_factor += math.log((concentration * shares[arm] + seen[arm]) / (concentration + sum(seen)) / shares[arm])
        seen[arm] += 1
    srm = stats.chisquare([5_150, 4_850], [5_000, 5_000])
    arms = [(20, 400), (31, 410), (25, 390)]
    best = []
    for i, (s, n) in enumerate(arms):
        others = [stats.beta(1 + t, 1 + m - t) for j, (t, m) in enumerate(arms) if j != i]
        own = stats.beta(1 + s, 1 + n - s)
        best.append(integrate.quad(lambda x: own.pdf(x) * math.prod(o.cdf(x) for o in others), 0, 1, points=[s / n], epsabs=1e-12, limit=500)[0])
    return {"mixture": cases, "counts": counts, "shares": shares, "concentration": concentration, "log_bayes_factor": log_factor,
            "ratio": {"counts": [5150, 4850], "statistic": srm.statistic, "p": srm.pvalue}, "arms": arms, "best": best}


def friedman(n):
    x = np.stack([golden(n, 0.0), golden(n, 0.0) ** 0, *[(np.arange(1, n + 1) * step) % 1.0 for step in [0.7548776662466927, 0.5698402909980532, 0.8191725133961645]]])
    x[1] = (np.arange(1, n + 1) * 0.6710436067037893) % 1.0
    return x.T, 10 * x[0] * x[2] + 20 * (x[3] - 0.5) ** 2 + 5 * x[4]  # the second input does nothing


def forest():
    x, y = friedman(150)
    one = tree.DecisionTreeRegressor(min_samples_leaf=4, max_depth=5, random_state=0).fit(x, y)
    many = ensemble.RandomForestRegressor(500, min_samples_leaf=2, max_features=1.0, oob_score=True, random_state=0).fit(x, y)
    rises = np.zeros(x.shape[1])
    for grown in many.estimators_:
        unseen = np.setdiff1d(np.arange(len(y)), _generate_sample_indices(grown.random_state, len(y), len(y), None))
        error = np.mean((grown.predict(x[unseen]) - y[unseen]) ** 2)
        for column in range(x.shape[1]):
            shuffled = x[unseen].copy()
            shuffled[:, column] = rng.permutation(shuffled[:, column])
            rises[column] += np.mean((grown.predict(shuffled) - y[unseen]) ** 2) - error
    share = np.maximum(rises, 0) / np.maximum(rises, 0).sum()
    return {"n": 150, "tree": floats(one.predict(x)), "r2_unseen": many.oob_score_, "share": floats(share), "error_rise": floats(rises / 500)}


def load():
    loads = np.round(20 + 55 * golden(80, 0.2), 3)
    latencies = np.round(12 / (1 - loads / 90) * np.exp(0.08 * rng.standard_normal(80)), 4)
    residual = lambda q: np.log(latencies) - (q[0] - np.log(1 - loads / (loads.max() + math.exp(q[1]))))
    queueing = optimize.least_squares(residual, [2.5, 2.0], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return {"loads": floats(loads), "latencies": floats(latencies),
            "base": math.exp(queueing.x[0]), "capacity": float(loads.max() + math.exp(queueing.x[1]))}


result = {
    "versions": {"python": platform.python_version(), **{m.__name__: m.__version__ for m in [np, scipy, sklearn, statsmodels, pd, evidently]}},
    "binary": binary(), "multiclass": multiclass(), "delong": delong(), "regression": regression(), "ks": ks(), "drift": drift(),
    "multiplicity": multiplicity(), "sequential": sequential(), "forest": forest(), "load": load(),
}
text = json.dumps(result, allow_nan=False, default=float, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"')
pathlib.Path(__file__).with_name("ml.json").write_text(text + "\n")
