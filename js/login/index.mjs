// Sign-in by OpenID Connect: authorization code with PKCE, by oauth4webapi. Runs in the engine's worker only.
// Keeps what a sign-in under way needs (verifier, nonce) until the viewer is sent back, and no token: those are its results.
//
// Each verb takes `{ issuer, clientId, scopes, audience?, resource?, redirect, ... }` and gives a plain object;
// mistakes are thrown as `Trouble` (js/login/trouble.mjs).
import * as oauth from "oauth4webapi";
import { Trouble, troubleOf } from "./trouble.mjs";

/** How long a provider may take to answer, and how long the viewer may take to sign in. */
const PATIENCE_MS = 30_000;
const SIGN_IN_MS = 3_600_000;
/** Clocks may differ by this much. */
const TOLERANCE_SECONDS = 60;

const discovered = new Map();
/** By state. */
const pending = new Map();

const isLocal = (url) => url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
const clientOf = ({ clientId }) => ({ client_id: clientId, token_endpoint_auth_method: "none", [oauth.clockTolerance]: TOLERANCE_SECONDS });
const bare = (url, options) => fetch(url, { ...options, credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer" });
const optionsOf = ({ issuer }) => ({
  [oauth.allowInsecureRequests]: isLocal(new URL(issuer)),
  [oauth.customFetch]: bare,
  signal: () => AbortSignal.timeout(PATIENCE_MS),
});

/** Tokens are sent to the issuer's own origin only, which is the one that the policy of this page allows. */
function checked(server, issuer) {
  for (const name of ["token_endpoint", "revocation_endpoint"]) {
    if (server[name] && new URL(server[name]).origin !== issuer.origin) {
      const text = `${issuer.origin} names another origin for its ${name}: ${new URL(server[name]).origin}`;
      throw new Trouble("configuration", text, "sign-ins ask the issuer's own origin only");
    }
  }
  for (const name of ["authorization_endpoint", "token_endpoint"]) {
    if (!server[name]) throw new Trouble("configuration", `${issuer.origin} names no ${name} in its discovery document`);
  }
  const page = new URL(server.authorization_endpoint);
  if (page.protocol !== "https:" && !isLocal(page)) {
    throw new Trouble("configuration", `the log-in page of ${issuer.origin} is not https`);
  }
  const methods = server.code_challenge_methods_supported;
  if (methods && !methods.includes("S256")) {
    throw new Trouble("configuration", `${issuer.origin} does not support PKCE with S256`, "without it a sign-in from a page is not safe");
  }
  return server;
}

async function discover(config) {
  const known = discovered.get(config.issuer);
  if (known) return known;
  const issuer = new URL(config.issuer);
  const response = await oauth.discoveryRequest(issuer, { ...optionsOf(config), algorithm: "oidc" });
  const server = checked(await oauth.processDiscoveryResponse(issuer, response), issuer);
  discovered.set(config.issuer, server);
  return server;
}

function told(work, config, doing) {
  return work().catch((error) => {
    throw troubleOf(error, config, doing);
  });
}

/** `{ url }` of the provider's log-in page for one sign-in. */
export const begin = (config) =>
  told(async () => {
    if (!globalThis.crypto?.subtle) {
      throw new Trouble("configuration", "this page is not served over https", "browsers offer what a sign-in needs on https pages only");
    }
    const server = await discover(config);
    const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()];
    const asked = {
      client_id: config.clientId,
      redirect_uri: config.redirect,
      response_type: "code",
      scope: config.scopes.join(" "),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      // OpenID Connect Core, 11: without it a provider must ignore the wish for a refresh token.
      ...(config.scopes.includes("offline_access") ? { prompt: "consent" } : {}),
      ...(config.audience ? { audience: config.audience } : {}),
      ...(config.resource ? { resource: config.resource } : {}),
    };
    const url = new URL(server.authorization_endpoint);
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const now = Date.now();
    for (const [old, { until }] of pending) if (until < now) pending.delete(old);
    pending.set(state, { nonce, verifier, issuer: config.issuer, until: now + SIGN_IN_MS });
    return { url: url.href };
  }, config, "discovery");

/** Tokens for the query with which the provider sent the viewer back. */
export const finish = (config) =>
  told(async () => {
    const query = new URLSearchParams(config.query);
    const state = query.get("state") ?? "";
    const own = pending.get(state);
    if (!own || own.issuer !== config.issuer || own.until < Date.now()) {
      throw new Trouble("refused", "the answer that came back belongs to no sign-in of this page", "sign in again, and from this page only");
    }
    // Of use once, whatever comes of it.
    pending.delete(state);
    const [server, client, options] = [await discover(config), clientOf(config), optionsOf(config)];
    const answer = oauth.validateAuthResponse(server, client, query, state);
    const extra = config.resource ? { additionalParameters: { resource: config.resource } } : {};
    const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, config.redirect, own.verifier, { ...options, ...extra });
    const result = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: own.nonce, requireIdToken: true });
    return tokens(result);
  }, config, "token");

/** New tokens for a refresh token. One that is not replaced stays valid. */
export const refresh = (config) =>
  told(async () => {
    const [server, client, options] = [await discover(config), clientOf(config), optionsOf(config)];
    const extra = config.resource ? { additionalParameters: { resource: config.resource } } : {};
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), config.token, { ...options, ...extra });
    return tokens(await oauth.processRefreshTokenResponse(server, client, response));
  }, config, "refresh");

/** Tells the provider that a token is of no use any more, if it wants to know. */
export const revoke = (config) =>
  told(async () => {
    const server = await discover(config);
    if (!server.revocation_endpoint) return {};
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, clientOf(config), oauth.None(), config.token, optionsOf(config)));
    return {};
  }, config, "revocation");

function tokens(result) {
  if (result.token_type !== "bearer") {
    throw new Trouble("configuration", `the issuer hands out tokens of the type ${result.token_type}, not bearer`);
  }
  const claims = oauth.getValidatedIdTokenClaims(result);
  const who = [claims?.name, claims?.preferred_username, claims?.email].find((name) => typeof name === "string" && name.trim());
  return {
    access: result.access_token,
    refresh: result.refresh_token ?? null,
    lifeSeconds: result.expires_in ?? null,
    who: who ?? null,
  };
}
