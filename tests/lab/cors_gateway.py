"""A gateway that adds CORS headers to a server without them, for the lab's app origins only.

    cors_gateway.py UPSTREAM_URL OWN_URL
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from settings import APP_ORIGINS

UPSTREAM, OWN = sys.argv[1], urlsplit(sys.argv[2])


class Gateway(BaseHTTPRequestHandler):
    def cors_headers(self) -> None:
        origin = self.headers.get("origin")
        if origin in APP_ORIGINS:
            self.send_header("access-control-allow-origin", origin)
            self.send_header("access-control-allow-headers", "authorization, content-type")
            self.send_header("access-control-allow-methods", "GET, POST, OPTIONS")
        self.send_header("vary", "origin")

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        self.cors_headers()
        self.end_headers()

    def forward(self) -> None:
        length = int(self.headers.get("content-length", 0))
        kept = {name: self.headers[name] for name in ("content-type", "authorization") if name in self.headers}
        request = urllib.request.Request(
            UPSTREAM + self.path, self.rfile.read(length) if length else None, kept, method=self.command)
        try:
            response = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = response.read()
            self.send_response(response.status)
            self.send_header("content-type", response.headers.get("content-type", "application/octet-stream"))
            self.send_header("content-length", str(len(body)))
            self.cors_headers()
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_POST = forward

    def log_message(self, *_) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer((OWN.hostname, OWN.port), Gateway).serve_forever()
