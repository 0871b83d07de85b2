import { describe, expect, it } from 'vitest';
import { cleanName, filesOf, isImage, lastRank, leadingRank, readMedia, writeMedia } from './media';
import { Field } from './model';

interface Vectors {
	good: { text: string; item: Record<string, unknown> & { image: boolean } }[];
	bad: string[];
}

const found = import.meta.glob<Vectors>('../../../internal/media/testdata/values.json', {
	eager: true,
	import: 'default',
});
const vectors = Object.values(found)[0] ?? { good: [], bad: [] };
const hash = '0a'.repeat(32);

describe('the text of a file', () => {
	it('is read as the core reads it', () => {
		expect(vectors.good.length).toBeGreaterThan(5);
		for (const { text, item } of vectors.good) {
			const { image, ...fields } = item;
			const read = readMedia(hash, text);
			expect(read, text).toEqual({ hash, ...fields });
			if (read) expect(isImage(read), text).toBe(image);
		}
		for (const text of vectors.bad) expect(readMedia(hash, text), text).toBeNull();
		expect(readMedia('../etc/passwd', 'image/png|1|1|1|1|a|b')).toBeNull();
	});

	it('is read back as it was written, whatever the name', () => {
		for (const name of [
			'a|b.png',
			'שלום.png',
			'👩‍👩‍👧.png',
			`${'n'.repeat(300)}.png`,
			'zero\u200bwidth',
			'',
		]) {
			const text = writeMedia({
				kind: 'image/png',
				w: 3,
				h: 4,
				size: 5,
				rank: 6,
				name,
				alt: 'what | it\nshows',
			});
			expect(readMedia(hash, text)).toMatchObject({ w: 3, h: 4, size: 5, rank: 6, name: cleanName(name) });
			expect(readMedia(hash, text)?.alt).toBe('what | it shows');
		}
	});

	it('shows no name that looks like another', () => {
		expect(cleanName('photo\u202egnp.exe')).toBe('photognp.exe');
		expect(cleanName('\ufeffa\u200b\u2066b\u0000.txt')).toBe('ab.txt');
		expect(cleanName('../../etc/passwd')).toBe('..-..-etc-passwd');
		expect(new TextEncoder().encode(cleanName('é'.repeat(300))).length).toBeLessThanOrEqual(255);
	});
});

describe('the files of a card', () => {
	const register = (entry: string, value: string) => ({ field: Field.media, entry, value });

	it('are in their order, and what cannot be read is set apart', () => {
		const registers = [
			register('0'.repeat(64), 'image/png|1|1|1|7|late|'),
			register('1'.repeat(64), 'image/png|1|1|1|3|early|'),
			register('2'.repeat(64), '<script>'),
			{ field: Field.link, entry: '', value: 'image/png|1|1|1|3|no file|' },
		];
		const { items, unknown } = filesOf({ registers });
		expect(items.map((item) => item.name)).toEqual(['early', 'late']);
		expect(unknown).toEqual(['2'.repeat(64)]);
		expect(lastRank(items)).toBe(8);
		expect(leadingRank(items)).toBe(2);
		expect(leadingRank([])).toBeLessThan(lastRank([]));
	});
});
