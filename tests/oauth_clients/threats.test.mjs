// What a page of somebody else's does in the browser of a person who is signed in. By their numbers in the list of threats.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { startDemo } from './demo.mjs';
import { Person, openBrowser } from './person.mjs';

const REDIRECT = 'http://127.0.0.1:9/callback';
let demo;
let chromium;
let evil;
/** What the page of somebody else's says. Another port is another origin, but the same site: cookies are sent along. */
let evilPage;

before(async () => {
  [demo, chromium] = await Promise.all([startDemo(), openBrowser()]);
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Evil</title>${evilPage}`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  evil = { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
});
after(async () => {
  evil?.close();
  await chromium?.close();
  await demo?.stop();
});

/** A person who is signed in and looks at what a client asks for. */
async function asked() {
  const registered = await fetch(`${demo.facts.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Evil', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
  });
  const { client_id: client } = await registered.json();
  const url = new URL('/authorize', demo.facts.issuer);
  url.search = new URLSearchParams({
    client_id: client, redirect_uri: REDIRECT, response_type: 'code', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256',
  });
  const person = await Person.atBrowser(chromium, demo.facts.owner_key);
  await person.lookAt(url);
  await person.page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  return person;
}

test('threat 28: no page is shown within one of somebody else', async () => {
  const person = await asked();
  const consent = person.page.url();
  evilPage = `<iframe src="${consent}"></iframe>`;
  await person.page.goto(evil.url);
  const frame = person.page.frames().find((each) => each !== person.page.mainFrame());
  await frame.waitForLoadState();
  assert.equal(await frame.getByRole('button').count(), 0);
  assert.ok(person.wrong.some((line) => line.includes('frame-ancestors') || line.includes('X-Frame-Options')), person.wrong.join('\n'));
  // The same page by itself is there.
  await person.page.goto(consent);
  assert.equal(await person.page.getByRole('button', { name: 'Allow', exact: true }).count(), 1);
});

test('threat 27: a form of somebody else grants nothing', async () => {
  const person = await asked();
  const consent = person.page.url();
  const proof = await person.page.locator('input[name=csrf]').first().inputValue();
  // Even if the proof had leaked.
  evilPage = `<form method="post" action="${consent}/approve"><input name="csrf" value="${proof}">` +
    '<input name="preset" value="everything"><input name="days" value="90"><button>Win a prize</button></form>';
  await person.page.goto(evil.url);
  const [answer] = await Promise.all([
    person.page.waitForResponse((response) => response.url() === `${consent}/approve`),
    person.page.getByRole('button', { name: 'Win a prize' }).click(),
  ]);
  assert.equal(answer.status(), 403);
  await person.page.goto(consent);
  assert.equal(await person.page.getByRole('button', { name: 'Allow', exact: true }).count(), 1, 'nothing was answered');
});
