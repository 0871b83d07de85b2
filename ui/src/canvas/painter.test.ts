import { describe, expect, it } from 'vitest';
import { Field } from '../core/model';
import { TextCache } from './painter';

// A core that says which text it was asked for, and counts.
function cache() {
	const asked: string[] = [];
	const core = {
		text: (num: number, field: number) => {
			asked.push(`${num} ${field}`);
			return { text: `${num} ${field}`, rev: 0 };
		},
	};
	const desk = { use: (ask: (c: typeof core) => unknown) => ask(core) };
	return { texts: new TextCache(desk as unknown as ConstructorParameters<typeof TextCache>[0]), asked };
}

describe('the texts that are painted', () => {
	it('are those that were asked for, also at the ends of a relationship', () => {
		const { texts } = cache();
		for (const num of [1, 2, 5, 6, 7])
			for (const field of [Field.title, Field.body, Field.action, Field.reaction])
				expect(texts.get(num, field, 3)).toBe(`${num} ${field}`);
	});

	it('are fetched once for each revision', () => {
		const { texts, asked } = cache();
		for (const rev of [3, 3, 4]) texts.get(1, Field.action, rev);
		expect(asked.length).toBe(2);
	});
});
