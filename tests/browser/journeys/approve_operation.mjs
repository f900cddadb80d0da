// An operator signs in, opens an operation that waits, reads what will happen, and decides.
//
// The URL is the list of approvals, or the page of one operation.
// --operator-key KEY   what is typed into the field "Operator key"
// --decide BUTTON      "Approve" (left out) or "Deny"
// --holding TEXT       on the list, open the first operation whose card holds this text, instead of the first
export const options = ['operator-key', 'decide', 'holding'];

const DECIDED = { Approve: /approved/i, Deny: /denied/i };

export async function walk(page, url, { 'operator-key': key, decide = 'Approve', holding }) {
  if (!key || !DECIDED[decide]) throw new Error('--operator-key is missing, or --decide names no decision');
  await page.goto(url);
  await page.getByLabel('Operator key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();

  // After signing in, either the list with what waits is shown or the one operation that was asked for.
  const waiting = page.getByRole('region', { name: /^Waiting/ });
  const button = page.getByRole('button', { name: decide, exact: true });
  await waiting.or(button).first().waitFor();
  let line = null;
  if (await waiting.isVisible()) {
    const cards = waiting.getByRole('listitem');
    const link = (holding ? cards.filter({ hasText: holding }) : cards).first().getByRole('link').first();
    line = await link.innerText();
    await link.click();
  }

  await button.waitFor();
  const operation = await page.getByRole('main').innerText();
  await button.click();
  const answer = page.getByRole('status').filter({ hasText: DECIDED[decide] });
  await answer.waitFor();
  if (page.url().includes(key)) throw new Error('the operator key stands in an address');
  return { line, operation, answer: await answer.innerText() };
}
