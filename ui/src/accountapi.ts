// The part of the JSON API that is about accounts: the steps of a sign-in, one's own
// account, and what those do who run the site.

import { call, type Me, type Provider, type SecondWay } from './api';
import { type CreationJson, createKey, type RequestJson, showKey } from './webauthn';

/** A passkey of one's own. */
export interface Passkey {
	id: string;
	name: string;
	created: number;
	used: number; // 0: never
	site: string;
}

/** An account elsewhere that one signs in with. */
export interface Identity {
	id: string;
	provider: string;
	email: string;
	created: number;
	used: number;
}

/** One's own account, in full. */
export interface Account extends Me {
	verified: boolean;
	created: number;
	password: boolean;
	codes: boolean;
	/** How many recovery codes are left. */
	recovery: number;
	recent: boolean;
	mail: boolean;
	passkeys: Passkey[];
	identities: Identity[];
	providers: (Provider & { linked: boolean })[];
}

/** What was shown when somebody signed in. */
export type SignedBy = 'password' | 'provider' | 'passkey' | 'code' | 'recovery' | 'link' | 'mail';

/** A sign-in. */
export interface Device {
	id: string;
	name: string;
	place: string;
	created: number;
	seen: number;
	current: boolean;
	by: string[];
}

/** How much a token lets a program do. */
export type Scope = 'read' | 'write' | 'admin';

/** A token of a program; the token itself is there once, when it is made. */
export interface Token {
	id: string;
	name: string;
	hint: string;
	scope: Scope;
	created: number;
	expires: number;
	used: number;
	token?: string;
}

/** Somebody with an account, as those see them who run the site. */
export interface SitePerson {
	id: string;
	email: string;
	name: string;
	created: number;
	operator: boolean;
	locked: number; // 0: not
	verified: boolean;
	strong: boolean;
}

/** An organisation, as those see it who run the site. */
export interface SiteOrg {
	id: string;
	name: string;
	people: number;
	created: number;
	/** Whether it asks for a second factor. */
	second: boolean;
}

/** Whether another site can be signed in with just now. */
export interface ProviderHealth {
	id: string;
	name: string;
	issuer: string;
	ok: boolean;
	problem: string;
}

/** How mail goes out. */
export interface MailState {
	driver: 'smtp' | 'log' | 'none';
	from: string;
	waiting: number;
	/** When the oldest was written that waits, 0 for none. */
	oldest: number;
	/** What keeps mail from going out, or "". */
	problem: string;
}

type Challenge<T> = { publicKey: T };
type Codes = { recovery?: string[] };

const at = encodeURIComponent;
const slow = 30_000; // ms; the server asks others before it answers

// Shows a passkey between the two calls that ask for it and take it.
async function shown<T>(path: string, more: object, signal?: AbortSignal, quietly = false): Promise<T> {
	const { publicKey } = await call<Challenge<RequestJson>>('POST', `${path}/begin`, more);
	const answer = await showKey(publicKey, signal, quietly);
	return call<T>('POST', `${path}/finish`, { ...more, answer });
}

/** The calls. */
export const accounts = {
	pending: () => call<{ second: SecondWay[]; linking: boolean }>('GET', 'signin/pending'),
	code: (code: string) => call<Me>('POST', 'signin/code', { code }),
	recovery: (code: string) => call<Me>('POST', 'signin/recovery', { code }),
	/** The code that was mailed; the other call mails another. */
	mailed: (code: string) => call<Me>('POST', 'signin/mail', { code }),
	mailAgain: () => call<{ second: SecondWay[] }>('POST', 'signin/mail/again'),
	/** Signs in with a passkey; quietly: one that the browser offers in the field for the address. */
	passkey: (second: boolean, signal?: AbortSignal, quietly = false) =>
		shown<Me>('signin/passkey', { second }, signal, quietly),
	provider: (provider: string, then: string, invitation = '') =>
		call<{ to: string }>('POST', 'signin/provider', {
			provider,
			then,
			...(invitation === '' ? {} : { invitation }),
		}),
	forgot: (email: string) => call<void>('POST', 'forgot', { email }),
	verify: (secret: string) => call<void>('POST', 'verify', { secret }),
	email: (secret: string) => call<void>('POST', 'email', { secret }),

	confirm: (how: { password: string } | { code: string }) => call<Me>('POST', 'account/confirm', how),
	confirmPasskey: () => shown<Me>('account/confirm/passkey', {}),
	confirmProvider: (provider: string, then: string) =>
		call<{ to: string }>('POST', 'account/confirm/provider', { provider, then }),

	mine: () => call<Account>('GET', 'account'),
	rename: (name: string) => call<Me>('PATCH', 'account', { name }),
	remove: () => call<void>('DELETE', 'account'),
	resend: () => call<void>('POST', 'verify/resend'),
	changeEmail: (email: string) => call<void>('POST', 'account/email', { email }),
	changePassword: (current: string, password: string) =>
		call<Me>('PUT', 'account/password', current === '' ? { password } : { current, password }),

	devices: () => call<{ sessions: Device[] }>('GET', 'account/sessions'),
	endDevice: (id: string) => call<void>('DELETE', `account/sessions/${at(id)}`),
	endOthers: () => call<void>('DELETE', 'account/sessions'),

	beginCodes: () => call<{ secret: string; uri: string }>('POST', 'account/codes'),
	confirmCodes: (code: string) => call<Codes>('POST', 'account/codes/confirm', { code }),
	dropCodes: () => call<void>('DELETE', 'account/codes'),
	newRecovery: () => call<Codes>('POST', 'account/recovery'),

	addPasskey: async (name: string): Promise<Codes> => {
		const { publicKey } = await call<Challenge<CreationJson>>('POST', 'account/passkeys/begin');
		return call<Codes>('POST', 'account/passkeys/finish', { name, answer: await createKey(publicKey) });
	},
	renamePasskey: (id: string, name: string) => call<void>('PATCH', `account/passkeys/${at(id)}`, { name }),
	dropPasskey: (id: string) => call<void>('DELETE', `account/passkeys/${at(id)}`),

	link: (provider: string, then: string) =>
		call<{ to: string }>('POST', 'account/identities', { provider, then }),
	linkWaiting: () => call<void>('POST', 'account/identities/waiting'),
	unlink: (id: string) => call<void>('DELETE', `account/identities/${at(id)}`),

	tokens: () => call<{ tokens: Token[] }>('GET', 'account/tokens'),
	addToken: (data: { name: string; scope: Scope; days: number }) =>
		call<Token>('POST', 'account/tokens', data),
	dropToken: (id: string) => call<void>('DELETE', `account/tokens/${at(id)}`),
};

/** Something that went well or not: a backup, or a restore for trial. */
export interface Made {
	id: string; // of the backup
	at: number;
	ok: boolean;
	took: number; // ms
	maps: number;
	ops: number; // changes
}

/** Where backups go. */
export interface BackupPlace {
	name: string;
	/** Why it did not take the last backup. */
	error?: string;
	/** How old the oldest change is that it does not have, in seconds; of the first place 0. */
	age: number;
}

/** Something that is not as it should be. */
export interface Alarm {
	code: string;
	since: number;
	urgent: boolean;
}

/** How safe everything is. */
export interface Safety {
	/** How old the oldest change is that is in no snapshot, in seconds. */
	snapshotAge: number;
	/** The longest that a change of the last week waited for one, in seconds. */
	worstWeek: number;
	/** The last one, however it went. */
	backup?: Made;
	/** The last restore for trial; age is how old the backup was then, in ms. */
	drill?: Made & { age: number };
	places: BackupPlace[];
	/** When the last backup was made that went well; 0: never. */
	goodAt: number;
	size: number; // of the last backup, bytes
	/** How many files could not be read for it. */
	missing: number;
	/** Why the last backup failed. */
	problem?: string;
	/** What the last trial found. */
	wrong: string[];
	/** Whether somebody has the recovery key, and whether one waits to be saved. */
	saved: boolean;
	waiting: boolean;
	/** Whether a backup or a trial is under way. */
	busy: boolean;
	alarms: Alarm[];
	/** By how much the server's clock is ahead of what passed, and in how long it catches up; 0: not by itself. In seconds. */
	clockAhead: number;
	clockCatchesUp: number;
	/** Snapshots since the server was started, and tries at one that failed. */
	made: number;
	failed: number;
}

/** The recovery key, once: both halves. */
export interface RecoveryKey {
	file: string; // with the private half
	public: string;
}

/** The calls of those who run the site. */
export const siteApi = {
	people: (text: string, after: string) =>
		call<{ people: SitePerson[]; more: boolean }>('GET', `people?with=${at(text)}&after=${at(after)}`),
	lock: (id: string, on: boolean) => call<void>('POST', `people/${at(id)}/${on ? 'lock' : 'unlock'}`),
	signOut: (id: string) => call<void>('POST', `people/${at(id)}/signout`),
	operator: (id: string, on: boolean) => call<void>('PUT', `people/${at(id)}/operator`, { on }),
	reset: (id: string, mail: boolean) => call<{ path: string }>('POST', `people/${at(id)}/reset`, { mail }),
	orgs: () => call<{ orgs: SiteOrg[]; more: boolean }>('GET', 'site/orgs'),
	providers: () => call<{ providers: ProviderHealth[] }>('GET', 'site/providers', undefined, slow),
	mail: () => call<MailState>('GET', 'site/mail', undefined, slow),
	testMail: () => call<void>('POST', 'site/mail/test'),

	safety: () => call<Safety>('GET', 'site/durability', undefined, slow),
	backUp: () => call<void>('POST', 'site/backup'),
	tryOut: () => call<void>('POST', 'site/drill'),
	recoveryKey: () => call<RecoveryKey>('POST', 'site/recovery-key'),
	recoverySaved: (half: string) => call<void>('POST', 'site/recovery-key/saved', { public: half }),
	recoveryNew: () => call<void>('POST', 'site/recovery-key/new'),
};
