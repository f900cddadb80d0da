// A gateway started the way the demo starts, and a proxy that shows its key: the suite cannot send headers of its own.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { start } from '../children.mjs';

const READY_MS = 120_000;
// A client of a whole suite is busier than a person; the limit itself is tested elsewhere.
const MANY = 'server.limits.key_rate_per_minute=60000';

/** Starts this program; answers the facts that it wrote, and a function that ends it. */
export async function startDemo(program) {
    const dir = await mkdtemp(join(tmpdir(), 'conformance-'));
    const facts = join(dir, 'facts.json');
    const args = ['--data-dir', join(dir, 'data'), '--set', MANY, 'demo', '--port-base', '0', '--facts', facts];
    const child = start(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => (said = (said + text).slice(-4000)));
    const ended = once(child, 'exit');
    const stop = async () => {
        child.kill('SIGTERM');
        await ended;
        await rm(dir, { recursive: true, force: true });
    };
    const until = Date.now() + READY_MS;
    for (;;) {
        // The file appears whole or not at all.
        const text = await readFile(facts, 'utf8').catch(() => '');
        if (text) return { facts: JSON.parse(text), stop };
        if (child.exitCode !== null || Date.now() > until) {
            await stop();
            throw new Error(`${program} did not get ready:\n${said}`);
        }
        await wait(100);
    }
}

/**
 * A listener on the loopback that passes everything on and adds the key. What was said to its own address is said to the
 * gateway's; any other Host and Origin goes through as it is, because that is what a scenario tests.
 */
export async function showKey(mcpUrl, key) {
    const upstream = new URL(mcpUrl);
    const seen = { requests: 0 };
    const server = http.createServer((request, response) => {
        seen.requests += 1;
        const own = `:${server.address().port}`;
        const theirs = `:${upstream.port}`;
        const headers = { ...request.headers, authorization: `Bearer ${key}` };
        for (const name of ['host', 'origin']) {
            if (headers[name]?.endsWith(own)) headers[name] = headers[name].slice(0, -own.length) + theirs;
        }
        const { method, url: path } = request;
        const onward = http.request({ host: upstream.hostname, port: upstream.port, method, path, headers }, (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });
        onward.on('error', () => response.destroy());
        request.pipe(onward);
        // A client that hangs up has to be seen hanging up.
        response.on('close', () => onward.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = () => {
        server.closeAllConnections();
        server.close();
    };
    return { url: `http://127.0.0.1:${server.address().port}${upstream.pathname}`, seen, close };
}
