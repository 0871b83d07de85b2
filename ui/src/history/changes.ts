// What two states differ by, as groups of sentences.

import { type Change, ChangeKind, Field, Type } from '../core/model';
import { words } from '../words';

/** A row of the list: what is said, and where it leads. */
export interface ChangeRow {
	text: string;
	num: number; // 0: nowhere
}

/** Some changes of one kind. */
export interface ChangeGroup {
	id: GroupId;
	title: string;
	rows: ChangeRow[];
	more: number;
}

/** The groups, in the order they are shown. */
const groupIds = [
	'added',
	'removed',
	'moved',
	'renamed',
	'rewritten',
	'lines',
	'altered',
	'stops',
	'talked',
] as const;
export type GroupId = (typeof groupIds)[number];

const mostRows = 200; // of a group
const longest = 40; // characters of a value

/** Groups changes, with the names of things that have none. */
export function groupsOf(changes: readonly Change[]): ChangeGroup[] {
	const all = new Map<GroupId, ChangeRow[]>();
	for (const change of changes) {
		const id = groupOf(change);
		const rows = all.get(id) ?? [];
		const row = { text: textOf(change), num: change.type === Type.stop ? 0 : change.num };
		if (!rows.some((r) => r.num === row.num && r.text === row.text)) rows.push(row);
		all.set(id, rows);
	}
	return groupIds.flatMap((id) => {
		const rows = all.get(id);
		if (!rows) return [];
		return [{ id, title: words.compare[id], rows: rows.slice(0, mostRows), more: rows.length - mostRows }];
	});
}

function groupOf({ kind, type }: Change): GroupId {
	if (type === Type.stop) return 'stops';
	switch (kind) {
		case ChangeKind.added:
			return 'added';
		case ChangeKind.removed:
			return 'removed';
		case ChangeKind.moved:
		case ChangeKind.shifted:
			return 'moved';
		case ChangeKind.renamed:
			return 'renamed';
		case ChangeKind.rewritten:
			return 'rewritten';
		case ChangeKind.related:
		case ChangeKind.unrelated:
		case ChangeKind.rejoined:
			return 'lines';
		case ChangeKind.talked:
			return 'talked';
		default:
			return 'altered';
	}
}

/** Says one change. */
export function textOf(change: Change): string {
	const { compare, common } = words;
	const { kind, type, count } = change;
	const named = (title: string) => title || common.untitledCard;
	const name = change.num === 0 && type !== Type.stop ? compare.theMap : named(change.name);
	const line = compare.line(named(change.from), named(change.to), change.name);
	switch (kind) {
		case ChangeKind.added:
			if (type === Type.stop) return compare.newStop(name);
			return count > 1 ? compare.withParts(name, count - 1) : name;
		case ChangeKind.removed:
			if (type === Type.stop) return compare.goneStop(name);
			return count > 1 ? compare.withParts(name, count - 1) : name;
		case ChangeKind.moved:
			return compare.movedTo(name, place(change.fromNum, change.from), place(change.toNum, change.to));
		case ChangeKind.shifted:
			return compare.shifted(name);
		case ChangeKind.renamed:
			return compare.renamedTo(named(change.from), named(change.to));
		case ChangeKind.related:
			return compare.newLine(line);
		case ChangeKind.unrelated:
			return compare.goneLine(line);
		case ChangeKind.rejoined:
			return compare.rejoined(line);
		case ChangeKind.altered:
			return altered(change, type === Type.relationship ? line : name);
		case ChangeKind.talked:
			return compare.messages(type === Type.relationship ? line : name, count);
		default:
			return name;
	}
}

function place(num: number, title: string): string {
	return num === 0 ? words.compare.theMap : title || words.common.untitledCard;
}

const worded: ReadonlySet<number> = new Set([
	Field.link,
	Field.action,
	Field.reaction,
	Field.attribute,
	Field.is,
	Field.isNot,
]);

// A property, and its value where that is a text.
function altered(change: Change, name: string): string {
	const { compare } = words;
	const field = traitOf(fieldNames[change.field] ?? '');
	const said = change.field === Field.attribute ? `${field} ${change.entry}` : field;
	const what = compare.property(name, said);
	if (change.type === Type.relationship || !worded.has(change.field)) return what;
	return compare.value(what, short(change.from), short(change.to));
}

function short(value: string): string {
	const letters = Array.from(value);
	if (letters.length === 0) return words.compare.none;
	return letters.length > longest ? `${letters.slice(0, longest).join('')}…` : value;
}

/** A property by the name that a map's file has for it, as people call it. */
export function traitOf(name: string): string {
	const traits: Record<string, string | undefined> = words.traits;
	return (Object.hasOwn(traits, name) && traits[name]) || words.traits.other;
}

// As a map's file names them.
const fieldNames: Record<number, string | undefined> = {
	3: 'colour',
	4: 'layout',
	5: 'folded',
	6: 'width',
	7: 'height',
	8: 'link',
	9: 'media',
	10: 'attributes',
	20: 'direction',
	21: 'action',
	22: 'reaction',
	23: 'polarity',
	24: 'delay',
	25: 'weight',
	26: 'dash',
	27: 'bend',
	31: 'name',
	32: 'mode',
	33: 'views',
	34: 'notes',
	36: 'open',
	41: 'others',
	42: 'is',
	43: 'isNot',
	51: 'notes',
	53: 'frame',
	54: 'folds',
	55: 'eyes',
	71: 'routing',
};
