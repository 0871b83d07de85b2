import { beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from './api';
import { kept, meKey } from './kept';

// Keys of a browser's storage are properties of it.
const storage = {
	getItem(this: Record<string, string>, key: string) {
		return this[key] ?? null;
	},
	setItem(this: Record<string, string>, key: string, value: string) {
		this[key] = value;
	},
	removeItem(this: Record<string, string>, key: string) {
		delete this[key];
	},
};

let server: unknown;
let online = true;

beforeEach(() => {
	vi.stubGlobal('localStorage', Object.create(storage));
	localStorage.setItem(meKey, JSON.stringify({ id: 'ada' }));
	server = null;
	online = true;
	vi.spyOn(api, 'kept').mockImplementation(async () => {
		if (!online) throw new Error('no network');
		return server;
	});
	vi.spyOn(api, 'keep').mockImplementation(async (_name, value) => {
		if (!online) throw new Error('no network');
		server = value;
	});
});

describe('what a person keeps', () => {
	it('is unknown while nobody answers, and known from then on', async () => {
		online = false;
		expect(await kept.load('ada', 'x')).toEqual({ known: false, value: undefined });
		online = true;
		expect(await kept.load('ada', 'x')).toEqual({ known: true, value: null });
		server = [1];
		expect(await kept.load('ada', 'x')).toEqual({ known: true, value: [1] });
		online = false;
		expect(await kept.load('ada', 'x')).toEqual({ known: true, value: [1] });
	});

	it('is changed as it is on the server', async () => {
		server = [1, 2];
		const add = (now: unknown) => [...(Array.isArray(now) ? now : []), 3];
		expect(await kept.update('ada', 'x', add)).toBe(true);
		expect(server).toEqual([1, 2, 3]);
	});

	it('leaves the browser with who kept it', async () => {
		await kept.save('ada', 'x', 1);
		localStorage.removeItem(meKey);
		kept.forget('ada');
		expect(Object.keys(localStorage)).toEqual([]);
		expect(await kept.save('ada', 'x', 2)).toBe(false);
		localStorage.setItem(meKey, JSON.stringify({ id: 'bob' }));
		expect(await kept.save('ada', 'x', 2)).toBe(false);
		expect(server).toBe(1);
		expect(Object.keys(localStorage)).toEqual([meKey]);
	});
});
