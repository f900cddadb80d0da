// A subscriber on the connect pages: from a pasted address to an answer, with mistakes on the way, and back to manage it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { App } from './application.mjs';
import { Demo } from './demo.mjs';
import { focused, look, mistakeAt, openBrowser, openPage, tabTo, WIDTHS } from './looking.mjs';

const TEN_MINUTES = 10 * 60 * 1000;

/** The first answer that a client with this token gets. */
async function firstAnswer(url, token) {
  const client = new Client({ name: 'journeys', version: '1' });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  try {
    return (await client.callTool({ name: 'list_users', arguments: { limit: 2 } })).structuredContent;
  } finally {
    await client.close();
  }
}

/** Counts the pages of ours that this browser is shown. */
function countScreens(page, issuer) {
  const counted = { screens: 0 };
  page.on('response', (answer) => {
    const isPage = answer.request().resourceType() === 'document' && answer.url().startsWith(issuer);
    if (isPage && answer.status() < 300) counted.screens += 1;
  });
  return counted;
}

for (const width of WIDTHS) {
  describe(`connect at ${width} pixels`, () => {
    let browser, demo;
    before(async () => {
      [browser, demo] = await Promise.all([openBrowser(), Demo.start()]);
    });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
    const signIn = async (page, key = demo.facts.owner_key) => {
      await page.getByLabel('Owner key', { exact: true }).fill(key);
      await press(page, 'Sign in');
    };
    const typeNames = async (page) => {
      await page.getByLabel('Organization').fill('Journey Ltd');
      await page.getByLabel('Your name').fill('Jo Journey');
      await page.getByLabel('API hostname').fill(demo.facts.duo.admin.host);
    };
    const typeKeys = async (page, title, { ikey, skey }) => {
      await page.getByLabel(`Integration key of the ${title}`).fill(ikey);
      await page.getByLabel(`Secret key of the ${title}`).fill(skey);
    };
    const secret = async (page) => (await page.locator('pre.secret').innerText()).trim();

    test('what this is, for a person who pastes the address into a browser', async () => {
      const page = await openPage(browser, width);
      await page.goto(demo.mcp);
      assert.equal(new URL(page.url()).pathname, '/');
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.ok((await page.getByRole('main').innerText()).includes(demo.mcp));
      await look(page, 'landing');
      await page.getByText('Cursor', { exact: true }).click();
      const link = await page.getByRole('link', { name: 'Add to Cursor' }).getAttribute('href');
      const config = JSON.parse(Buffer.from(new URL(link).searchParams.get('config'), 'base64'));
      assert.deepEqual(config, { url: demo.mcp });
      await page.getByText('Claude Desktop', { exact: true }).click();
      await page.getByText('A bridge, for a gateway').click();
      await look(page, 'landing-open');
    });

    test('a request that is over, or never was, says where to go on', async () => {
      const page = await openPage(browser, width);
      const answer = await page.goto(`${demo.facts.issuer}/connect/nothing-of-the-kind`);
      assert.equal(answer.status(), 410);
      await page.getByRole('heading', { level: 1, name: 'This request is over' }).waitFor();
      await look(page, 'connect-over');
    });

    test('somebody new, without a client: mistakes at their fields, then the address and a key', async () => {
      const page = await openPage(browser, width);
      await page.goto(demo.facts.issuer);
      await page.getByRole('link', { name: 'Connect', exact: true }).click();
      await look(page, 'connect-sign-in');
      await signIn(page, 'dgo_nonsense');
      await mistakeAt(page.getByLabel('Owner key', { exact: true }), 'not an owner key');
      await look(page, 'connect-sign-in-wrong');
      await page.getByRole('link', { name: 'Bring your Duo account' }).click();
      await look(page, 'connect-new');
      await page.getByText('The hostname and the two keys').click();
      await page.getByText('If the application admits only some networks').click();
      await look(page, 'connect-new-guide');
      const { auth, admin } = demo.facts.duo;
      await typeNames(page);
      await typeKeys(page, 'Auth API', { ikey: auth.skey, skey: auth.ikey });
      await typeKeys(page, 'Admin API', { ikey: admin.ikey, skey: 'tooshort' });
      await press(page, 'Check with Duo and go on');
      await page.getByRole('alert').filter({ hasText: '2 things' }).waitFor();
      await page.getByText('The two keys are swapped').waitFor();
      assert.equal(await page.getByLabel('Organization').inputValue(), 'Journey Ltd');
      assert.equal(await page.getByLabel('Integration key of the Admin API').inputValue(), admin.ikey);
      assert.ok(!(await page.content()).includes(auth.skey), 'a secret key is shown again');
      await look(page, 'connect-new-mistakes');
      await typeKeys(page, 'Auth API', auth);
      await typeKeys(page, 'Admin API', { ikey: auth.ikey, skey: auth.skey });
      await press(page, 'Check with Duo and go on');
      await page.getByText('another kind of application').waitFor();
      await look(page, 'connect-new-wrong-application');
      await typeKeys(page, 'Auth API', auth);
      await typeKeys(page, 'Admin API', admin);
      await press(page, 'Check with Duo and go on');
      await page.getByRole('heading', { name: 'Your owner key' }).waitFor();
      const key = await secret(page);
      assert.match(key, /^dgo_/);
      assert.ok(!page.url().includes(key));
      await look(page, 'connect-owner-key');
      await page.reload();
      await page.getByRole('heading', { name: 'Shown already' }).waitFor();
      await look(page, 'connect-shown-already');
      await page.getByRole('link', { name: 'Set up a client' }).click();
      await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
      await look(page, 'connect-done');
      await page.getByLabel('What the key is for').fill('Journey');
      await press(page, 'Make a key');
      await page.getByRole('heading', { name: 'The API key' }).waitFor();
      const made = await secret(page);
      await page.getByText('Codex', { exact: true }).click();
      await look(page, 'connect-api-key');
      assert.equal((await firstAnswer(demo.facts.keys_mcp_url, made)).returned, 2);
      await page.getByRole('link', { name: 'I have kept it, go on' }).click();
      await page.getByRole('heading', { name: 'Journey Ltd' }).waitFor();
      await look(page, 'manage-new');
      await press(page, 'Sign out');
      await page.goto(`${demo.facts.issuer}/connect`);
      await signIn(page, key);
      await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
    });

    test('from a pasted address to the first answer: four screens for who is new', async () => {
      const app = await App.register(demo.facts.issuer);
      const page = await openPage(browser, width);
      const counted = countScreens(page, demo.facts.issuer);
      await page.goto(app.url);
      await look(page, 'asked-sign-in');
      await page.getByRole('link', { name: 'Bring your Duo account' }).click();
      await typeNames(page);
      for (const [title, which] of [['Auth API', 'auth'], ['Admin API', 'admin'], ['Accounts API', 'accounts']]) {
        await typeKeys(page, title, demo.facts.duo[which]);
      }
      await press(page, 'Check with Duo and go on');
      await page.getByRole('link', { name: 'I have kept it, go on' }).click();
      await page.getByRole('heading', { name: 'Let Journey client use Duo for you?' }).waitFor();
      await look(page, 'consent');
      const token = await app.landed(page, () => press(page, 'Allow'));
      const { returned, total } = await firstAnswer(demo.mcp, token);
      assert.equal(returned, 2);
      assert.ok(total > 200, `${total} people`);
      assert.ok(counted.screens <= 4, `${counted.screens} screens`);
    });

    test('and two for who is known', async () => {
      const app = await App.register(demo.facts.issuer);
      const page = await openPage(browser, width);
      const counted = countScreens(page, demo.facts.issuer);
      await page.goto(app.url);
      await signIn(page);
      await page.getByRole('radio', { name: /^Look/ }).check();
      const token = await app.landed(page, () => press(page, 'Allow'));
      assert.equal((await firstAnswer(demo.mcp, token)).returned, 2);
      assert.ok(counted.screens <= 2, `${counted.screens} screens`);
    });

    test('an owner manages: approves what waits, disconnects, invites, and is asked again later', async () => {
      const held = await demo.hold('set_telephony_credits', { account: 'Acme', credits: 400 });
      const page = await openPage(browser, width);
      await page.goto(`${demo.facts.issuer}/connect`);
      await signIn(page);
      await page.getByRole('link', { name: 'Manage' }).click();
      await page.getByRole('heading', { name: 'Waiting for your yes' }).waitFor();
      await look(page, 'manage');
      await page.getByRole('link', { name: /Look and decide/ }).first().click();
      await page.getByRole('heading', { name: 'Your decision' }).waitFor();
      await look(page, 'manage-operation');
      await press(page, 'Approve');
      await page.getByRole('status').filter({ hasText: 'Approved' }).waitFor();
      const done = await demo.until('get_operation', { operation_id: held }, ({ state }) => state === 'done');
      assert.equal(done.results[0].now.credits, 400);
      await page.goto(`${demo.facts.issuer}/connect/manage`);
      await page.getByRole('button', { name: /^Disconnect/ }).first().click();
      await page.getByRole('status').filter({ hasText: 'Disconnected' }).waitFor();
      await page.getByLabel('Invite somebody as').selectOption('help_desk');
      await press(page, 'Make an invite');
      await page.getByRole('heading', { name: 'The invite' }).waitFor();
      assert.match(await secret(page), /^dgi_/);
      await look(page, 'manage-invite');
      await page.getByRole('link', { name: 'I have kept it, go on' }).click();
      demo.backdate('member_sessions', 'authenticated_at', Date.now() - TEN_MINUTES - 1000);
      await page.reload();
      assert.equal(await page.getByRole('button', { name: 'Delete everything' }).count(), 0);
      await page.getByRole('link', { name: 'Sign in once more' }).first().click();
      await look(page, 'manage-again');
      await page.getByLabel('Owner key', { exact: true }).fill(demo.facts.owner_key);
      await press(page, 'Go on');
      await page.getByLabel(/^Type Demo/).fill('Something else');
      await press(page, 'Delete everything');
      await mistakeAt(page.getByLabel(/^Type Demo/), 'Nothing was deleted');
      await look(page, 'manage-not-deleted');
    });

    test('an owner names an approver and wants a push, and answers one before a key is made', async () => {
      const page = await openPage(browser, width);
      const manage = `${demo.facts.issuer}/connect/manage`;
      const wantPush = async (wanted) => {
        await page.goto(manage);
        await page.getByRole('checkbox', { name: /^A Duo push/ }).setChecked(wanted);
        await press(page, 'Save');
        await page.getByRole('status').filter({ hasText: 'Changed' }).waitFor();
      };
      await page.goto(`${demo.facts.issuer}/connect`);
      await signIn(page);
      await page.goto(manage);
      await page.locator('summary', { hasText: 'Change Demo help desk' }).click();
      await look(page, 'manage-member');
      await page.getByRole('checkbox', { name: /^Approver/ }).and(page.locator(':visible')).check();
      await press(page, 'Change Demo help desk');
      await page.getByText('approver', { exact: true }).waitFor();
      await wantPush(true);
      await look(page, 'manage-rules');
      await page.goto(`${demo.facts.issuer}/connect/done`);
      // What the gateway knows of the tenant may be a second old.
      for (const link = page.getByRole('link', { name: 'Confirm on your phone' }); (await link.count()) === 0;) await page.reload();
      await page.getByRole('link', { name: 'Confirm on your phone' }).click();
      await look(page, 'connect-push');
      await demo.control('scripts', { user: 'mrossi', outcome: 'wait' });
      await press(page, 'Send the push');
      await page.getByRole('heading', { name: 'Look at your phone' }).waitFor();
      await look(page, 'connect-push-waiting');
      await demo.control('press', { user: 'mrossi', action: 'approve' });
      await page.getByRole('link', { name: 'I have answered it' }).click();
      await page.getByLabel('What the key is for').fill('Journey');
      await press(page, 'Make a key');
      await page.getByRole('heading', { name: 'The API key' }).waitFor();
      assert.match(await secret(page), /^dgk_/);
      await wantPush(false);
    });

    test('letting a client in, without a mouse', async () => {
      const app = await App.register(demo.facts.issuer);
      const page = await openPage(browser, width);
      await page.goto(app.url);
      const key = page.getByLabel('Owner key', { exact: true });
      for (let presses = 0; presses < 10 && !(await key.evaluate((field) => field === document.activeElement)); presses += 1) {
        await page.keyboard.press('Tab');
      }
      assert.ok((await page.evaluate(focused)).isSeen, 'the field has the keyboard and does not show it');
      await page.keyboard.type(demo.facts.owner_key);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Let Journey client use Duo for you?' }).waitFor();
      await tabTo(page, 'Allow');
      const token = await app.landed(page, () => page.keyboard.press('Enter'));
      assert.ok(token);
    });
  });
}
