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

/** Records that say the same one after another, shown as one. */
export interface Fold {
	/** The number of the earliest: it stays while later ones come. */
	key: number;
	/** All of them, the last first; there is one at least. */
	all: readonly [Entry, ...Entry[]];
}

const gap = 10 * 60_000; // ms between two that are shown as one

/** Folds what says the same, as each change of a map by the same person; what stands apart
 * is not folded. */
export function folded(list: readonly Entry[], apart: ReadonlySet<number>): Fold[] {
	const folds: [Entry, ...Entry[]][] = [];
	for (const r of list) {
		const fold = folds.at(-1);
		const before = fold?.at(-1);
		const joins = fold && before && alike(before, r) && !apart.has(r.seq) && !apart.has(before.seq);
		if (joins) fold.push(r);
		else folds.push([r]);
	}
	return folds.map((all) => ({ key: all.at(-1)?.seq ?? 0, all }));
}

function alike(a: Entry, b: Entry): boolean {
	return Math.abs(a.at - b.at) <= gap && sayingOf(a) === sayingOf(b);
}

function sayingOf({ act, by, on, result, code, session, addr }: Entry): string {
	return [act, by.kind, by.alias, on, result, code, session, addr].join('\n');
}

/** What all records of a fold count together. */
export function countsOf({ all }: Fold): Record<string, number> {
	const sums: Record<string, number> = {};
	for (const { counts } of all)
		for (const [name, n] of Object.entries(counts ?? {})) sums[name] = (sums[name] ?? 0) + n;
	return sums;
}
