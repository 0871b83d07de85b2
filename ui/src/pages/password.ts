// How we ask for a password: long, and kindly.

/** The fewest characters. */
export const leastPassword = 15;

/** What to say beside the field. */
export function passwordHint(value: string): string {
	const missing = leastPassword - Array.from(value).length;
	if (value === '')
		return 'At least 15 characters. A few words you will remember are better than signs you will not.';
	if (missing > 0)
		return missing === 1 ? 'One more character.' : `${missing} more characters. Add another word?`;
	return 'Long enough.';
}
