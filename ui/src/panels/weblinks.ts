// Addresses on cards: which are allowed, and what a card is called that was made of one.

const mostLink = 2000; // characters
const mostTitle = 60; // characters

/** Where links of this product's own begin; they are not for a browser. */
export const mapLink = 'map:';

/** An address as it is kept; null for what may not be one. Nothing that runs in a page
 * gets through, and nothing is asked over the network. */
export function linkOf(text: string): string | null {
	const trimmed = text.trim();
	if (trimmed === '' || trimmed.length > mostLink || /[\s\p{Cc}]/u.test(trimmed)) return null;
	if (trimmed.startsWith(mapLink)) return trimmed;
	if (/^(https?:\/\/|mailto:)/i.test(trimmed)) return parsed(trimmed);
	// What people write without its beginning: example.org/page
	return /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(:\d+)?([/?#]|$)/u.test(trimmed)
		? parsed(`https://${trimmed}`)
		: null;
}

function parsed(text: string): string | null {
	try {
		const { href, protocol, hostname, pathname } = new URL(text);
		if (protocol === 'mailto:') return pathname.includes('@') ? href : null;
		return hostname === '' ? null : href;
	} catch {
		return null;
	}
}

/** The address that a text is, and nothing else; null for any other text. */
export function bareLink(text: string): string | null {
	return /^\s*(https?:\/\/|mailto:)\S+\s*$/i.test(text) ? linkOf(text) : null;
}

/** What a card is called that was made of an address. */
export function linkTitle(link: string): string {
	const { protocol, hostname, pathname, search } = new URL(link);
	const path = protocol === 'mailto:' ? pathname : `${hostname.replace(/^www\./, '')}${pathname}${search}`;
	const title = readable(path).replace(/\/$/, '');
	const letters = [...title];
	return letters.length > mostTitle ? `${letters.slice(0, mostTitle - 1).join('')}…` : title;
}

function readable(path: string): string {
	try {
		return decodeURI(path).replace(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069]/gu, '');
	} catch {
		return path;
	}
}

const breaks = new Set(
	'p div br li ul ol tr table h1 h2 h3 h4 h5 h6 section article blockquote pre'.split(' '),
);
const silent = new Set(['script', 'style', 'template', 'head']);
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The words of a page's source: no element of it is ever made. One pass: what others
 * wrote must not be able to stop the page. */
export function textOfHtml(html: string): string {
	const plain = html.replace(/[A-Z]/g, (c) => c.toLowerCase());
	let out = '';
	for (let i = 0; i < html.length; ) {
		const tag = upTo(plain, '<', i);
		out += html.slice(i, tag).replace(/\s+/g, ' ');
		const close = plain.startsWith('<!--', tag) ? '-->' : '>';
		i = upTo(plain, close, tag) + close.length;
		const name = /^<\/?([a-z][a-z0-9]*)/.exec(plain.slice(tag, tag + 12))?.[1] ?? '';
		if (breaks.has(name)) out += '\n';
		else if (silent.has(name) && plain[tag + 1] !== '/') i = upTo(plain, `</${name}`, i);
	}
	return unescaped(out)
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '')
		.join('\n');
}

// upTo is where a mark comes next, or the end.
function upTo(text: string, mark: string, from: number): number {
	const at = text.indexOf(mark, from);
	return at < 0 ? text.length : at;
}

function unescaped(text: string): string {
	return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,8}));/gi, (whole, dec, hex, name) => {
		if (name) return entities[String(name).toLowerCase()] ?? whole;
		const code = dec ? Number(dec) : Number.parseInt(hex, 16);
		return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
	});
}
