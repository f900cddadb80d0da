// A person with the simulated phone: a push, a call, several at once, and answers that come too late.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Demo } from './demo.mjs';
import { look, openBrowser, openPage, WIDTHS } from './looking.mjs';

for (const width of WIDTHS) {
  describe(`the phone at ${width} pixels`, () => {
    let browser, demo;
    before(async () => {
      [browser, demo] = await Promise.all([openBrowser(), Demo.start()]);
    });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const challenge = async (username, factor = 'push', reason = 'Caller on line 2') => {
      const started = await demo.call('auth', { username, factor, reason });
      assert.ok(started.txid, JSON.stringify(started));
      return started.txid;
    };
    const ended = (txid) => demo.until('auth_status', { txid }, ({ result }) => result !== 'waiting');
    const card = (page, user) => page.getByRole('article').filter({ hasText: user });
    const press = (page, user, name) => card(page, user).getByRole('button', { name, exact: true }).click();
    const told = (page, words) => page.getByRole('status').filter({ hasText: words }).waitFor();

    test('nothing waits; a push appears by itself and is approved', async () => {
      const page = await openPage(browser, width);
      await page.goto(demo.phone);
      await page.getByText('Nothing is waiting').waitFor();
      await look(page, 'phone-empty');
      const txid = await challenge('mrossi');
      await card(page, 'mrossi').waitFor();
      const shown = await card(page, 'mrossi').innerText();
      assert.ok(shown.includes('Demo person') && shown.includes('Caller on line 2'), shown);
      await look(page, 'phone-push');
      await press(page, 'mrossi', 'Approve');
      await told(page, 'Approved');
      await look(page, 'phone-approved');
      assert.equal((await ended(txid)).result, 'allow');
    });

    test('a denial is a denial, and the person is left alone', async () => {
      const txid = await challenge('lking');
      const page = await openPage(browser, width);
      await page.goto(`${demo.phone}?user=lking`);
      await look(page, 'phone-of-one');
      await press(page, 'lking', 'Deny');
      await told(page, 'Denied');
      await look(page, 'phone-denied');
      assert.equal((await ended(txid)).result, 'deny');
      assert.equal((await demo.call('auth', { username: 'LKING', factor: 'push' })).code, 'push_cool_down');
    });

    test('fraud is reported, and noticed though nobody asks', async () => {
      const txid = await challenge('jdoe', 'phone');
      const page = await openPage(browser, width);
      await page.goto(demo.phone);
      await card(page, 'jdoe').waitFor();
      await look(page, 'phone-call');
      await press(page, 'jdoe', "It wasn't me");
      await told(page, 'fraud');
      await look(page, 'phone-fraud');
      assert.equal((await ended(txid)).result, 'fraud');
    });

    test('several wait; one that ended meanwhile is not answered', async () => {
      const first = await challenge('narroway');
      await challenge('jsmith', 'push', `a very long reason ${'x'.repeat(60)} <b>&amp;</b>`);
      const page = await openPage(browser, width);
      await page.goto(demo.phone);
      await card(page, 'narroway').waitFor();
      await look(page, 'phone-several');
      // The page does not hear of it in time.
      await page.route('**/phone', (route) => (route.request().resourceType() === 'fetch' ? route.abort() : route.fallback()));
      await demo.control('press', { txid: first, action: 'deny' });
      await press(page, 'narroway', 'Approve');
      await told(page, 'no longer waiting');
      // What the browser says of the fetches that were aborted just now; all else stays wrong.
      page.wrong = page.wrong.filter((line) => !line.includes('net::ERR_FAILED'));
      await look(page, 'phone-too-late');
      assert.equal((await ended(first)).result, 'deny');
    });

    test('what stands on the page stays under the finger while others come and go', async () => {
      const page = await openPage(browser, width);
      await page.goto(demo.phone);
      const one = await challenge('dsync');
      await card(page, 'dsync').waitFor();
      const button = await card(page, 'dsync').getByRole('button', { name: 'Approve' }).elementHandle();
      await button.focus();
      const other = await challenge('mrossi');
      await card(page, 'mrossi').waitFor();
      assert.ok(await button.evaluate((element) => element.isConnected && document.activeElement === element), 'the button went away');
      await demo.control('press', { txid: other, action: 'deny' });
      await card(page, 'mrossi').waitFor({ state: 'detached' });
      assert.ok(await button.evaluate((element) => document.activeElement === element), 'the button went away');
      await button.press('Enter');
      await told(page, 'Approved');
      assert.equal((await ended(one)).result, 'allow');
    });
  });
}
