// A router over the browser's history: a handful of pages, no library.

/** A page of the product. */
export type Route =
	| { page: 'maps'; place: Place }
	// card: where to go in it, or ""; past: the change whose state is shown, 0 the newest
	| { page: 'map'; id: string; card: string; past?: number }
	| { page: 'signin' }
	| { page: 'signup' }
	| { page: 'first' }
	| { page: 'forgot' }
	| { page: 'reset' }
	| { page: 'verify' } // proves an address
	| { page: 'email' } // confirms another address
	| { page: 'join' } // by an invitation
	| { page: 'open' } // by a link to a map
	| { page: 'org'; id: string } // its people and rules
	| { page: 'account' }
	| { page: 'site' } // of whoever runs it
	| { page: 'watch' } // what was done on it
	| { page: 'embed'; id: string } // a map in a page of another site
	| { page: 'lost' };

/** Whose maps are shown: all, one's own, those of others, or what lies in a place. */
export type Place = { kind: 'all' | 'mine' | 'shared' } | { kind: 'org' | 'folder'; id: string };

/** Which page a path names. */
export function parse(path: string): Route {
	const parts = path.split('/').filter((part) => part !== '');
	const [first, second, third, fourth] = parts;
	if (parts.length === 0) return { page: 'maps', place: { kind: 'all' } };
	if (parts.length === 1) {
		switch (first) {
			case 'maps':
				return { page: 'maps', place: { kind: 'all' } };
			case 'mine':
			case 'shared':
				return { page: 'maps', place: { kind: first } };
			case 'account':
			case 'join':
			case 'open':
			case 'signin':
			case 'signup':
			case 'first':
			case 'forgot':
			case 'reset':
			case 'verify':
			case 'email':
			case 'site':
				return { page: first };
		}
	}
	if (first === 'site' && second === 'watch' && parts.length === 2) return { page: 'watch' };
	if (
		isId(second) &&
		first === 'orgs' &&
		(parts.length === 2 || (parts.length === 3 && third === 'people'))
	) {
		return third ? { page: 'org', id: second } : { page: 'maps', place: { kind: 'org', id: second } };
	}
	if (isId(second) && first === 'embed' && parts.length === 2) return { page: 'embed', id: second };
	if (isId(second) && first === 'folders' && parts.length === 2) {
		return { page: 'maps', place: { kind: 'folder', id: second } };
	}
	if (first !== 'maps' || !isId(second)) return { page: 'lost' };
	if (parts.length === 2) return { page: 'map', id: second, card: '' };
	if (third === 'history' && parts.length <= 4) {
		if (parts.length === 4 && !/^[1-9]\d{0,14}$/.test(fourth ?? '')) return { page: 'lost' };
		return { page: 'map', id: second, card: '', past: Number(fourth ?? 0) };
	}
	// An earlier tool wrote edit.
	if (parts.length === 4 && (third === 'card' || third === 'edit') && isId(fourth)) {
		return { page: 'map', id: second, card: fourth };
	}
	return { page: 'lost' };
}

function isId(part: string | undefined): part is string {
	return part !== undefined && /^[0-9a-v]{26}$/.test(part);
}

/** The path of a page. */
export function format(route: Route): string {
	switch (route.page) {
		case 'maps':
			return pathOf(route.place);
		case 'org':
			return `/orgs/${route.id}/people`;
		case 'map':
			if (route.past !== undefined)
				return `/maps/${route.id}/history${route.past === 0 ? '' : `/${route.past}`}`;
			return route.card === '' ? `/maps/${route.id}` : `/maps/${route.id}/card/${route.card}`;
		case 'lost':
			return '/';
		case 'watch':
			return '/site/watch';
		case 'embed':
			return `/embed/${route.id}`;
		case 'signin':
		case 'signup':
		case 'first':
		case 'forgot':
		case 'reset':
		case 'verify':
		case 'email':
		case 'join':
		case 'open':
		case 'account':
		case 'site':
			return `/${route.page}`;
	}
}

function pathOf(place: Place): string {
	switch (place.kind) {
		case 'all':
			return '/maps';
		case 'mine':
		case 'shared':
			return `/${place.kind}`;
		case 'org':
			return `/orgs/${place.id}`;
		case 'folder':
			return `/folders/${place.id}`;
	}
}

/** The secret in the address's fragment, which the browser sends to no server. */
export function secretOf(hash: string): string {
	return hash.startsWith('#') ? decodeSafely(hash.slice(1)) : '';
}

function decodeSafely(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return '';
	}
}

// Where nobody wants to be once they are signed in.
const before: readonly Route['page'][] = [
	'lost',
	'signin',
	'signup',
	'first',
	'forgot',
	'reset',
	'verify',
	'email',
];

/** Where to go after signing in: a path of this site only. */
export function safeReturn(path: string | null): string {
	if (path === null || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path)) return '/maps';
	// Read as the browser will: dots in it are gone afterwards, and what is left may begin
	// as the address of another site does.
	const base = 'https://here.invalid';
	const url = URL.canParse(path, base) ? new URL(path, base) : null;
	if (url?.origin !== base || url.pathname.startsWith('//')) return '/maps';
	if (before.includes(parse(url.pathname).page)) return '/maps';
	return url.pathname + url.search;
}

/** Where the sign-in page was asked to lead to. */
export function returnOf(search: string): string {
	const asked = new URLSearchParams(search);
	return safeReturn(asked.get('then') ?? asked.get('to'));
}

/** The word for why somebody came back from another site without success, or "". */
export function failedOf(search: string): string {
	return new URLSearchParams(search).get('failed') ?? '';
}

/** The address of the sign-in page that leads on to a path. */
export function signInTo(then: string): string {
	return `/signin?then=${encodeURIComponent(then)}`;
}
