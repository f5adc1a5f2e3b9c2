"""A person's way through the lab's login without a browser: authorization code with PKCE (RFC 7636), and the provider's forms."""

from __future__ import annotations

import base64
import hashlib
import http.cookiejar
import json
import re
import secrets
import urllib.parse
import urllib.request

from settings import OIDC

CLIENT = "sightline"


class Returned(Exception):
    """The redirect back to the app, which is not followed."""


class Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, back: str):
        self.back = back

    def redirect_request(self, request, response, code, message, headers, address):
        if address.startswith(self.back):
            raise Returned(address)
        return super().redirect_request(request, response, 302, message, headers, address)


def post(address: str, fields: dict[str, str], opener=None, origin: str | None = None) -> bytes:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **({"Origin": origin} if origin else {})}
    request = urllib.request.Request(address, urllib.parse.urlencode(fields).encode(), headers)
    with (opener or urllib.request.build_opener()).open(request, timeout=30) as response:
        return response.read()


def log_in(origin: str, name: str = "ada") -> dict:
    """The token endpoint's answer for somebody who logs in and agrees."""
    back, verifier, state = f"{origin}/", secrets.token_urlsafe(48), secrets.token_urlsafe(12)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    opener = urllib.request.build_opener(Redirects(back), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    asked = {"client_id": CLIENT, "response_type": "code", "redirect_uri": back, "scope": "openid profile offline_access",
             "prompt": "consent", "state": state, "code_challenge": challenge, "code_challenge_method": "S256"}
    try:
        page = opener.open(f"{OIDC}/auth?{urllib.parse.urlencode(asked)}", timeout=30).read().decode()
        for _ in range(4):  # who are you, do you agree
            form = re.search(r'action="([^"]+)"', page)[1]
            prompt = re.search(r'name="prompt" value="([^"]+)"', page)[1]
            fields = {"prompt": prompt, **({"login": name, "password": "any"} if prompt == "login" else {})}
            page = post(urllib.parse.urljoin(OIDC, form), fields, opener).decode()
        raise RuntimeError("the provider asks on and on")
    except Returned as returned:
        answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(str(returned)).query))
    if answer.get("state") != state:
        raise RuntimeError(f"another state came back: {answer}")
    return json.loads(post(f"{OIDC}/token", {
        "grant_type": "authorization_code", "client_id": CLIENT, "code": answer["code"], "redirect_uri": back,
        "code_verifier": verifier}, origin=origin))


def refresh(origin: str, token: str) -> dict:
    """New tokens for a refresh token."""
    return json.loads(post(f"{OIDC}/token", {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token},
                           origin=origin))
