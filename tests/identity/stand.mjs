// A provider, and a demo beside it that knows it.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, start } from '../children.mjs';
import { Identity, ISSUER } from './provider.mjs';

export class Stand {
  static async start() {
    const stand = new Stand();
    stand.folder = mkdtempSync(join(tmpdir(), 'duo-mcp-identity-'));
    stand.identity = await Identity.start(stand.folder);
    const file = join(stand.folder, 'facts.json');
    const flags = ['--identity-provider', stand.identity.address, '--data-dir', stand.folder, '--facts', file];
    stand.demo = start(process.env.DUO_MCP_GATEWAY, ['demo', '--port-base', '0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [stand.demo.stdout, stand.demo.stderr]) stream.on('data', (piece) => (said += piece));
    for (const until = Date.now() + 60_000; !stand.facts; await new Promise((next) => setTimeout(next, 50))) {
      if (stand.demo.exitCode !== null || Date.now() > until) throw new Error(`the demo does not start:\n${said}`);
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (text.trim().endsWith('}')) stand.facts = JSON.parse(text);
    }
    return stand;
  }

  async stop() {
    await end(this.demo, 'SIGINT');
    await this.identity.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** The admin REST API, as the operator uses it. */
  async ask(method, path, body) {
    const to = new URL(`/admin/v1/tenants/${this.facts.tenant_id}/${path}`, this.facts.admin_url);
    const headers = { Authorization: `Bearer ${this.facts.operator_key}`, 'Content-Type': 'application/json' };
    const answer = await fetch(to, { method, headers, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${to}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  /** Links who is called so at the provider to a member. */
  link(member, value) {
    return this.ask('POST', `members/${encodeURIComponent(member)}/identities`, { issuer: ISSUER, value });
  }
}
