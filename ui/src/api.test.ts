import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, onNeeded, Problem } from './api';
import { words } from './words';

const answer = (status: number, body: unknown = {}): Response =>
	new Response(status === 204 ? null : JSON.stringify(body), { status });
const lacking = (needs: string) => answer(403, { detail: 'confirm', code: 'permission', needs });

// A server that gives these answers one after the other.
function server(...answers: Response[]) {
	const fetched = vi.fn(async (_path: string, _init: RequestInit) => answers.shift() ?? answer(500));
	vi.stubGlobal('fetch', fetched);
	return fetched;
}

afterEach(() => vi.unstubAllGlobals());

describe('what needs that somebody shows who they are', () => {
	it('is asked for, and tried once more with the same body', async () => {
		const asked = vi.fn(async () => true);
		onNeeded(asked);
		const fetched = server(lacking('recent'), answer(200, { ok: 1 }));
		expect(await call('POST', 'account/codes', { a: 1 })).toEqual({ ok: 1 });
		expect(asked).toHaveBeenCalledExactlyOnceWith('recent');
		expect(fetched.mock.calls.map(([, init]) => init.body)).toEqual(['{"a":1}', '{"a":1}']);
	});

	it('is not done where the person would rather not', async () => {
		onNeeded(async () => false);
		const fetched = server(lacking('recent'), answer(200));
		await expect(call('DELETE', 'account')).rejects.toThrow(words.confirm.cancelled);
		expect(fetched).toHaveBeenCalledTimes(1);
	});

	it('is tried no third time', async () => {
		const asked = vi.fn(async () => true);
		onNeeded(asked);
		server(lacking('recent'), lacking('recent'), answer(200));
		await expect(call('DELETE', 'account')).rejects.toBeInstanceOf(Problem);
		expect(asked).toHaveBeenCalledTimes(1);
	});

	it('asks for a second factor when something is changed, never for a list', async () => {
		const asked = vi.fn(async () => true);
		onNeeded(asked);
		server(lacking('second'), answer(204));
		await call('PUT', 'orgs/x', {});
		expect(asked).toHaveBeenCalledExactlyOnceWith('second');
		server(lacking('second'));
		await expect(call('GET', 'orgs/x/folders')).rejects.toMatchObject({ needs: 'second' });
		expect(asked).toHaveBeenCalledTimes(1);
	});

	it('is not asked for by what shows it', async () => {
		const asked = vi.fn(async () => true);
		onNeeded(asked);
		server(lacking('second'));
		await expect(call('POST', 'account/confirm', { password: 'x' })).rejects.toMatchObject({
			needs: 'second',
		});
		expect(asked).not.toHaveBeenCalled();
	});

	it('cannot help with the network one comes from', async () => {
		const asked = vi.fn(async () => true);
		onNeeded(asked);
		server(lacking('network'));
		await expect(call('POST', 'maps', {})).rejects.toMatchObject({ needs: 'network' });
		expect(asked).not.toHaveBeenCalled();
	});
});
