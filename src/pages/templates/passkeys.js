// Hands the question of a form to the browser, and sends what its passkey answers with the form. The only script of
// these pages: without it, or in a browser without passkeys, such forms stay hidden and everything else works.
'use strict';

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const REASONS = {
  NotAllowedError: 'No passkey was chosen, or it took too long. Try again.',
  InvalidStateError: 'This device has a passkey of yours for this place already.',
  NotSupportedError: 'This device cannot make such a passkey: it has to recognise you, by a PIN, a finger or a face.',
  ConstraintError: 'This device cannot make such a passkey: it has to recognise you, by a PIN, a finger or a face.',
  SecurityError: 'The browser has no passkeys at this address.',
};

// What navigator.credentials takes, out of what the page says in plain JSON.
const options = (form) => {
  const said = JSON.parse(form.dataset.options);
  said.challenge = bytes(said.challenge);
  if (said.user) said.user.id = bytes(said.user.id);
  for (const known of said.excludeCredentials ?? []) known.id = bytes(known.id);
  return { publicKey: said };
};

const answer = ({ id, rawId, type, response }) => {
  const parts = {};
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[part]) parts[part] = written(response[part]);
  }
  return JSON.stringify({ id, rawId: written(rawId), type, response: parts });
};

const prepare = (form) => {
  const told = form.querySelector('[data-told]');
  let isAsking = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    told.hidden = true;
    try {
      const asked = options(form);
      const given = await (asked.publicKey.user ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
      form.elements.answer.value = answer(given);
      form.submit();
    } catch (error) {
      told.hidden = false;
      told.textContent = REASONS[error.name] ?? `The browser could not use a passkey (${error.name}).`;
      isAsking = false;
    }
  });
  // Back from the next page: it may be asked again.
  addEventListener('pageshow', () => { isAsking = false; });
  form.hidden = false;
};

if (window.PublicKeyCredential && navigator.credentials) {
  document.querySelectorAll('form[data-options]').forEach(prepare);
  document.querySelectorAll('[data-without-passkeys]').forEach((each) => { each.hidden = true; });
}
