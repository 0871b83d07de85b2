// A provider on loopback for the tests of internal/oidc. It prints its issuer once
// it answers; each line it gets is a JWK to sign with from then on. Keys come from
// outside: Node 20 can lock itself up when it exports a key that it made (the
// garbage collector ends the job that made it, under the same mutex).
// Usage: node server.mjs CERT KEY CLIENT SECRET REDIRECT_URI JWK
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [cert, key, client, secret, redirect, first] = process.argv.slice(2);
let handle;
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (req, res) => handle(req, res));
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `https://127.0.0.1:${server.address().port}`;

function start(jwk) {
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false, // the ID token has them all: nothing else is asked
    cookies: { keys: ['a key for cookies'] },
    pkce: { required: () => true },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true, name: `Name of ${id}` }),
    }),
  });
  provider.on('server_error', (_ctx, err) => console.error(err));
  handle = provider.callback();
}

start(JSON.parse(first));
console.log(`issuer ${issuer}`);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const jwk = JSON.parse(line);
    start(jwk);
    console.log(`key ${jwk.kid}`);
  })
  .on('close', () => process.exit(0)); // the test is over
