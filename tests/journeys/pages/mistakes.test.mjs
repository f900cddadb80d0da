// A subscriber who makes mistakes: each is told at its field, and what was typed is still there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Demo } from './demo.mjs';
import { focused, look, mistakeAt, openBrowser, openPage, WIDTHS } from './looking.mjs';

for (const width of WIDTHS) {
  describe(`mistakes at ${width} pixels`, () => {
    let browser, demo;
    before(async () => {
      [browser, demo] = await Promise.all([openBrowser(), Demo.start()]);
    });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
    const signedIn = async (path) => {
      const page = await openPage(browser, width);
      await page.goto(`${demo.facts.issuer}/connect`);
      await page.getByLabel('Owner key', { exact: true }).fill(demo.facts.owner_key);
      await press(page, 'Sign in');
      await page.getByRole('heading', { name: 'Ready to connect' }).waitFor();
      await page.goto(`${demo.facts.issuer}${path}`);
      return page;
    };
    /** Follows the link from the top of the page to what is marked. */
    const goToMistake = async (page, field) => {
      await page.getByRole('alert').getByRole('link').click();
      assert.ok(await field.evaluate((element) => element === document.activeElement), 'the link leads elsewhere');
      assert.ok((await page.evaluate(focused)).isSeen, 'the field has the keyboard and does not show it');
    };

    test('signing in: a key, an invite and a name that do not do', async () => {
      const page = await openPage(browser, width);
      await page.goto(`${demo.facts.issuer}/connect`);
      const [key, invite, name] = ['Owner key', 'Invite', 'Your name'].map((label) => page.getByLabel(label, { exact: true }));
      await key.fill('dgo_nonsense');
      await press(page, 'Sign in');
      await mistakeAt(key, 'not an owner key that works here');
      assert.equal(await key.inputValue(), '');
      assert.match(await page.title(), /^Error: /);
      await look(page, 'mistake-key');
      await invite.fill('dgi_nonsense');
      await name.fill('Jo Journey');
      await press(page, 'Use the invite');
      await mistakeAt(invite, 'does not work any more');
      assert.deepEqual([await invite.inputValue(), await name.inputValue()], ['', 'Jo Journey']);
      await look(page, 'mistake-invite');
      await invite.fill(demo.facts.invite);
      await name.fill(' ');
      await press(page, 'Use the invite');
      await mistakeAt(name, 'characters');
      await look(page, 'mistake-name');
    });

    test('keys on the manage page: what Duo refuses leaves the form as it was', async () => {
      const page = await signedIn('/connect/manage');
      const { admin } = demo.facts.duo;
      await page.getByText('Add or replace keys').click();
      const field = (label) => page.getByRole('region', { name: 'Duo accounts' }).getByLabel(label, { exact: true });
      await field('Account').fill('second');
      await field('API hostname of a new account').fill(admin.host);
      await field('Integration key').fill(admin.ikey);
      await field('Secret key').fill('x'.repeat(40));
      await press(page, 'Check with Duo and keep');
      await mistakeAt(field('Secret key'), 'does not belong');
      const kept = await Promise.all(['Account', 'API hostname of a new account', 'Application', 'Integration key', 'Secret key'].map((label) => field(label).inputValue()));
      assert.deepEqual(kept, ['second', admin.host, 'admin', admin.ikey, '']);
      await look(page, 'mistake-keys');
      await goToMistake(page, field('Secret key'));
      await field('Application').selectOption('auth');
      await field('Secret key').fill(admin.skey);
      await press(page, 'Check with Duo and keep');
      await mistakeAt(field('Application'), 'another kind of application');
      assert.equal(await field('Application').inputValue(), 'auth');
      await look(page, 'mistake-application');
    });

    test('a member, and deleting everything: the form that was sent stands open, with what it said', async () => {
      const page = await signedIn('/connect/manage');
      await page.locator('summary', { hasText: 'Change Demo help desk' }).click();
      const form = page.locator('form', { has: page.getByRole('button', { name: 'Change Demo help desk' }) });
      await form.getByLabel('Username in Duo').fill('mrossi');
      await form.getByLabel('Role').selectOption('user_manager');
      await form.getByRole('checkbox', { name: /^Approver/ }).check();
      await press(page, 'Change Demo help desk');
      await mistakeAt(form.getByLabel('Username in Duo'), 'Another member is');
      assert.equal(await form.getByLabel('Role').inputValue(), 'user_manager');
      assert.ok(await form.getByRole('checkbox', { name: /^Approver/ }).isChecked());
      await look(page, 'mistake-member');
      await goToMistake(page, form.getByLabel('Username in Duo'));
      const name = page.getByLabel(/^Type Demo/);
      await name.fill('Something else');
      await press(page, 'Delete everything');
      await mistakeAt(name, 'Nothing was deleted');
      assert.equal(await name.inputValue(), 'Something else');
      await look(page, 'mistake-delete');
    });

    test('a key without a name keeps what was chosen for it', async () => {
      const page = await signedIn('/connect/done');
      const name = page.getByLabel('What the key is for');
      await name.fill(' ');
      await page.getByRole('radio', { name: /^Security/ }).check();
      await page.getByLabel('For how long').selectOption('365');
      await press(page, 'Make a key');
      await mistakeAt(name, 'characters');
      assert.ok(await page.getByRole('radio', { name: /^Security/ }).isChecked());
      assert.equal(await page.getByLabel('For how long').inputValue(), '365');
      await look(page, 'mistake-done');
      await goToMistake(page, name);
    });
  });
}
