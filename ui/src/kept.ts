// Small things that a person keeps, such as what they have read: on the server, so that
// they are the same on every device, and in this browser for when there is no network.

import { api } from './api';

const prefix = 'plectica.kept.';

async function load(account: string, name: string): Promise<unknown> {
	try {
		const value = await api.kept(name);
		write(account + name, value);
		return value;
	} catch {
		return read(account + name);
	}
}

async function save(account: string, name: string, value: unknown): Promise<boolean> {
	write(account + name, value);
	try {
		await api.keep(name, value);
		return true;
	} catch {
		return false; // the next change brings it along
	}
}

function read(key: string): unknown {
	try {
		return JSON.parse(localStorage.getItem(prefix + key) ?? 'null') ?? undefined;
	} catch {
		return undefined; // not written by us, or there is no storage
	}
}

function write(key: string, value: unknown): void {
	try {
		localStorage.setItem(prefix + key, JSON.stringify(value));
	} catch {
		// The server has it.
	}
}

/** What is kept under a name, and keeping it. */
export const kept = { load, save };
