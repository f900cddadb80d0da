// The official Python client signs in by itself: by registration and by a document; refreshes; steps up.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { start } from '../children.mjs';
import { startDemo } from './demo.mjs';
import { Callback, Person, openBrowser } from './person.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'python_client.py');
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

/** The client as a program of its own, and the person whom it asks. */
class Program {
  /** What a person was asked to look at, and how many pages each took. */
  asked = [];
  screens = [];

  static async start(documentUrl) {
    const program = new Program();
    program.person = await Person.atBrowser(chromium, demo.facts.owner_key);
    const given = [PROGRAM, demo.facts.mcp_url, callback.url, ...(documentUrl ? [documentUrl] : [])];
    program.process = start(process.env.PYTHON_MCP, given, { stdio: ['pipe', 'pipe', 'inherit'] });
    program.lines = createInterface({ input: program.process.stdout })[Symbol.asyncIterator]();
    return program;
  }

  tell(what) {
    this.process.stdin.write(`${JSON.stringify(what)}\n`);
  }

  /** The next thing that it says of itself; what it wants a person for is done meanwhile, allowing what `choice` says. */
  async hear(choice) {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error('the Python client ended');
      const said = JSON.parse(value);
      if (!said.open) return said;
      const url = new URL(said.open);
      this.asked.push(url);
      this.screens.push(await this.person.allow(url, choice));
      this.tell({ landed: String(await callback.next()) });
      assert.deepEqual(this.person.wrong, [], 'nothing that the pages forbid was tried');
    }
  }

  async call(tool, given, choice = /^Look/) {
    this.tell({ call: tool, arguments: given });
    return this.hear(choice);
  }

  async end() {
    const ended = new Promise((resolve) => this.process.on('exit', resolve));
    this.process.stdin.end();
    assert.equal(await ended, 0);
    await this.person.page.context().close();
  }
}

test('Python: by registration, refreshed when its token is over', async () => {
  const program = await Program.start();
  assert.ok((await program.hear(/^Look/)).connected);
  assert.deepEqual(program.screens, [2], 'sign in, and say yes');
  const first = await program.call('get_context', {});
  assert.ok(!first.error && first.structured.person, JSON.stringify(first));
  assert.match(first.client, /^dcr_/);
  program.tell({ later: 7200 });
  const second = await program.call('get_context', {});
  assert.ok(!second.error, JSON.stringify(second));
  assert.notEqual(second.tokens.access_token, first.tokens.access_token);
  assert.notEqual(second.tokens.refresh_token, first.tokens.refresh_token);
  assert.equal(program.asked.length, 1, 'nobody was asked again');
  await program.end();
});

test('Python: by a document, and a step up', async () => {
  const id = 'https://client.example.com/oauth/python.json';
  demo.documents.set('/oauth/python.json', {
    client_id: id, client_name: 'Python SDK test', redirect_uris: [callback.url],
    grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
  });
  const program = await Program.start(id);
  assert.ok((await program.hear(/^Look/)).connected);
  const first = await program.call('get_context', {});
  assert.equal(first.client, id);
  assert.equal(first.tokens.scope, 'duo:read');
  const more = await program.call('trash_users', { users: ['nobody-of-this-name'] }, /^Help desk/);
  assert.match(more.text, /nobody-of-this-name/);
  assert.deepEqual(program.screens, [2, 1], 'whoever is signed in only says yes');
  const scopes = program.asked[1].searchParams.get('scope').split(' ');
  assert.ok(scopes.includes('duo:read') && scopes.includes('duo:write'), scopes.join(' '));
  assert.equal(more.tokens.scope, 'duo:read duo:auth duo:write');
  await program.end();
});
