// Another site that vouches for people, by OpenID Connect: it asks nobody anything and
// says of whoever comes what the test told it.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer, type Server } from 'node:https';

/** Who comes next, as the provider knows them. */
export interface Vouched {
	sub: string;
	email: string;
	email_verified: boolean;
	name: string;
}

/** A provider that answers on this machine. */
export interface Provider {
	issuer: string;
	/** Who comes next; null: they change their mind. */
	who: Vouched | null;
	close(): void;
}

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Starts one with a certificate and its key, both in a PEM. */
export async function startProvider(pem: string): Promise<Provider> {
	const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const key = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' };
	const flows = new Map<string, { nonce: string; client: string; challenge: string; who: Vouched }>();
	const provider: Provider = { issuer: '', who: null, close: () => server.close() };

	const server: Server = createServer({ key: pem, cert: pem }, async (request, response) => {
		const url = new URL(request.url ?? '/', provider.issuer);
		const json = (value: unknown, status = 200): void => {
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
		};
		if (url.pathname === '/.well-known/openid-configuration') {
			json({
				issuer: provider.issuer,
				authorization_endpoint: `${provider.issuer}/authorize`,
				token_endpoint: `${provider.issuer}/token`,
				jwks_uri: `${provider.issuer}/keys`,
				response_types_supported: ['code'],
				subject_types_supported: ['public'],
				id_token_signing_alg_values_supported: ['RS256'],
				code_challenge_methods_supported: ['S256'],
				token_endpoint_auth_methods_supported: ['none'],
			});
			return;
		}
		if (url.pathname === '/keys') {
			json({ keys: [key] });
			return;
		}
		if (url.pathname === '/authorize') {
			const asked = url.searchParams;
			const back = new URL(asked.get('redirect_uri') ?? '');
			back.searchParams.set('state', asked.get('state') ?? '');
			if (provider.who) {
				const code = randomBytes(16).toString('hex');
				flows.set(code, {
					nonce: asked.get('nonce') ?? '',
					client: asked.get('client_id') ?? '',
					challenge: asked.get('code_challenge') ?? '',
					who: provider.who,
				});
				back.searchParams.set('code', code);
			} else {
				back.searchParams.set('error', 'access_denied');
			}
			response.writeHead(303, { location: back.href }).end();
			return;
		}
		let body = '';
		for await (const part of request) body += part;
		const sent = new URLSearchParams(body);
		const flow = flows.get(sent.get('code') ?? '');
		const proof = createHash('sha256')
			.update(sent.get('code_verifier') ?? '')
			.digest('base64url');
		if (url.pathname !== '/token' || !flow || flow.challenge !== proof) {
			json({ error: 'invalid_grant' }, 400);
			return;
		}
		const now = Math.floor(Date.now() / 1000);
		const { client: aud, nonce, who } = flow;
		const claims = { iss: provider.issuer, aud, nonce, iat: now, exp: now + 300, auth_time: now, ...who };
		const signed = `${text({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${text(claims)}`;
		const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url');
		json({ access_token: 'none', token_type: 'Bearer', expires_in: 300, id_token: `${signed}.${signature}` });
	});
	await new Promise<void>((ready) => {
		server.listen(0, '127.0.0.1', ready);
	});
	const address = server.address();
	if (typeof address === 'object' && address) provider.issuer = `https://localhost:${address.port}`;
	return provider;
}
