// The sets of scenarios, each held against baseline.json: what fails there has to fail, and nothing else may.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { showKey, startDemo } from './gateway.mjs';
import { run, scenarios } from './suite.mjs';

const baseline = JSON.parse(await readFile(new URL('baseline.json', import.meta.url), 'utf8'));
const { KEEP, DUO_MCP_GATEWAY, GATEWAY_WITH_FIXTURES } = process.env;
const wrongs = [];
const wrong = (text) => wrongs.push(text);

/**
 * Compares the checks of a set with what the baseline says of it, in number and one by one: what is known fails still, in
 * the words that are known, and nothing else fails.
 */
function judge(name, checks) {
    const expected = baseline[name];
    const judged = checks.filter(({ scenario }) => !(scenario in (expected.left_out ?? {})));
    const entries = { FAILURE: expected.failures ?? {}, WARNING: expected.warnings ?? {} };
    for (const [kind, known] of Object.entries(entries)) {
        const found = judged.filter(({ status }) => status === kind);
        for (const { scenario, id, why } of found) {
            const entry = known[`${scenario}:${id}`];
            if (!entry || !why.includes(entry.says)) wrong(`${name}: ${kind} ${scenario}:${id}: ${why}`);
        }
        for (const check of Object.keys(known)) {
            const is = found.some(({ scenario, id }) => check === `${scenario}:${id}`);
            if (!is) wrong(`${name}: ${check} is in the baseline and is no ${kind} any more`);
        }
    }
    const count = (status) => judged.filter((check) => check.status === status).length;
    const found = {
        scenarios: new Set(judged.map(({ scenario }) => scenario)).size,
        passed: count('SUCCESS'),
        failed: count('FAILURE'),
        warned: count('WARNING'),
        skipped: count('SKIPPED'),
    };
    if (JSON.stringify(found) !== JSON.stringify(expected.counts)) {
        wrong(`${name}: counted ${JSON.stringify(found)}, the baseline says ${JSON.stringify(expected.counts)}`);
    }
    console.log(
        `conformance: ${name}: ${found.scenarios} scenarios, ${found.passed} checks passed, ${found.failed} failed, ` +
            `${found.warned} warned, ${found.skipped} not applicable`,
    );
}

const folder = (name) => KEEP && join(KEEP, name.replaceAll(' ', '-'));

/** Everything that a revision requires, in one run. */
async function required(name, url, revision, code) {
    const result = await run(url, ['--requirements', revision], folder(name));
    if (result.code !== code) wrong(`${name}: the suite ended with ${result.code}, not with ${code}\n${result.said.slice(-2000)}`);
    judge(name, result.checks);
}

/** Scenarios by name. The suite's exit code says nothing here that the checks do not. */
async function chosen(name, url, revision, scenarios) {
    const checks = [];
    for (const scenario of scenarios) {
        const where = folder(name);
        const args = ['--scenario', scenario, '--spec-version', revision];
        const result = await run(url, args, where && join(where, scenario));
        if (!result.checks.length) wrong(`${name}: ${scenario} checked nothing\n${result.said.slice(-2000)}`);
        checks.push(...result.checks);
    }
    judge(name, checks);
}

async function ask(url, headers, method) {
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: meta } });
    const usual = { 'content-type': 'application/json', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method };
    const answer = await fetch(url, { method: 'POST', body, headers: { ...usual, ...headers } });
    return { status: answer.status, json: await answer.json() };
}

/** Starts the program, checks that it is guarded and has, or has not, the fixtures, and lets `sets` run. */
async function against(program, hasFixtures, sets) {
    const { facts, stop } = await startDemo(program);
    const proxy = await showKey(facts.mcp_url, facts.api_key);
    try {
        const bare = await ask(facts.mcp_url, {}, 'tools/list');
        if (bare.status !== 401) wrong(`${program} answers ${bare.status} to a request without a key`);
        const tools = (await ask(proxy.url, {}, 'tools/list')).json.result.tools.map(({ name }) => name);
        if (!tools.includes('list_users')) wrong(`${program} does not list the product's tools: ${tools}`);
        const fixtures = tools.filter((name) => /^test_|^json_schema/.test(name));
        if (fixtures.length > 0 !== hasFixtures) wrong(`${program} lists the fixtures [${fixtures}]`);
        for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) {
            const { status } = await ask(proxy.url, {}, method);
            if (status !== (hasFixtures ? 200 : 404)) wrong(`${program} answers ${status} to ${method}`);
        }
        await sets(proxy.url);
        if (proxy.seen.requests < 20) wrong(`${program} was asked ${proxy.seen.requests} times only`);
    } finally {
        proxy.close();
        await stop();
    }
}

/** The baseline itself: words for each failure that is known, and no scenario that the suite does not have. */
function sound(existing) {
    for (const [name, { failures, warnings, left_out }] of Object.entries(baseline)) {
        for (const [check, { says }] of Object.entries({ ...failures, ...warnings })) {
            if (!says?.trim()) wrong(`${name}: the baseline does not say in which words ${check} fails`);
        }
        for (const scenario of Object.keys(left_out ?? {})) {
            if (!existing.has(scenario)) wrong(`${name}: ${scenario} is left out, and the suite has no such scenario`);
        }
    }
}

sound(await scenarios());
await against(GATEWAY_WITH_FIXTURES, true, async (url) => {
    await required('required by 2026-07-28', url, '2026-07-28', 0);
    await required('required by 2025-11-25', url, '2025-11-25', 1);
});
await against(DUO_MCP_GATEWAY, false, async (url) => {
    const newer = baseline['product, 2026-07-28'].scenarios;
    await chosen('product, 2026-07-28', url, '2026-07-28', newer);
    await chosen('product, 2025-11-25', url, '2025-11-25', baseline['product, 2025-11-25'].scenarios);
});
for (const text of wrongs) console.error(`conformance: ${text}`);
console.log(`conformance: ${wrongs.length ? 'FAILED' : 'as the baseline says'}`);
process.exitCode = wrongs.length ? 1 : 0;
