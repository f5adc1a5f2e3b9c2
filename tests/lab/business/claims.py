"""What README.md says of the business data, checked on running servers: both engines agree, truths are found, nobody can write."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request

from settings import APP_ORIGINS, CHDB, CLICKHOUSE, DATASETTE, GATEWAY, LAB, OIDC, RECORDS, read_json

from . import login, schema
from .asking import Window, desk
from .expected_executive import revenue, time_to_value
from .expected_product import feedback, outcomes, retention

ORIGIN = {"Origin": "http://localhost:8080"}


def business_truth() -> dict:
    return read_json(LAB / "truth.json")["business"]


def answer(address: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None):
    """Status, headers and body, whatever the status."""
    request = urllib.request.Request(address, body, {**ORIGIN, **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def query(server: str, sql: str, **parameters: str):
    return answer(f"{server}/?{urllib.parse.urlencode({'query': sql, **parameters})}")


def both_clickhouses_hold_the_same_tables():
    for table in schema.tables_of(schema.WAREHOUSE):
        numbers = [name for name, kind in schema.columns(table).items() if kind in ("int", "float", "big", "time", "day")]
        sums = ", ".join(f"sum(toInt64({name}))" if kind in ("int", "float") else f"max(toUInt64({name}))"
                         for name, kind in schema.columns(table).items() if name in numbers and kind not in ("time", "day"))
        sql = f"SELECT count(), uniqExact({numbers[0]}){', ' + sums if sums else ''} FROM {table} FORMAT TabSeparated"
        (status, _, old), (_, _, new) = query(CLICKHOUSE, sql), query(CHDB, sql)
        assert status == 200 and old == new and not old.startswith(b"0\t"), (table, old, new)


def order_ids_stay_exact_in_64_bits():
    for server in (CLICKHOUSE, CHDB):
        _, _, body = query(server, "SELECT count() - uniqExact(order_id), min(order_id) > 9007199254740992 FROM orders")
        assert body == b"0\t1\n", (server, body)


def nobody_who_asks_without_a_password_can_write():
    for server in (CLICKHOUSE, CHDB):
        for sql in ("INSERT INTO orders (amount) VALUES (1)", "DROP TABLE orders", "SET readonly = 0"):
            for user in ({}, {"user": "dash", "password": "dash"}):
                status, _, body = answer(f"{server}/?{urllib.parse.urlencode(user)}", "POST", body=sql.encode())
                assert status == 500 and b"Code: 164" in body, (server, sql, status, body)
    status, _, body = answer(f"{DATASETTE}/business.json?{urllib.parse.urlencode({'sql': 'DELETE FROM costs'})}")
    assert status == 400, (status, body)


def a_wrong_password_is_refused():
    assert query(CLICKHOUSE, "SELECT 1", user="dash", password="no")[0] == 401
    assert query(CHDB, "SELECT 1", user="dash", password="no")[0] == 403
    status, headers, _ = query(CHDB, "SELECT 1", user="dash")
    assert status == 401 and "Basic" in headers["WWW-Authenticate"]


def parameters_are_bound_not_pasted():
    hostile = "x' OR 1=1 --\\"
    sent = hostile.replace("\\", "\\\\")  # values travel in the escaping of TabSeparated
    _, _, body = query(CHDB, "SELECT {v:String} AS v, count() AS n FROM orders WHERE region = {v:String} FORMAT JSONEachRow", param_v=sent)
    assert json.loads(body) == {"v": hostile, "n": 0}, body
    sql = "SELECT :v AS v, count(*) AS n FROM costs WHERE region = :v"
    _, _, body = answer(f"{DATASETTE}/business.json?{urllib.parse.urlencode({'sql': sql, 'v': hostile, '_shape': 'objects'})}")
    assert json.loads(body)["rows"] == [{"v": hostile, "n": 0}], body


def a_browser_may_ask_from_another_origin():
    for address in (f"{CLICKHOUSE}/?query=SELECT+1", f"{CHDB}/?query=SELECT+1", f"{DATASETTE}/business.json?sql=SELECT+1",
                    f"{RECORDS}/market.csv"):
        status, headers, _ = answer(address)
        assert status == 200 and headers["Access-Control-Allow-Origin"] == "*", (address, status)
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    for address in (CHDB, f"{DATASETTE}/business.json", f"{RECORDS}/orders.parquet"):  # the ClickHouse of 2018 never answers
        status, headers, _ = answer(address, "OPTIONS", asked)
        assert status in (200, 204) and "authorization" in headers["Access-Control-Allow-Headers"].lower(), (address, status)


def files_come_in_ranges():
    status, headers, whole = answer(f"{RECORDS}/orders.parquet")
    assert status == 200 and headers["Accept-Ranges"] == "bytes" and whole[:4] == whole[-4:] == b"PAR1"
    status, headers, part = answer(f"{RECORDS}/orders.parquet", headers={"Range": "bytes=-8"})
    assert (status, part, headers["Content-Range"]) == (206, whole[-8:], f"bytes {len(whole) - 8}-{len(whole) - 1}/{len(whole)}")
    assert answer(f"{RECORDS}/orders.parquet", headers={"Range": f"bytes={len(whole)}-"})[0] == 416
    assert answer(f"{RECORDS}/../business.db")[0] == 404


def the_login_answers_the_app_and_nobody_else():
    status, headers, body = answer(f"{OIDC}/.well-known/openid-configuration")
    assert status == 200 and json.loads(body)["issuer"] == OIDC, body
    assert "S256" in json.loads(body)["code_challenge_methods_supported"]
    token = json.loads(body)["token_endpoint"]
    asked = {"grant_type": "authorization_code", "client_id": "sightline", "code": "none", "redirect_uri": f"{APP_ORIGINS[0]}/"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = urllib.parse.urlencode(asked).encode()
    status, headers, body = answer(token, "POST", {**form, "Origin": APP_ORIGINS[0]}, sent)
    assert status == 400 and headers["Access-Control-Allow-Origin"] == APP_ORIGINS[0], (status, body)
    _, headers, _ = answer(token, "POST", {**form, "Origin": "http://attacker.example"}, sent)
    assert headers["Access-Control-Allow-Origin"] != "http://attacker.example"


def the_gateway_asks_for_a_session():
    origin = {"Origin": APP_ORIGINS[0]}
    asked = f"{GATEWAY}/session/clickhouse/?query=SELECT+1"
    status, headers, _ = answer(asked, headers=origin)
    assert status == 401 and headers["Access-Control-Allow-Origin"] == APP_ORIGINS[0], status
    status, headers, _ = answer(f"{GATEWAY}/session/login", "POST", origin, b"")
    cookie = headers["Set-Cookie"].partition(";")
    assert status == 204 and "HttpOnly" in cookie[2] and "SameSite=Lax" in cookie[2], headers
    status, headers, body = answer(asked, headers={**origin, "Cookie": cookie[0]})
    assert (status, body, headers["Access-Control-Allow-Credentials"]) == (200, b"1\n", "true")
    assert answer(f"{GATEWAY}/session/login", "POST", {"Origin": "http://attacker.example"}, b"")[0] == 403
    assert answer(asked, "OPTIONS", origin)[0] == 204


def the_gateway_takes_tokens_of_the_login_only():
    origin, asked = APP_ORIGINS[0], f"{GATEWAY}/bearer/chdb/?query=SELECT+1"
    bearer = lambda token: answer(asked, headers={"Origin": origin, "Authorization": f"Bearer {token}"})
    tokens = login.log_in(origin)
    assert bearer(tokens["access_token"])[::2] == (200, b"1\n")
    assert bearer(login.refresh(origin, tokens["refresh_token"])["access_token"])[0] == 200
    status, headers, _ = bearer("invented")
    assert status == 401 and headers["Access-Control-Allow-Origin"] == origin


def the_gateway_brings_a_password_to_the_old_clickhouse():
    basic = lambda password: answer(f"{GATEWAY}/open/clickhouse/?query=SELECT+1", headers={
        "Authorization": "Basic " + base64.b64encode(f"dash:{password}".encode()).decode()})
    assert basic("dash")[::2] == (200, b"1\n") and basic("no")[0] == 401


def window() -> Window:
    truth = business_truth()
    return Window(truth["from"], truth["to"], truth["to"], {})


def planted_effects_lie_within_four_standard_errors():
    truth = business_truth()["experiments"]
    found, parts = outcomes(window()), outcomes(window(), "segment")
    for name, planted in truth.items():
        pairs = [(found[name], planted["effect"])]
        pairs += [(parts[name][segment], one["effect"]) for segment, one in planted["segments"].items()]
        for one, effect in pairs:
            assert abs(one["uplift"] - effect) < 4 * one["standardError"], (name, one, effect)


def the_dip_is_the_lowest_cell_of_its_month():
    dip = business_truth()["dip"]
    length = dip["to"] - dip["from"]
    now, before = (revenue(Window(start, start + length, start + length, {}))["regionSegment"]
                   for start in (dip["from"], dip["from"] - length))
    change = {(region, segment): now[region][segment] / before[region][segment] for region in before for segment in before[region]}
    assert min(change, key=change.get) == (dip["region"], dip["segment"]) and min(change.values()) < 0.6, change


def the_bad_cohort_keeps_the_fewest():
    truth = business_truth()["retention"]["badCohort"]
    months = retention(window())["months"]
    kept = {month: one["active"].get("5", 0) / one["size"] for month, one in months.items() if "7" in one["active"] and one["size"] > 60}
    assert min(kept, key=kept.get).startswith(truth["month"]), kept


def the_stuck_initiatives_wait_the_longest():
    truth = business_truth()["timeToValue"]
    found = time_to_value(window())
    waits = {name: days for one in found["waiting"].values() for name, days in one.items()}
    stuck = {one["initiative"] for one in truth["stuck"]}
    assert set(sorted(waits, key=waits.get)[-len(stuck):]) == stuck, waits
    for stage, median in truth["medianDays"].items():
        assert 0.6 < found["stages"][stage]["medianDays"] / median < 1.6, (stage, found["stages"][stage])


def the_worse_version_has_the_lowest_rating():
    truth = business_truth()["feedback"]["worseVersion"]
    ratings = {(model, version): one["rating"] for model, versions in feedback(window())["byVersion"].items()
               for version, one in versions.items()}
    assert min(ratings, key=ratings.get) == (truth["model"], truth["version"]), ratings


def recent_feedback_names_real_predictions():
    ids = {row[0] for row in desk("SELECT prediction_id FROM feedback WHERE prediction_id IS NOT NULL")}
    if (LAB / "mlflow" / "artifacts").exists():  # the business data alone has no predictions
        from . import predictions

        assert ids and ids <= {str(row["id"]) for row in predictions.rows()}, len(ids)


CLAIMS = [both_clickhouses_hold_the_same_tables, order_ids_stay_exact_in_64_bits, nobody_who_asks_without_a_password_can_write,
          a_wrong_password_is_refused, parameters_are_bound_not_pasted, a_browser_may_ask_from_another_origin,
          files_come_in_ranges, the_login_answers_the_app_and_nobody_else, the_gateway_asks_for_a_session,
          the_gateway_takes_tokens_of_the_login_only, the_gateway_brings_a_password_to_the_old_clickhouse,
          planted_effects_lie_within_four_standard_errors, the_dip_is_the_lowest_cell_of_its_month,
          the_bad_cohort_keeps_the_fewest, the_stuck_initiatives_wait_the_longest, the_worse_version_has_the_lowest_rating,
          recent_feedback_names_real_predictions]
