// What went wrong at an OpenID provider, in words that somebody can act on. Repeats no token and no code.
import * as oauth from "oauth4webapi";

/** `cause`: `unreachable` (try again), `refused` (sign in again), `configuration` (those who run it must change something). */
export class Trouble extends Error {
  constructor(cause, text, hint = null) {
    super(text);
    this.trouble = { cause, text, hint };
  }
}

/** A provider's own words, short, on one line and without what is not printed. */
const words = (text) => String(text ?? "").replace(/[^\x20-\x7e\u00a0-\uffff]+/g, " ").trim().slice(0, 200);
const saying = (error) => [words(error.error), words(error.error_description)].filter(Boolean).join(": ");

/** What to do about the errors of RFC 6749 (4.1.2.1 and 5.2) and OpenID Connect Core (3.1.2.6). */
const ADVICE = {
  access_denied: "sign in again and agree, or ask those who run the issuer for the right to",
  invalid_client: "check the clientId in the workspace; the client must be public, without a secret",
  unauthorized_client: "the client must be allowed the authorization code flow, as a public client with PKCE",
  invalid_grant: "sign in again",
  invalid_scope: "check the scopes in the workspace against those that the issuer allows this client",
  invalid_target: "check the resource or audience in the workspace",
  temporarily_unavailable: "try again in a while",
  server_error: "try again; if it stays, the issuer's own log says why",
};

function ofAnswer(error, doing, host) {
  const hint = ADVICE[error.error] ?? "the issuer's words say what it misses";
  if (error.error === "access_denied") return new Trouble("refused", `the sign-in at ${host} was refused or cancelled`, hint);
  const isShort = ["temporarily_unavailable", "server_error"].includes(error.error) || error.status >= 500;
  const isOver = doing === "refresh" && error.error === "invalid_grant";
  if (isOver) return new Trouble("refused", `${host} has ended this sign-in`, hint);
  return new Trouble(isShort ? "unreachable" : "refused", `${host} refused: ${saying(error)}`, hint);
}

function ofCode(error, host) {
  const claim = words(error.cause?.claim ?? error.cause?.attribute);
  switch (error.code) {
    case oauth.JSON_ATTRIBUTE_COMPARISON:
      return new Trouble("configuration", `the discovery document of ${host} is of another issuer: ${words(error.cause?.body?.issuer)}`,
        "write the issuer in the workspace exactly as its discovery document has it");
    case oauth.JWT_TIMESTAMP_CHECK: {
      const { now, claims } = error.cause ?? {};
      const seconds = Math.round(Math.abs(now - (claims?.iat ?? now)));
      return new Trouble("refused", `this computer's clock and that of ${host} differ by about ${seconds} s, or its answer came too late`,
        "set this computer's clock, then sign in again");
    }
    case oauth.JWT_CLAIM_COMPARISON:
      return new Trouble("refused", `the answer of ${host} is not for this sign-in: its ${claim || "content"} is another one`, "sign in again");
    case oauth.RESPONSE_IS_NOT_JSON:
    case oauth.PARSE_ERROR:
    case oauth.RESPONSE_IS_NOT_CONFORM: {
      const status = error.cause?.status;
      if (status >= 500 || status === 429) return new Trouble("unreachable", `${host} answered ${status}`, "try again in a while");
      return new Trouble("configuration", `${host} does not answer as an OpenID provider does${status >= 400 ? `: ${status}` : ""}`,
        "check the issuer's address in the workspace");
    }
    case oauth.MISSING_SERVER_METADATA:
    case oauth.INVALID_SERVER_METADATA:
    case oauth.HTTP_REQUEST_FORBIDDEN:
    case oauth.REQUEST_PROTOCOL_FORBIDDEN:
    case oauth.UNSUPPORTED_OPERATION:
    case oauth.KEY_SELECTION:
      return new Trouble("configuration", `the discovery document of ${host} cannot be used: ${words(error.message)}`);
    default:
      return new Trouble("refused", `the answer of ${host} was not accepted: ${words(error.message)}`, "sign in again");
  }
}

/** The trouble behind any error. A browser does not tell why a request failed: both ways out are named. */
export function troubleOf(error, { issuer }, doing) {
  if (error instanceof Trouble) return error;
  const host = new URL(issuer).host;
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) return ofAnswer(error, doing, host);
  // Its body has no error member: an answer of something before the provider.
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return new Trouble("configuration", `${host} wants credentials of the app itself`, ADVICE.invalid_client);
  }
  if (error?.code) return ofCode(error, host);
  if (error?.name === "TimeoutError" || error?.name === "AbortError") {
    return new Trouble("unreachable", `${host} did not answer in time`, "try again");
  }
  return new Trouble("unreachable", `${host} did not answer, or does not allow this page to read its answer`,
    `check that it can be reached; it must allow ${globalThis.location?.origin ?? "this page"} for its ${doing === "discovery" ? "discovery document" : `${doing} endpoint`} (CORS), ` +
    "and the policy of this page must allow it (make csp)");
}
