"""ClickHouse's HTTP interface in front of chDB, the current engine as a library: a process of ours, not ClickHouse's server.

    chdb_server.py PORT FOLDER      FOLDER holds `current.json` (table to DDL) and `<table>.parquet`

What a client that only reads needs: the query in the address or the body, `param_<name>` as bound parameters, other parameters as
settings, `database`, `default_format`; errors as text with `X-ClickHouse-Exception-Code` and the status that current servers give
(src/Server/HTTP/exceptionCodeToHTTPStatus.cpp); CORS with preflight (their `http_options_response`); `default` without
a password, or `dash` with the password `dash` by parameters, `X-ClickHouse-User` and `-Key`, or Basic.
What it lacks: sessions, streaming, compression, progress headers, quotas; every query waits for the one before.
`X-ClickHouse-Summary` has what the library tells: rows and bytes read, rows of the result, elapsed time.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

USERS = {"default": "", "dash": "dash"}
NOT_SETTINGS = {"query", "database", "default_format", "user", "password", "query_id", "session_id", "session_timeout",
                "session_check", "compress", "decompress", "quota_key", "stacktrace", "role", "wait_end_of_query",
                "buffer_size", "add_http_cors_header", "close_session"}
LARGEST_BODY = 262_144  # bytes, as `max_query_size`
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers":
        "X-ClickHouse-Query-Id, X-ClickHouse-Summary, X-ClickHouse-Server-Display-Name, X-ClickHouse-Format, "
        "X-ClickHouse-Timezone, X-ClickHouse-Exception-Code"}
PREFLIGHT = {"Access-Control-Allow-Headers":
             "origin, x-requested-with, x-clickhouse-format, x-clickhouse-user, x-clickhouse-key, Authorization, content-type",
             "Access-Control-Allow-Methods": "POST, GET, OPTIONS", "Access-Control-Max-Age": "86400"}
TYPES = {"JSON": "application/json; charset=UTF-8", "JSONCompact": "application/json; charset=UTF-8",
         "JSONEachRow": "application/x-ndjson; charset=UTF-8", "JSONCompactEachRow": "application/x-ndjson; charset=UTF-8",
         "TabSeparated": "text/tab-separated-values; charset=UTF-8",
         "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
         "CSV": "text/csv; charset=UTF-8; header=absent", "CSVWithNames": "text/csv; charset=UTF-8; header=present"}
# Reading beyond the tables is for users with the privilege, which these have not.
FOREIGN = re.compile(r"\b(file|url|s3\w*|gcs|azure\w*|hdfs\w*|remote\w*|cluster\w*|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|"
                     r"executable|python|input|iceberg\w*|deltaLake\w*|hudi\w*|paimon\w*|ytsaurus|fileCluster|urlCluster|"
                     r"arrowFlight|loop|merge)\s*\(", re.IGNORECASE)
QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*(?:SETTINGS\b.*)?;?\s*$", re.IGNORECASE | re.DOTALL)
PARSING = {6, 26, 27, 38, 41, 42, 43, 44, 53, 61, 62, 69, 70, 72, 117, 167, 168, 223, 280, 427, 456, 457, 472}
UNKNOWN = {46, 47, 50, 56, 60, 63, 73, 81, 115}
STATUS = {194: 401, 192: 403, 193: 403, 516: 403, 62: 400, 48: 501, 159: 408, 209: 503, 76: 503, 164: 500, 497: 500}


class Refused(Exception):
    """An error in ClickHouse's words."""

    def __init__(self, code: int, text: str):
        super().__init__(f"Code: {code}. DB::Exception: {text}")
        self.code = code


def status_of(code: int) -> int:
    """The HTTP status of an error code."""
    if code in STATUS:
        return STATUS[code]
    return 400 if code in PARSING else 404 if code in UNKNOWN else 500


def setting(value: str) -> str:
    """A literal of a setting: a number as it is, anything else quoted."""
    return value if re.fullmatch(r"-?\d+(\.\d+)?", value) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Engine:
    """The library. One query at a time, and none that changes anything."""

    def __init__(self, folder: Path):
        from chdb import session  # not needed by who only tests the functions above

        self.lock = threading.Lock()
        self.session = session.Session()
        for name, ddl in json.loads((folder / "current.json").read_text()).items():
            self.session.query(ddl)
            self.session.query(f"INSERT INTO {name} SELECT * FROM file('{folder / name}.parquet', 'Parquet')")
        self.version = self.session.query("SELECT version()", "TabSeparated").data().strip()
        self.session.query("SET readonly = 2")

    def ask(self, query: str, form: str, database: str, settings: dict[str, str], parameters: dict[str, str]):
        if FOREIGN.search(QUOTED.sub("''", query)):
            raise Refused(497, "Not enough privileges to read from other sources. (ACCESS_DENIED)")
        if not re.fullmatch(r"\w+", database):
            raise Refused(81, f"Database {database} does not exist. (UNKNOWN_DATABASE)")
        for name in settings:
            if not re.fullmatch(r"[a-z]\w*", name):
                raise Refused(115, f"Setting {name} is neither a builtin setting nor started with the prefix. (UNKNOWN_SETTING)")
        with self.lock:
            try:
                self.run(f"USE {database}")
                for name, value in settings.items():
                    self.run(f"SET {name} = {setting(value)}")
                return self.run(query, form, parameters)
            finally:
                for name in settings:
                    try:
                        self.run(f"SET {name} = DEFAULT")
                    except Refused:
                        pass  # one that could not be set

    def run(self, query: str, form: str = "Null", parameters: dict[str, str] | None = None):
        try:
            return self.session.query(query, form, params=parameters or {})
        except Exception as error:  # the library raises its own kinds
            found = re.match(r"Code: (\d+)\. DB::Exception: (.*)", str(error), re.DOTALL)
            raise Refused(int(found[1]), found[2]) if found else Refused(1001, str(error)) from error


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: Engine

    def do_OPTIONS(self) -> None:
        self.answer(204, b"", PREFLIGHT)

    def do_GET(self) -> None:
        self.serve(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LARGEST_BODY + 1))
        if length > LARGEST_BODY:
            self.close_connection = True
        self.serve(body)

    def serve(self, body: bytes) -> None:
        address = urlsplit(self.path)
        if address.path == "/ping":
            return self.answer(200, b"Ok.\n", {"Content-Type": "text/plain; charset=UTF-8"})
        if address.path not in ("", "/"):
            return self.answer(404, b"There is no handle " + address.path.encode() + b"\n")
        asked = dict(parse_qsl(address.query, keep_blank_values=True))
        query_id = asked.get("query_id") or str(uuid.uuid4())
        headers = {"X-ClickHouse-Query-Id": query_id, "X-ClickHouse-Server-Display-Name": "chdb behind chdb_server.py",
                   "X-ClickHouse-Timezone": "UTC"}
        try:
            self.log_in(asked)
            if len(body) > LARGEST_BODY:
                raise Refused(62, "Syntax error: Max query size exceeded. (SYNTAX_ERROR)")
            query = asked.get("query", "") + ("\n" if "query" in asked and body else "") + body.decode("utf-8", "replace")
            if not query.strip():
                raise Refused(62, "Syntax error (query): failed at position 1 (end of query). Empty query. (SYNTAX_ERROR)")
            form = self.headers.get("X-ClickHouse-Format") or asked.get("default_format") or "TabSeparated"
            parameters = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
            settings = {name: value for name, value in asked.items()
                        if name not in NOT_SETTINGS and not name.startswith("param_")}
            database = self.headers.get("X-ClickHouse-Database") or asked.get("database") or "default"
            result = self.engine.ask(query, form, database, settings, parameters)
            named = FORMAT.search(QUOTED.sub("''", query))
            form = named[1] if named else form
            content = result.bytes()
            summary = {"read_rows": result.rows_read(), "read_bytes": result.bytes_read(),
                       "elapsed_ns": round(result.elapsed() * 1e9)}
            headers |= {"X-ClickHouse-Format": form, "Content-Type": TYPES.get(form, "text/plain; charset=UTF-8"),
                        "X-ClickHouse-Summary": json.dumps({name: str(value) for name, value in summary.items()})}
            self.answer(200, content, headers)
        except Refused as error:
            if error.code == 194:
                headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
            text = f"{error} (version {self.engine.version})\n".encode()
            self.answer(status_of(error.code), text, headers | {
                "X-ClickHouse-Exception-Code": str(error.code), "Content-Type": "text/plain; charset=UTF-8"})

    def log_in(self, asked: dict[str, str]) -> None:
        """Checks who asks; nobody is `default`."""
        user = self.headers.get("X-ClickHouse-User") or asked.get("user")
        password = self.headers.get("X-ClickHouse-Key") or asked.get("password") or ""
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        if kind.lower() == "basic":
            try:
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError as error:
                raise Refused(516, "Invalid authentication. (AUTHENTICATION_FAILED)") from error
        elif kind:
            raise Refused(516, f"Invalid authentication: '{kind}' HTTP Authorization scheme is not supported. (AUTHENTICATION_FAILED)")
        user = user or "default"
        if USERS.get(user) and not password:
            raise Refused(194, f"{user}: Authentication failed: password is required. (REQUIRED_PASSWORD)")
        if USERS.get(user) != password:
            raise Refused(516, f"{user}: Authentication failed: password is incorrect, or there is no user with such name. "
                               "(AUTHENTICATION_FAILED)")

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**CORS, **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments) -> None:
        """Addresses may hold a password, so only the status is logged."""
        sys.stderr.write(f"{self.command} {arguments[1] if len(arguments) > 1 else ''}\n")


if __name__ == "__main__":
    Handler.engine = Engine(Path(sys.argv[2]))
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
