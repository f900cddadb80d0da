// The official TypeScript client signs in by itself: by registration and by a document; refreshes; steps up.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';

import { startDemo } from './demo.mjs';
import { Callback, Person, openBrowser } from './person.mjs';

let demo;
let chromium;
let callback;

before(async () => {
  [demo, chromium, callback] = await Promise.all([startDemo(), openBrowser(), Callback.listen()]);
});
after(async () => {
  callback?.close();
  await chromium?.close();
  await demo?.stop();
});

/** What a program would keep between two starts. */
class Kept {
  constructor(documentUrl) {
    if (documentUrl) this.clientMetadataUrl = documentUrl;
  }
  get redirectUrl() {
    return callback.url;
  }
  get clientMetadata() {
    return {
      client_name: 'SDK test',
      redirect_uris: [callback.url],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }
  clientInformation() {
    return this.information;
  }
  saveClientInformation(information) {
    this.information = information;
  }
  tokens() {
    return this.kept;
  }
  saveTokens(tokens) {
    this.kept = tokens;
  }
  redirectToAuthorization(url) {
    this.asked = url;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  invalidateCredentials(scope) {
    if (scope === 'all' || scope === 'tokens') this.kept = undefined;
    if (scope === 'all' || scope === 'client') this.information = undefined;
  }
}

function open(provider) {
  const client = new Client({ name: 'oauth-test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  return { client, transport: new StreamableHTTPClientTransport(new URL(demo.facts.mcp_url), { authProvider: provider }) };
}

/** Connects as a program does that was given the address alone: the first try asks a person, the second works. */
async function signIn(provider, choice) {
  const person = await Person.atBrowser(chromium, demo.facts.owner_key);
  const first = open(provider);
  await assert.rejects(first.client.connect(first.transport), UnauthorizedError);
  assert.equal(await allow(first.transport, provider, person, choice), 2, 'sign in, and say yes');
  const second = open(provider);
  await second.client.connect(second.transport);
  return { ...second, person };
}

/** The person's part, until the client has its tokens; how many pages that took. */
async function allow(transport, provider, person, choice) {
  const screens = await person.allow(provider.asked, choice);
  const landed = await callback.next();
  assert.equal(landed.origin + landed.pathname, callback.url);
  assert.equal(landed.searchParams.get('iss'), demo.facts.issuer);
  assert.deepEqual(person.wrong, [], 'nothing that the pages forbid was tried');
  await transport.finishAuth(landed.searchParams.get('code'), landed.searchParams.get('iss'));
  return screens;
}

async function works(client) {
  const answer = await client.callTool({ name: 'get_context', arguments: {} });
  assert.ok(!answer.isError, JSON.stringify(answer));
  return answer.structuredContent;
}

async function connectsAndWorks(provider) {
  const { client, person } = await signIn(provider, /^Look/);
  assert.ok((await works(client)).person);
  await client.close();
  await person.page.context().close();
}

test('by registration', async () => {
  const provider = new Kept();
  await connectsAndWorks(provider);
  assert.match(provider.information.client_id, /^dcr_/);
});

test('by a document', async () => {
  const id = 'https://client.example.com/oauth/client.json';
  const provider = new Kept(id);
  demo.documents.set('/oauth/client.json', { client_id: id, ...provider.clientMetadata });
  await connectsAndWorks(provider);
  assert.equal(provider.information.client_id, id);
});

test('refreshes by itself when its token is refused', async () => {
  const provider = new Kept();
  const { client } = await signIn(provider, /^Look/);
  const before = provider.kept;
  const revoked = await fetch(`${demo.facts.issuer}/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: before.access_token, client_id: provider.information.client_id }),
  });
  assert.equal(revoked.status, 200);
  const until = Date.now() + 5000;
  while (provider.kept.access_token === before.access_token && Date.now() < until) await works(client);
  assert.notEqual(provider.kept.access_token, before.access_token);
  assert.notEqual(provider.kept.refresh_token, before.refresh_token);
  await works(client);
  await client.close();
});

test('steps up when a call needs more', async () => {
  const provider = new Kept();
  const { client, transport, person } = await signIn(provider, /^Look/);
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === 'trash_users'), 'what one step adds is listed');
  provider.asked = undefined;
  await assert.rejects(client.callTool({ name: 'trash_users', arguments: { users: ['nobody-of-this-name'] } }));
  assert.ok(provider.asked, 'the client asks its person');
  const scopes = provider.asked.searchParams.get('scope').split(' ');
  assert.ok(scopes.includes('duo:read') && scopes.includes('duo:write'), scopes.join(' '));
  assert.equal(await allow(transport, provider, person, /^Help desk/), 1, 'whoever is signed in only says yes');
  const again = open(provider);
  await again.client.connect(again.transport);
  const answer = await again.client.callTool({ name: 'trash_users', arguments: { users: ['nobody-of-this-name'] } });
  assert.match(JSON.stringify(answer.content), /nobody-of-this-name/);
  await again.client.close();
});
