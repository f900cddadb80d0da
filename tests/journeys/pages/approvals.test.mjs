// An operator on the approval pages: signing in, looking, deciding, and what may have happened meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Demo } from './demo.mjs';
import { look, mistakeAt, openBrowser, openPage, WIDTHS } from './looking.mjs';

const FIFTY = Array.from({ length: 50 }, (_, at) => ({ username: `new${at}`, email: `new${at}@example.com` }));

for (const width of WIDTHS) {
  describe(`approvals at ${width} pixels`, () => {
    let browser, demo;
    before(async () => {
      [browser, demo] = await Promise.all([openBrowser(), Demo.start()]);
    });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const signIn = async (page, key = demo.operatorKey) => {
      await page.getByLabel('Operator key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    const signedIn = async (operation) => {
      const page = await openPage(browser, width);
      await page.goto(operation ? `${demo.approvals}/${operation}` : demo.approvals);
      await signIn(page);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      return page;
    };
    const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
    const told = (page, words) => page.getByRole('status').filter({ hasText: words }).waitFor();

    test('a wrong key, the right one, nothing waits, and out again', async () => {
      const page = await openPage(browser, width);
      await page.goto(demo.approvals);
      await look(page, 'sign-in');
      await signIn(page, 'dga_nonsense');
      await mistakeAt(page.getByLabel('Operator key'), 'not an operator key');
      await look(page, 'sign-in-wrong-key');
      await signIn(page);
      await page.getByText('Nothing waits for a person').waitFor();
      assert.ok(!page.url().includes(demo.operatorKey), 'a key stands in an address');
      await look(page, 'list-empty');
      await press(page, 'Sign out');
      await page.getByLabel('Operator key').waitFor();
      await told(page, /signed out/i);
      await look(page, 'signed-out');
      await page.goto(demo.approvals);
      await page.getByLabel('Operator key').waitFor();
    });

    test('an approval is carried out once, exactly as shown', async () => {
      const held = await demo.hold('set_telephony_credits', { account: 'Acme', credits: 400 });
      const page = await openPage(browser, width);
      // The address that the agent passed on leads there, by way of the sign-in.
      await page.goto(`${demo.approvals}/${held}`);
      await signIn(page);
      await page.getByRole('heading', { level: 1, name: /credits/ }).waitFor();
      const shown = await page.getByRole('main').innerText();
      for (const part of ['Acme', '400', '340', '/admin/v1/billing/telephony_credits']) assert.ok(shown.includes(part), `${part}: ${shown}`);
      await look(page, 'credits-waiting');
      await press(page, 'Approve');
      await told(page, 'Approved');
      const done = await demo.until('get_operation', { operation_id: held }, ({ state }) => state === 'done');
      assert.equal(done.results[0].now.credits, 400);
      await page.goto(`${demo.approvals}/${held}`);
      await page.getByText('done', { exact: true }).first().waitFor();
      await look(page, 'credits-done');
      assert.equal(await demo.sent('POST', '/admin/v1/billing/telephony_credits'), 1);
      assert.equal((await demo.call('get_telephony_credits', { account: 'Acme' })).credits, 400);
    });

    test('what was just approved is said to be under way', async () => {
      const held = await demo.hold('modify_user', { user: 'narroway', status: 'bypass' });
      await demo.control('faults', { kind: 'delay', method: 'POST', path: '/admin/v1/users/*', delay_ms: 6000 });
      const page = await signedIn(held);
      await look(page, 'bypass-waiting');
      await press(page, 'Approve');
      await told(page, 'Approved');
      await look(page, 'bypass-approved');
      await demo.until('get_operation', { operation_id: held }, ({ state }) => state === 'done');
      await page.getByRole('link', { name: 'Look again' }).click();
      await page.getByText('done', { exact: true }).first().waitFor();
      assert.equal((await demo.control('users/narroway')).status, 'bypass');
    });

    test('a denial sends nothing', async () => {
      await demo.call('trash_users', { users: ['jsmith'] });
      const sent = await demo.sent('POST', '/admin/v1/users/bulk_send_to_trash');
      const held = await demo.hold('trash_users', { users: ['lking', 'mrossi', 'jsmith', 'nobody.at.all'] });
      const page = await signedIn(held);
      await page.getByText('What was asked for and will not be done').waitFor();
      await look(page, 'trash-waiting');
      await press(page, 'Deny');
      await told(page, 'Denied');
      await look(page, 'trash-denied');
      assert.equal(await demo.sent('POST', '/admin/v1/users/bulk_send_to_trash'), sent);
      assert.equal((await demo.control('users/lking')).status, 'active');
      assert.equal((await demo.call('get_operation', { operation_id: held })).state, 'denied');
    });

    test('an operation that ended meanwhile is not decided again', async () => {
      const denied = await demo.hold('set_billing_edition', { account: 'Acme', edition: 'BEYOND' });
      const expired = await demo.hold('delete_account', { account: 'Bluebird Dental' });
      const page = await signedIn(denied);
      await demo.decide(denied, 'deny');
      await press(page, 'Approve');
      await told(page, 'changed nothing');
      await look(page, 'edition-late');
      await page.goto(`${demo.approvals}/${expired}`);
      await look(page, 'deletion-waiting');
      demo.expire('operations', `id = '${expired}'`);
      await press(page, 'Approve');
      await told(page, 'changed nothing');
      await page.getByText('expired', { exact: true }).first().waitFor();
      await look(page, 'deletion-expired');
      assert.equal(await demo.sent('POST', '/accounts/v1/account/delete'), 0);
      assert.equal((await demo.call('get_billing_edition', { account: 'Acme' })).edition, 'PLATFORM');
    });

    test('a session that ended asks for the key and comes back to where one was', async () => {
      const held = await demo.hold('set_telephony_credits', { account: 'Cedar Logistics', credits: 7 });
      const page = await signedIn(held);
      demo.expire('operator_sessions');
      await press(page, 'Approve');
      await told(page, 'Nothing was decided');
      await look(page, 'session-over');
      await signIn(page);
      await page.getByRole('button', { name: 'Approve' }).waitFor();
      assert.ok(page.url().endsWith(held), page.url());
      // At the end of the day the browser itself lets go of the cookie.
      await page.context().clearCookies();
      await press(page, 'Deny');
      await told(page, 'Nothing was decided');
      demo.expire('operator_sessions');
      await page.goto(`${demo.approvals}/${held}`);
      await page.getByLabel('Operator key').waitFor();
      assert.equal((await demo.call('get_operation', { operation_id: held })).state, 'waiting');
    });

    test('fifty accounts, odd names, a failure, and the list of them all', async () => {
      await demo.hold('bulk_create_users', { users: FIFTY });
      const odd = `<b>${'w'.repeat(75)}</b> "quoted"`;
      const long = await demo.hold('create_account', { name: odd });
      const failing = await demo.hold('create_account', { name: 'Refused Ltd' });
      await demo.control('faults', { kind: 'status', status: 400, method: 'POST', path: '/accounts/v1/account/create' });
      const page = await signedIn();
      await look(page, 'list-waiting');
      await page.getByRole('listitem').filter({ hasText: '50' }).getByRole('link').first().click();
      await page.getByText('new49@example.com').first().waitFor();
      await look(page, 'fifty-waiting');
      await page.goto(`${demo.approvals}/${long}`);
      assert.equal(await page.locator('main b').count(), 0);
      await look(page, 'odd-name-waiting');
      await page.goto(`${demo.approvals}/${failing}`);
      await press(page, 'Approve');
      await demo.until('get_operation', { operation_id: failing }, ({ state }) => !['approved', 'running'].includes(state));
      await page.goto(`${demo.approvals}/${failing}`);
      await page.getByText('failed', { exact: true }).first().waitFor();
      await look(page, 'account-failed');
      await page.getByRole('link', { name: 'All approvals' }).click();
      await page.getByRole('heading', { name: 'Decided lately' }).waitFor();
      await look(page, 'list-decided');
    });

    test('pages that are not there, forms of another session, and too many keys', async () => {
      const held = await demo.hold('create_account', { name: 'Nobody decides this' });
      const page = await signedIn(held);
      await page.locator('input[name=csrf]').evaluateAll((fields) => fields.forEach((field) => { field.value = 'x'; }));
      await press(page, 'Approve');
      await page.getByRole('heading', { name: 'not valid any more' }).waitFor();
      await look(page, 'form-not-valid');
      await page.goto(`${demo.approvals}/op_nonsense`);
      await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
      await look(page, 'not-there');
      assert.equal((await demo.call('get_operation', { operation_id: held })).state, 'waiting');
      const stranger = await openPage(browser, width);
      await stranger.goto(demo.approvals);
      for (let tries = 0; tries < 8 && (await stranger.getByLabel('Operator key').count()) > 0; tries += 1) {
        await signIn(stranger, 'dga_nonsense');
      }
      await stranger.getByRole('heading', { name: 'Too many attempts' }).waitFor();
      await look(stranger, 'too-many-attempts');
    });
  });
}
