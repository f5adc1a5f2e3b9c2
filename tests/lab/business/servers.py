"""Starts and fills the servers of the business data.

`warehouse`: Debian's ClickHouse of 2018, and chDB's current engine behind `chdb_server.py`; `desk`: Datasette; `records`: plain files.
Standard library only: it runs in the Python that runs `lab.py`.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environments
import services
import settings
from settings import APP_PORTS, CHDB, CLICKHOUSE, DATASETTE, GATEWAY, HERE, HOST, LAB, OIDC, PROMETHEUS, RECORDS
from steps import Step, run

FOLDER = LAB / "business"
HERE_TOO = Path(__file__).resolve().parent


def up(python: Path, anchor: int) -> None:
    """Everything, filled once; `python` is that of the mlflow environment."""
    current = environments.ensure("business")
    login = environments.ensure_npm(HERE / "oidc")
    if not (FOLDER / "records").exists():
        with Step("drawing 26 months of business data"):
            run(python / "python", "-m", "business.fill", anchor, log="business-fill", cwd=HERE)
    with Step("starting ClickHouse, chDB, Datasette, the files, the login and its gateway"):
        parts = [start_clickhouse, lambda: start_chdb(current), lambda: start_datasette(current), start_records,
                 lambda: start_oidc(login), start_gateway]
        with ThreadPoolExecutor(len(parts)) as pool:
            for part in [pool.submit(part) for part in parts]:
                part.result()


# -- ClickHouse of 2018 -------------------------------------------------------------------------


def start_clickhouse() -> None:
    """Listens on loopback only. `default` and `dash` (password `dash`) may read; who writes has a password made here."""
    data, password = FOLDER / "clickhouse", FOLDER / "clickhouse.password"
    is_new = not password.exists()
    loader = secrets.token_hex(16) if is_new else password.read_text()
    for name in ("data", "tmp", "user_files", "format"):
        (data / name).mkdir(parents=True, exist_ok=True)
    port = urllib.parse.urlsplit(CLICKHOUSE).port
    (data / "users.xml").write_text(USERS_XML.replace("LOADER", loader))
    (data / "config.xml").write_text(CONFIG_XML.replace("DATA", str(data)).replace("HTTP_PORT", str(port))
                                     .replace("TCP_PORT", str(port + 877)))
    services.start("clickhouse", f"{CLICKHOUSE}/ping", ["clickhouse-server", f"--config-file={data}/config.xml"], cwd=data)
    if is_new:
        for name, ddl in old_ddl().items():
            clickhouse(loader, f"DROP TABLE IF EXISTS {name}")
            clickhouse(loader, ddl)
            clickhouse(loader, f"INSERT INTO {name} FORMAT TabSeparated",
                       (FOLDER / "warehouse" / f"{name}.tsv").read_bytes())
        password.write_text(loader)


def old_ddl() -> dict[str, str]:
    """The tables with the types that ClickHouse had in 2018."""
    current = json.loads((FOLDER / "warehouse" / "current.json").read_text())
    old = {}
    for name, ddl in current.items():
        ddl = ddl.replace("DateTime64(3, 'UTC')", "DateTime('UTC')")
        old[name] = ddl.replace("LowCardinality(Nullable(String))", "Nullable(String)").replace(
            "LowCardinality(String)", "String")
    return old


def clickhouse(password: str, query: str, body: bytes = b"") -> None:
    address = f"{CLICKHOUSE}/?{urllib.parse.urlencode({'query': query, 'user': 'loader', 'password': password})}"
    try:
        urllib.request.urlopen(urllib.request.Request(address, body, method="POST"), timeout=120).close()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"ClickHouse refused {query[:80]!r}: {error.read()[:400].decode(errors='replace')}") from error


USERS_XML = """<yandex>
<profiles>
  <default><max_memory_usage>2000000000</max_memory_usage></default>
  <reading><readonly>2</readonly><add_http_cors_header>1</add_http_cors_header></reading>
</profiles>
<users>
  <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>reading</profile><quota>default</quota></default>
  <dash><password>dash</password><networks><ip>127.0.0.1</ip></networks><profile>reading</profile><quota>default</quota></dash>
  <loader><password>LOADER</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></loader>
</users>
<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows>
<read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>
</yandex>
"""
CONFIG_XML = """<yandex>
<logger><level>warning</level><console>1</console></logger>
<http_port>HTTP_PORT</http_port><tcp_port>TCP_PORT</tcp_port><listen_host>127.0.0.1</listen_host>
<max_connections>64</max_connections><keep_alive_timeout>3</keep_alive_timeout><max_concurrent_queries>20</max_concurrent_queries>
<mark_cache_size>268435456</mark_cache_size><timezone>UTC</timezone>
<path>DATA/data/</path><tmp_path>DATA/tmp/</tmp_path><user_files_path>DATA/user_files/</user_files_path>
<format_schema_path>DATA/format/</format_schema_path><users_config>DATA/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
</yandex>
"""

# -- the others ---------------------------------------------------------------------------------


def port_of(address: str) -> str:
    return str(urllib.parse.urlsplit(address).port)


def start_chdb(python: Path) -> None:
    services.start("chdb", f"{CHDB}/ping", [str(python / "python"), str(HERE_TOO / "chdb_server.py"), port_of(CHDB),
                                            str(FOLDER / "warehouse")], cwd=FOLDER)


def start_datasette(python: Path) -> None:
    metadata = FOLDER / "datasette.json"
    settings.write_json(metadata, {
        "title": "Business desk of the lab", "description": "Simulated; see tests/lab/README.md",
        "databases": {"business": {"queries": {"costs_by_month": {
            "sql": "SELECT strftime('%Y-%m', at / 1000, 'unixepoch') AS month, category, sum(amount) AS amount "
                   "FROM costs WHERE model = :model GROUP BY 1, 2 ORDER BY 1, 2", "params": ["model"]}}}}})
    services.start("datasette", f"{DATASETTE}/-/versions.json", [
        str(python / "datasette"), "serve", "--immutable", str(FOLDER / "business.db"), "--host", HOST,
        "--port", port_of(DATASETTE), "--cors", "--metadata", str(metadata), "--setting", "sql_time_limit_ms", "3000",
        "--setting", "max_returned_rows", "10000"], cwd=FOLDER)


def start_records() -> None:
    services.start("records", f"{RECORDS}/goals.json", [
        sys.executable, str(HERE_TOO / "file_server.py"), port_of(RECORDS), str(FOLDER / "records")], cwd=FOLDER)


def start_oidc(folder: Path) -> None:
    services.start("oidc", f"{OIDC}/.well-known/openid-configuration",
                   ["node", str(folder / "server.mjs"), port_of(OIDC), OIDC, ",".join(settings.APP_ORIGINS)], cwd=folder)


def start_gateway() -> None:
    """nginx, with a session's secret that is made once a lab."""
    folder = FOLDER / "gateway"
    folder.mkdir(exist_ok=True)
    secret = folder / "session"
    if not secret.exists():
        secret.write_text(secrets.token_hex(16))
    ports = "|".join(str(port) for port in APP_PORTS)
    config = (HERE / "gateway.conf").read_text()
    for name, value in {"FOLDER": str(folder), "SESSION": secret.read_text(), "OIDC": OIDC,
                        "ORIGINS": rf"^http://(localhost|127\.0\.0\.1):({ports})$",
                        **{name: urllib.parse.urlsplit(address).netloc for name, address in (
                            ("CLICKHOUSE", CLICKHOUSE), ("CHDB", CHDB), ("DATASETTE", DATASETTE), ("PROMETHEUS", PROMETHEUS),
                            ("GATEWAY", GATEWAY))}}.items():
        config = re.sub(rf"\b{name}\b", lambda _: value, config)
    (folder / "nginx.conf").write_text(config)
    services.start("gateway", f"{GATEWAY}/ping", ["nginx", "-c", str(folder / "nginx.conf"), "-e", "stderr"], cwd=folder)
