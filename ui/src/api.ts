// The JSON API, typed. Every failure becomes a Problem whose text a person can
// read.

import { keyed } from './bearer';
import { words } from './words';

/** Who is signed in. */
export interface Me {
	id: string;
	email: string;
	name: string;
	operator: boolean;
	/** Whether it is proven that the address is theirs. */
	verified?: boolean;
	/** They came by a link and have no account. */
	visitor?: boolean;
}

/** Who may sign up. */
export type SignupPolicy = 'invitation' | 'open' | 'closed';

/** What anybody may know of this site. */
export interface Site {
	signup: SignupPolicy;
	first: boolean;
	version: string;
	/** How large a file on a card may be, in bytes. */
	fileBytes: number;
	/** What the site is called. */
	name: string;
	/** Whether it sends mail. */
	mail: boolean;
	/** Whether one can sign in with a passkey at this address. */
	passkeys: boolean;
	/** Other sites one can sign in with. */
	providers: Provider[];
}

/** Another site that vouches for people. */
export interface Provider {
	id: string;
	name: string;
}

/** How a sign-in is completed. */
export type SecondWay = 'passkey' | 'code' | 'recovery' | 'mail';

/** The answer to a sign-in: who it is, or what is still to be shown. */
export type SignInAnswer = Me | { second: SecondWay[] };

/** What a person may do with a map. */
export type RoleName = 'view' | 'comment' | 'edit' | 'own';

/** A map in the list. */
export interface MapInfo {
	id: string;
	title: string;
	role: RoleName;
	owner: string;
	updatedAt: number; // ms since 1970, as all times of the API
	createdAt: number;
	deletedAt?: number;
	/** The organisation it lies in, and the folder there or the organisation itself. */
	org?: string;
	home?: string;
	/** Who asks, where they came by a link and have not signed in. */
	visitor?: { id: string; name: string };
}

/** Somebody who may open a map. */
export interface Member {
	account: string;
	email: string;
	name: string;
	role: RoleName;
}

/** A card of another map that leads to a map. */
export interface Backlink {
	map: string;
	title: string; // of that map
	card: string;
	name: string; // of the card
	toCard?: string; // of this map; absent: the map as a whole
}

/** A map in small: rectangles and lines in px, from its top left corner. */
export interface Picture {
	width: number;
	height: number;
	/** x, y, width, height, colour, level; wholes before their parts. */
	cards: number[][];
	/** Colour, then points as x, y. */
	lines: number[][];
	/** Cards on lines, as cards. */
	labels: number[][];
}

/** A map that comes with the program. */
export interface Example {
	name: string;
	language: string;
	title: string;
	summary: string;
	cards: number;
	picture: Picture;
}

/** An invitation; the secret is shown once, when it is made, unless it was mailed. */
export interface Invitation {
	id: string;
	secret?: string;
	uses: number;
	used: number;
	expires: number;
	email?: string;
	role?: RoleName;
	mailed?: boolean;
}

/** A failure, said in a sentence. */
export class Problem extends Error {
	constructor(
		readonly status: number, // 0: no answer at all
		text: string,
		/** What kind of failure, as the server names it. */
		readonly code = '',
		/** What this person still has to bring, if it is that. */
		readonly needs: '' | 'second' | 'network' | 'recent' = '',
	) {
		super(text);
	}

	/** Whether the server could not be reached. */
	get offline(): boolean {
		return this.status === 0;
	}
}

const base = '/api/v1/';

/** The sentence for a status, with the server's own detail when it has one. */
export function sentence(status: number, detail: string): string {
	if (detail !== '') return detail;
	const { problems } = words;
	switch (status) {
		case 0:
			return problems.unreachable;
		case 400:
			return problems.malformed;
		case 401:
			return problems.signInAgain;
		case 403:
			return problems.forbidden;
		case 404:
			return problems.missing;
		case 409:
			return problems.changed;
		case 413:
			return problems.tooLarge;
		case 422:
			return problems.invalid;
		case 429:
			return problems.tooMany;
		case 503:
			return problems.busy;
		default:
			return status >= 500 ? problems.server : problems.other;
	}
}

const readPatience = 4000; // ms
const writePatience = 30_000;
const filePatience = 15 * 60_000; // a file on a slow line; the server waits no longer

/** What a person may be asked to show before something is done. */
export type Needed = 'recent' | 'second';

// Asks the person; the page says how, so that this file needs no page.
let asks: ((needs: Needed) => Promise<boolean>) | null = null;

/** Says who asks people to show that it is them. */
export function onNeeded(ask: (needs: Needed) => Promise<boolean>): void {
	asks = ask;
}

/** Sends a value as JSON, a string as the JSON it already is. What needs that the person
 * shows who they are asks for it, and is then tried once more. */
export async function call<T>(method: string, path: string, body?: unknown, patience = 0): Promise<T> {
	try {
		return await send<T>(method, path, body, patience);
	} catch (error) {
		const needs = error instanceof Problem ? neededFor(method, path, error) : '';
		if (needs === '' || asks === null) throw error;
		if (!(await asks(needs))) throw new Problem(403, words.confirm.cancelled, 'cancelled', needs);
		return send<T>(method, path, body, patience);
	}
}

// What is only looked at says itself that a second factor is missing: nobody is
// interrupted for a list.
function neededFor(method: string, path: string, { status, needs }: Problem): Needed | '' {
	// To show it is what the dialog does: that opens no other.
	if (status !== 403 || needs === 'network' || path.startsWith('account/confirm')) return '';
	return method === 'GET' && needs === 'second' ? '' : needs;
}

async function send<T>(method: string, path: string, body: unknown, patience: number): Promise<T> {
	const init: RequestInit = {
		method,
		credentials: 'same-origin',
		headers: keyed({ accept: 'application/json' }),
		// A pulled cable answers nothing at all: the page must not wait for it.
		signal: AbortSignal.timeout(patience || (method === 'GET' ? readPatience : writePatience)),
	};
	if (body !== undefined) {
		init.body = typeof body === 'string' ? body : JSON.stringify(body);
		init.headers = keyed({ accept: 'application/json', 'content-type': 'application/json' });
	}
	let response: Response;
	try {
		response = await fetch(base + path, init);
	} catch {
		throw new Problem(0, sentence(0, ''));
	}
	if (!response.ok) throw await problemOf(response);
	const text = await response.text();
	return (text === '' ? undefined : JSON.parse(text)) as T;
}

// problemOf makes a failure of an answer of application/problem+json.
async function problemOf(response: Response): Promise<Problem> {
	const text = await response.text().catch(() => '');
	return problemFrom(response.status, text, response.headers.get('retry-after'));
}

/** The failure that an answer tells of; status 0 is no answer. */
export function problemFrom(status: number, answer: string, retryAfter: string | null): Problem {
	const { detail, code, needs } = fieldsOf(answer);
	return new Problem(status, `${sentence(status, detail)}${waiting(retryAfter)}`, code, needs);
}

const noFields = { detail: '', code: '', needs: '' } as const;
const allNeeds = ['second', 'network', 'recent'] as const;

function fieldsOf(answer: string): { detail: string; code: string; needs: Problem['needs'] } {
	try {
		const problem: unknown = JSON.parse(answer);
		if (typeof problem !== 'object' || problem === null) return noFields;
		const { detail, code, needs } = problem as { detail?: unknown; code?: unknown; needs?: unknown };
		return {
			detail: typeof detail === 'string' ? asSentence(detail) : '',
			code: typeof code === 'string' ? code : '',
			needs: allNeeds.find((n) => n === needs) ?? '',
		};
	} catch {
		return noFields;
	}
}

// The server writes its details in small letters, as Go's errors are.
function asSentence(text: string): string {
	const capital = text.charAt(0).toUpperCase() + text.slice(1);
	return capital === '' || /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** How long to wait, when the server said it. */
export function waiting(retryAfter: string | null): string {
	const seconds = Number(retryAfter ?? '');
	if (!Number.isFinite(seconds) || seconds <= 0) return '';
	const { waitSeconds, waitMinutes } = words.problems;
	return ` ${seconds < 90 ? waitSeconds(Math.ceil(seconds)) : waitMinutes(Math.ceil(seconds / 60))}`;
}

interface NewAccount {
	email: string;
	name: string;
	password: string;
	invitation?: string;
}

// The answer to signing up is the same whether the address had an account or
// not; only signing in tells the two apart.
async function signUp(data: NewAccount): Promise<SignInAnswer> {
	await call<void>('POST', 'signup', data);
	try {
		return await call<SignInAnswer>('POST', 'signin', { email: data.email, password: data.password });
	} catch (error) {
		if (!(error instanceof Problem) || error.status !== 401) throw error;
		throw new Problem(401, words.problems.mayExist);
	}
}

const at = encodeURIComponent;

/** The API's calls. */
export const api = {
	site: () => call<Site>('GET', 'site'),
	me: () => call<Me>('GET', 'me'),
	first: (data: { secret: string; email: string; name: string; password: string }) =>
		call<Me>('POST', 'first', data),
	signUp,
	signIn: (data: { email: string; password: string }) => call<SignInAnswer>('POST', 'signin', data),
	signOut: () => call<void>('POST', 'signout'),
	reset: (data: { secret: string; password: string }) => call<SignInAnswer>('POST', 'reset', data),

	invitations: () => call<{ invitations: Invitation[] }>('GET', 'invitations'),
	invite: (uses: number) => call<Invitation>('POST', 'invitations', { uses }),
	uninvite: (id: string) => call<void>('DELETE', `invitations/${at(id)}`),
	setSignup: (policy: SignupPolicy) => call<void>('PUT', 'site/signup', { policy }),

	maps: (deleted = false) => call<{ maps: MapInfo[] }>('GET', deleted ? 'maps?deleted=1' : 'maps'),
	map: (id: string) => call<MapInfo>('GET', `maps/${at(id)}`),
	createMap: (title: string, home?: { kind: string; id: string }) =>
		call<MapInfo>('POST', 'maps', home ? { title, home } : { title }),
	renameMap: (id: string, title: string) => call<MapInfo>('PATCH', `maps/${at(id)}`, { title }),
	deleteMap: (id: string) => call<void>('DELETE', `maps/${at(id)}`),
	restoreMap: (id: string) => call<void>('POST', `maps/${at(id)}/restore`),
	/** Makes a map of a file's text. */
	importMap: (text: string) => call<MapInfo>('POST', 'maps/import', text, filePatience),
	duplicateMap: (id: string) => call<MapInfo>('POST', `maps/${at(id)}/duplicate`),

	/** What comes with the program, in a language where it is there in it. */
	examples: (language: string) => call<{ examples: Example[] }>('GET', `examples?language=${at(language)}`),
	/** Makes an example a map of one's own. */
	copyExample: (name: string, language: string) =>
		call<MapInfo>('POST', `examples/${at(name)}?language=${at(language)}`),

	/** What this person keeps under a name, null for nothing. */
	kept: (name: string) => call<unknown>('GET', `kept/${at(name)}`),
	keep: (name: string, value: unknown) => call<void>('PUT', `kept/${at(name)}`, JSON.stringify(value)),
	/** Lets a map have files that another has. */
	adoptFiles: (id: string, from: string, hashes: readonly string[]) =>
		call<{ adopted: string[] }>('POST', `maps/${at(id)}/blobs/adopt`, { from, hashes }),

	backlinks: (id: string) => call<{ links: Backlink[] }>('GET', `maps/${at(id)}/backlinks`),
};

/** What to say about a failure of any kind. */
export function say(error: unknown): string {
	return error instanceof Problem ? error.message : words.problems.unexpected;
}
