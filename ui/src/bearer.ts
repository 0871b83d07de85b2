// What this page shows beside its requests instead of a cookie: browsers send none from
// a frame in a page of another site. It is kept in memory alone.

let key = '';

/** Shows a key from now on. */
export function showKey(fresh: string): void {
	key = fresh;
}

/** Headers, with the key if there is one. */
export function keyed(headers: Record<string, string> = {}): Record<string, string> {
	return key === '' ? headers : { ...headers, authorization: `Embed ${key}` };
}
