import { describe, expect, it } from 'vitest';
import { bareLink, linkOf, linkTitle, textOfHtml } from './weblinks';

describe('an address', () => {
	it('is of the web or of somebody', () => {
		expect(linkOf(' https://example.org/a?b#c ')).toBe('https://example.org/a?b#c');
		expect(linkOf('HTTP://Example.org')).toBe('http://example.org/');
		expect(linkOf('example.org/page')).toBe('https://example.org/page');
		expect(linkOf('mailto:ada@example.org')).toBe('mailto:ada@example.org');
		expect(linkOf('map:0123/4567')).toBe('map:0123/4567');
	});

	it.each([
		'',
		'javascript:alert(1)',
		'JaVaScRiPt:alert(1)',
		'java\nscript:alert(1)',
		' data:text/html,<script>x</script>',
		'vbscript:x',
		'file:///etc/passwd',
		'blob:https://example.org/x',
		'ftp://example.org',
		'https://',
		'mailto:',
		'//example.org',
		'two words',
		`https://example.org/${'x'.repeat(3000)}`,
	])('is not %s', (text) => {
		expect(linkOf(text)).toBeNull();
		expect(bareLink(text)).toBeNull();
	});

	it('stands alone, or is a text', () => {
		expect(bareLink('  https://example.org/  ')).toBe('https://example.org/');
		expect(bareLink('see https://example.org/')).toBeNull();
		expect(bareLink('https://a.example\nhttps://b.example')).toBeNull();
		expect(bareLink('example.org')).toBeNull();
	});

	it('gives a card its name', () => {
		expect(linkTitle('https://www.example.org/')).toBe('example.org');
		expect(linkTitle('https://example.org/wiki/W%C3%A4rme')).toBe('example.org/wiki/Wärme');
		expect(linkTitle('mailto:ada@example.org')).toBe('ada@example.org');
		expect([...linkTitle(`https://example.org/${'x'.repeat(200)}`)].length).toBe(60);
		expect(linkTitle('https://example.org/%E2%80%AEgnp.exe')).toBe('example.org/gnp.exe');
	});
});

describe('the source of a page', () => {
	it('is words alone', () => {
		expect(textOfHtml('<p>Rain &amp; <b>snow</b></p><ul><li>hail</li><li>fog</li></ul>')).toBe(
			'Rain & snow\nhail\nfog',
		);
		expect(
			textOfHtml('<script>alert(1)</script>rain<style>p{}</style><!-- no --> <img src=x onerror=alert(1)>'),
		).toBe('rain');
		expect(textOfHtml('rain<script>alert(1)')).toBe('rain');
		expect(textOfHtml('a &lt;b&gt; &#60;i&#62; &#x202e;')).toBe('a <b> <i> \u202e');
		expect(textOfHtml('<'.repeat(1000))).toBe('');
	});

	it('takes no longer when it is long', () => {
		const start = performance.now();
		textOfHtml('<p '.repeat(100_000));
		textOfHtml('<script>'.repeat(20_000));
		expect(performance.now() - start).toBeLessThan(5000);
	});
});
