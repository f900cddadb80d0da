// The conformance suite's command for authorization servers, with its person played here.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { start } from '../children.mjs';
import { startDemo } from './demo.mjs';
import { Person, openBrowser } from './person.mjs';

const PORT = 8822;
let demo;
let chromium;

before(async () => {
  [demo, chromium] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await chromium?.close();
  await demo?.stop();
});

function program() {
  const modules = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');
  const folder = join(modules, '@modelcontextprotocol', 'conformance');
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : Object.values(bin)[0]);
}

test('every check of the suite', async () => {
  const redirect = `http://127.0.0.1:${PORT}/callback`;
  const registered = await fetch(`${demo.facts.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Conformance', redirect_uris: [redirect], token_endpoint_auth_method: 'none' }),
  });
  const { client_id: id } = await registered.json();
  const suite = start(process.execPath, [
    program(), 'authorization', '--url', demo.facts.issuer, '--client-id', id, '--resource', demo.facts.mcp_url,
    '--port', String(PORT), '--spec-version', '2026-07-28',
  ]);
  let said = '';
  let asked = null;
  const listen = (chunk) => {
    said += chunk;
    const found = /https?:\/\/\S+\/authorize\?\S+/.exec(said);
    if (found && !asked) {
      asked = Person.atBrowser(chromium, demo.facts.owner_key).then((person) => person.allow(found[0], /^Look/));
    }
  };
  suite.stdout.on('data', listen);
  suite.stderr.on('data', listen);
  const code = await new Promise((resolve) => suite.on('exit', resolve));
  assert.ok(asked, said);
  await asked;
  assert.equal(code, 0, said);
  assert.match(said, /Total: 3 passed, 0 failed/);
  console.log(said.trim().split('\n').slice(-6).join('\n'));
});
