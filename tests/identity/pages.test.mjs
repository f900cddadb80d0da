// People sign in on the gateway's pages by a real OpenID provider, in headless Chromium; the client is an official one.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { chromium } from 'playwright-core';
import { look, WIDTHS } from '../journeys/pages/looking.mjs';
import { HOST, ISSUER } from './provider.mjs';
import { Stand } from './stand.mjs';

const CALLBACK = 'http://127.0.0.1:9/callback';
const HEIGHTS = { 1280: 900, 360: 740 };

let stand, facts, browser;

before(async () => {
  stand = await Stand.start();
  ({ facts } = stand);
  const found = `MAP ${HOST}:443 ${stand.identity.address}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', `--host-resolver-rules=${found}`],
  });
});
after(async () => {
  await browser?.close();
  await stand?.stop();
});

/** What an official client keeps of its sign-in. */
class Kept {
  redirectUrl = CALLBACK;
  clientMetadata = { client_name: 'Identity test', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' };
  clientInformation = () => this.information;
  saveClientInformation = (information) => (this.information = information);
  tokens = () => this.kept;
  saveTokens = (tokens) => (this.kept = tokens);
  redirectToAuthorization = (url) => (this.asked = url);
  saveCodeVerifier = (verifier) => (this.verifier = verifier);
  codeVerifier = () => this.verifier;
}

function open(authProvider) {
  const client = new Client({ name: 'identity-pages', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  return { client, transport: new StreamableHTTPClientTransport(new URL(facts.mcp_url), { authProvider }) };
}

/** A browser of its own; what the console says of our pages is told by the next look. */
async function openPage(width) {
  const context = await browser.newContext({ viewport: { width, height: HEIGHTS[width] }, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.wrong = [];
  page.on('console', (line) => {
    const isOurs = line.location().url.startsWith(facts.issuer);
    if (isOurs && line.type() === 'error' && !/status of 4\d\d/.test(line.text())) page.wrong.push(line.text());
  });
  return page;
}

/** Signs in on the provider's own pages, and consents there where that is asked for. */
async function signInThere(page, person) {
  await page.locator('input[name=login]').fill(person);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await consentThere(page);
}

async function consentThere(page) {
  const more = page.getByRole('button', { name: 'Continue' });
  await more.or(page.locator('.card')).first().waitFor();
  if (await more.count()) await more.click();
}

/** By the door again, known at the provider, which asks clients on this computer for consent each time. */
async function throughTheDoorKnown(page) {
  await throughTheDoor(page);
  await page.waitForURL(`${ISSUER}/**`);
  await consentThere(page);
}

const throughTheDoor = (page) => page.getByRole('button', { name: 'Sign in with Example ID' }).click();

for (const width of WIDTHS) {
  describe(`sign-in by the provider at ${width} pixels`, () => {
    it('from the pasted address over the provider to the first answer, in two pages of ours', async () => {
      const page = await openPage(width);
      const kept = new Kept();
      const first = open(kept);
      await assert.rejects(first.client.connect(first.transport), UnauthorizedError);
      let screens = 0;
      page.on('response', (answer) => {
        const isPage = answer.request().resourceType() === 'document' && answer.url().startsWith(facts.issuer);
        // The page that leads on is not one to read.
        if (isPage && answer.status() < 300 && !answer.headers().refresh) screens += 1;
      });
      await page.goto(String(kept.asked));
      await look(page, 'oidc-sign-in-asked');
      await throughTheDoor(page);
      await page.waitForURL(`${ISSUER}/**`);
      await signInThere(page, 'demo-person');
      await page.getByRole('heading', { name: /Identity test/ }).waitFor();
      assert.ok(page.url().startsWith(`${facts.issuer}/connect/`), page.url());
      await look(page, 'oidc-consent');
      assert.match(await page.innerText('main'), /Demo person/);
      const back = page.waitForRequest((request) => request.url().startsWith(CALLBACK));
      await page.getByRole('radio', { name: /^Look/ }).check();
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      const { searchParams } = new URL((await back).url());
      await first.transport.finishAuth(searchParams);
      assert.equal(screens, 2);
      const second = open(kept);
      await second.client.connect(second.transport);
      const { structuredContent } = await second.client.callTool({ name: 'get_context', arguments: {} });
      assert.equal(structuredContent.person, 'Demo person');
      assert.ok((await second.client.callTool({ name: 'list_users', arguments: { limit: 2 } })).structuredContent.users.length);
      await second.client.close();
      assert.deepEqual(page.wrong, []);
      await page.context().close();
    });

    it('without a client to what one does next, and once more before what is grave', async () => {
      const page = await openPage(width);
      await page.goto(`${facts.issuer}/connect`);
      await look(page, 'oidc-sign-in');
      await throughTheDoor(page);
      await signInThere(page, 'demo-person');
      await page.waitForURL('**/connect/done');
      // The provider tells when the person signed in only where that is asked for, so this session does nothing grave.
      await page.goto(`${facts.issuer}/connect/again`);
      await look(page, 'oidc-again');
      await throughTheDoor(page);
      // Known there, and asked again all the same.
      await signInThere(page, 'demo-person');
      await page.waitForURL('**/connect/manage');
      assert.match(await page.innerText('body'), /Demo person/);
      await page.context().close();
    });

    it('tells somebody whom nobody linked what the operator needs, who then comes in, until that is taken back', async () => {
      const page = await openPage(width);
      const person = `<b>new</b> person ${width}`;
      await page.goto(`${facts.issuer}/connect`);
      await throughTheDoor(page);
      await signInThere(page, person);
      await page.getByRole('heading', { name: 'You are not known here yet' }).waitFor();
      await look(page, 'oidc-not-linked');
      const said = await page.innerText('main');
      assert.ok(said.includes(ISSUER) && said.includes(person), said);
      const { id } = await stand.link('Demo agent', person);
      await page.getByRole('link', { name: 'Sign in another way' }).click();
      await throughTheDoorKnown(page);
      // A service is no person: it does not sign in.
      await page.getByRole('heading', { name: 'You are not known here yet' }).waitFor();
      await stand.ask('DELETE', `grants/${id}`);
      const member = await stand.ask('POST', 'members', { name: `New person ${width}`, role: 'read_only' });
      const link = await stand.link(member.id, person);
      await page.goto(`${facts.issuer}/connect`);
      await throughTheDoorKnown(page);
      await page.waitForURL('**/connect/done');
      assert.match(await page.innerText('body'), new RegExp(`New person ${width}`));
      await stand.ask('DELETE', `grants/${link.id}`);
      await page.goto(`${facts.issuer}/connect/done`);
      await page.waitForURL('**/connect');
      await throughTheDoorKnown(page);
      await page.getByRole('heading', { name: 'You are not known here yet' }).waitFor();
      await page.context().close();
    });

    it('has a page to go on from where a browser does not go on by itself', async () => {
      const page = await openPage(width);
      await page.route(`${ISSUER}/**`, (route) => route.abort('aborted'));
      await page.goto(`${facts.issuer}/connect`);
      await throughTheDoor(page);
      await page.getByRole('heading', { name: 'On to Example ID' }).waitFor();
      await look(page, 'oidc-going');
      assert.match(await page.innerText('main'), new RegExp(HOST));
      await page.unroute(`${ISSUER}/**`);
      await page.getByRole('link', { name: 'Go to Example ID' }).click();
      await page.locator('input[name=login]').waitFor();
      await page.context().close();
    });

    it('says so when the person or the provider does not want, and the owner key opens as ever', async () => {
      const page = await openPage(width);
      await page.goto(`${facts.issuer}/connect`);
      await throughTheDoor(page);
      await page.getByRole('link', { name: /Cancel/ }).click();
      await page.getByText('Example ID did not let you in.').waitFor();
      await look(page, 'oidc-declined');
      await page.getByLabel('Owner key').fill(facts.owner_key);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.waitForURL('**/connect/done');
      await page.context().close();
    });
  });
}
