// The rows of a list of records, of which a page holds only so many.

import type { Entry } from './api';

/** How many records a page shows at once. */
export const mostRows = 500;

/** Records, the last first, and whether some were cut off at an end. */
export interface Rows {
	list: readonly Entry[];
	/** There were newer ones. */
	cutNew: boolean;
	/** There were earlier ones. */
	cutOld: boolean;
}

export const noRows: Rows = { list: [], cutNew: false, cutOld: false };

/** Adds records that came just now, in any order; the earliest give way. */
export function withNew(rows: Rows, fresh: readonly Entry[]): Rows {
	const newest = rows.list[0]?.seq ?? -1;
	const added = fresh.filter((r) => r.seq > newest).sort((a, b) => b.seq - a.seq);
	const list = [...added, ...rows.list];
	return { ...rows, list: list.slice(0, mostRows), cutOld: rows.cutOld || list.length > mostRows };
}

/** Adds earlier records, the last first; the newest give way. */
export function withOld(rows: Rows, page: readonly Entry[]): Rows {
	const oldest = rows.list.at(-1)?.seq ?? Infinity;
	const list = [...rows.list, ...page.filter((r) => r.seq < oldest)];
	return { list: list.slice(-mostRows), cutNew: rows.cutNew || list.length > mostRows, cutOld: false };
}
