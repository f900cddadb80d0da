// The looking itself: each thing that it is there to find is found on a page that has it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, misshapen, mistakeAt, openBrowser, openPage, tabTo, violations } from './looking.mjs';

describe('looking itself', () => {
  let browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => browser?.close());

  const page = async (body, style = '') => {
    const opened = await openPage(browser, 360);
    await opened.setContent(`<!doctype html><html lang="en"><head><title>t</title><meta name="viewport"
      content="width=device-width"><style>${style}</style></head><body><main><h1>A page</h1>${body}</main></body></html>`);
    return opened;
  };

  test('axe finds a picture without words, a field without a label and text too faint to read', async () => {
    const bad = await page('<img src="data:,"><input><p>faint</p>', 'p { color: #ccc; background: #fff }');
    const found = (await violations(bad)).map((line) => line.split(':')[0]);
    for (const rule of ['image-alt', 'label', 'color-contrast']) assert.ok(found.includes(rule), `${rule}: ${found}`);
  });

  test('axe finds faint text that is faint only in the dark', async () => {
    const bad = await page('<p>faint</p>', '@media (prefers-color-scheme: dark) { p { color: #333; background: #222 } }');
    await assert.rejects(look(bad, null), /dark: color-contrast/);
    const wrong = await look(bad, null).catch((error) => error.message);
    assert.ok(!wrong.includes('light:'), wrong);
  });

  test('what is wider than the screen, cut off or too small is found', async () => {
    const wide = await page('<p style="width: 500px">wide</p>');
    assert.match((await wide.evaluate(misshapen)).join('\n'), /the page is \d+ wide and the screen 360/);
    const cut = await page('<p style="width: 9rem; overflow: hidden; white-space: nowrap">one two three four five</p>');
    assert.match((await cut.evaluate(misshapen)).join('\n'), /cut off/);
    const small = await page('<button style="all: unset">x</button><p>A sentence with <a href="#x">a link</a>.</p>');
    const found = await small.evaluate(misshapen);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0], /button/);
  });

  test('a page that throws, or asks elsewhere, is found by the next look', async () => {
    const bad = await page('<script>throw new Error("oh")</script><img alt="x" src="http://192.0.2.1/x.png">');
    await assert.rejects(look(bad, null), (error) => /threw: oh/.test(error.message) && /192\.0\.2\.1/.test(error.message));
  });

  test('a mistake that is told beside its field and not at it is found', async () => {
    const field = (attributes) => `<label for="a">A</label><input id="a" ${attributes}><p class="problem" id="w">Wrong</p>`;
    for (const attributes of ['', 'aria-invalid="true"', 'aria-describedby="w"', 'aria-invalid="true" aria-describedby="v"']) {
      await assert.rejects(mistakeAt((await page(field(attributes))).locator('input'), 'Wrong'), /not told at the field/);
    }
    await mistakeAt((await page(field('aria-invalid="true" aria-describedby="h w"'))).locator('input'), 'Wrong');
  });

  test('what the keyboard cannot reach, or reaches unseen, is found', async () => {
    const bad = await page('<div onclick="1">Approve</div><button style="outline: none">Deny</button>');
    await assert.rejects(tabTo(bad, 'Approve'), /cannot be reached/);
    await assert.rejects(tabTo(bad, 'Deny'), /does not show it/);
    const good = await page('<button style="outline: 3px solid">Deny</button>');
    await tabTo(good, 'Deny');
  });
});
