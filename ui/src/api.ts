// The JSON API, typed. Every failure becomes a Problem whose text a person can
// read.

/** Who is signed in. */
export interface Me {
	id: string;
	email: string;
	name: string;
	operator: boolean;
}

/** Who may sign up. */
export type SignupPolicy = 'invitation' | 'open' | 'closed';

/** What anybody may know of this site. */
export interface Site {
	signup: SignupPolicy;
	first: boolean;
	version: string;
}

/** What a person may do with a map. */
export type RoleName = 'view' | 'edit' | 'own';

/** A map in the list. */
export interface MapInfo {
	id: string;
	title: string;
	role: RoleName;
	owner: string;
	updatedAt: string;
	createdAt: string;
	deletedAt?: string;
}

/** Somebody who may open a map. */
export interface Member {
	account: string;
	email: string;
	name: string;
	role: RoleName;
}

/** An invitation; the secret is shown once, when it is made. */
export interface Invitation {
	id: string;
	secret?: string;
	uses?: number;
	expires: string;
}

/** A failure, said in a sentence. */
export class Problem extends Error {
	constructor(
		readonly status: number, // 0: no answer at all
		text: string,
	) {
		super(text);
	}

	/** Whether the server could not be reached. */
	get offline(): boolean {
		return this.status === 0;
	}
}

const base = '/api/v1/';

const sentences: Record<number, string> = {
	0: 'The server cannot be reached. Check your connection and try again.',
	400: 'The server did not understand that.',
	401: 'Please sign in again.',
	403: 'You are not allowed to do that.',
	404: 'That does not exist, or is not shared with you.',
	409: 'That has changed in the meantime. Reload and try again.',
	413: 'That is too large.',
	429: 'Too many attempts. Wait a minute and try again.',
	503: 'The server is busy. Try again in a moment.',
};

/** The sentence for a status, with the server's own detail when it has one. */
export function sentence(status: number, detail: string): string {
	if (detail !== '') return detail;
	return sentences[status] ?? (status >= 500 ? 'Something went wrong on the server.' : 'That did not work.');
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
	const init: RequestInit = { method, credentials: 'same-origin', headers: { accept: 'application/json' } };
	if (body !== undefined) {
		init.body = JSON.stringify(body);
		init.headers = { accept: 'application/json', 'content-type': 'application/json' };
	}
	let response: Response;
	try {
		response = await fetch(base + path, init);
	} catch {
		throw new Problem(0, sentence(0, ''));
	}
	if (!response.ok) throw new Problem(response.status, sentence(response.status, await detailOf(response)));
	const text = await response.text();
	return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function detailOf(response: Response): Promise<string> {
	try {
		const problem: unknown = await response.json();
		if (typeof problem !== 'object' || problem === null) return '';
		const { detail } = problem as { detail?: unknown };
		return typeof detail === 'string' ? detail : '';
	} catch {
		return '';
	}
}

const at = encodeURIComponent;

/** The API's calls. */
export const api = {
	site: () => call<Site>('GET', 'site'),
	me: () => call<Me>('GET', 'me'),
	first: (data: { secret: string; email: string; name: string; password: string }) =>
		call<Me>('POST', 'first', data),
	signUp: (data: { email: string; name: string; password: string; invitation?: string }) =>
		call<Me>('POST', 'signup', data),
	signIn: (data: { email: string; password: string }) => call<Me>('POST', 'signin', data),
	signOut: () => call<void>('POST', 'signout'),
	reset: (data: { secret: string; password: string }) => call<Me>('POST', 'reset', data),

	invitations: () => call<{ invitations: Invitation[] }>('GET', 'invitations'),
	invite: (uses: number) => call<Invitation>('POST', 'invitations', { uses }),
	uninvite: (id: string) => call<void>('DELETE', `invitations/${at(id)}`),
	setSignup: (policy: SignupPolicy) => call<void>('PUT', 'site/signup', { policy }),

	maps: (deleted = false) => call<{ maps: MapInfo[] }>('GET', deleted ? 'maps?deleted=1' : 'maps'),
	map: (id: string) => call<MapInfo>('GET', `maps/${at(id)}`),
	createMap: (title: string) => call<MapInfo>('POST', 'maps', { title }),
	renameMap: (id: string, title: string) => call<MapInfo>('PATCH', `maps/${at(id)}`, { title }),
	deleteMap: (id: string) => call<void>('DELETE', `maps/${at(id)}`),
	restoreMap: (id: string) => call<void>('POST', `maps/${at(id)}/restore`),
	duplicateMap: (id: string) => call<MapInfo>('POST', `maps/${at(id)}/duplicate`),

	members: (id: string) => call<{ members: Member[] }>('GET', `maps/${at(id)}/members`),
	setMember: (id: string, email: string, role: RoleName) =>
		call<void>('PUT', `maps/${at(id)}/members`, { email, role }),
	removeMember: (id: string, account: string) => call<void>('DELETE', `maps/${at(id)}/members/${at(account)}`),
};

/** What to say about a failure of any kind. */
export function say(error: unknown): string {
	return error instanceof Problem ? error.message : 'Something went wrong. Please try again.';
}
