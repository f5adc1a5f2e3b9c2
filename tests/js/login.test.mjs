// Sign-ins by js/login against a provider on loopback that answers as each test tells it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { begin, finish, refresh, revoke } from "../../js/login/index.mjs";

let server;
let issuer;
/** What the provider says at each of its addresses, and what it was asked there. */
let says = {};
let asked = [];

const b64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const idToken = (claims) => `${b64({ alg: "RS256", typ: "JWT" })}.${b64(claims)}.${Buffer.from("signed").toString("base64url")}`;
const now = () => Math.floor(Date.now() / 1000);
let n = 0;
/** A configuration of its own for each test: what was discovered is kept by issuer. */
const config = (more = {}) => ({ issuer: `${issuer}/r${n}`, clientId: "sightline", scopes: ["openid", "offline_access"], redirect: "https://app.example/signed-in.html", ...more });

before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = new URL(request.url, issuer).pathname;
    const name = path.endsWith("openid-configuration") ? "discovery" : path.split("/").pop();
    asked.push({ name, headers: request.headers, form: Object.fromEntries(new URLSearchParams(body)) });
    const { status = 200, json } = says[name]?.(Object.fromEntries(new URLSearchParams(body))) ?? { status: 404, json: {} };
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(json));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  issuer = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

beforeEach(() => {
  n += 1;
  asked = [];
  const base = `${issuer}/r${n}`;
  says = {
    discovery: () => ({
      json: {
        issuer: base, authorization_endpoint: `${base}/auth`, token_endpoint: `${base}/token`, revocation_endpoint: `${base}/revoke`,
        code_challenge_methods_supported: ["S256"], authorization_response_iss_parameter_supported: true,
      },
    }),
    revoke: () => ({ json: {} }),
  };
});

/** Tokens with an ID token for the nonce that was asked for. */
const grants = (url, claims = {}, more = {}) => () => ({
  json: {
    access_token: "access-1", token_type: "Bearer", expires_in: 300, refresh_token: "refresh-1",
    id_token: idToken({ iss: `${issuer}/r${n}`, aud: "sightline", sub: "ada", name: "Ada", iat: now(), exp: now() + 300, nonce: new URL(url).searchParams.get("nonce"), ...claims }),
    ...more,
  },
});
const backTo = (url, more = {}) => `?${new URLSearchParams({ code: "c0de", state: new URL(url).searchParams.get("state"), iss: `${issuer}/r${n}`, ...more })}`;

async function trouble(work, cause, pattern) {
  await assert.rejects(work, (error) => {
    assert.equal(error.trouble?.cause, cause, JSON.stringify(error.trouble ?? String(error)));
    assert.match(`${error.trouble.text} / ${error.trouble.hint}`, pattern);
    assert.doesNotMatch(JSON.stringify(error.trouble), /c0de|access-1|refresh-1/);
    return true;
  });
}

test("the log-in page is asked with state, nonce and the challenge of a verifier that stays here", async () => {
  const { url } = await begin(config({ audience: "https://metrics", resource: "https://metrics.example/" }));
  const query = Object.fromEntries(new URL(url).searchParams);
  assert.equal(url.split("?")[0], `${issuer}/r${n}/auth`);
  assert.deepEqual(
    { ...query, state: query.state.length, nonce: query.nonce.length, code_challenge: query.code_challenge.length },
    {
      client_id: "sightline", redirect_uri: "https://app.example/signed-in.html", response_type: "code", scope: "openid offline_access",
      prompt: "consent", code_challenge_method: "S256", audience: "https://metrics", resource: "https://metrics.example/",
      state: 43, nonce: 43, code_challenge: 43,
    },
  );
  says.token = grants(url);
  assert.deepEqual(await finish(config({ query: backTo(url) })), { access: "access-1", refresh: "refresh-1", lifeSeconds: 300, who: "Ada" });
  const { form, headers } = asked.find(({ name }) => name === "token");
  assert.equal(createHash("sha256").update(form.code_verifier).digest("base64url"), query.code_challenge);
  assert.deepEqual([form.code, form.client_id, form.client_secret, headers.authorization], ["c0de", "sightline", undefined, undefined]);
});

test("an answer is of use once, and only for a state of this engine", async () => {
  const { url } = await begin(config());
  says.token = grants(url);
  await trouble(finish(config({ query: backTo(url, { state: "of-another-page" }) })), "refused", /belongs to no sign-in/);
  await finish(config({ query: backTo(url) }));
  await trouble(finish(config({ query: backTo(url) })), "refused", /belongs to no sign-in/);
  assert.equal(asked.filter(({ name }) => name === "token").length, 1);
});

test("an answer of another issuer never reaches the token endpoint", async () => {
  const { url } = await begin(config());
  await trouble(finish(config({ query: backTo(url, { iss: "https://evil.example" }) })), "refused", /not accepted/);
  assert.equal(asked.some(({ name }) => name === "token"), false);
});

test("a refused or cancelled log-in says so", async () => {
  const { url } = await begin(config());
  const query = `?${new URLSearchParams({ error: "access_denied", error_description: "End-User aborted", state: new URL(url).searchParams.get("state"), iss: `${issuer}/r${n}` })}`;
  await trouble(finish(config({ query })), "refused", /refused or cancelled/);
});

test("the nonce, the audience and the time of the ID token are checked", async () => {
  for (const [claims, pattern] of [
    [{ nonce: "another" }, /its nonce is another/],
    [{ aud: "another-app" }, /its aud is another/],
    [{ iat: now() - 7200, exp: now() - 3600 }, /clock .* differ by about 7\d\d\d s/],
  ]) {
    const { url } = await begin(config());
    says.token = grants(url, claims);
    await trouble(finish(config({ query: backTo(url) })), "refused", pattern);
  }
});

test("a clock that is a little off does no harm", async () => {
  const { url } = await begin(config());
  says.token = grants(url, { exp: now() - 30 });
  assert.equal((await finish(config({ query: backTo(url) }))).access, "access-1");
});

test("what the token endpoint refuses is told with what to do", async () => {
  for (const [status, error, cause, pattern] of [
    [400, "invalid_grant", "refused", /invalid_grant: expired .* sign in again/],
    [401, "invalid_client", "refused", /invalid_client.*must be public/],
    [503, "temporarily_unavailable", "unreachable", /try again in a while/],
  ]) {
    const { url } = await begin(config());
    says.token = () => ({ status, json: { error, error_description: "expired" } });
    await trouble(finish(config({ query: backTo(url) })), cause, pattern);
  }
});

test("a discovery document of another issuer, without PKCE, or with endpoints elsewhere is not used", async () => {
  const good = says.discovery().json;
  for (const [more, pattern] of [
    [{ issuer: "https://other.example" }, /is of another issuer: https:\/\/other\.example/],
    [{ code_challenge_methods_supported: ["plain"] }, /PKCE with S256/],
    [{ token_endpoint: "https://elsewhere.example/token" }, /another origin for its token_endpoint: https:\/\/elsewhere/],
    [{ authorization_endpoint: "http://plain.example/auth" }, /not https/],
    [{ authorization_endpoint: "javascript:alert(1)" }, /not https/],
    [{ token_endpoint: undefined }, /names no token_endpoint/],
  ]) {
    says.discovery = () => ({ json: { ...good, ...more } });
    await trouble(begin(config()), "configuration", pattern);
  }
  says.discovery = () => ({ status: 404, json: {} });
  await trouble(begin(config()), "configuration", /not answer as an OpenID provider does: 404/);
  says.discovery = () => ({ status: 502, json: {} });
  await trouble(begin(config()), "unreachable", /answered 502/);
});

test("a provider that cannot be reached is told with both ways out", async () => {
  await trouble(begin({ ...config(), issuer: "http://127.0.0.1:9" }), "unreachable", /did not answer.*CORS/);
});

test("a refresh token is replaced if the provider replaces it", async () => {
  says.token = (form) => ({ json: { access_token: "access-2", token_type: "bearer", expires_in: 60, ...(form.refresh_token === "rotating" ? { refresh_token: "refresh-2" } : {}) } });
  assert.deepEqual(await refresh(config({ token: "rotating" })), { access: "access-2", refresh: "refresh-2", lifeSeconds: 60, who: null });
  assert.equal((await refresh(config({ token: "lasting" }))).refresh, null);
  says.token = () => ({ status: 400, json: { error: "invalid_grant" } });
  await trouble(refresh(config({ token: "revoked" })), "refused", /has ended this sign-in/);
});

test("leaving takes tokens back, where the provider has an address for it", async () => {
  await revoke(config({ token: "refresh-1" }));
  assert.equal(asked.find(({ name }) => name === "revoke").form.token, "refresh-1");
  n += 1;
  const base = `${issuer}/r${n}`;
  says.discovery = () => ({ json: { issuer: base, authorization_endpoint: `${base}/auth`, token_endpoint: `${base}/token` } });
  asked = [];
  assert.deepEqual(await revoke(config({ token: "refresh-1" })), {});
  assert.deepEqual(asked.map(({ name }) => name), ["discovery"]);
});
