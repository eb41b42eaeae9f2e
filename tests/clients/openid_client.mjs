// openid-client, a generic OpenID Connect relying party, against a running demo. Run by `cargo xtask clients`.

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';

import * as client from 'openid-client';

import { application, authority, Browser, demo, read, user } from './demo.mjs';

// A relying party needs the exact issuer: the tenant's document.
const issuer = new URL(`${authority}/v2.0`);
const web = application('web');

const signIn = async (config, redirectUri, who = 'multifactor', more = {}) => {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedNonce = client.randomNonce();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: expectedNonce,
    state: expectedState,
    ...more,
  });
  const answer = await new Browser(user(who)).signIn(url.href, redirectUri);
  const checks = { pkceCodeVerifier, expectedNonce, expectedState, idTokenExpected: true };
  return client.authorizationCodeGrant(config, new URL(answer), checks);
};

const discover = async (application, authentication) => {
  const config = await client.discovery(issuer, application.client_id, undefined, authentication);
  client.enableNonRepudiationChecks(config); // check the signature of the ID token too
  return config;
};

test('openid-client code flow, secret in the body', async () => {
  const config = await discover(web, client.ClientSecretPost(web.client_secret));
  const tokens = await signIn(config, web.redirect_uri);
  const claims = tokens.claims();
  assert.equal(claims.tid, demo.tenant_id);
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.sub, claims.sub);
});

test('openid-client code flow, secret in the header', async () => {
  const config = await discover(web, client.ClientSecretBasic(web.client_secret));
  assert.ok((await signIn(config, web.redirect_uri, 'single-factor')).id_token);
});

test('openid-client checks ES256 tokens', async () => {
  const other = application('web_es256');
  const config = await client.discovery(
    issuer,
    other.client_id,
    { id_token_signed_response_alg: 'ES256' },
    client.ClientSecretPost(other.client_secret),
  );
  client.enableNonRepudiationChecks(config);
  assert.ok((await signIn(config, other.redirect_uri)).id_token);
});

test('openid-client refresh rotates', async () => {
  const config = await discover(web, client.ClientSecretPost(web.client_secret));
  const first = await signIn(config, web.redirect_uri);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  assert.ok(second.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
});

test('openid-client client credentials by private_key_jwt', async () => {
  const service = application('service');
  const key = await crypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(read(service.key_pem)).export({ type: 'pkcs8', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const config = await discover(service, client.PrivateKeyJwt({ key, kid: service.key_id }));
  const scope = `${service.resource.replace(/\/$/, '')}/.default`;
  assert.ok((await client.clientCredentialsGrant(config, { scope })).access_token);
});

test('openid-client device flow', async () => {
  const config = await discover(application('native'), client.None());
  const device = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' });
  const approved = new Browser(user('multifactor')).signIn(device.verification_uri, undefined, device.user_code);
  const tokens = await client.pollDeviceAuthorizationGrant(config, device);
  await approved;
  assert.ok(tokens.id_token);
});

test('openid-client cannot be used as an open redirect', async () => {
  const config = await discover(web, client.ClientSecretPost(web.client_secret));
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: 'https://evil.example.test/callback',
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  });
  await assert.rejects(
    new Browser(user('multifactor')).signIn(url.href, 'https://evil.example.test/callback'),
    (error) => error.code === 50011,
  );
});
