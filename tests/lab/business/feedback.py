"""What users say: ratings, thumbs, scores and comments, some of them with personal data, some hostile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import plan, season, users as accounts
from .plan import DAY_MS, MINUTE_MS
from .table import MISSING, Coded, Table, coded
from .usage import version_at

N = 6_000
PRESENT = {"channel": 0.95, "rating": 0.82, "thumb": 0.5, "csat": 0.36, "nps": 0.32, "comment": 0.27}
CHANNELS = {"app": 0.6, "email": 0.25, "phone": 0.15}
GOOD = ["Saves me an hour a day.", "Second reading caught what we missed.", "Quick and clear, thank you.",
        "Works well on scanned forms now.", "Very reliable since the last update.", "Our nurses love it.",
        "The explanation beside the score helps a lot.", "Finally no more typing of forms."]
MIDDLING = ["Fine, but I still check every result.", "Good in the morning, slow after lunch.",
            "Would like an export to our own system.", "Scores are plausible, reasons are not always.",
            "OK for routine cases."]
BAD = ["Misreads sevens as ones again and again.", "Too many wrong digits since the new version.",
       "Slow, and it failed twice this week.", "I had to correct half of the forms by hand.",
       "The score jumped without any change in the image.", "Support did not call back."]
PERSONAL = ["Please call me back on +49 30 901820 about this case.", "Write to maria.keller@clinic.example, I am away.",
            "My number is (555) 010-4477, ask for Dr. Ruiz.", "Send the report to j.tanaka+lab@hospital.example.jp",
            "Patient asked twice, reach me at 020 7946 0991 or at ward.4@trust.example.uk",
            "Contact: amit.rao@lab.example.in, +91 22 5550 1234"]
HOSTILE = ["<script>alert('feedback')</script>", "<img src=x onerror=alert(1)>", "=HYPERLINK(\"http://attacker.example\",\"click\")",
           "'; DROP TABLE feedback; --", "javascript:alert(document.domain)", "\u202egnp.elif\u202c right to left",
           "a\tb\nsecond line \"quoted\", with comma", "e\u0301te\u0301 \U0001f600\u200d zero\u200bwidth", "+1+1|cmd' /C calc'!A0",
           "{{constructor.constructor('alert(1)')()}}", "%3Cb%3Ebold%3C/b%3E ${7*7}", "x" * 2_000]


def rating_mean(model: Coded, version: np.ndarray) -> np.ndarray:
    """The planted mean rating of each row's version."""
    mean = np.array([plan.RATING_MEAN[str(one)] for one in (1, 2, 3)])[version - 1]
    worse = (model.codes == model.values.index(plan.WORSE_VERSION["model"])) & (version == int(plan.WORSE_VERSION["version"]))
    return np.where(worse, plan.WORSE_RATING_MEAN, mean)


def make(seed: int, people: accounts.Users, predictions: Sequence[dict] = ()) -> Table:
    """Draws feedback; recent rows are about `predictions` (`time`, `id`, `model`, `version`), as many as there are for them."""
    random = plan.rng(seed, "feedback")
    start, end = plan.window(people.anchor)
    days = np.arange(start, end, DAY_MS)
    weight = season.week(days) * season.growth(days, end, 2.2)
    weight[-1] *= (end - days[-1]) / DAY_MS
    at = days[random.choice(len(days), N, p=weight / weight.sum())] + season.hour_of_day(random, N)
    at = np.sort(np.minimum(at, end - MINUTE_MS))
    # An account that was there at the time; the ids are in the order of signing up.
    n_there = np.maximum(np.searchsorted(people.signed_up, at), 1)
    who = (random.random(N) * n_there).astype(np.int64)
    model = accounts.choice(random, plan.MODELS, N)
    version = np.ones(N, np.int64)
    trial = random.random(N)
    for index, name in enumerate(plan.MODELS):
        mine = model.codes == index
        version[mine] = version_at(name, at[mine], people.anchor)
        if name in plan.CHALLENGERS:
            days_ago, challenger, share = plan.CHALLENGERS[name]
            version[mine & (at >= people.anchor - days_ago * DAY_MS) & (trial < share)] = int(challenger)
    prediction_ids: list[str | None] = [None] * N
    if predictions:
        ordered = sorted(predictions, key=lambda one: (one["time"], one["id"]))
        times = np.array([one["time"] for one in ordered])
        about = np.flatnonzero((at > times[0] + DAY_MS) & (random.random(N) < 0.8))
        # Of the predictions of the day before.
        low, high = np.searchsorted(times, at[about] - DAY_MS), np.searchsorted(times, at[about])
        chosen = low + (random.random(len(about)) * (high - low)).astype(np.int64)
        for row, one in zip(about.tolist(), (ordered[index] for index in chosen.tolist())):
            prediction_ids[row] = str(one["id"])
            model.codes[row], version[row] = model.values.index(one["model"]), int(one["version"])
    level = (rating_mean(model, version) - 1) / 4
    mood = np.clip(level + random.normal(0, 0.12, N), 0.02, 0.98)
    rating = 1 + random.binomial(4, level)
    csat = 1 + random.binomial(4, mood)
    nps = random.binomial(10, np.clip(mood + 0.06, 0, 1))
    thumb = np.where(random.random(N) < mood, 1, -1)
    there = {name: random.random(N) < share for name, share in PRESENT.items()}
    present = lambda name, values: np.where(there[name], values, MISSING)
    channel = accounts.choice(random, CHANNELS, N)
    channel.codes[~there["channel"]] = -1
    pools = [BAD, BAD, MIDDLING, GOOD, GOOD]
    lot = random.random((N, 2))
    comments: list[str | None] = []
    for row in range(N):
        pool = pools[rating[row] - 1]
        if lot[row, 0] < 0.04:
            pool = PERSONAL
        elif lot[row, 0] < 0.06:
            pool = HOSTILE
        comments.append(pool[int(lot[row, 1] * len(pool))] if there["comment"][row] else None)
    return Table("feedback", {
        "at": at, "feedback_id": coded([f"f{index:05d}" for index in range(1, N + 1)]), "user_id": people.id_column(who),
        "prediction_id": coded(prediction_ids), "model": model, "version": Coded(["1", "2", "3"], version - 1),
        **people.place(who), "channel": channel, "rating": present("rating", rating), "thumb": present("thumb", thumb),
        "csat": present("csat", csat), "nps": present("nps", nps), "comment": coded(comments)})


def truth(anchor: int) -> dict:
    days_ago, version, share = plan.CHALLENGERS["digits"]
    return {"ratingMean": {"other": plan.RATING_MEAN, "worse": plan.WORSE_RATING_MEAN},
            "worseVersion": {**plan.WORSE_VERSION, "from": anchor - days_ago * DAY_MS, "share": share}}
