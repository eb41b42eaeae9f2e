// MSAL for Node against a running demo. Run by `cargo xtask clients`.

import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';

import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node';

import { application, authority, Browser, demo, read, user } from './demo.mjs';

// The one setting: the host with its port is known.
const auth = { authority, knownAuthorities: [new URL(demo.login_url).host] };
const web = application('web');
const service = application('service');

const signIn = async (app, redirectUri, scopes = []) => {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' };
  const url = await app.getAuthCodeUrl({ scopes, redirectUri, ...pkce });
  const answer = new URL(await new Browser(user('multifactor')).signIn(url, redirectUri));
  const code = answer.searchParams.get('code');
  assert.ok(code, answer.search);
  return app.acquireTokenByCode({ scopes, redirectUri, code, codeVerifier: verifier });
};

const confidential = (credential, client = service) =>
  new ConfidentialClientApplication({ auth: { ...auth, clientId: client.client_id, ...credential } });

test('msal-node code flow with a certificate', async () => {
  const app = confidential({ clientSecret: web.client_secret }, web);
  const result = await signIn(app, web.redirect_uri);
  assert.equal(result.tenantId, demo.tenant_id);
  assert.equal(result.account.username, user('multifactor').user_principal_name);
});

test('msal-node refreshes silently', async () => {
  const app = confidential({ clientSecret: web.client_secret }, web);
  const first = await signIn(app, web.redirect_uri);
  const second = await app.acquireTokenSilent({ account: first.account, scopes: [], forceRefresh: true });
  assert.equal(second.account.homeAccountId, first.account.homeAccountId);
  assert.notEqual(second.accessToken, first.accessToken);
});

test('msal-node public client on a loopback port', async () => {
  const app = new PublicClientApplication({ auth: { ...auth, clientId: application('native').client_id } });
  const result = await signIn(app, 'http://localhost:53683');
  assert.equal(result.tenantId, demo.tenant_id);
});

test('msal-node device code', async () => {
  const app = new PublicClientApplication({ auth: { ...auth, clientId: application('native').client_id } });
  const result = await app.acquireTokenByDeviceCode({
    scopes: [],
    deviceCodeCallback: ({ userCode, verificationUri }) =>
      void new Browser(user('multifactor')).signIn(verificationUri, undefined, userCode),
  });
  assert.equal(result.tenantId, demo.tenant_id);
});

const scopes = [`${service.resource.replace(/\/$/, '')}/.default`];

test('msal-node client credentials by secret', async () => {
  const result = await confidential({ clientSecret: service.client_secret }).acquireTokenByClientCredential({ scopes });
  assert.ok(result.accessToken);
});

test('msal-node client credentials by certificate', async () => {
  const x5c = read(service.certificate_pem);
  const privateKey = read(service.key_pem);
  const der = new X509Certificate(x5c).raw;
  const thumbprint = (algorithm) => createHash(algorithm).update(der).digest('hex');
  for (const clientCertificate of [
    { thumbprintSha256: thumbprint('sha256'), privateKey, x5c },
    { thumbprintSha256: thumbprint('sha256'), privateKey },
  ]) {
    const result = await confidential({ clientCertificate }).acquireTokenByClientCredential({ scopes });
    assert.ok(result.accessToken);
  }
});

test('msal-node wrong secret is refused', async () => {
  await assert.rejects(
    confidential({ clientSecret: 'not-the-secret' }).acquireTokenByClientCredential({ scopes }),
    (error) => error.errorCode === 'invalid_client' && error.errorMessage.includes('7000215'),
  );
});
