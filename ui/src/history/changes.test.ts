import { expect, it } from 'vitest';
import { type Change, ChangeKind, Field, Type } from '../core/model';
import { groupsOf, textOf, traitOf } from './changes';

const card: Change = {
	kind: ChangeKind.added,
	type: Type.card,
	num: 7,
	field: 0,
	entry: '',
	count: 1,
	name: 'Rain',
	from: '',
	fromNum: 0,
	to: '',
	toNum: 0,
};
const line: Change = { ...card, type: Type.relationship, name: '', from: 'Rain', to: 'Sea', count: 0 };
const stop: Change = { ...card, type: Type.stop, name: 'Overview' };

it.each<[string, Change]>([
	['Rain', card],
	['Rain, with 1 card in it', { ...card, count: 2 }],
	['Untitled card', { ...card, kind: ChangeKind.removed, name: '' }],
	['Rain: from the map to Sky', { ...card, kind: ChangeKind.moved, to: 'Sky', toNum: 3 }],
	['Rain: to another spot', { ...card, kind: ChangeKind.shifted }],
	['Rain → Showers', { ...card, kind: ChangeKind.renamed, from: 'Rain', to: 'Showers' }],
	['Rain', { ...card, kind: ChangeKind.rewritten }],
	['new: Rain — Sea', { ...line, kind: ChangeKind.related }],
	['removed: Rain — Sea: falls into', { ...line, kind: ChangeKind.unrelated, name: 'falls into' }],
	['other ends: Rain — Sea', { ...line, kind: ChangeKind.rejoined }],
	['Rain — Sea: Weight', { ...line, kind: ChangeKind.altered, field: Field.weight }],
	['Rain: Colour', { ...card, kind: ChangeKind.altered, field: Field.colour, from: '1', to: '2' }],
	[
		'Rain: Attribute cost, none → high',
		{ ...card, kind: ChangeKind.altered, field: Field.attribute, entry: 'cost', to: 'high' },
	],
	[
		`Rain: Link, none → https://example.org/${'a'.repeat(20)}…`,
		{ ...card, kind: ChangeKind.altered, field: Field.link, to: `https://example.org/${'a'.repeat(90)}` },
	],
	[
		'the map: How relationships run',
		{ ...card, type: 0, num: 0, name: '', kind: ChangeKind.altered, field: Field.routing },
	],
	['new: Overview', stop],
	['removed: Overview', { ...stop, kind: ChangeKind.removed }],
	['Rain: 3 messages', { ...card, kind: ChangeKind.talked, count: 3 }],
])('%s', (text, change) => {
	expect(textOf(change)).toBe(text);
});

it('groups by what became of things, in one order, each row once', () => {
	const view = { ...card, kind: ChangeKind.altered, field: Field.view };
	const groups = groupsOf([
		{ ...view, entry: '3' },
		{ ...view, entry: '4' },
		stop,
		{ ...card, kind: ChangeKind.shifted },
		{ ...card, kind: ChangeKind.moved, num: 8 },
		card,
	]);
	expect(groups.map((g) => [g.id, g.rows.length])).toEqual([
		['added', 1],
		['moved', 2],
		['altered', 1],
		['stops', 1],
	]);
	expect(groups[3]?.rows[0]?.num).toBe(0); // a stop is on no card of its own
	const many = Array.from({ length: 250 }, (_, i) => ({ ...card, num: i + 1 }));
	expect(groupsOf(many)[0]).toMatchObject({ more: 50 });
});

it('has a word for what it does not know', () => {
	expect(traitOf('field-99')).toBe('Another property');
	expect(traitOf('toString')).toBe('Another property');
});
