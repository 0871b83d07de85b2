import { expect, test } from 'vitest';
import { encodeId } from './core/bytes';
import { keptLink, mapLink, mapTarget } from './maplink';

const id = encodeId(new Uint8Array(16).fill(7));
const card = encodeId(new Uint8Array(16).fill(9));
const origin = 'https://plectica.example:8443';

test('a link to a map is read and written alike', () => {
	expect(mapTarget(`map:${id}`)).toEqual({ id, card: '' });
	expect(mapTarget(`map:${id}/${card}`)).toEqual({ id, card });
	for (const target of [
		{ id, card: '' },
		{ id, card },
	])
		expect(mapTarget(mapLink(target))).toEqual(target);
	for (const text of [
		'',
		'map:',
		`map:${id}/`,
		`map:${id}/x`,
		`map:${id}/${card}/`,
		`https://${id}`,
		`map:${id.slice(1)}z`,
	])
		expect(mapTarget(text), text).toBeNull();
});

test('an address of this site is a link to its map, any other stays', () => {
	expect(keptLink(` ${origin}/maps/${id} `, origin)).toBe(`map:${id}`);
	expect(keptLink(`${origin}/maps/${id}/card/${card}`, origin)).toBe(`map:${id}/${card}`);
	expect(keptLink(`${origin}/maps/${id}?a=1#b`, origin)).toBe(`map:${id}`);
	for (const text of [
		`https://other.example/maps/${id}`,
		`${origin}/maps`,
		`${origin}/maps/${id}/file`,
		'plectica',
		`/maps/${id}`,
		'javascript:alert(1)',
		'',
	])
		expect(keptLink(text, origin)).toBe(text);
});
