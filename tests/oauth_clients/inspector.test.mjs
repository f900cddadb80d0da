// The inspector's web page signs in by itself, in one browser: by registration and by a document; refreshes; steps up; is refused.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { startDemo } from './demo.mjs';
import { Desk, Inspector } from './inspector.mjs';
import { openBrowser, signIn } from './person.mjs';

let demo;
let chromium;
const inspectors = [];

before(async () => {
  [demo, chromium] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await chromium?.close();
  for (const inspector of inspectors) await inspector.close();
  await demo?.stop();
});

async function startInspector(...words) {
  const inspector = new Inspector();
  inspectors.push(inspector);
  return inspector.start(...words);
}

/** What a client asked its person's browser to open. */
function authorization(desk) {
  return desk.asked.filter((url) => url.origin === demo.facts.issuer && url.pathname === '/authorize').at(-1);
}

/** The person's part, in the inspector's own tab; how many pages that took. */
async function allow(desk, choice) {
  const { page } = desk;
  const screens = await signIn(page, demo.facts.owner_key);
  await page.getByRole('radio', { name: choice }).check();
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  return screens;
}

async function looksUp(desk) {
  await desk.call('get_user', { user: 'me' });
  return desk.answer();
}

/** Until a token works no more. */
async function refused(token) {
  const ask = () => fetch(demo.facts.mcp_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  for (let tries = 0; (await ask()).status !== 401; tries += 1) {
    assert.ok(tries < 100, 'a token that was taken back still works');
    await pause(50);
  }
}

async function takeBack(token, client) {
  const revoked = await fetch(`${demo.facts.issuer}/revoke`, {
    method: 'POST', body: new URLSearchParams({ token, client_id: client }),
  });
  assert.equal(revoked.status, 200);
  await refused(token);
}

test('the inspector, given the address in its page, by registration; and again in a new session, refreshed', async () => {
  const inspector = await startInspector();
  const desk = await Desk.open(chromium, inspector);
  await desk.add('duo', demo.facts.mcp_url);
  await desk.connect('duo');
  assert.equal(await allow(desk, /^Look/), 2, 'sign in, and say yes');
  assert.equal(await desk.connected(), 'MCP 2025-11-25', 'the era that it speaks unless told');
  const asked = authorization(desk).searchParams;
  assert.match(asked.get('client_id'), /^dcr_/);
  assert.equal(asked.get('redirect_uri'), `${inspector.origin}/oauth/callback`);
  assert.equal(asked.get('scope'), 'duo:read offline_access');
  assert.equal(asked.get('resource'), demo.facts.mcp_url);
  const landed = desk.asked.find((url) => url.pathname === '/oauth/callback');
  assert.equal(landed.searchParams.get('iss'), demo.facts.issuer);
  const tools = await desk.tools();
  assert.ok(tools.includes('get_user') && tools.includes('trash_users'), tools.join(' '));
  assert.match(await looksUp(desk), /user_id/);

  // Its token is refused in the middle: the page goes on with a new one.
  const first = inspector.tokens();
  await takeBack(first.access_token, asked.get('client_id'));
  await desk.call('get_context', {});
  assert.match(await desk.answer(), /You act for Demo person/);
  const second = inspector.tokens();
  assert.notEqual(second.access_token, first.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  await desk.close();

  // Everything is shut, and its token is refused when it comes back.
  await inspector.stop();
  await takeBack(second.access_token, asked.get('client_id'));
  await inspector.start();
  const later = await Desk.open(chromium, inspector);
  await later.connect('duo');
  await later.connected();
  assert.match(await looksUp(later), /user_id/);
  assert.notEqual(inspector.tokens().access_token, second.access_token);
  assert.equal(authorization(later), undefined, 'nobody is asked again');
  await later.close();
});

test('the inspector, given the address at its start, steps up when a call needs more', async () => {
  const inspector = await startInspector('--transport', 'http', '--server-url', demo.facts.mcp_url);
  const desk = await Desk.open(chromium, inspector);
  // What was not typed in the page is called by its host.
  await desk.connect(new URL(demo.facts.mcp_url).host);
  assert.equal(await allow(desk, /^Look/), 2);
  await desk.connected();
  await desk.call('create_user', { username: 'inspected' });
  const dialog = desk.page.getByRole('dialog', { name: 'Additional permissions required' });
  assert.match(await dialog.innerText(), /duo:write/);
  await dialog.getByRole('button', { name: 'Authorize' }).click();
  assert.equal(await allow(desk, /^Help desk/), 1, 'whoever is signed in only says yes');
  await desk.connected();
  const scopes = authorization(desk).searchParams.get('scope').split(' ');
  assert.deepEqual(scopes.sort(), ['duo:read', 'duo:write', 'offline_access']);
  await desk.call('create_user', { username: 'inspected' });
  assert.match(await desk.answer(), /Create the user inspected: done/);
  await desk.close();
});

test('the inspector, by a document and in the modern era, answers a form', async () => {
  const inspector = await startInspector();
  const id = 'https://client.example.com/oauth/inspector.json';
  demo.documents.set('/oauth/inspector.json', {
    client_id: id, client_name: 'Inspector by a document', redirect_uris: [`${inspector.origin}/oauth/callback`],
    grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none',
  });
  const desk = await Desk.open(chromium, inspector);
  await desk.document(id);
  await desk.add('duo', demo.facts.mcp_url);
  await desk.era(/^Modern/);
  await desk.connect('duo');
  assert.equal(await allow(desk, /^Everything/), 2);
  assert.equal(await desk.connected(), 'MCP 2026-07-28');
  assert.equal(authorization(desk).searchParams.get('client_id'), id);
  await desk.call('create_user', { username: 'asked-after' });
  assert.match(await desk.answer(), /Create the user asked-after: done/);
  await desk.call('modify_user', { user: 'asked-after', username: 'renamed' });
  const form = desk.page.getByRole('dialog', { name: 'Elicitation Request' });
  assert.match(await form.innerText(), /asked-after/);
  await form.getByRole('textbox').fill('asked-after');
  await form.getByRole('button', { name: 'Submit' }).click();
  assert.match(await desk.answer(), /“renamed”: done/);
  await desk.close();
});

test('the inspector, refused by its person, says so and holds nothing', async () => {
  const inspector = await startInspector();
  const desk = await Desk.open(chromium, inspector);
  await desk.add('duo', demo.facts.mcp_url);
  await desk.connect('duo');
  await signIn(desk.page, demo.facts.owner_key);
  await desk.page.getByRole('button', { name: 'Do not allow', exact: true }).click();
  await desk.page.getByText('access_denied').first().waitFor();
  assert.throws(() => inspector.tokens());
  await desk.close();
});
