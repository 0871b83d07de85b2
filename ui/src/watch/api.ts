// The part of the JSON API that is about who did what.

import { call } from '../api';

/** Who did something, as far as that is known. */
export interface Who {
	kind: 'account' | 'visit' | 'stranger' | 'server' | 'command';
	/** What records call them. */
	alias: string;
	/** None: whom the record is about was forgotten. */
	id?: string;
	name?: string;
}

/** A record. */
export interface Entry {
	seq: number;
	at: number; // ms since 1970
	act: string;
	by: Who;
	on?: string; // sort:id
	onName?: string; // of an account
	org?: string;
	result: 'ok' | 'refused' | 'failed';
	code?: string;
	addr?: string;
	agent?: string;
	device?: string;
	request?: string;
	session?: string;
	counts?: Record<string, number>;
}

/** What a search found, the last first. */
export interface Found {
	records: Entry[];
	/** Before which to go on; none: there is no more. */
	next?: number;
	/** Older records are there no more. */
	gone?: boolean;
}

/** How many records there are of some time. */
export interface Part {
	at: number; // it begins then
	records: number;
	bad: number; // of them, those that were refused or failed
}

/** How far the log is, signed. */
export interface Checkpoint {
	origin: string;
	key: string;
	size: number;
	checkpoint: string;
}

/** That a record is in the log. */
export interface Proof extends Checkpoint {
	record: string;
	seq: number;
	path: string[];
}

const slow = 20_000; // ms; a search may look far back
const at = encodeURIComponent;

/** Where the live records come from. */
export const livePath = '/api/v1/site/audit/live';

/** The calls. */
export const watchApi = {
	site: (query: URLSearchParams) => call<Found>('GET', `site/audit?${query}`, undefined, slow),
	own: (query: URLSearchParams) => call<Found>('GET', `account/audit?${query}`, undefined, slow),
	org: (id: string, query: URLSearchParams) =>
		call<Found>('GET', `orgs/${at(id)}/audit?${query}`, undefined, slow),
	timeline: (since: number, until: number, parts: number) =>
		call<{ parts: Part[] }>(
			'GET',
			`site/audit/timeline?since=${since}&until=${until}&parts=${parts}`,
			undefined,
			slow,
		),
	proof: (seq: number) => call<Proof>('GET', `site/audit/proof?record=${seq}`, undefined, slow),
	checkpoint: () => call<Checkpoint>('GET', 'audit/checkpoint'),
};
