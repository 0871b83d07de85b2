// A small Markdown: parsed to a tree, then built as DOM nodes. No text of a
// person ever becomes markup, so there is nothing to sanitise.

/** Inline content. */
export type Inline =
	| { kind: 'text'; text: string }
	| { kind: 'code'; text: string }
	| { kind: 'strong' | 'em' | 'del'; children: Inline[] }
	| { kind: 'link'; href: string; children: Inline[] }
	| { kind: 'break' };

/** Block content. */
export type Block =
	| { kind: 'paragraph'; children: Inline[] }
	| { kind: 'heading'; level: number; children: Inline[] }
	| { kind: 'code'; text: string }
	| { kind: 'quote'; children: Block[] }
	| { kind: 'list'; ordered: boolean; items: Inline[][] }
	| { kind: 'rule' };

const deepest = 8; // of quotes and emphasis; deeper is shown as text

/** Where a link may lead: nothing that runs in this page. */
export function safeHref(href: string): string | null {
	const trimmed = href.trim();
	if (/^(https?:\/\/|mailto:)/i.test(trimmed)) {
		try {
			return new URL(trimmed).href;
		} catch {
			return null;
		}
	}
	return /^\/(?![/\\])/.test(trimmed) ? trimmed : null;
}

/** Parses a body. */
export function parseMarkdown(source: string, depth = 0): Block[] {
	const lines = source.split(/\r\n?|\n/);
	const blocks: Block[] = [];
	let i = 0;
	while (i < lines.length) {
		const line = lines[i] ?? '';
		if (line.trim() === '') {
			i++;
			continue;
		}
		const [block, next] = readBlock(lines, i, depth);
		blocks.push(block);
		i = next;
	}
	return blocks;
}

// untail drops the marks that may close a heading.
function untail(text: string): string {
	let end = text.trimEnd().length;
	while (text[end - 1] === '#') end--;
	return text.slice(0, end).trim();
}

function readBlock(lines: string[], i: number, depth: number): [Block, number] {
	const line = lines[i] ?? '';
	if (/^\s*```/.test(line)) return readFence(lines, i);
	// Linear: what others wrote must not be able to stop the page.
	const heading = /^(#{1,6})[ \t]+(.*)$/.exec(line);
	if (heading) {
		return [
			{ kind: 'heading', level: heading[1]?.length ?? 1, children: parseInline(untail(heading[2] ?? '')) },
			i + 1,
		];
	}
	if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return [{ kind: 'rule' }, i + 1];
	if (/^\s*>/.test(line) && depth < deepest) {
		const end = runEnd(lines, i, (l) => /^\s*>/.test(l));
		const inner = lines.slice(i, end).map((l) => l.replace(/^\s*> ?/, ''));
		return [{ kind: 'quote', children: parseMarkdown(inner.join('\n'), depth + 1) }, end];
	}
	if (isItem(line)) return readList(lines, i);
	const end = Math.max(
		i + 1,
		runEnd(lines, i, (l) => l.trim() !== '' && !startsBlock(l)),
	);
	return [{ kind: 'paragraph', children: parseInline(lines.slice(i, end).join('\n')) }, end];
}

function runEnd(lines: string[], from: number, goesOn: (line: string) => boolean): number {
	let end = from;
	while (end < lines.length && goesOn(lines[end] ?? '')) end++;
	return end;
}

function isItem(line: string): boolean {
	return /^\s*([-*+]|\d{1,9}[.)])\s+/.test(line);
}

function startsBlock(line: string): boolean {
	return /^\s*(```|>|#{1,6}\s)/.test(line) || isItem(line);
}

function readFence(lines: string[], i: number): [Block, number] {
	const end = runEnd(lines, i + 1, (l) => !/^\s*```\s*$/.test(l));
	return [{ kind: 'code', text: lines.slice(i + 1, end).join('\n') }, end + 1];
}

function readList(lines: string[], i: number): [Block, number] {
	const ordered = /^\s*\d/.test(lines[i] ?? '');
	const end = runEnd(lines, i, isItem);
	const items = lines.slice(i, end).map((l) => parseInline(l.replace(/^\s*([-*+]|\d{1,9}[.)])\s+/, '')));
	return [{ kind: 'list', ordered, items }, end];
}

// Each alternative begins with its own mark, so no two fight over a character.
const inlineMark =
	/`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\b_([^_\s][^_]*)_\b|~~([^~]+)~~|\[([^[\]]{0,1000})\]\(([^()\s]+)\)|(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])|((?<! ) {2,9}\n|\\\n)/;

/** Parses a run of text. */
export function parseInline(text: string, depth = 0): Inline[] {
	const out: Inline[] = [];
	let rest = text;
	while (rest !== '') {
		const match = depth < deepest ? inlineMark.exec(rest) : null;
		if (!match) {
			out.push({ kind: 'text', text: rest });
			break;
		}
		if (match.index > 0) out.push({ kind: 'text', text: rest.slice(0, match.index) });
		out.push(inlineOf(match, depth + 1));
		rest = rest.slice(match.index + match[0].length);
	}
	return out;
}

function inlineOf(match: RegExpExecArray, depth: number): Inline {
	const [whole, code, strong, strong2, em, em2, del, label, href, bare, broken] = match;
	if (code !== undefined) return { kind: 'code', text: code };
	if (strong ?? strong2) return { kind: 'strong', children: parseInline(strong ?? strong2 ?? '', depth) };
	if (em ?? em2) return { kind: 'em', children: parseInline(em ?? em2 ?? '', depth) };
	if (del !== undefined) return { kind: 'del', children: parseInline(del, depth) };
	if (broken !== undefined) return { kind: 'break' };
	const target = safeHref(href ?? bare ?? '');
	if (target === null) return { kind: 'text', text: whole };
	const children: Inline[] = label ? parseInline(label, depth) : [{ kind: 'text', text: whole }];
	return { kind: 'link', href: target, children };
}

/** Builds the nodes of a body. */
export function renderMarkdown(source: string, doc: Document = document): DocumentFragment {
	const fragment = doc.createDocumentFragment();
	for (const block of parseMarkdown(source)) fragment.append(blockNode(block, doc));
	return fragment;
}

function blockNode(block: Block, doc: Document): Node {
	switch (block.kind) {
		case 'paragraph':
			return element(
				doc,
				'p',
				block.children.map((c) => inlineNode(c, doc)),
			);
		case 'heading':
			// The page has its own h1 and h2.
			return element(
				doc,
				`h${Math.min(6, block.level + 2)}`,
				block.children.map((c) => inlineNode(c, doc)),
			);
		case 'code':
			return element(doc, 'pre', [element(doc, 'code', [doc.createTextNode(block.text)])]);
		case 'quote':
			return element(
				doc,
				'blockquote',
				block.children.map((c) => blockNode(c, doc)),
			);
		case 'list':
			return element(
				doc,
				block.ordered ? 'ol' : 'ul',
				block.items.map((item) =>
					element(
						doc,
						'li',
						item.map((c) => inlineNode(c, doc)),
					),
				),
			);
		case 'rule':
			return doc.createElement('hr');
	}
}

function inlineNode(inline: Inline, doc: Document): Node {
	switch (inline.kind) {
		case 'text':
			return doc.createTextNode(inline.text);
		case 'code':
			return element(doc, 'code', [doc.createTextNode(inline.text)]);
		case 'break':
			return doc.createElement('br');
		case 'link': {
			const link = element(
				doc,
				'a',
				inline.children.map((c) => inlineNode(c, doc)),
			);
			link.setAttribute('href', inline.href);
			link.setAttribute('rel', 'noopener noreferrer nofollow');
			link.setAttribute('target', '_blank');
			return link;
		}
		case 'strong':
		case 'em':
		case 'del':
			return element(
				doc,
				inline.kind,
				inline.children.map((c) => inlineNode(c, doc)),
			);
	}
}

function element(doc: Document, name: string, children: Node[]): HTMLElement {
	const node = doc.createElement(name);
	node.append(...children);
	return node;
}
