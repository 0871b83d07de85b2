import { describe, expect, it } from 'vitest';
import { actsDe } from '../words/acts.de';
import { actsEn } from '../words/acts.en';
import { actsOf, allGroups, groupOf, isGroup, usualGroups } from './acts';

const server = import.meta.glob<string>('../../../internal/audit/{routes,acts}.go', {
	query: '?raw',
	import: 'default',
	eager: true,
});

/** The names of acts in the server's tables. */
function known(): string[] {
	const text = Object.values(server).join('\n');
	const forms = [
		/meaning\{"([\w.]+)"/g, // of an address
		/Act += "([\w.]+)"/g, // of a constant
		/^\t\t"[\w ]+": +"([\w.]+)",$/gm, // of a command
	];
	return [...new Set(forms.flatMap((form) => [...text.matchAll(form)].map(([, act]) => act ?? '')))].sort();
}

describe('every act of the server', () => {
	it('is found in its tables', () => {
		expect(known().length).toBeGreaterThan(150);
		for (const act of ['signin', 'map.push', 'server.start', 'command.trust', 'page.read', 'audit.gap'])
			expect(known()).toContain(act);
	});

	it('is in one group', () => {
		expect(actsOf(allGroups).sort()).toEqual(known());
	});

	it.each([
		['English', actsEn.acts],
		['German', actsDe.acts],
	])('has a sentence in %s', (_, acts) => {
		expect(Object.keys(acts).sort()).toEqual(known());
		for (const [act, say] of Object.entries(acts))
			for (const tried of [false, true]) {
				const text = say('Ada', 'map $&', tried);
				expect(text, act).toMatch(/^Ada [\p{L}{]/u);
				expect(text, act).not.toMatch(/[{}]| {2}| $/);
				if (tried) expect(text, act).not.toBe(say('Ada', 'map $&', false));
			}
	});
});

it('what this page does not know is of the server, and seen', () => {
	expect(groupOf('nothing.known')).toBe('server');
	expect(groupOf('toString')).toBe('server');
	expect(usualGroups).toContain('server');
	expect(isGroup('toString')).toBe(false);
});
