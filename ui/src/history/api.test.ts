import { afterEach, expect, it, vi } from 'vitest';
import { momentBefore } from './api';

const version = (seq: number) => ({
	seq,
	first: seq - 9,
	began: seq * 10 - 9,
	ended: seq * 10,
	by: [],
	changes: 10,
});

// Two pages of a timeline: the versions up to 60 and 40, then up to 20.
function serve(): void {
	const fetched = async (path: string) => {
		const old = path.includes('before=31');
		const versions = old ? [version(20)] : [version(60), version(40)];
		return new Response(JSON.stringify({ head: 60, oldest: 0, versions, more: !old }));
	};
	vi.stubGlobal('fetch', fetched);
}

afterEach(() => vi.unstubAllGlobals());

it('the moment before a time is the last change of what had ended then', async () => {
	serve();
	expect(await momentBefore('m', 1000)).toBe(60);
	expect(await momentBefore('m', 599)).toBe(40);
	expect(await momentBefore('m', 200)).toBe(20);
});

it('it is the newest where nothing had ended, or that cannot be known', async () => {
	serve();
	expect(await momentBefore('m', 5)).toBe(0);
	vi.stubGlobal('fetch', async () => new Response('{}', { status: 404 }));
	expect(await momentBefore('m', 1000)).toBe(0);
});
