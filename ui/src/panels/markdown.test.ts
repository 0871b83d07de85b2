import { describe, expect, it } from 'vitest';
import { parseInline, parseMarkdown, safeHref } from './markdown';

describe('links', () => {
	it.each([
		'javascript:alert(1)',
		' JaVaScRiPt:alert(1)',
		'java\nscript:alert(1)',
		'data:text/html,<script>',
		'vbscript:x',
		'//evil.example',
		'/\\evil.example',
		'file:///etc/passwd',
		'https://[bad',
	])('refuse %j', (href) => {
		expect(safeHref(href)).toBeNull();
	});
	it.each(['https://example.org/a?b#c', 'mailto:a@example.org', '/maps'])('take %s', (href) => {
		expect(safeHref(href)).toBe(href);
	});
	it('that are refused stay text', () => {
		expect(parseInline('[x](javascript:alert(1))').every((n) => n.kind === 'text')).toBe(true);
	});
});

describe('markup of others', () => {
	it('is text', () => {
		const source = '<img src=x onerror=alert(1)> <script>alert(1)</script>';
		expect(parseMarkdown(source)).toEqual([
			{ kind: 'paragraph', children: [{ kind: 'text', text: source }] },
		]);
	});
});

describe('blocks', () => {
	it('are told apart', () => {
		const kinds = parseMarkdown(
			'# Title\n\ntext\nmore\n\n- a\n- b\n\n1. x\n\n> quote\n\n---\n\n```\n<b>\n```',
		).map((b) => b.kind);
		expect(kinds).toEqual(['heading', 'paragraph', 'list', 'list', 'quote', 'rule', 'code']);
	});
	it('end, also without an end mark', () => {
		expect(parseMarkdown('```\nopen')).toEqual([{ kind: 'code', text: 'open' }]);
		expect(parseMarkdown('#hash')).toEqual([
			{ kind: 'paragraph', children: [{ kind: 'text', text: '#hash' }] },
		]);
	});
});

describe('inline', () => {
	it('nests', () => {
		expect(parseInline('a **b `c`** d')).toEqual([
			{ kind: 'text', text: 'a ' },
			{
				kind: 'strong',
				children: [
					{ kind: 'text', text: 'b ' },
					{ kind: 'code', text: 'c' },
				],
			},
			{ kind: 'text', text: ' d' },
		]);
	});
	it('leaves snake_case alone', () => {
		expect(parseInline('some_long_name')).toEqual([{ kind: 'text', text: 'some_long_name' }]);
	});
	it('ends in time on hostile input', () => {
		const start = performance.now();
		parseMarkdown('*'.repeat(50_000));
		parseMarkdown('['.repeat(50_000));
		parseMarkdown('>'.repeat(50_000));
		parseMarkdown(`# ${' #'.repeat(50_000)}x`);
		parseMarkdown(`a${' '.repeat(100_000)}b`);
		parseMarkdown(`[${'[a]'.repeat(50_000)}`);
		expect(performance.now() - start).toBeLessThan(5000);
	});
});
