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

/** How many there are over a while. */
export interface Timeline {
	parts: Part[];
	/** Before it nothing was counted, as there are too many; ms since 1970. */
	from?: number;
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

/** The calls about the records of the site, or of an organisation. */
export interface RecordCalls {
	search: (query: URLSearchParams) => Promise<Found>;
	timeline: (since: number, until: number, parts: number) => Promise<Timeline>;
	proof: (seq: number) => Promise<Proof>;
	/** Where they come from live. */
	live: string;
}

function recordsOf(base: string): RecordCalls {
	return {
		search: (query) => call<Found>('GET', `${base}?${query}`, undefined, slow),
		timeline: (since, until, parts) =>
			call<Timeline>('GET', `${base}/timeline?since=${since}&until=${until}&parts=${parts}`, undefined, slow),
		proof: (seq) => call<Proof>('GET', `${base}/proof?record=${seq}`, undefined, slow),
		live: `/api/v1/${base}/live`,
	};
}

/** Those of the whole site. */
export const siteRecords = recordsOf('site/audit');

/** Those of an organisation. */
export const orgRecords = (id: string): RecordCalls => recordsOf(`orgs/${at(id)}/audit`);

/** The other calls. */
export const watchApi = {
	own: (query: URLSearchParams) => call<Found>('GET', `account/audit?${query}`, undefined, slow),
	checkpoint: () => call<Checkpoint>('GET', 'audit/checkpoint'),
};
