// The peer of `cargo xtask bench sign-in`: npm oidc-provider with a certificate interaction, as its documentation
// suggests to build one. Everything that helps it is on: the in-memory adapter, no consent page, no logging.
//
// Usage: node server.mjs CONFIG.json
//   CONFIG: { issuer, port, certificatePort, key, certificate, clientAuthorities, crl, redirectUri }, PEM texts inside.
// Writes one line of JSON to standard output when it listens.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const algorithms = { rs256: 'RS256', es256: 'ES256' };

const jwk = (type, options) => generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
const keys = [
  { ...jwk('rsa', { modulusLength: 2048 }), use: 'sig', alg: 'RS256', kid: 'rs' },
  { ...jwk('ec', { namedCurve: 'P-256' }), use: 'sig', alg: 'ES256', kid: 'es' },
];

const provider = new Provider(config.issuer, {
  clients: Object.entries(algorithms).map(([client_id, alg]) => ({
    client_id,
    client_secret: 'a-secret-of-the-peer',
    redirect_uris: [config.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: alg,
  })),
  jwks: { keys },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  pkce: { required: () => true },
  findAccount: async (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
  issueRefreshToken: async () => true,
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:bench:api',
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, _resource, client) => ({
        scope: 'read',
        audience: 'urn:bench:api',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: algorithms[client.clientId] } },
      }),
    },
  },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile offline_access');
    grant.addResourceScope('urn:bench:api', 'read');
    await grant.save();
    return grant;
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));

const handle = provider.callback();
const waiting = new Map(); // one-time token -> who showed a certificate, for which interaction

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
};

const page = (response, status, html) => {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><body>${html}</body></html>`);
};

const login = createServer({ key: config.key, cert: config.certificate }, async (request, response) => {
  const finish = /^\/interaction\/([\w-]+)\/login$/.exec(request.url);
  if (!finish) return handle(request, response);
  try {
    const token = (await body(request)).get('certificatetoken');
    const seen = waiting.get(token);
    waiting.delete(token);
    if (!seen || seen.uid !== finish[1]) return page(response, 403, 'no certificate');
    await provider.interactionFinished(request, response, { login: { accountId: seen.name } });
  } catch (error) {
    page(response, 500, String(error));
  }
});

const certificateHost = createServer(
  {
    key: config.key,
    cert: config.certificate,
    ca: config.clientAuthorities,
    crl: config.crl,
    requestCert: true,
    rejectUnauthorized: false,
  },
  async (request, response) => {
    const uid = (await body(request)).get('uid');
    if (!request.socket.authorized) return page(response, 403, String(request.socket.authorizationError));
    const names = request.socket.getPeerCertificate().subjectaltname ?? '';
    const name = /othername:\s*UPN[:;]+"?([^",]+)/i.exec(names)?.[1];
    if (!name) return page(response, 403, `no user principal name in ${names}`);
    const token = randomBytes(24).toString('base64url');
    waiting.set(token, { uid, name });
    page(
      response,
      200,
      `<form method="post" action="${config.issuer}/interaction/${uid}/login">` +
        `<input type="hidden" name="certificatetoken" value="${token}"></form>`,
    );
  },
);

const listening = (server, port) => new Promise((done) => server.listen(port, '127.0.0.1', done));
await listening(login, config.port);
await listening(certificateHost, config.certificatePort);
console.log(JSON.stringify({ ready: true }));
