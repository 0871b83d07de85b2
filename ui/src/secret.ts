// Secrets of links: they are in the fragment of the address, which the browser sends to
// no server, and leave it as soon as they are read.

import { secretOf } from './router';

const key = 'plectica.secret';

/** Reads the secret and takes it out of the address bar and the history. */
export function takeSecret(): string {
	const secret = secretOf(location.hash);
	if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
	return secret;
}

/** Keeps the secret in this tab while the person signs in elsewhere. */
export function carrySecret(): void {
	const secret = secretOf(location.hash);
	if (secret !== '') sessionStorage.setItem(key, secret);
}

/** The secret in the address, or the one that was carried past another site. */
export function carriedSecret(): string {
	const carried = sessionStorage.getItem(key) ?? '';
	sessionStorage.removeItem(key);
	return secretOf(location.hash) || carried;
}
