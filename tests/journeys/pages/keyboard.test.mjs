// The main action of each journey, with the keyboard alone and a focus that is seen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Demo } from './demo.mjs';
import { openBrowser, openPage, tabTo, typeAtOnce } from './looking.mjs';

describe('the keyboard alone', () => {
  let browser, demo;
  before(async () => {
    [browser, demo] = await Promise.all([openBrowser(), Demo.start()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('signing in, opening what waits and approving it, without a mouse', async () => {
    const held = await demo.hold('set_telephony_credits', { account: 'Acme', credits: 350 });
    const page = await openPage(browser, 1280);
    await page.goto(demo.approvals);
    await typeAtOnce(page, 'Operator key', demo.operatorKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Waiting' }).waitFor();
    await tabTo(page, 'Look and decide');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your decision' }).waitFor();
    await tabTo(page, 'Approve');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Approved' }).waitFor();
    const done = await demo.until('get_operation', { operation_id: held }, ({ state }) => state === 'done');
    assert.equal(done.results[0].now.credits, 350);
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await page.getByLabel('Operator key').waitFor();
  });

  test('denying it, without a mouse', async () => {
    const held = await demo.hold('set_telephony_credits', { account: 'Acme', credits: 360 });
    const page = await openPage(browser, 360);
    await page.goto(`${demo.approvals}/${held}`);
    await typeAtOnce(page, 'Operator key', demo.operatorKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your decision' }).waitFor();
    await tabTo(page, 'Deny');
    await page.keyboard.press('Space');
    await page.getByRole('status').filter({ hasText: 'Denied' }).waitFor();
    assert.equal((await demo.call('get_operation', { operation_id: held })).state, 'denied');
  });

  for (const [person, name, result] of [['mrossi', 'Approve', 'allow'], ['lking', 'Deny', 'deny'], ['jdoe', "It wasn't me", 'fraud']]) {
    test(`answering a push with "${name}", without a mouse`, async () => {
      const { txid } = await demo.call('auth', { username: person, factor: 'push' });
      const page = await openPage(browser, 360);
      await page.goto(`${demo.phone}?user=${person}`);
      await tabTo(page, name);
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
      const ended = await demo.until('auth_status', { txid }, (status) => status.result !== 'waiting');
      assert.equal(ended.result, result);
    });
  }
});
