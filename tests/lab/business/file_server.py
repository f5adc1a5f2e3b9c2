"""Plain files over HTTP as an object store serves them: ranges, validators, CORS. Nothing else.

    file_server.py PORT FOLDER
"""

from __future__ import annotations

import re
import sys
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

FOLDER = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else Path.cwd()
TYPES = {".csv": "text/csv; charset=utf-8", ".json": "application/json", ".ndjson": "application/x-ndjson",
         ".parquet": "application/vnd.apache.parquet", ".arrow": "application/vnd.apache.arrow.file"}
CORS = {"Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified"}
PREFLIGHT = {"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "Range, If-Match, Authorization",
             "Access-Control-Max-Age": "86400"}


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range (RFC 9110, 14.2); `None` for the whole.

    Raises `ValueError` for a range that cannot be served.
    """
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    if start > end:
        raise ValueError(header)
    return start, end


class Files(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self) -> None:
        self.answer(204, b"", PREFLIGHT)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = (FOLDER / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
        if FOLDER not in path.parents or not path.is_file():
            return self.answer(404, b"no such file\n")
        stat = path.stat()
        headers = {"Content-Type": TYPES.get(path.suffix, "application/octet-stream"), "Accept-Ranges": "bytes",
                   "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
                   "Last-Modified": formatdate(stat.st_mtime, usegmt=True), "Cache-Control": "no-cache"}
        if self.headers.get("If-None-Match") == headers["ETag"]:
            return self.answer(304, b"", headers)
        if self.headers.get("If-Match", headers["ETag"]) != headers["ETag"]:
            return self.answer(412, b"the file has changed\n", headers)
        try:
            part = wanted(self.headers.get("Range"), stat.st_size)
        except ValueError:
            return self.answer(416, b"", headers | {"Content-Range": f"bytes */{stat.st_size}"})
        with path.open("rb") as file:
            if part is None:
                return self.answer(200, file.read(), headers)
            file.seek(part[0])
            body = file.read(part[1] - part[0] + 1)
        self.answer(206, body, headers | {"Content-Range": f"bytes {part[0]}-{part[1]}/{stat.st_size}"})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**CORS, **(headers or {})}.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Files).serve_forever()
