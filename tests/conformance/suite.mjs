// Runs the suite and reads what it wrote: one line per check.
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { start } from '../children.mjs';

const require = createRequire(new URL('../package.json', import.meta.url));
const suite = join(dirname(require.resolve('@modelcontextprotocol/conformance/package.json')), 'dist', 'index.js');

/** The names of all scenarios for servers that the suite has. */
export async function scenarios() {
    const child = start(process.execPath, [suite, 'list', '--server'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    const [code] = await once(child, 'close');
    const names = [...said.matchAll(/^ +- (\S+)/gm)].map(([, name]) => name);
    if (code !== 0 || names.length === 0) throw new Error(`the suite lists no scenarios:\n${said}`);
    return new Set(names);
}

/** Runs the suite with these arguments; answers how it ended and its checks, `{ scenario, id, status, why }`. */
export async function run(url, args, keep) {
    const dir = keep ?? (await mkdtemp(join(tmpdir(), 'checks-')));
    await mkdir(dir, { recursive: true });
    const child = start(process.execPath, [suite, 'server', '--url', url, ...args, '--output-dir', dir], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NO_COLOR: '1' },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const [code] = await once(child, 'close');
    const checks = [];
    for (const entry of await readdir(dir)) {
        const scenario = /^server-(.*?)-\d{4}-\d\d-\d\dT[\dZ-]+$/.exec(entry)?.[1];
        if (!scenario) continue;
        for (const { id, status, errorMessage, details } of JSON.parse(await readFile(join(dir, entry, 'checks.json'), 'utf8'))) {
            // Some warnings say why among the details only.
            checks.push({ scenario, id, status, why: errorMessage ?? details?.message ?? '' });
        }
    }
    if (!keep) await rm(dir, { recursive: true, force: true });
    return { code, said, checks };
}
