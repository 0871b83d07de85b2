// What the server tells of how a map was.

import { call, Problem, problemFrom } from '../api';
import { keyed } from '../bearer';
import type { Bytes } from '../core/bytes';

/** Somebody who changed something; without a name when they take part no longer, or it is not told. */
export interface Author {
	account: string;
	name?: string;
}

/** A stretch of editing. */
export interface Version {
	seq: number; // its last change
	first: number;
	began: number; // ms since 1970
	ended: number;
	by: Author[]; // the busiest first
	changes: number;
	name?: string;
	/** Only its last moment is kept. */
	sparse?: boolean;
}

/** A part of the timeline, newest first. */
export interface Timeline {
	head: number;
	oldest: number;
	versions: Version[];
	more: boolean;
}

/** Who changed a property last. */
export interface Trace {
	field: string;
	entry?: string;
	by: Author;
	at: number;
	seq: number;
}

const at = encodeURIComponent;
const pageSize = 200;
const patience = 60_000; // ms for a state to come

export const historyApi = {
	timeline: (map: string, before = 0) =>
		call<Timeline>(
			'GET',
			`maps/${at(map)}/history?limit=${pageSize}${before > 0 ? `&before=${before}` : ''}`,
		),
	name: (map: string, seq: number, name: string) =>
		call<void>('PUT', `maps/${at(map)}/versions/${seq}`, { name }),
	unname: (map: string, seq: number) => call<void>('DELETE', `maps/${at(map)}/versions/${seq}`),
	traces: (map: string, object: string, seq = 0) =>
		call<{ changes: Trace[] }>(
			'GET',
			`maps/${at(map)}/objects/${at(object)}/authors${seq > 0 ? `?at=${seq}` : ''}`,
		),
};

/** The last change of the version that ended before a time, in ms since 1970, or 0: the newest,
 * where there is none or that cannot be known. */
export async function momentBefore(map: string, time: number): Promise<number> {
	try {
		let before = 0;
		for (let i = 0; i < mostPages; i++) {
			const { versions, more } = await historyApi.timeline(map, before);
			const found = versions.find(({ ended }) => ended <= time);
			before = versions.at(-1)?.first ?? 0;
			if (found || !more || before === 0) return found?.seq ?? 0;
		}
	} catch {
		// the page of the history says what is wrong
	}
	return 0;
}

const mostPages = 20; // of the timeline, that are looked through for a moment

/** Fetches a moment of a map; told is called with how many bytes have come. */
export async function fetchState(
	map: string,
	seq: number,
	signal: AbortSignal,
	told: (bytes: number) => void,
): Promise<Bytes> {
	return fetchBytes(`/maps/${at(map)}/past/${seq}`, signal, told);
}

/** Fetches the commits after a change, up to another or not as far, each with its length before it. */
export async function fetchCommits(
	map: string,
	after: number,
	to: number,
	signal: AbortSignal,
): Promise<Bytes> {
	return fetchBytes(`/maps/${at(map)}/past/${after}/commits?to=${to}`, signal, () => undefined);
}

async function fetchBytes(path: string, signal: AbortSignal, told: (bytes: number) => void): Promise<Bytes> {
	let response: Response;
	try {
		response = await fetch(path, {
			headers: keyed(),
			signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
		});
		if (response.ok && response.body) return await gather(response.body, told);
	} catch (error) {
		if (signal.aborted) throw error;
		throw problemFrom(0, '', null);
	}
	const answer = await response.text().catch(() => '');
	throw response.ok
		? new Problem(0, '')
		: problemFrom(response.status, answer, response.headers.get('retry-after'));
}

async function gather(body: ReadableStream<Uint8Array>, told: (bytes: number) => void): Promise<Bytes> {
	const parts: Uint8Array[] = [];
	let length = 0;
	const reader = body.getReader();
	for (let next = await reader.read(); !next.done; next = await reader.read()) {
		parts.push(next.value);
		length += next.value.length;
		told(length);
	}
	const all = new Uint8Array(length);
	let from = 0;
	for (const part of parts) {
		all.set(part, from);
		from += part.length;
	}
	return all;
}
