// A demo of its own, beside a server of client documents.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { end, start } from '../children.mjs';

/** Starts the demo on free ports, beside a server of client documents that it knows as client.example.com. */
export async function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-clients-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  // Of an authority it must not be one itself: the usual configuration would make it so.
  const asked = join(folder, 'openssl.cnf');
  writeFileSync(asked, `
    [req]\n distinguished_name = name\n x509_extensions = leaf\n prompt = no\n[name]\n CN = client.example.com
    [leaf]\n subjectAltName = DNS:client.example.com\n basicConstraints = critical, CA:FALSE\n`);
  execFileSync('openssl', [
    'req', '-x509', '-config', asked, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-keyout', key, '-out', certificate,
  ], { stdio: 'ignore' });
  const documents = new Map();
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    const document = documents.get(request.url);
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(document ?? {}));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const override =
    `[{ host = "client.example.com", address = "127.0.0.1:${server.address().port}", ca_file = "${certificate}" }]`;
  const facts = join(folder, 'facts.json');
  const program = start(process.env.DUO_MCP_GATEWAY, [
    'demo', '--port-base', '0', '--data-dir', join(folder, 'data'), '--facts', facts, '--set', `net.connect_override=${override}`,
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  let ended = null;
  program.on('exit', (code) => { ended = code ?? 'a signal'; });
  for (let tries = 0; ; tries += 1) {
    try {
      const known = JSON.parse(readFileSync(facts, 'utf8'));
      return { facts: known, documents, stop };
    } catch (error) {
      if (ended !== null) throw new Error(`the demo ended with ${ended}`);
      if (tries > 600) throw error;
      await pause(100);
    }
  }
  async function stop() {
    await end(program);
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
