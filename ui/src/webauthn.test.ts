import { describe, expect, it } from 'vitest';
import { creationOf, fromBase64Url, reasonOf, requestOf, toBase64Url } from './webauthn';
import { words } from './words';

const bytes = (value: BufferSource | undefined): number[] =>
	Array.from(new Uint8Array(value instanceof ArrayBuffer ? value : (value?.buffer ?? new ArrayBuffer(0))));

describe('base64url', () => {
	it.each([
		[[], ''],
		[[0], 'AA'],
		[[251, 255], '-_8'],
		[[1, 2, 3], 'AQID'],
	])('of %j is %j, and back', (raw, text) => {
		const buffer = Uint8Array.from(raw).buffer;
		expect(toBase64Url(buffer)).toBe(text);
		expect(Array.from(fromBase64Url(text))).toEqual(raw);
		expect(Array.from(fromBase64Url(`${text}${'='.repeat((4 - (text.length % 4)) % 4)}`))).toEqual(raw);
	});
});

describe('what a passkey is asked', () => {
	it('has bytes where JSON has texts, and keeps the rest', () => {
		const options = requestOf({
			challenge: 'AQID',
			rpId: 'maps.example',
			userVerification: 'required',
			allowCredentials: [{ id: '-_8', type: 'public-key', transports: ['internal'] }],
		});
		expect(bytes(options.challenge)).toEqual([1, 2, 3]);
		expect(options.rpId).toBe('maps.example');
		expect(options.userVerification).toBe('required');
		expect(bytes(options.allowCredentials?.[0]?.id)).toEqual([251, 255]);
		expect(options.allowCredentials?.[0]?.transports).toEqual(['internal']);
	});

	it('names no passkey where any may answer', () => {
		expect(requestOf({ challenge: '' }).allowCredentials).toEqual([]);
	});

	it('is the same for a new one', () => {
		const options = creationOf({
			challenge: 'AQID',
			rp: { id: 'maps.example', name: 'Maps' },
			user: { id: 'AA', name: 'ada@example.org', displayName: 'Ada' },
			pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
			excludeCredentials: [{ id: 'AQID', type: 'public-key' }],
		});
		expect(bytes(options.user.id)).toEqual([0]);
		expect(options.user.displayName).toBe('Ada');
		expect(options.pubKeyCredParams).toEqual([{ alg: -7, type: 'public-key' }]);
		expect(bytes(options.excludeCredentials?.[0]?.id)).toEqual([1, 2, 3]);
	});
});

describe('why there is no passkey', () => {
	it.each([
		['InvalidStateError', 'known'],
		['SecurityError', 'insecure'],
		['NotSupportedError', 'unable'],
		['NotAllowedError', 'stopped'],
		['AbortError', 'stopped'],
	] as const)('%s is said in a sentence', (name, key) => {
		expect(reasonOf(new DOMException('', name))).toBe(words.passkeyProblems[key]);
	});
	it('is said for anything else too', () => {
		expect(reasonOf('odd')).toBe(words.passkeyProblems.stopped);
	});
});
