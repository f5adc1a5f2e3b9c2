#!/usr/bin/env python3
"""Records answers of a real Prometheus and a real VictoriaMetrics into tests/recorded/prometheus.

Both get the same small, fixed history: counters with restarts, a series that begins and one that ends, a histogram,
a gauge with a one-sample spike and a gap. Beside the answers it writes `samples.json`, every raw sample, against which
the tests check exact increases. Needs prometheus, promtool and victoria-metrics on the PATH; ports 29090 and 28428.

Arguments are a command to run while both servers are up, with SIGHTLINE_RECORD=1: this records whole conversations anew,

    python3 tests/recorded/record_prometheus.py cargo test --test source_prometheus
"""

import glob
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "prometheus")
PROMETHEUS = "http://127.0.0.1:29090"
VICTORIA = "http://127.0.0.1:28428"
SCRAPE = 15
END = 1_767_225_600  # 2026-01-01T00:00:00Z, a multiple of every step that the tests use
BEGIN = END - 12 * 3600


def series():
    """Name, labels and samples (seconds, value) of every series, from a fixed seed."""
    rng = random.Random(7)
    times = list(range(BEGIN, END + 1, SCRAPE))

    def counter(begin, end, restarts, rate, jitter=True):
        value, out = 0, []
        for t in times:
            if not begin <= t <= end:
                continue
            if any(t - SCRAPE < r <= t for r in restarts):
                value = 0
            value += rng.randrange(0, rate)
            out.append((t + (rng.randrange(0, 900) / 1000 if jitter else 0), value))
        return out

    yield "app_requests_total", {"model": "churn", "pod": "a", "region": "eu"}, counter(BEGIN, END, [BEGIN + 5000, BEGIN + 5040, END - 7000], 9)
    yield "app_requests_total", {"model": "churn", "pod": "b", "region": "us"}, counter(BEGIN + 9000, END, [], 5)
    yield "app_requests_total", {"model": "fraud", "pod": "c", "region": "eu"}, counter(BEGIN, END - 20000, [BEGIN + 7], 30)
    yield "app_requests_total", {"model": "fraud", "pod": "short", "region": "eu"}, counter(END - 9000, END - 8000, [], 7)
    gap = counter(BEGIN, END, [END - 10000], 4)
    yield "app_requests_total", {"model": "quo\"te\\d\nline é", "pod": "d", "region": "eu"}, [s for s in gap if not END - 15000 < s[0] < END - 12000]
    bounds = [0.1, 0.5, 1.0, 2.5, math.inf]
    values, out = [0] * len(bounds), {b: [] for b in bounds}
    for i, t in enumerate(times):
        if i == 1500:
            values = [0] * len(bounds)
        for _ in range(rng.randrange(0, 6)):
            latency = rng.expovariate(1.5)
            for k, bound in enumerate(bounds):
                values[k] += latency <= bound
        for k, bound in enumerate(bounds):
            out[bound].append((t, values[k]))
    for bound in bounds:
        yield "app_latency_seconds_bucket", {"model": "churn", "le": "+Inf" if bound == math.inf else str(bound)}, out[bound]
    yield "app_temperature", {"host": "x"}, [(t, 90.5 if t == END - 7200 else 20 + math.sin(t / 900)) for t in times if not END - 5400 < t < END - 3600]
    yield "app_ratio", {"kind": "nan"}, [(t, math.nan) for t in times]
    yield "app_ratio", {"kind": "up"}, [(t, math.inf) for t in times]
    yield "app_ratio", {"kind": "down"}, [(t, -math.inf) for t in times]


def text(value):
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf") if math.isinf(value) else repr(value)


def line(name, labels, t, value, scale):
    quote = lambda v: v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    stamp = str(round(t * 1000)) if scale == 1000 else f"{t:.3f}"
    pairs = ",".join(f'{key}="{quote(value)}"' for key, value in labels.items())
    return f"{name}{{{pairs}}} {text(value)} {stamp}\n"


def call(url, form=None):
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait(url):
    for _ in range(300):
        try:
            if call(url)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def start(folder):
    """Fills and starts both servers; returns their processes."""
    everything = list(series())
    with open(f"{folder}/history.om", "w") as out:
        for name in dict.fromkeys(name for name, _, _ in everything):
            out.write(f"# TYPE {name} unknown\n")
            for found, labels, samples in everything:
                if found == name:
                    out.writelines(line(name, labels, t, v, 1) for t, v in samples)
        out.write("# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{folder}/history.om", f"{folder}/prom"], check=True, stdout=subprocess.DEVNULL)
    with open(f"{folder}/rules.yml", "w") as out:
        json.dump({"groups": [{"name": "g", "interval": "1s", "rules": [
            {"alert": "AlwaysOn", "expr": "vector(0.8246) > 0", "labels": {"severity": "warning"}, "annotations": {"summary": "value is {{ $value }}"}},
            {"alert": "StillWaiting", "expr": "vector(3)", "for": "1d", "labels": {"model": "churn"}, "annotations": {"description": "d"}},
        ]}]}, out)
    with open(f"{folder}/prometheus.yml", "w") as out:
        json.dump({"rule_files": [f"{folder}/rules.yml"]}, out)
    quiet = {"stdout": open(f"{folder}/prom.log", "w"), "stderr": subprocess.STDOUT}
    prometheus = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/prom", "--storage.tsdb.retention.time=100y", "--web.listen-address=127.0.0.1:29090"], **quiet)
    quiet = {"stdout": open(f"{folder}/vm.log", "w"), "stderr": subprocess.STDOUT}
    victoria = subprocess.Popen(["victoria-metrics", f"-storageDataPath={folder}/vm", "-httpListenAddr=127.0.0.1:28428", "-retentionPeriod=100y", "-search.latencyOffset=0s"], **quiet)
    try:
        wait(f"{PROMETHEUS}/-/ready")
        wait(f"{VICTORIA}/health")
        body = "".join(line(n, l, t, v, 1000) for n, l, s in everything for t, v in s)
        urllib.request.urlopen(urllib.request.Request(f"{VICTORIA}/api/v1/import/prometheus", body.encode()), timeout=60).read()
        call(f"{VICTORIA}/internal/force_flush")
        time.sleep(3)  # the rules have run once
    except BaseException:
        prometheus.terminate(), victoria.terminate()
        raise
    return prometheus, victoria


def record():
    os.makedirs(OUT, exist_ok=True)
    with open(f"{OUT}/samples.json", "w") as out:
        rows = [[n, l, [[round(t * 1000), v] for t, v in s]] for n, l, s in series() if "total" in n or "bucket" in n]
        json.dump(rows, out, separators=(",", ":"))
    span = {"start": END - 7200, "end": END, "step": 60}
    wanted = {
        "matrix": ("query_range", {"query": "app_temperature", **span}),
        "matrix_counters": ("query_range", {"query": "app_requests_total", "start": END - 36000, "end": END, "step": 3600}),
        "not_finite": ("query_range", {"query": "app_ratio", **span, "step": 600}),
        "vector": ("query", {"query": "sum by (model) (app_requests_total)", "time": END}),
        "scalar_inf": ("query", {"query": "1/0", "time": END}),
        "string": ("query", {"query": '"text"', "time": END}),
        "raw": ("query", {"query": 'app_requests_total{pod="a"}[5m]', "time": END}),
        "empty": ("query_range", {"query": "there_is_none", **span}),
        "error_parse": ("query_range", {"query": "rate(", **span}),
        "error_matching": ("query_range", {"query": "app_requests_total * on (model) app_requests_total", **span}),
        "error_too_many_points": ("query_range", {"query": "app_temperature", "start": END - 40000, "end": END, "step": 1}),
    }
    slow = ("query_range", {"query": "max_over_time(count_over_time(app_requests_total[1h:1s])[12h:1s])", **span, "timeout": "1ms"})
    for kind, base in (("prom", PROMETHEUS), ("vm", VICTORIA)):
        # VictoriaMetrics refuses the subquery's points before it runs out of time.
        asked = {**wanted, ("error_timeout" if kind == "prom" else "error_inner_points"): slow}
        answers = {name: call(f"{base}/api/v1/{path}", form) for name, (path, form) in asked.items()}
        window = urllib.parse.urlencode({"match[]": "app_requests_total", "start": BEGIN, "end": END})
        answers["labels"] = call(f"{base}/api/v1/labels?{window}")
        answers["label_values"] = call(f"{base}/api/v1/label/model/values?start={BEGIN}&end={END}")
        answers["alerts"] = call(f"{base}/api/v1/alerts")
        answers["probe"] = call(f"{base}/api/v1/query?query=vector%281%29")
        answers["no_such_page"] = call(f"{base}/api/v1/nowhere")
        for name, (status, body) in answers.items():
            for old in glob.glob(f"{OUT}/{kind}_{name}.*"):
                os.remove(old)
            print(f"{kind}_{name} {status} {len(body)} bytes")
            with open(f"{OUT}/{kind}_{name}.{status}", "wb") as out:
                out.write(body)


def main():
    folder = tempfile.mkdtemp(prefix="record-prometheus-")
    servers = start(folder)
    failed = 0
    try:
        record()
        if sys.argv[1:]:
            failed = subprocess.run(sys.argv[1:], env={**os.environ, "SIGHTLINE_RECORD": "1"}).returncode
    finally:
        for server in servers:
            server.terminate()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
