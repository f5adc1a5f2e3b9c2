// An OpenID Connect provider for tests of the login: node-oidc-provider with one public client. State is in memory.
//
//   node server.mjs PORT PUBLIC_ADDRESS ORIGIN[,ORIGIN...]
//
// Client `sightline`: authorization code with PKCE (required), refresh tokens (scope offline_access, prompt=consent), tokens of 5 minutes.
// The forms accept any login and any password; the login becomes `sub`, `name` and the address before @example.test.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, issuer, list] = process.argv.slice(2);
const origins = list.split(',');
// Pages that a login may come back to.
const RETURNS = ['/', '/callback', '/callback.html', '/login.html', '/signed-in.html'];

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'sightline',
      token_endpoint_auth_method: 'none',
      application_type: 'web',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: origins.flatMap((origin) => RETURNS.map((path) => origin + path)),
      post_logout_redirect_uris: origins.map((origin) => `${origin}/`),
    },
  ],
  pkce: { required: () => true },
  clientBasedCORS: (_context, origin) => origins.includes(origin),
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.test` }),
  }),
  // The name is in the ID token, as with most providers.
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  cookies: { keys: ['only for the lab'] },
  ttl: { AccessToken: 300, IdToken: 300, RefreshToken: 3600, Interaction: 600, Session: 3600, Grant: 3600 },
});

// Its forms name a font of another origin; the lab asks nobody outside.
provider.use(async (context, next) => {
  await next();
  if (typeof context.body === 'string') context.body = context.body.replaceAll(/@import url\(https:[^)]*\);?/g, '');
});

createServer(provider.callback()).listen(Number(port), '127.0.0.1', () => console.log(`issuer ${issuer}`));
