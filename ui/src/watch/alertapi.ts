// The part of the JSON API that is about what the watch noticed: the alerts of the site or of
// an organisation, what is told of them, and where records are sent.

import { siteApi } from '../accountapi';
import { call } from '../api';
import { type Found, orgRecords, type Proof, type RecordCalls, siteRecords, type Who } from './api';

/** How soon somebody should look. */
export type Severity = 'notice' | 'warning' | 'critical';

/** A number that an alert was raised for, and what it usually is. */
export interface Figure {
	name: string;
	value: number;
	usual: number;
}

/** What was done about an alert. */
export interface Deed {
	answer: string;
	at: number; // ms since 1970
	by?: string; // a name
	automatic: boolean;
}

/** What was noticed. */
export interface Alert {
	id: string;
	kind: string;
	at: number; // ms since 1970, of the last time it was noticed
	since: number; // and of the first
	times: number;
	score: number; // 1 is what is told by default
	severity: Severity;
	by?: Who; // none: it is not about one account
	on?: string; // sort:id
	onName?: string;
	org?: string;
	/** What the organisation is called: pages know it, the answer of the server does not have it. */
	orgName?: string;
	figures: Figure[];
	evidence: number[]; // numbers of records
	answers: string[];
	muted?: boolean;
	done?: Deed[];
	closed?: number; // ms since 1970
	closedBy?: string;
}

/** What is left to do by hand. */
export interface Left {
	on: string; // sort:id
	name?: string;
	at?: number; // ms since 1970: as it was before that
}

/** What came of an answer. */
export interface Outcome {
	done: number;
	left: Left[];
	/** There is more than is named. */
	more?: boolean;
}

/** Alerts that nobody is told of. */
export interface Mute {
	kind: string;
	by?: string; // kind:alias; none: about anybody
	name?: string;
	org?: string;
	until: number; // ms since 1970
}

/** What is told. */
export interface Settings {
	sensitivity: number; // 1 is usual, more tells more
	off: string[]; // kinds
	automatic?: string[]; // answers that are given without asking; of the site alone
	kinds: string[]; // all there are
}

/** Somewhere that records are sent. */
export interface Delivery {
	name: string;
	kind: string;
	position: number;
	behind: number; // records
	ageSeconds: number; // of the oldest that is behind
	problem?: string;
	since?: number; // ms since 1970
}

/** The calls about the alerts of the site or of an organisation. */
export interface AlertCalls {
	/** Alerts of the whole site, with all that may be done. */
	site: boolean;
	list: (open: boolean, limit: number, before?: number) => Promise<Alert[]>;
	close: (id: string) => Promise<void>;
	reopen: (id: string) => Promise<void>;
	answer: (id: string, answer: string) => Promise<Outcome>;
	/** What organisations are called, by their ids. */
	orgs: () => Promise<ReadonlyMap<string, string>>;
	/** Lets somebody sign in again whose account was locked. */
	unlock: (account: string) => Promise<void>;
	/** Fetches the proof of a record. */
	proof: (seq: number) => Promise<Proof>;
	/** Finds the record with a number. */
	record: (seq: number) => Promise<Found>;
	settings: () => Promise<Settings>;
	setSettings: (settings: Omit<Settings, 'kinds'>) => Promise<void>;
}

const slow = 20_000; // ms; undoing much takes a while, and so does looking far back
const at = encodeURIComponent;

function callsOf(base: string, site: boolean, records: RecordCalls, orgs: AlertCalls['orgs']): AlertCalls {
	return {
		site,
		orgs,
		list: async (open, limit, before = 0) => {
			const query = new URLSearchParams({ limit: String(limit) });
			if (open) query.set('open', 'true');
			if (before > 0) query.set('before', String(before));
			return (await call<{ alerts: Alert[] }>('GET', `${base}/alerts?${query}`, undefined, slow)).alerts;
		},
		close: (id) => call<void>('POST', `${base}/alerts/${at(id)}/close`),
		reopen: (id) => call<void>('POST', `${base}/alerts/${at(id)}/reopen`),
		answer: (id, answer) => call<Outcome>('POST', `${base}/alerts/${at(id)}/answer`, { answer }, 3 * slow),
		unlock: (account) => siteApi.lock(account, false),
		proof: records.proof,
		record: (seq) => call<Found>('GET', `${base}/audit?before=${seq + 1}&limit=1`, undefined, slow),
		settings: () => call<Settings>('GET', `${base}/watch`),
		setSettings: (settings) => call<void>('PUT', `${base}/watch`, settings),
	};
}

/** The calls about the whole site. */
export const siteAlerts = callsOf('site', true, siteRecords, async () => {
	const { orgs } = await siteApi.orgs();
	return new Map(orgs.map(({ id, name }) => [id, name]));
});

/** The calls about an organisation. */
export const orgAlerts = (id: string, name: string): AlertCalls =>
	callsOf(`orgs/${at(id)}`, false, orgRecords(id), async () => new Map([[id, name]]));

/** The calls of those who run the site alone. */
export const watchSite = {
	mutes: async () => (await call<{ mutes: Mute[] }>('GET', 'site/mutes')).mutes,
	/** Mutes, or with until 0 no longer. */
	mute: ({ kind, by, org, until }: Mute) =>
		call<void>('PUT', 'site/mutes', { kind, ...(by ? { by } : {}), ...(org ? { org } : {}), until }),
	deliveries: async () =>
		(await call<{ deliveries: Delivery[] }>('GET', 'site/deliveries', undefined, slow)).deliveries,
};
