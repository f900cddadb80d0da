// Looking at a page as it is shown: pictures, axe, nothing cut off, nothing too small to hit.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
// The scheme changes nothing but colours.
const RULES = { light: ALL, dark: { type: 'rule', values: ['color-contrast'] } };
const PICTURES = process.env.JOURNEY_PICTURES;

/** Desktop and a small phone. */
export const WIDTHS = [1280, 360];
const HEIGHTS = { 1280: 900, 360: 740 };

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
}

/** A page in a browser of its own cookies; what goes wrong in it meanwhile is told by the next look. */
export async function openPage(browser, width) {
  const context = await browser.newContext({ viewport: { width, height: HEIGHTS[width] } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.wrong = [];
  page.on('pageerror', (error) => page.wrong.push(`the page threw: ${error.message}`));
  page.on('console', (line) => {
    // What a browser says of a page that answers 4xx on purpose is no fault.
    if (line.type() === 'error' && !/status of 4\d\d/.test(line.text())) page.wrong.push(`the console says: ${line.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && !LOOPBACK.test(hostname)) page.wrong.push(`the page asked for ${request.url()}`);
  });
  return page;
}

/** Takes a picture in light and in dark (without a name, none), and throws when anything is wrong in either. */
export async function look(page, name) {
  const { width } = page.viewportSize();
  const wrong = [...page.wrong];
  for (const [colorScheme, rules] of Object.entries(RULES)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (PICTURES && name) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
    wrong.push(...(await violations(page, rules)).map((line) => `${colorScheme}: ${line}`));
  }
  wrong.push(...(await page.evaluate(misshapen)));
  if (wrong.length > 0) throw new Error(`${name} at ${width}:\n${wrong.join('\n')}`);
}

/** What axe finds, a line for each element. */
export async function violations(page, runOnly = ALL) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules, resultTypes: ['violations'] }), runOnly);
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}

/** In the page: what is wider than the screen, cut off, or too small to hit with a finger. */
export function misshapen() {
  const wrong = [];
  const told = (element) => element.outerHTML.slice(0, 120);
  if (document.documentElement.scrollWidth > window.innerWidth) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} wide and the screen ${window.innerWidth}`);
  }
  for (const element of document.querySelectorAll('body *')) {
    const shown = element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';
    const { width, height, right, left } = element.getBoundingClientRect();
    // A hidden heading of a table is one pixel, for those who listen.
    if (!shown || element.closest('.unseen') || element.closest('thead')?.getBoundingClientRect().width <= 1) continue;
    if (right > window.innerWidth + 1 || left < -1) wrong.push(`over the edge: ${told(element)}`);
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) wrong.push(`cut off: ${told(element)}`);
    if (!element.matches('a[href], button, input, select, summary')) continue;
    // WCAG 2.5.8 lets a link in a sentence be as high as its line.
    const sentence = element.parentElement.innerText.trim() !== element.innerText?.trim();
    const isInline = element.matches('a') && getComputedStyle(element).display === 'inline' && sentence;
    // A box to tick is hit by its label as well.
    const isLabelled = element.matches('[type=radio], [type=checkbox]') && element.closest('label')?.getBoundingClientRect().height >= 24;
    if (!isInline && !isLabelled && (width < 24 || height < 24)) wrong.push(`${Math.round(width)} by ${Math.round(height)}: ${told(element)}`);
  }
  return wrong;
}

/** Waits until this is told, and throws unless it is told at this field: marked, and described by it. */
export async function mistakeAt(field, words) {
  await field.page().locator('.problem', { hasText: words }).waitFor();
  const said = await field.evaluate((element) => {
    const ids = (element.getAttribute('aria-describedby') ?? '').split(' ');
    return element.matches('[aria-invalid=true]') ? ids.map((id) => document.getElementById(id)?.innerText).join(' ') : '';
  });
  if (!said.includes(words)) throw new Error(`"${words}" is not told at the field, but "${said}"`);
}

/** In the page: the words of what has the keyboard, and whether one sees that it has. */
export function focused() {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  return { name: element.innerText || element.id || element.tagName, isSeen };
}

/** Types where the page puts the keyboard by itself. A browser that is busy does so a while after the page is there. */
export async function typeAtOnce(page, label, text) {
  await page.getByLabel(label, { exact: true }).and(page.locator(':focus')).waitFor();
  await page.keyboard.type(text);
}

/** Presses Tab until an element with this name has the keyboard, and throws when there is none or it cannot be seen. */
export async function tabTo(page, name) {
  for (let presses = 0; presses < 40; presses += 1) {
    const at = await page.evaluate(focused);
    if (at.name === name) {
      if (!at.isSeen) throw new Error(`"${name}" has the keyboard and does not show it`);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`"${name}" cannot be reached with the keyboard`);
}
