// An operator signs in, opens the first operation that waits, reads what will happen, and decides.
//
// --operator-key KEY   what is typed into the field "Operator key"
// --decide BUTTON      "Approve" (left out) or "Deny"
// --holding TEXT       open the operation whose line holds this text, instead of the first
export const options = ['operator-key', 'decide', 'holding'];

const DECIDED = { Approve: /approved/i, Deny: /denied/i };

export async function walk(page, url, { 'operator-key': key, decide = 'Approve', holding }) {
  if (!key || !DECIDED[decide]) throw new Error('--operator-key is missing, or --decide names no decision');
  await page.goto(url);
  await page.getByLabel('Operator key').fill(key);
  await page.getByRole('button', { name: /sign in/i }).click();

  const lines = page.getByRole('listitem').or(page.getByRole('row')).or(page.getByRole('article'));
  const waiting = (holding ? lines.filter({ hasText: holding }) : lines).getByRole('link').first();
  await waiting.waitFor();
  const line = await waiting.innerText();
  await waiting.click();

  const button = page.getByRole('button', { name: decide, exact: true });
  await button.waitFor();
  const operation = await page.getByRole('main').innerText();
  await button.click();
  const answer = page.getByText(DECIDED[decide]).first();
  await answer.waitFor();
  const address = page.url();
  if (address.includes(key)) throw new Error('the operator key stands in an address');
  return { line, operation, answer: await answer.innerText() };
}
