// What those are called who take part in a map.

import { SvelteMap } from 'svelte/reactivity';
import { access } from '../accessapi';

const everyMs = 30_000; // asked for again no more often

/** The names in one map, by account. */
export class Names {
	private readonly known = new SvelteMap<string, string>();
	private asked = -everyMs;

	constructor(private readonly map: string) {}

	/** A name, or "" while it is not known. */
	of(account: string): string {
		const name = this.known.get(account);
		if (name === undefined) void this.ask();
		return name ?? '';
	}

	private async ask(): Promise<void> {
		const now = performance.now();
		if (now - this.asked < everyMs) return;
		this.asked = now;
		try {
			const { names } = await access.names(this.map);
			for (const [account, name] of Object.entries(names)) this.known.set(account, name);
		} catch {
			// Offline: it is asked again with the next object.
		}
	}
}
