// The person whose leave a client needs: in headless Chromium, by what the pages say and not by how they are made.

import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Where a client on this computer has browsers sent back to: remembers where each landed. */
export class Callback {
  #landed = [];
  #waiting = [];

  static async listen() {
    const callback = new Callback();
    callback.server = createServer((request, response) => {
      const url = new URL(request.url, callback.url);
      response.writeHead(200, { 'content-type': 'text/plain' }).end('Back at the application');
      if (url.pathname === '/callback') callback.#arrived(url);
    });
    await new Promise((resolve) => callback.server.listen(0, '127.0.0.1', resolve));
    callback.url = `http://127.0.0.1:${callback.server.address().port}/callback`;
    return callback;
  }

  #arrived(url) {
    const waits = this.#waiting.shift();
    if (waits) waits(url);
    else this.#landed.push(url);
  }

  /** The next one that lands here. */
  next() {
    const url = this.#landed.shift();
    return url ? Promise.resolve(url) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Somebody in front of a browser of their own. */
export class Person {
  static async atBrowser(browser, ownerKey) {
    const person = new Person();
    const context = await browser.newContext();
    person.page = await context.newPage();
    person.page.setDefaultTimeout(20_000);
    person.ownerKey = ownerKey;
    person.wrong = [];
    // What a content security policy forbids is told on the console.
    person.page.on('console', (line) => line.type() === 'error' && person.wrong.push(line.text()));
    return person;
  }

  /** Opens what a client asks to be opened, and signs in where that is asked for. How many pages were looked at. */
  async lookAt(url) {
    const { page } = this;
    const opened = await page.goto(String(url));
    if (!opened.ok()) throw new Error(`${opened.status()}: ${await page.innerText('body')}`);
    return signIn(page, this.ownerKey);
  }

  /** Allows what this choice says. How many pages were looked at until the browser was sent back. */
  async allow(url, choice) {
    const screens = await this.lookAt(url);
    await this.page.getByRole('radio', { name: choice }).check();
    await this.page.getByRole('button', { name: 'Allow', exact: true }).click();
    return screens;
  }
}

/** Signs in where that is asked for, on the way to what a client asks. How many pages were looked at. */
export async function signIn(page, ownerKey) {
  const key = page.getByLabel('Owner key');
  const allow = page.getByRole('button', { name: 'Allow', exact: true });
  await key.or(allow).first().waitFor();
  if (!(await key.count())) return 1;
  await key.fill(ownerKey);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await allow.waitFor();
  return 2;
}

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
}
