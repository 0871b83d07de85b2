// Passkeys: between the form they have in the JSON API and the one the browser takes.
// Not every browser that knows passkeys translates them itself.

import { Problem } from './api';
import { words } from './words';

type Described = { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] };

/** What is asked of a passkey, as JSON. */
export interface RequestJson
	extends Omit<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> {
	challenge: string;
	allowCredentials?: Described[];
}

/** What a new passkey is asked to be, as JSON. */
export interface CreationJson
	extends Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> {
	challenge: string;
	user: { id: string; name: string; displayName: string };
	excludeCredentials?: Described[];
}

/** Bytes of a text in base64url, padded or not. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
	const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
	return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** Bytes as a text in base64url without padding. */
export function toBase64Url(bytes: ArrayBuffer): string {
	let plain = '';
	for (const byte of new Uint8Array(bytes)) plain += String.fromCharCode(byte);
	return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

const described = (list: readonly Described[]): PublicKeyCredentialDescriptor[] =>
	list.map((one) => ({ ...one, id: fromBase64Url(one.id) }));

/** What the browser takes to ask a passkey. */
export function requestOf(json: RequestJson): PublicKeyCredentialRequestOptions {
	const { challenge, allowCredentials = [], ...rest } = json;
	return {
		...rest,
		challenge: fromBase64Url(challenge),
		allowCredentials: described(allowCredentials),
	};
}

/** What the browser takes to make a passkey. */
export function creationOf(json: CreationJson): PublicKeyCredentialCreationOptions {
	const { challenge, user, excludeCredentials = [], ...rest } = json;
	return {
		...rest,
		challenge: fromBase64Url(challenge),
		user: { ...user, id: fromBase64Url(user.id) },
		excludeCredentials: described(excludeCredentials),
	};
}

// What every answer of a passkey has.
function plainOf(key: PublicKeyCredential): object {
	return {
		id: key.id,
		rawId: toBase64Url(key.rawId),
		type: key.type,
		...(key.authenticatorAttachment ? { authenticatorAttachment: key.authenticatorAttachment } : {}),
		clientExtensionResults: key.getClientExtensionResults(),
	};
}

/** What a passkey answered, as JSON. */
export function shownOf(key: PublicKeyCredential): object {
	const answer = key.response as AuthenticatorAssertionResponse;
	return {
		...plainOf(key),
		response: {
			clientDataJSON: toBase64Url(answer.clientDataJSON),
			authenticatorData: toBase64Url(answer.authenticatorData),
			signature: toBase64Url(answer.signature),
			...(answer.userHandle ? { userHandle: toBase64Url(answer.userHandle) } : {}),
		},
	};
}

/** A new passkey, as JSON. */
export function createdOf(key: PublicKeyCredential): object {
	const answer = key.response as AuthenticatorAttestationResponse;
	return {
		...plainOf(key),
		response: {
			clientDataJSON: toBase64Url(answer.clientDataJSON),
			attestationObject: toBase64Url(answer.attestationObject),
			transports: answer.getTransports?.() ?? [],
		},
	};
}

/** Whether this browser knows passkeys at all. */
export function knowsKeys(): boolean {
	return typeof PublicKeyCredential !== 'undefined';
}

/** Whether it offers them in the field for the address. */
export async function offersKeys(): Promise<boolean> {
	if (!knowsKeys() || !PublicKeyCredential.isConditionalMediationAvailable) return false;
	return PublicKeyCredential.isConditionalMediationAvailable().catch(() => false);
}

/** Asks for a passkey; quietly: only in the field for the address. */
export async function showKey(json: RequestJson, signal?: AbortSignal, quietly = false): Promise<object> {
	const key = await attempt(() =>
		navigator.credentials.get({
			publicKey: requestOf(json),
			...(signal ? { signal } : {}),
			...(quietly ? { mediation: 'conditional' } : {}),
		}),
	);
	return shownOf(key);
}

/** Makes a passkey. */
export async function createKey(json: CreationJson): Promise<object> {
	return createdOf(await attempt(() => navigator.credentials.create({ publicKey: creationOf(json) })));
}

async function attempt(what: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
	if (!knowsKeys()) throw new Problem(0, words.passkeyProblems.unable, 'passkey');
	try {
		const key = await what();
		if (key instanceof PublicKeyCredential) return key;
	} catch (error) {
		throw new Problem(422, reasonOf(error), 'passkey');
	}
	throw new Problem(422, words.passkeyProblems.stopped, 'passkey');
}

/** Why there is no passkey, as a sentence. */
export function reasonOf(error: unknown): string {
	const { passkeyProblems } = words;
	switch (error instanceof Error || error instanceof DOMException ? error.name : '') {
		case 'InvalidStateError':
			return passkeyProblems.known;
		case 'SecurityError':
			return passkeyProblems.insecure;
		case 'NotSupportedError':
		case 'ConstraintError':
			return passkeyProblems.unable;
		default:
			return passkeyProblems.stopped;
	}
}
