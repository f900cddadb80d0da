// The demo as a newcomer meets it: started by its one command, and known only by what it prints.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { start } from '../../children.mjs';

const PRINTED = {
  mcp: /MCP URL +(\S+)/,
  key: /API key +(dgk_\S+)/,
  phone: /Phone page +(\S+)/,
  approvals: /Approvals +(http\S+)/,
  operatorKey: /Operator key +(dga_\S+)/,
  data: /Kept in (.+);/,
};

export class Demo {
  /** Starts one that is reached at localhost, a name, and not at an address. */
  static async startNamed() {
    const port = await freePort();
    return Demo.start(port, ['--set', `server.public.url=http://localhost:${port}`]);
  }

  /** Starts one in a folder that goes away; resolves when it has printed its last line. */
  static async start(port = 0, more = []) {
    const demo = new Demo();
    demo.folder = mkdtempSync(join(tmpdir(), 'duo-mcp-journey-'));
    const env = { ...process.env, XDG_DATA_HOME: demo.folder };
    const facts = join(demo.folder, 'facts.json');
    demo.process = start(process.env.DUO_MCP_GATEWAY, ['demo', '--port-base', `${port}`, '--facts', facts, ...more], { env });
    const said = await new Promise((resolve, reject) => {
      let text = '';
      const read = (piece) => {
        text += piece;
        if (text.includes('Stop with Ctrl-C')) resolve(text);
      };
      demo.process.stdout.on('data', read);
      demo.process.stderr.on('data', read);
      demo.process.once('error', reject);
      demo.process.once('exit', (code) => reject(new Error(`the demo ended with ${code}:\n${text}`)));
    });
    for (const [name, pattern] of Object.entries(PRINTED)) {
      const found = pattern.exec(said);
      if (!found) throw new Error(`the demo does not print ${pattern}:\n${said}`);
      demo[name] = found[1];
    }
    demo.facts = JSON.parse(readFileSync(facts, 'utf8'));
    return demo;
  }

  async stop() {
    const ended = new Promise((resolve) => demo_ended(this.process, resolve));
    this.process.kill('SIGINT');
    await ended;
    rmSync(this.folder, { recursive: true });
  }

  /** Calls a tool as an AI client that cannot be asked; gives the structured answer, or the advice of a failure. */
  async call(name, given) {
    const client = new Client({ name: 'journeys', version: '1' });
    const requestInit = { headers: { Authorization: `Bearer ${this.key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(this.mcp), { requestInit }));
    try {
      const answer = await client.callTool({ name, arguments: given });
      return answer.isError ? JSON.parse(answer.content[0].text) : answer.structuredContent;
    } finally {
      await client.close();
    }
  }

  /** Calls a tool that has to wait for a person, and gives the id of what waits. */
  async hold(name, given) {
    const held = await this.call(name, given);
    if (held.code !== 'approval_pending') throw new Error(`${name} does not wait: ${JSON.stringify(held)}`);
    return held.operation_id;
  }

  /** Asks until `is` holds of the answer; what is waited for comes by itself, soon. */
  async until(name, given, is) {
    for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100))) {
      const answer = await this.call(name, given);
      if (is(answer)) return answer;
    }
    throw new Error(`${name} ${JSON.stringify(given)} never answered what was waited for`);
  }

  /** The simulated Duo's world, read or changed from behind. */
  async control(path, body) {
    const to = new URL(`/_control/${path}`, this.phone);
    const answer = await fetch(to, body && { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${to} answers ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** How often Duo was sent this. */
  async sent(method, path) {
    return (await this.control(`record?method=${method}&path=${path}`)).requests.length;
  }

  /** The admin REST API, as another operator would use it meanwhile. */
  async decide(operation, verdict) {
    const to = new URL(`/admin/v1/operations/${operation}/${verdict}`, this.approvals);
    const headers = { Authorization: `Bearer ${this.operatorKey}` };
    const answer = await fetch(to, { method: 'POST', headers });
    if (!answer.ok) throw new Error(`${to} answers ${answer.status}: ${await answer.text()}`);
  }

  /** Makes time pass for rows of the gateway's database, which is quicker than eight hours of waiting. */
  expire(table, where = 'true') {
    this.backdate(table, 'expires_at', Date.now() - 1000, where);
  }

  /** Sets a moment of rows to another. */
  backdate(table, column, moment, where = 'true') {
    const database = new DatabaseSync(join(this.data, 'gateway.sqlite'), { timeout: 5000 });
    try {
      const { changes } = database.prepare(`UPDATE ${table} SET ${column} = ${moment} WHERE ${where}`).run();
      if (changes === 0) throw new Error(`nothing to change in ${table} where ${where}`);
    } finally {
      database.close();
    }
  }
}

/** A port from which on the demo's others are free as well, as far as anybody can tell beforehand. */
async function freePort() {
  const listen = (port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  for (;;) {
    const first = await listen(0);
    const { port } = first.address();
    const others = await Promise.all([1, 2, 10, 11].map((offset) => (port + offset < 65536 ? listen(port + offset) : null)));
    await Promise.all([first, ...others].map((server) => server && new Promise((closed) => server.close(closed))));
    if (others.every(Boolean)) return port;
  }
}

function demo_ended(process, then) {
  process.removeAllListeners('exit');
  if (process.exitCode !== null) then();
  else process.once('exit', then);
}
