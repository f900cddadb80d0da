// A person opens the phone page, finds the push meant for them and answers it.
//
// --user NAME      whose push it is
// --press BUTTON   "Approve" (left out), "Deny" or "Report fraud"
export const options = ['user', 'press'];

const ANSWERED = { Approve: /approved/i, Deny: /denied/i, 'Report fraud': /fraud/i };

export async function walk(page, url, { user, press = 'Approve' }) {
  if (!user || !ANSWERED[press]) throw new Error('--user is missing, or --press names no answer');
  await page.goto(url);
  const push = page
    .getByRole('article')
    .or(page.getByRole('listitem'))
    .or(page.getByRole('row'))
    .filter({ hasText: user })
    .filter({ has: page.getByRole('button', { name: press, exact: true }) })
    .first();
  await arrival(page, push);
  const text = await push.innerText();
  await push.getByRole('button', { name: press, exact: true }).click();
  const answer = page.getByText(ANSWERED[press]).first();
  await answer.waitFor();
  return { push: text, answer: await answer.innerText() };
}

// The push may come after the page was opened, and the page need not renew itself.
async function arrival(page, push) {
  for (let tries = 0; tries < 40; tries += 1) {
    if (await push.isVisible()) return;
    await page.waitForTimeout(500);
    if (!(await push.isVisible())) await page.reload();
  }
  throw new Error('no push came for this person');
}
