// Who is addressed in a message: names after an @.

/** Somebody who can be addressed. */
export interface Person {
	account: string;
	name: string;
}

/** A piece of a message: a name that is addressed, or what is between. */
export interface Piece {
	text: string;
	mention: boolean;
}

const mostOffered = 6;
const longestName = 60; // characters between the @ and the caret

/** What was typed after an @ before the caret, and where the @ is; null outside of one. */
export function asked(text: string, caret: number): { from: number; query: string } | null {
	const from = text.lastIndexOf('@', caret - 1);
	if (from < 0 || caret - from > longestName) return null;
	// An address of e-mail is nobody's name.
	if (from > 0 && /[\p{L}\p{N}]/u.test(text[from - 1] ?? '')) return null;
	const query = text.slice(from + 1, caret);
	return /[\n@]/.test(query) ? null : { from, query };
}

/** The people whose name begins with what was typed, or has a word that does. */
export function offered(people: readonly Person[], query: string): Person[] {
	const wanted = query.toLocaleLowerCase();
	return people
		.filter(({ name }) => {
			const lower = name.toLocaleLowerCase();
			return lower.startsWith(wanted) || lower.includes(` ${wanted}`);
		})
		.slice(0, mostOffered);
}

/** The text with a name in place of what was typed after the @, and where the caret goes. */
export function complete(
	text: string,
	caret: number,
	from: number,
	name: string,
): { text: string; caret: number } {
	const put = `@${name} `;
	return { text: text.slice(0, from) + put + text.slice(caret), caret: from + put.length };
}

/** The accounts that a message addresses. */
export function mentioned(text: string, people: readonly Person[]): string[] {
	return people.filter(({ name }) => name !== '' && has(text, name)).map(({ account }) => account);
}

// The longest name wins: "@Ann Lee" is not also "@Ann".
function has(text: string, name: string): boolean {
	for (let at = text.indexOf(`@${name}`); at >= 0; at = text.indexOf(`@${name}`, at + 1))
		if (!/[\p{L}\p{N}]/u.test(text[at + 1 + name.length] ?? '')) return true;
	return false;
}

/** A message cut at the names it addresses. */
export function pieces(text: string, names: readonly string[]): Piece[] {
	const out: Piece[] = [];
	const longest = [...names].filter(Boolean).sort((a, b) => b.length - a.length);
	let from = 0;
	for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
		const name = longest.find((n) => text.startsWith(n, at + 1));
		if (!name || at < from) continue;
		if (at > from) out.push({ text: text.slice(from, at), mention: false });
		from = at + 1 + name.length;
		out.push({ text: text.slice(at, from), mention: true });
	}
	if (from < text.length) out.push({ text: text.slice(from), mention: false });
	return out;
}
