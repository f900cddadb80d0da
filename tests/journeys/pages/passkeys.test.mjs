// Passkeys in a browser with an authenticator of its own: added, signed in by, refused, removed; and browsers without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { App } from './application.mjs';
import { Demo } from './demo.mjs';
import { look, openBrowser, openPage, tabTo, WIDTHS } from './looking.mjs';

const TOUCH = 'Sign in with a passkey';

/** The browser's own authenticator for this page, which recognises its person. */
class Authenticator {
  static async of(page) {
    const own = new Authenticator();
    own.browser = await page.context().newCDPSession(page);
    await own.browser.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    own.it = await own.browser.send('WebAuthn.addVirtualAuthenticator', { options });
    return own;
  }

  send(command, more = {}) {
    return this.browser.send(`WebAuthn.${command}`, { ...this.it, ...more });
  }

  async passkeys() {
    return (await this.send('getCredentials')).credentials;
  }
}

for (const width of WIDTHS) {
  describe(`passkeys at ${width} pixels`, () => {
    let browser, demo;
    before(async () => {
      [browser, demo] = await Promise.all([openBrowser(), Demo.startNamed()]);
    });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
    const at = (path) => `${demo.facts.issuer}${path}`;
    const signIn = async (page) => {
      await page.goto(at('/connect'));
      await page.getByLabel('Owner key', { exact: true }).fill(demo.facts.owner_key);
      await press(page, 'Sign in');
      await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
    };
    /** A page whose person is signed in and has a passkey of this name. */
    const withPasskey = async (name) => {
      const page = await openPage(browser, width);
      const device = await Authenticator.of(page);
      await signIn(page);
      await page.getByRole('link', { name: 'add a passkey' }).click();
      await page.getByLabel('What you call it').fill(name);
      await press(page, 'Make a passkey');
      await page.getByRole('status').filter({ hasText: 'The passkey is kept' }).waitFor();
      return { page, device };
    };

    test('a member adds a passkey, comes back by it, and removes it', async () => {
      const page = await openPage(browser, width);
      const device = await Authenticator.of(page);
      await signIn(page);
      await page.goto(at('/connect/manage'));
      await page.getByText('Nobody signs in by a passkey yet').waitFor();
      await page.goto(at('/connect/done'));
      await look(page, 'passkey-done');
      await page.getByRole('link', { name: 'add a passkey' }).click();
      await page.getByRole('heading', { name: 'Add a passkey' }).waitFor();
      assert.equal(await page.getByText('This page needs a browser').isVisible(), false);
      await look(page, 'passkey-add');
      await page.getByLabel('What you call it').fill('Journey laptop');
      await press(page, 'Make a passkey');
      await page.getByRole('status').filter({ hasText: 'The passkey is kept' }).waitFor();
      const [made] = await device.passkeys();
      assert.equal(made.rpId, 'localhost');
      assert.equal(made.isResidentCredential, true);
      await look(page, 'passkey-manage');
      // The same device once more is told so, by the browser.
      await page.getByRole('link', { name: 'Add a passkey' }).click();
      await press(page, 'Make a passkey');
      await page.getByRole('alert').filter({ hasText: 'has a passkey of yours' }).waitFor();
      await look(page, 'passkey-again');
      await page.getByRole('link', { name: '← Back' }).click();

      await press(page, 'Sign out');
      await page.goto(at('/connect'));
      await page.getByRole('button', { name: TOUCH }).waitFor();
      await look(page, 'passkey-sign-in');
      await press(page, TOUCH);
      await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
      await page.goto(at('/connect/again'));
      await look(page, 'passkey-once-more');
      await press(page, TOUCH);
      await page.getByRole('heading', { name: 'Passkeys' }).waitFor();
      await page.getByRole('button', { name: /^Remove Journey laptop/ }).click();
      // It opened this very session.
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await press(page, TOUCH);
      await page.getByRole('alert').filter({ hasText: 'does not work here' }).waitFor();
      await look(page, 'passkey-refused');
      await signIn(page);
    });

    test('a client is let in by a passkey and the keyboard alone, on two screens', async () => {
      const { page } = await withPasskey('Keyboard');
      await press(page, 'Sign out');
      const app = await App.register(demo.facts.issuer);
      await page.goto(app.url);
      await page.getByRole('button', { name: TOUCH }).waitFor();
      await look(page, 'passkey-asked');
      await tabTo(page, TOUCH);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Let Journey client use Duo for you?' }).waitFor();
      await tabTo(page, 'Allow');
      assert.ok(await app.landed(page, () => page.keyboard.press('Enter')));
    });

    test('who is not recognised is told, and may try again', async () => {
      const { page, device } = await withPasskey('Not recognised');
      await press(page, 'Sign out');
      await page.goto(at('/connect'));
      await device.send('setUserVerified', { isUserVerified: false });
      await press(page, TOUCH);
      await page.getByRole('alert').filter({ hasText: 'No passkey was chosen' }).waitFor();
      await look(page, 'passkey-not-chosen');
      await device.send('setUserVerified', { isUserVerified: true });
      await press(page, TOUCH);
      await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
    });

    test('a copy of a passkey signs nobody in', async () => {
      const { page, device } = await withPasskey('Copied');
      const [copy] = await device.passkeys();
      for (let times = 0; times < 2; times += 1) {
        await press(page, 'Sign out');
        await page.goto(at('/connect'));
        await press(page, TOUCH);
        await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
      }
      const other = await openPage(browser, width);
      await (await Authenticator.of(other)).send('addCredential', { credential: copy });
      await other.goto(at('/connect'));
      await press(other, TOUCH);
      await other.getByRole('alert').filter({ hasText: 'does not work here' }).waitFor();
      await page.goto(at('/connect/manage'));
      await page.getByText('passkey.refused').first().waitFor();
    });

    test('without passkeys, and without scripts, everything else works', async () => {
      const page = await openPage(browser, width);
      await page.addInitScript(() => { delete window.PublicKeyCredential; });
      await signIn(page);
      await page.goto(at('/connect/manage/passkeys/new'));
      await page.getByText('This page needs a browser').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Make a passkey' }).count(), 0);
      await look(page, 'passkey-missing');

      const context = await browser.newContext({ javaScriptEnabled: false, viewport: page.viewportSize() });
      const plain = await context.newPage();
      await plain.goto(at('/connect'));
      assert.equal(await plain.getByRole('button', { name: TOUCH }).count(), 0);
      await signIn(plain);
      await plain.goto(at('/connect/manage/passkeys/new'));
      await plain.getByText('This page needs a browser').waitFor();
      assert.equal(await plain.getByRole('button', { name: 'Make a passkey' }).count(), 0);
      await context.close();
    });
  });
}
