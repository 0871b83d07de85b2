// Structures a person kept for themselves: the names in one list, each structure under a
// name of its own, so that the list stays small.

import { account } from '../account.svelte';
import { kept } from '../kept';

const listName = 'structures';
const most = 50;
const longest = 56_000; // characters of one structure: the server keeps no more

/** A kept structure. */
export interface Own {
	name: string;
	key: string; // what it is kept under
}

class OwnMoves {
	list: readonly Own[] = $state.raw([]);
	private of = ''; // whose list it is
	private known = false; // an unknown list must not be replaced

	/** Reads the list. */
	async load(): Promise<void> {
		const me = account.me?.id ?? '';
		if (me === '') return;
		if (this.of !== me) this.list = [];
		const { known, value } = await kept.load(me, listName);
		this.of = me;
		this.known = known;
		this.list = Array.isArray(value) ? value.filter(isOwn).slice(0, most) : [];
	}

	/** Keeps one, in the place of one of the same name; false when there is no room or no answer. */
	async add(name: string, fragment: string): Promise<boolean> {
		await this.load(); // another device may have kept some
		const rest = this.list.filter((o) => o.name !== name);
		if (!this.known || rest.length >= most || fragment.length > longest) return false;
		const key = `structure-${crypto.randomUUID()}`;
		if (!(await kept.save(this.of, key, fragment))) return false;
		const before = this.list;
		this.list = [...rest, { name, key }];
		if (!(await kept.save(this.of, listName, this.list))) {
			this.list = before;
			return false;
		}
		await this.forget(before.filter((o) => o.name === name));
		return true;
	}

	/** What was copied, as it was kept; null when it cannot be had now. */
	async fragment(own: Own): Promise<string | null> {
		const { value } = await kept.load(this.of, own.key);
		return typeof value === 'string' ? value : null;
	}

	/** Forgets one. */
	async remove(own: Own): Promise<void> {
		this.list = this.list.filter((o) => o.key !== own.key);
		if (await kept.save(this.of, listName, this.list)) await this.forget([own]);
	}

	private async forget(list: readonly Own[]): Promise<void> {
		for (const { key } of list) await kept.save(this.of, key, null);
	}
}

/** The structures this person kept. */
export const own = new OwnMoves();

function isOwn(value: unknown): value is Own {
	return (
		typeof value === 'object' &&
		value !== null &&
		'name' in value &&
		typeof value.name === 'string' &&
		'key' in value &&
		typeof value.key === 'string'
	);
}
