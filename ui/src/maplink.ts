// Links of cards that lead to maps: how they are written, and which addresses of this
// site mean the same.

import { decodeId } from './core/bytes';
import { format, parse } from './router';

/** A map, or a card in one. */
export interface Target {
	id: string;
	card: string; // "" is the map as a whole
}

const scheme = 'map:';

/** Where a card's link leads, or null when that is no map. */
export function mapTarget(link: string): Target | null {
	if (!link.startsWith(scheme)) return null;
	const [id = '', card = '', ...more] = link.slice(scheme.length).split('/');
	if (!decodeId(id) || more.length > 0 || link.endsWith('/')) return null;
	return card === '' || decodeId(card) ? { id, card } : null;
}

/** The link that leads to a map. */
export function mapLink({ id, card }: Target): string {
	return card === '' ? scheme + id : `${scheme}${id}/${card}`;
}

/** The address of a map or a card on this site. */
export function addressOf({ id, card }: Target): string {
	return location.origin + format({ page: 'map', id, card });
}

/** What a link is kept as: an address of a map on this site is a link to that map. */
export function keptLink(text: string, origin: string): string {
	const plain = text.trim();
	let url: URL;
	try {
		url = new URL(plain);
	} catch {
		return plain;
	}
	const route = parse(url.pathname);
	if (url.origin !== origin || route.page !== 'map') return plain;
	return mapTarget(mapLink(route)) ? mapLink(route) : plain;
}
