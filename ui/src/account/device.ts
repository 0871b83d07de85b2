// What to call the device in hand, as a first guess at the name of a passkey.

const kinds: readonly [RegExp, string][] = [
	[/iPhone/, 'iPhone'],
	[/iPad/, 'iPad'],
	[/Android/, 'Android'],
	[/Windows/, 'Windows'],
	[/CrOS/, 'Chromebook'],
	[/Macintosh|Mac OS X/, 'Mac'],
	[/Linux/, 'Linux'],
];

/** The device that a browser says it runs on, or "". */
export function deviceName(agent: string): string {
	return kinds.find(([sign]) => sign.test(agent))?.[1] ?? '';
}
