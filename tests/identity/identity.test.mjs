// The demo with an identity provider: who signs in there calls tools here, as the member that is linked.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import * as jose from 'jose';
import { ISSUER } from './provider.mjs';
import { Stand } from './stand.mjs';

let stand, identity, facts;

before(async () => {
  stand = await Stand.start();
  ({ identity, facts } = stand);
});
after(() => stand?.stop());

/** Calls a tool by the official client with this token. */
async function call(token, name, given = {}) {
  const client = new Client({ name: 'identity', version: '1' });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(facts.mcp_url), { requestInit }));
  try {
    return (await client.callTool({ name, arguments: given })).structuredContent;
  } finally {
    await client.close();
  }
}

/** The plain answer to a request with this token. */
async function status(token, method = 'tools/list', params = {}) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
  const answer = await fetch(facts.mcp_url, { method: 'POST', headers, body });
  return { code: answer.status, challenge: answer.headers.get('www-authenticate') ?? '' };
}

describe('access tokens of a real OpenID provider', () => {
  for (const algorithm of ['RS256', 'ES256']) {
    it(`lets in a person who signed in there, by ${algorithm}`, async () => {
      identity.algorithm = algorithm;
      const token = await identity.forPerson('demo-person', facts.mcp_url, 'duo:read');
      const { alg, typ } = jose.decodeProtectedHeader(token);
      assert.deepEqual([alg, typ], [algorithm, 'at+jwt']);
      const context = await call(token, 'get_context');
      assert.equal(context.person, 'Demo person');
      assert.deepEqual(context.scopes, ['duo:read']);
      assert.ok((await call(token, 'list_users', { limit: 3 })).users.length > 0);
    });
  }

  it('asks for more where the token may do less than the call needs', async () => {
    const token = await identity.forPerson('demo-person', facts.mcp_url, 'duo:read');
    const params = { name: 'trash_users', arguments: { users: ['jdoe'] } };
    const { code, challenge } = await status(token, 'tools/call', params);
    assert.equal(code, 403);
    assert.match(challenge, /insufficient_scope/);
  });

  it('lets in a program that an operator linked, and nobody before that', async () => {
    const token = await identity.forProgram(facts.mcp_url, 'duo:read');
    const { sub } = jose.decodeJwt(token);
    assert.equal((await status(token)).code, 401);
    await stand.link('Demo agent', sub);
    for (const end = Date.now() + 5_000; (await status(token)).code !== 200; ) assert.ok(Date.now() < end);
    assert.equal((await call(token, 'get_context')).person, 'Demo agent');
  });

  it('lets in nobody else: another person, another audience, a forged token, a token of another issuer', async () => {
    const { code, challenge } = await status(await identity.forPerson('somebody else', facts.mcp_url, 'duo:read'));
    assert.equal(code, 401);
    assert.match(challenge, /invalid_token/);
    const elsewhere = await identity.forPerson('demo-person', 'https://other.example.com/mcp', 'duo:read');
    assert.equal((await status(elsewhere)).code, 401);
    const { privateKey } = await jose.generateKeyPair('RS256');
    const sign = (kid, issuer) =>
      new jose.SignJWT({ scope: 'duo:read' })
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(facts.mcp_url)
        .setSubject('demo-person')
        .setIssuedAt()
        .setExpirationTime('5 min')
        .sign(privateKey);
    assert.equal((await status(await sign('rsa', ISSUER))).code, 401);
    assert.equal((await status(await sign('rsa', 'https://id2.example.com'))).code, 401);
    assert.equal((await fetch(facts.keys_mcp_url, { method: 'POST', headers: { Authorization: `Bearer ${elsewhere}` } })).status, 401);
  });
});
