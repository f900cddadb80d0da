// Walks one journey through a page in headless Chromium and prints what the person saw, as one line of JSON.
//
//   CHROMIUM=/usr/bin/chromium node journey.mjs NAME URL [--option value]…
//
// A journey is a file in journeys/ that exports `options` (the names it takes) and `walk(page, url, options)`.
// Pages are addressed as a person would: by roles, labels and words. Common to all: --screenshot FILE.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const [name, url, ...rest] = process.argv.slice(2);
const file = new URL(`./journeys/${name}.mjs`, import.meta.url);
if (!name || !url || !/^\w+$/.test(name) || !existsSync(file)) {
  console.error('journey.mjs NAME URL [--option value]…: no such journey, or no URL');
  process.exit(64);
}
if (!process.env.CHROMIUM) {
  console.error('journey.mjs: CHROMIUM names no browser');
  process.exit(64);
}
const journey = await import(file);
const options = Object.fromEntries([...journey.options, 'screenshot'].map((option) => [option, { type: 'string' }]));
const { values } = parseArgs({ args: rest, options });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
let failed = false;
const wrong = [];
const context = await browser.newContext({ viewport: { width: 1024, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
// A page of ours throws nothing and fetches nothing from elsewhere.
page.on('pageerror', (error) => wrong.push(`the page threw: ${error.message}`));
page.on('request', (request) => {
  const { protocol, hostname } = new URL(request.url());
  if (protocol.startsWith('http') && !LOOPBACK.test(hostname)) wrong.push(`the page asked for ${request.url()}`);
});
try {
  const seen = await journey.walk(page, url, values);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  console.log(JSON.stringify(seen));
} catch (error) {
  failed = true;
  console.error(`${name} at ${page.url()}: ${error.message}`);
  console.error(await page.locator('body').innerText().catch(() => ''));
} finally {
  if (values.screenshot) await page.screenshot({ path: values.screenshot, fullPage: true }).catch(() => {});
  await browser.close();
}
process.exit(failed ? 1 : 0);
