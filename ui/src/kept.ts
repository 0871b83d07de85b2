// Small things that a person keeps, such as what they have read: on the server, so that
// they are the same on every device, and in this browser for when there is no network.

import { api } from './api';

const prefix = 'plectica.kept.';

/** Under which this browser has who is signed in. */
export const meKey = 'plectica.me';

/** What is kept under a name, as far as anybody can tell now. */
export interface Kept {
	/** False when the server did not answer and this browser has nothing. */
	known: boolean;
	value: unknown;
}

const unknown: Kept = { known: false, value: undefined };

async function load(account: string, name: string): Promise<Kept> {
	if (!signedIn(account)) return unknown;
	try {
		const value = await api.kept(name);
		write(account, name, value);
		return { known: true, value };
	} catch {
		return read(account, name);
	}
}

async function save(account: string, name: string, value: unknown): Promise<boolean> {
	write(account, name, value);
	if (!signedIn(account)) return false;
	try {
		await api.keep(name, value);
		return true;
	} catch {
		return false; // the next change brings it along
	}
}

// Another device may have kept something since it was loaded: what is there now is
// changed, not replaced.
async function update(account: string, name: string, change: (now: unknown) => unknown): Promise<boolean> {
	write(account, name, change(read(account, name).value));
	if (!signedIn(account)) return false;
	try {
		const value = change(await api.kept(name));
		if (!signedIn(account)) return false;
		await api.keep(name, value);
		write(account, name, value);
		return true;
	} catch {
		return false;
	}
}

// At sign-out nothing stays; other tabs write nothing more, since nobody is signed in.
function forget(account: string): void {
	for (const key of Object.keys(localStorage))
		if (key.startsWith(prefix + account)) localStorage.removeItem(key);
}

// Another tab may have signed out, or somebody else in.
function signedIn(account: string): boolean {
	try {
		const me: unknown = JSON.parse(localStorage.getItem(meKey) ?? 'null');
		return typeof me === 'object' && me !== null && 'id' in me && me.id === account;
	} catch {
		return false;
	}
}

function read(account: string, name: string): Kept {
	try {
		const text = localStorage.getItem(prefix + account + name);
		return text === null ? unknown : { known: true, value: JSON.parse(text) };
	} catch {
		return unknown; // not written by us, or there is no storage
	}
}

function write(account: string, name: string, value: unknown): void {
	if (!signedIn(account)) return;
	try {
		localStorage.setItem(prefix + account + name, JSON.stringify(value));
	} catch {
		// The server has it.
	}
}

/** What is kept under a name, and keeping it. */
export const kept = { load, save, update, forget };
