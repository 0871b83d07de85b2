// What calls itself so: the name of a browser, from what it says of itself.

const browsers: readonly [RegExp, string][] = [
	[/\bEdgA?\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\b(Firefox|FxiOS)\//, 'Firefox'],
	[/\bHeadlessChrome\//, 'Chrome'],
	[/\b(Chrome|CriOS|Chromium)\//, 'Chrome'],
	[/\bVersion\/\S+ .*Safari\//, 'Safari'],
];

const mostLetters = 24;

/** The browser or program that an agent names, short enough for a row, or "". */
export function browserName(agent: string): string {
	const known = browsers.find(([sign]) => sign.test(agent))?.[1];
	if (known) return known;
	const first = /^[^\s/;()]+/.exec(agent)?.[0] ?? '';
	return first.length > mostLetters ? `${first.slice(0, mostLetters - 1)}…` : first;
}
