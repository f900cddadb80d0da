// A person opens the phone page, waits for the push meant for them and answers it.
//
// --user NAME      whose push it is
// --press BUTTON   "Approve" (left out), "Deny" or "It wasn't me"
export const options = ['user', 'press'];

const ANSWERED = { Approve: /approved/i, Deny: /denied/i, "It wasn't me": /fraud/i };

export async function walk(page, url, { user, press = 'Approve' }) {
  if (!user || !ANSWERED[press]) throw new Error('--user is missing, or --press names no answer');
  await page.goto(url);
  const push = page.getByRole('article').filter({ hasText: user }).first();
  // The page renews itself, so a push that comes later appears on it.
  await push.waitFor({ timeout: 60_000 });
  const text = await push.innerText();
  const button = push.getByRole('button', { name: press, exact: true });
  const answer = page.getByRole('status').filter({ hasText: ANSWERED[press] });
  // It may renew itself just as the button is pressed, and then the press is lost.
  for (let tries = 0; tries < 5; tries += 1) {
    await button.click({ timeout: 5_000 }).catch(() => {});
    const seen = await answer.innerText({ timeout: 3_000 }).catch(() => null);
    if (seen) return { push: text, answer: seen };
  }
  throw new Error(`"${press}" was pressed and nothing came of it`);
}
