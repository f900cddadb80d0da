// A real OpenID provider on a free port of this machine, called id.example.com, and what gets tokens from it.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import * as jose from 'jose';
import Provider from 'oidc-provider';

export const HOST = 'id.example.com';
export const ISSUER = `https://${HOST}`;
const CALLBACK = 'https://client.example.com/callback';
const SECRET = randomBytes(24).toString('base64url');
/** As a form would encode it, a secret is not what it was: both sides have to know that. */
const GATEWAY_SECRET = `${randomBytes(24).toString('base64url')} +%`;

/** A key and a certificate that is no authority, as a server has them. */
function certificate(folder) {
  const settings = join(folder, 'certificate.cnf');
  writeFileSync(
    settings,
    `[req]\ndistinguished_name=name\nx509_extensions=usage\nprompt=no\n[name]\nCN=${HOST}\n` +
      `[usage]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:${HOST}\n`,
  );
  const [key, cert] = [join(folder, 'provider.key'), join(folder, 'identity-provider.pem')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...made, '-config', settings, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

async function signingKey(alg, kid) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg, kid, use: 'sig' };
}

export class Identity {
  /** The gateway finds its certificate and its own secret in this folder. `algorithm` says how access tokens are signed. */
  static async start(folder) {
    const identity = new Identity();
    identity.algorithm = 'RS256';
    const tls = certificate(folder);
    identity.cert = tls.cert;
    writeFileSync(join(folder, 'identity-provider.secret'), `${GATEWAY_SECRET}\n`, { mode: 0o600 });
    const keys = await Promise.all([signingKey('RS256', 'rsa'), signingKey('ES256', 'ec')]);
    const client = { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' };
    identity.provider = new Provider(ISSUER, {
      jwks: { keys },
      scopes: ['openid', 'duo:read', 'duo:write'],
      clients: [
        { ...client, client_id: 'assistant', redirect_uris: [CALLBACK] },
        {
          client_id: 'duo-mcp-gateway',
          client_secret: GATEWAY_SECRET,
          // The demo has another port each time, which is no matter for a client on this computer (RFC 8252, 7.3).
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/connect/oidc/callback'],
        },
        { ...client, client_id: 'robot', redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
      ],
      cookies: { keys: [SECRET] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      features: {
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, resource) => ({
            scope: 'duo:read duo:write',
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 300,
            jwt: { sign: { alg: identity.algorithm } },
          }),
        },
      },
    });
    identity.server = https.createServer(tls, identity.provider.callback());
    await new Promise((ready) => identity.server.listen(0, '127.0.0.1', ready));
    identity.address = `127.0.0.1:${identity.server.address().port}`;
    return identity;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((ended) => this.server.close(ended));
  }

  /** One request to the provider, under its name. */
  ask(method, path, { headers = {}, form } = {}) {
    const body = form && new URLSearchParams(form).toString();
    const given = { Host: HOST, ...headers };
    if (body) given['Content-Type'] = 'application/x-www-form-urlencoded';
    const [host, port] = this.address.split(':');
    const options = { host, port, method, path, headers: given, servername: HOST, ca: this.cert };
    return new Promise((answered, failed) => {
      const request = https.request(options, (answer) => {
        let text = '';
        answer.on('data', (piece) => (text += piece));
        answer.on('end', () => answered({ status: answer.statusCode, headers: answer.headers, text }));
      });
      request.on('error', failed);
      request.end(body);
    });
  }

  async token(client, form) {
    const basic = Buffer.from(`${client}:${encodeURIComponent(SECRET)}`).toString('base64');
    const answer = await this.ask('POST', '/token', { headers: { Authorization: `Basic ${basic}` }, form });
    if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text).access_token;
  }

  /** A token for a program. */
  forProgram(resource, scope) {
    return this.token('robot', { grant_type: 'client_credentials', resource, scope });
  }

  /** A token for a person, who signs in and consents on the provider's pages. */
  async forPerson(person, resource, scope) {
    const verifier = randomBytes(32).toString('base64url');
    const question = new URLSearchParams({
      client_id: 'assistant',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: `openid ${scope}`,
      resource,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const cookies = new Map();
    let next = { method: 'GET', path: `/auth?${question}` };
    for (let step = 0; step < 12; step++) {
      const headers = { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
      const answer = await this.ask(next.method, next.path, { headers, form: next.form });
      for (const cookie of answer.headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        cookies.set(name, value);
      }
      const location = answer.headers.location;
      if (location?.startsWith(CALLBACK)) {
        const code = new URL(location).searchParams.get('code');
        const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier, resource };
        return this.token('assistant', form);
      }
      if (location) {
        const to = new URL(location, ISSUER);
        next = { method: 'GET', path: to.pathname + to.search };
      } else {
        const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1];
        const action = /<form[^>]* action="([^"]+)"/.exec(answer.text)?.[1];
        if (!prompt || !action) throw new Error(`a page that asks nothing: ${answer.status} ${answer.text}`);
        const form = prompt === 'login' ? { prompt, login: person, password: 'any' } : { prompt };
        next = { method: 'POST', path: new URL(action, ISSUER).pathname, form };
      }
    }
    throw new Error('the provider sends in circles');
  }
}
