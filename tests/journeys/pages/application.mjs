// An application on this computer, as far as a person in a browser meets it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

/** An application on this computer that registers itself and asks for leave. */
export class App {
  static async register(issuer) {
    const app = new App();
    app.issuer = issuer;
    // Nothing listens there: the browser's last address is all that counts.
    app.redirect = 'http://127.0.0.1:9/callback';
    app.verifier = randomBytes(48).toString('base64url');
    const answer = await fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Journey client', redirect_uris: [app.redirect], token_endpoint_auth_method: 'none' }),
    });
    app.id = (await answer.json()).client_id;
    return app;
  }

  get url() {
    const challenge = createHash('sha256').update(this.verifier).digest('base64url');
    const asked = {
      client_id: this.id, redirect_uri: this.redirect, response_type: 'code', code_challenge: challenge,
      code_challenge_method: 'S256', resource: `${this.issuer}/mcp`, state: 'journey',
    };
    return `${this.issuer}/authorize?${new URLSearchParams(asked)}`;
  }

  /** Presses the button that leads back, and redeems the code that came with it: the access token. */
  async landed(page, press) {
    const back = page.waitForRequest((request) => request.url().startsWith(this.redirect));
    await press();
    const { searchParams } = new URL((await back).url());
    assert.equal(searchParams.get('iss'), this.issuer);
    const answer = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code', client_id: this.id, code: searchParams.get('code'),
        redirect_uri: this.redirect, code_verifier: this.verifier,
      }),
    });
    return (await answer.json()).access_token;
  }
}
