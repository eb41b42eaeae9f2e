// The Microsoft Graph client for Node against a running demo. Run by `cargo xtask clients`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { ConfidentialClientApplication } from '@azure/msal-node';
import { BatchRequestContent, BatchResponseContent, Client, PageIterator } from '@microsoft/microsoft-graph-client';

import { application, authority, demo } from './demo.mjs';

const PEOPLE = Number(process.env.LANYARD_CLIENT_PEOPLE ?? 5000);
const tool = application('directory');
const app = new ConfidentialClientApplication({
  auth: {
    authority,
    knownAuthorities: [new URL(demo.login_url).host],
    clientId: tool.client_id,
    clientSecret: tool.client_secret,
  },
});

const graph = Client.initWithMiddleware({
  baseUrl: `${demo.graph_url}/`,
  customHosts: new Set([new URL(demo.graph_url).hostname]),
  authProvider: {
    getAccessToken: async () => {
      const result = await app.acquireTokenByClientCredential({ scopes: [`${demo.graph_url}/.default`] });
      return result.accessToken;
    },
  },
});

const person = (number) => {
  const name = `graph${String(number).padStart(5, '0')}`;
  return {
    accountEnabled: true,
    displayName: `Graph ${number % 2 ? 'odd' : 'even'} ${name}`,
    mailNickname: name,
    userPrincipalName: `${name}@${demo.tenant_domain}`,
    passwordProfile: { password: 'not kept', forceChangePasswordNextSignIn: false },
  };
};

const X509 = '/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate';

test('graph client reads and patches the x509 method policy', async () => {
  const before = await graph.api(X509).get();
  assert.equal(before['@odata.type'], '#microsoft.graph.x509CertificateAuthenticationMethodConfiguration');
  assert.equal(await graph.api(X509).patch({ '@odata.type': before['@odata.type'], state: before.state }), undefined);
  assert.deepEqual(await graph.api(X509).get(), before);
});

test('graph client patches the documented x509 method policy byte for byte', async () => {
  const text = await readFile(new URL('x509_method_policy.json', import.meta.url), 'utf8');
  const withoutContexts = (resource) =>
    Object.fromEntries(Object.entries(resource).filter(([name]) => !name.endsWith('@odata.context')));
  const read = async () => withoutContexts(await graph.api(X509).get());
  const before = await read();
  // Nobody can sign in while the documented default is in force: the server wants to be told that this is meant.
  const meant = { 'Content-Type': 'application/json', 'Lanyard-Override-Reason': 'rehearsal of the documented default' };
  try {
    await graph.api(X509).patch({ '@odata.type': before['@odata.type'], issuerHintsConfiguration: { state: 'disabled' } });
    const answer = await graph.api(X509).headers(meant).responseType('raw').patch(text);
    assert.equal(answer.status, 204);
    assert.equal(JSON.stringify(await read()), JSON.stringify(JSON.parse(text)));
    await graph.api(X509).patch(before);
    await graph.api(X509).headers(meant).delete();
    assert.equal(JSON.stringify(await read()), JSON.stringify(JSON.parse(text)));
  } finally {
    await graph.api(X509).patch(before);
  }
  assert.deepEqual(await read(), before);
});

test('graph client creates people by $batch and pages over all of them', async () => {
  for (let first = 0; first < PEOPLE; first += 20) {
    const batch = new BatchRequestContent();
    for (let number = first; number < Math.min(first + 20, PEOPLE); number += 1) {
      const request = new Request('https://graph/users', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(person(number)),
      });
      batch.addRequest({ id: String(number), request });
    }
    const content = await batch.getContent();
    for (const request of content.requests) request.url = '/users';
    const answer = new BatchResponseContent(await graph.api('/$batch').post(content));
    for (const [, response] of answer.getResponses()) assert.equal(response.status, 201, await response.clone().text());
  }
  const found = new Set();
  const first = await graph.api('/users').select('id,userPrincipalName').top(999).get();
  const iterator = new PageIterator(graph, first, ({ id, userPrincipalName }) => {
    assert.ok(!found.has(id), `${userPrincipalName} came twice`);
    found.add(id);
    return true;
  });
  await iterator.iterate();
  assert.ok(found.size >= PEOPLE, `${found.size} people`);
});

test('graph client filters, counts and sorts', async () => {
  const answer = await graph
    .api('/users')
    .header('ConsistencyLevel', 'eventual')
    .filter("startswith(displayName,'graph EVEN')")
    .count(true)
    .orderby('displayName desc')
    .select('displayName')
    .top(5)
    .get();
  assert.equal(answer['@odata.count'], Math.ceil(PEOPLE / 2));
  assert.equal(answer.value.length, Math.min(5, Math.ceil(PEOPLE / 2)));
  const names = answer.value.map(({ displayName }) => displayName);
  assert.deepEqual(names, [...names].sort().reverse());
});

test('graph client replaces certificateUserIds and finds by them', async () => {
  const path = `/users/${person(0).userPrincipalName}`;
  const ids = ['X509:<PN>graph00000@mil', 'X509:<SKI>0A1B'];
  await graph.api(path).patch({ authorizationInfo: { certificateUserIds: ids } });
  const read = await graph.api(path).select('authorizationInfo').get();
  assert.deepEqual(read.authorizationInfo.certificateUserIds, ids);
  const query = graph
    .api('/users')
    .filter("authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>GRAPH00000@mil')")
    .select('userPrincipalName')
    .count(true);
  await assert.rejects(query.get(), { statusCode: 400 });
  const found = await query.header('ConsistencyLevel', 'eventual').get();
  assert.deepEqual(found.value.map(({ userPrincipalName }) => userPrincipalName), [person(0).userPrincipalName]);
  await assert.rejects(graph.api(`/users/${person(1).userPrincipalName}`).patch({ authorizationInfo: { certificateUserIds: ids } }), {
    statusCode: 400,
    code: 'Request_MultipleObjectsWithSameKeyValue',
  });
});

test('graph client adds a person to a group', async () => {
  const group = await graph
    .api('/groups')
    .post({ displayName: 'Graph team', mailEnabled: false, mailNickname: 'graph-team', securityEnabled: true });
  const member = await graph.api(`/users/${person(0).userPrincipalName}`).select('id').get();
  await graph
    .api(`/groups/${group.id}/members/$ref`)
    .post({ '@odata.id': `${demo.graph_url}/v1.0/directoryObjects/${member.id}` });
  const members = await graph.api(`/groups/${group.id}/members`).get();
  assert.deepEqual(members.value.map(({ id }) => id), [member.id]);
  assert.equal(members.value[0]['@odata.type'], '#microsoft.graph.user');
});
