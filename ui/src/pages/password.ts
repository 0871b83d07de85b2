// How we ask for a password: long, and kindly.

import { words } from '../words';

/** The fewest characters. */
export const leastPassword = 15;

/** What to say beside the field. */
export function passwordHint(value: string): string {
	const missing = leastPassword - Array.from(value).length;
	if (value === '') return words.password.hint;
	if (missing > 0) return words.password.missing(missing);
	return words.password.enough;
}
