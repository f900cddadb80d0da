// The inspector's web page, unmodified: its own server as a person starts it, and the page in Chromium.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { end, start } from '../children.mjs';

const LAUNCHER = fileURLToPath(import.meta.resolve('@modelcontextprotocol/inspector/clients/launcher/build/index.js'));

/** The inspector on this machine: what it keeps outlives its page, and its server. */
export class Inspector {
  home = mkdtempSync(join(tmpdir(), 'inspector-'));

  /** Starts it with these words after its name. */
  async start(...words) {
    // The page's address is where people are sent back to, so it stays the same from one start to the next.
    this.port ??= await freePort();
    const { PATH } = process.env;
    this.program = start(process.execPath, [LAUNCHER, '--web', ...words], {
      env: {
        PATH, HOME: this.home, CLIENT_PORT: String(this.port), MCP_SANDBOX_PORT: '0', MCP_AUTO_OPEN_ENABLED: 'false',
        MCP_INSPECTOR_SECRET_STORE: 'file',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    this.program.stderr.on('data', (chunk) => { said += chunk; });
    for await (const chunk of this.program.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk;
      [this.url] = said.match(/http:\/\/127\.0\.0\.1:\d+\/?\?MCP_INSPECTOR_API_TOKEN=\w+/) ?? [];
      if (this.url) break;
    }
    if (!this.url) throw new Error(`the inspector says no address: ${said}`);
    this.program.stdout.resume();
    this.origin = new URL(this.url).origin;
    return this;
  }

  /** The tokens that it keeps for the one server that it signed in to. */
  tokens() {
    const { secrets } = JSON.parse(readFileSync(join(this.home, '.mcp-inspector', 'secrets.json'), 'utf8'));
    const [tokens, ...more] = Object.entries(secrets).filter(([name]) => name.includes(':tokens:'));
    if (!tokens || more.length) throw new Error(`${more.length + (tokens ? 1 : 0)} servers have tokens`);
    return JSON.parse(tokens[1]);
  }

  async stop() {
    await end(this.program);
  }

  async close() {
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What a person does in the inspector's page. */
export class Desk {
  /** In a browser session of its own: nothing is left of an earlier one. */
  static async open(browser, inspector) {
    const desk = new Desk();
    desk.context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    // The inspector asks a font from elsewhere; whether this machine reaches it is nothing to us.
    await desk.context.route(/^https:/, (route) => route.abort());
    desk.page = await desk.context.newPage();
    desk.page.setDefaultTimeout(30_000);
    desk.asked = [];
    desk.page.on('request', (request) => desk.asked.push(new URL(request.url())));
    await desk.page.goto(inspector.url);
    return desk;
  }

  /** Types the name and the address of a server. */
  async add(name, url) {
    const { page } = this;
    await page.getByRole('button', { name: 'Add Servers' }).click();
    await page.getByRole('menuitem', { name: 'Add manually' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add server' });
    await dialog.getByRole('textbox', { name: 'Server ID' }).fill(name);
    await dialog.getByRole('textbox', { name: 'Transport' }).click();
    await page.getByRole('option', { name: 'streamable-http' }).click();
    await dialog.getByRole('textbox', { name: 'URL' }).fill(url);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Has it speak this era with the server. */
  async era(name) {
    const { page } = this;
    // The server that was added stands last.
    await page.getByRole('main').getByRole('button', { name: 'Settings' }).last().click();
    const dialog = page.getByRole('dialog', { name: 'Server Settings' });
    await dialog.getByRole('textbox', { name: 'Protocol Era' }).click();
    await page.getByRole('option', { name }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Has it name itself by a document at this address. */
  async document(url) {
    const { page } = this;
    await page.getByRole('button', { name: 'Client settings' }).click();
    const dialog = page.getByRole('dialog', { name: 'Client Settings' });
    await dialog.getByRole('button', { name: 'OAuth Client ID Metadata Document' }).click();
    await dialog.getByRole('checkbox', { name: 'Use Client ID Metadata Document' }).check();
    await dialog.getByRole('textbox', { name: 'Client ID metadata document URL' }).fill(url);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Switches the connection to this server on. */
  async connect(server) {
    await this.page.getByRole('switch', { name: `Connect or disconnect "${server}"` }).click({ force: true });
  }

  /** Waits until it is connected; the protocol that it says it speaks. */
  async connected() {
    await this.page.getByRole('button', { name: 'Disconnect from server' }).waitFor();
    await this.#show('Servers');
    return this.page.getByText(/^MCP \d{4}-\d\d-\d\d$/).innerText();
  }

  /** The tools that it lists, by name. */
  async tools() {
    await this.#show('Tools');
    await this.page.getByRole('heading', { name: /^Tools \(\d+\)$/ }).waitFor();
    return this.page.getByRole('main').getByRole('button').locator('p:nth-of-type(2)').allInnerTexts();
  }

  /** Calls a tool with these words in its fields; the answer is another matter. */
  async call(tool, fields) {
    await this.#show('Tools');
    const main = this.page.getByRole('main');
    await main.getByText(tool, { exact: true }).click();
    for (const [name, value] of Object.entries(fields)) await main.getByRole('textbox', { name, exact: true }).fill(value);
    await main.getByRole('button', { name: 'Execute Tool' }).click();
  }

  /** What it shows as the answer. */
  async answer() {
    const main = this.page.getByRole('main');
    await main.getByRole('heading', { name: 'Results' }).waitFor();
    return main.innerText();
  }

  async #show(screen) {
    await this.page.getByRole('banner').getByText(screen, { exact: true }).click();
  }

  async close() {
    await this.context.close();
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
