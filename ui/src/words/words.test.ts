import { type AST, parse } from 'svelte/compiler';
import ts from 'typescript';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { de } from './de';
import { en } from './en';
import { firstKnown, languages } from './index';

type Files = Record<string, string>;
const components = import.meta.glob<string>('/src/**/*.svelte', {
	query: '?raw',
	import: 'default',
	eager: true,
}) as Files;
const scripts = import.meta.glob<string>(['/src/**/*.ts', '!/src/**/*.test.ts', '!/src/words/*'], {
	query: '?raw',
	import: 'default',
	eager: true,
}) as Files;
const sheets = import.meta.glob<string>('/src/base.css', {
	query: '?raw',
	import: 'default',
	eager: true,
}) as Files;

const spoken = ['aria-label', 'title', 'placeholder', 'alt', 'label', 'text', 'intro', 'action'];
// Not words: an example of an address.
const allowed = ['https://…'];
const word = /\p{L}{2}/u;
const sentence = /^\p{Lu}\p{Ll}+ \p{Ll}/u;

interface Node {
	type: string;
	[key: string]: unknown;
}

function isNode(value: unknown): value is Node {
	return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function children(node: Node): Node[] {
	return Object.entries(node)
		.filter(([key]) => key !== 'css')
		.flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
		.filter(isNode);
}

// Texts that an expression may show: not what it compares with, looks up or calls with.
function shown(node: Node): string[] {
	if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : [];
	if (node.type === 'TemplateElement') return [(node.value as { raw: string }).raw];
	if (['BinaryExpression', 'CallExpression', 'MemberExpression'].includes(node.type)) return [];
	if (node.type === 'ConditionalExpression')
		return [node.consequent, node.alternate].filter(isNode).flatMap(shown);
	return children(node).flatMap(shown);
}

// What a part of a template says to a person in words of its own.
function spokenBy(node: Node, key = false): string[] {
	if (node.type === 'Text') return key ? [] : [String(node.data)];
	if (node.type === 'Comment' || node.type === 'StyleDirective') return [];
	if (node.type === 'ExpressionTag') return key ? [] : shown(node);
	if (node.type === 'Attribute') {
		if (!spoken.includes(String(node.name))) return [];
		const value = (Array.isArray(node.value) ? node.value : [node.value]) as unknown[];
		return value.filter(isNode).flatMap((part) => spokenBy(part));
	}
	// Names of keys stay as they are written on keyboards.
	return children(node).flatMap((child) => spokenBy(child, key || node.name === 'kbd'));
}

function wordsOf(source: string): string[] {
	const { fragment } = parse(source, { modern: true }) satisfies AST.Root;
	return spokenBy(fragment as unknown as Node).filter((text) => word.test(text) && !allowed.includes(text));
}

// Literals of a script that a person will see: of a label, said aloud, or a sentence.
function literalsOf(source: string): string[] {
	const found: string[] = [];
	const look = (node: ts.Node): void => {
		const text = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? node.text : '';
		const head = ts.isTemplateExpression(node) ? node.head.text : text;
		if (sentence.test(head) || (word.test(text) && isLabel(node.parent))) found.push(head);
		ts.forEachChild(node, look);
	};
	look(ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true));
	return found;
}

function isLabel(parent: ts.Node): boolean {
	if (ts.isPropertyAssignment(parent)) return spoken.includes(parent.name.getText());
	if (ts.isBinaryExpression(parent)) return /\.(textContent|title|ariaLabel)$/.test(parent.left.getText());
	return ts.isCallExpression(parent) && /\bsay$/.test(parent.expression.getText());
}

function scriptsOf(source: string): string {
	return [...source.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map((match) => match[1]).join('\n');
}

describe('the words of the interface', () => {
	it('are in no template', () => {
		expect(Object.keys(components).length).toBeGreaterThan(30);
		const found = Object.entries(components).map(([path, source]) => [path, wordsOf(source)] as const);
		expect(found.filter(([, texts]) => texts.length > 0)).toEqual([]);
	});

	it('are in no script', () => {
		const sources = { ...scripts };
		for (const [path, source] of Object.entries(components)) sources[path] = scriptsOf(source);
		const found = Object.entries(sources).map(([path, source]) => [path, literalsOf(source)] as const);
		expect(found.filter(([, texts]) => texts.length > 0)).toEqual([]);
	});

	it('are said nowhere else', () => {
		const said = Object.entries(scripts).filter(([, source]) => /\.say\(\s*['"`]/.test(source));
		expect(said.map(([path]) => path)).toEqual([]);
	});

	it.each([
		'<p>Hello there</p>',
		'<button aria-label="Close"></button>',
		'<img alt="A map" />',
		'<p>{open ? "Close" : "Open"}</p>',
		'<input title="Remove {name}" />',
		'<p title={`Remove ' + '$' + '{name}`}>{1}</p>',
	])('would be found in %s', (source) => {
		expect(wordsOf(source)).not.toEqual([]);
	});

	it.each(['<kbd>Tab</kbd>', '<p class="hint">·</p>', '<p>{kind === "open" ? words.a : words.b}</p>'])(
		'are not in %s',
		(source) => {
			expect(wordsOf(source)).toEqual([]);
		},
	);

	it.each([
		"map.say('Gone')",
		"const x = { label: 'Gone' }",
		"return 'Something went wrong'",
		"a.textContent = 'No'",
	])('would be found in the script %s', (source) => {
		expect(literalsOf(source)).not.toEqual([]);
	});
});

type Entry = string | ((...args: never[]) => string);
type Catalogue = Record<string, Record<string, Entry>>;

// Words that German has in common with English.
const common = new Set([
	'alertNumbers.plain',
	'alertNumbers.speed',
	'watching.maps',
	'deliveries.syslog',
	'deliveries.webhook',
	'groups.map',
	'files.size',
	'common.product',
	'common.titled',
	'map.untitled',
	'maps.title',
	'tools.withKey',
	'zoom.label',
	'zoom.percent',
	'inspector.link',
	'colours.sand',
	'colours.orange',
	'colours.indigo',
	'keyNames.alt',
	'keyNames.tab',
	'keyNames.escape',
	'access.team',
	'shareLinks.title',
	'orgs.teams',
	'orgs.inTeam',
	'orgs.name',
	'account.name',
	'factors.passkeys',
	'signedBy.passkey',
	'history.span',
	'history.by',
	'history.spoken',
	'history.goTo',
	'timeline.moment',
	'timeline.times',
	'compare.renamedTo',
	'compare.line',
	'compare.property',
	'compare.value',
	'lastChange.row',
	'recoveryKey.fileName',
	'safety.tickMinute',
	'traits.link',
	'watch.live',
	'watch.unknown',
	'watch.end',
	'watchThings.other',
	'watchFacts.org',
	'watchFacts.agent',
	'traits.name',
]);

const catalogues: [string, Catalogue][] = [['de', de as Catalogue]];

function entries(catalogue: Catalogue): [string, Entry][] {
	return Object.entries(catalogue).flatMap(([group, texts]) =>
		Object.entries(texts).map(([key, text]): [string, Entry] => [`${group}.${key}`, text]),
	);
}

// A function is compared by what it says, with a list where one is expected.
function said(entry: Entry): string {
	if (typeof entry === 'string') return entry;
	const speak = entry as (...args: unknown[]) => string;
	try {
		return speak('3', '4', '5');
	} catch {
		return speak('3', ['4'], 5);
	}
}

describe.each(catalogues)('the language %s', (_, catalogue) => {
	const translated = new Map(entries(catalogue));

	it('says the same things as English', () => {
		expect([...translated.keys()].sort()).toEqual(
			entries(en)
				.map(([key]) => key)
				.sort(),
		);
		for (const [key, entry] of entries(en)) {
			const other = translated.get(key);
			expect(typeof other, key).toBe(typeof entry);
			if (typeof entry === 'function' && typeof other === 'function')
				expect(other.length, key).toBe(entry.length);
		}
	});

	it('says them in its own words', () => {
		const same = entries(en).filter(([key, entry]) => said(entry) === said(translated.get(key) ?? ''));
		expect(same.map(([key]) => key).filter((key) => !common.has(key))).toEqual([]);
	});

	it('is empty nowhere', () => {
		expect(entries(catalogue).filter(([, entry]) => said(entry).trim() === '')).toEqual([]);
	});
});

describe('plural forms', () => {
	it('know one from many', () => {
		expect(en.connection.notSaved(1)).toBe('1 change not saved yet');
		expect(en.connection.notSaved(2)).toBe('2 changes not saved yet');
		expect(de.connection.notSaved(1)).toBe('1 Änderung noch nicht gespeichert');
		expect(de.connection.notSaved(1200)).toBe('1.200 Änderungen noch nicht gespeichert');
	});
});

describe('the language of the page', () => {
	afterEach(() => {
		vi.unstubAllGlobals();
		vi.resetModules();
	});

	async function load(stored: string | null, wished: string[]) {
		const documentElement = { lang: '', dir: '' };
		vi.stubGlobal('localStorage', { getItem: () => stored });
		vi.stubGlobal('navigator', { languages: wished });
		vi.stubGlobal('document', { documentElement });
		vi.resetModules();
		const loaded = await import('./index');
		await loaded.loadWords();
		return { close: loaded.words.common.close, code: loaded.language(), ...documentElement };
	}

	it('is the first that there is of those the browser wishes', () => {
		expect(firstKnown(['fr-FR', 'de-AT', 'en'])).toBe('de');
		expect(firstKnown(['fr', 'en-GB', 'de'])).toBe('en');
		expect(firstKnown([])).toBe('en');
	});

	it('is there when the words are loaded', async () => {
		expect(await load(null, ['de-CH'])).toEqual({ close: 'Schließen', code: 'de', lang: 'de', dir: 'ltr' });
		expect(await load(null, ['fr'])).toEqual({ close: 'Close', code: 'en', lang: 'en', dir: 'ltr' });
	});

	it('is what the person chose', async () => {
		expect((await load('de', ['en-US'])).close).toBe('Schließen');
		expect((await load('en', ['de'])).close).toBe('Close');
		expect((await load('nonsense', ['de'])).close).toBe('Schließen');
	});

	it('is English where its words do not come', async () => {
		vi.doMock('./de', () => {
			throw new Error('offline');
		});
		expect(await load('de', ['de'])).toEqual({ close: 'Close', code: 'en', lang: 'en', dir: 'ltr' });
		vi.doUnmock('./de');
	});

	it('has a name in itself', () => {
		expect(languages.map(({ code }) => code)).toEqual(['en', 'de']);
	});
});

describe('styles', () => {
	// left: 50% centres; the editor of a title lies on the canvas, which has no direction.
	const physical =
		/(?:margin|padding|border)-(?:left|right)|^\s*(?:left|right): (?!50%)|text-align: (?:left|right)/m;

	it('know start and end, not left and right', () => {
		const styled = Object.entries({ ...components, ...sheets });
		expect(styled.filter(([, source]) => physical.test(source)).map(([path]) => path)).toEqual([]);
	});
});
