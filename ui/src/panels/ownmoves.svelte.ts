// Structures a person kept for themselves, in this browser.

const key = 'plectica.structures';
const most = 50;

/** A kept structure: copied cards under a name. */
export interface Own {
	name: string;
	fragment: string; // base64
}

class OwnMoves {
	list: readonly Own[] = $state.raw(read());

	/** Keeps one, in the place of one of the same name; false when there is no room. */
	add(name: string, fragment: string): boolean {
		const next = [...this.list.filter((o) => o.name !== name), { name, fragment }];
		return next.length <= most && this.write(next);
	}

	/** Forgets one. */
	remove(name: string): void {
		this.write(this.list.filter((o) => o.name !== name));
	}

	private write(next: Own[]): boolean {
		try {
			localStorage.setItem(key, JSON.stringify(next));
		} catch {
			return false;
		}
		this.list = next;
		return true;
	}
}

/** The structures this person kept. */
export const own = new OwnMoves();

function read(): Own[] {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
		return Array.isArray(value) ? value.filter(isOwn).slice(0, most) : [];
	} catch {
		return []; // not written by us
	}
}

function isOwn(value: unknown): value is Own {
	return (
		typeof value === 'object' &&
		value !== null &&
		'name' in value &&
		typeof value.name === 'string' &&
		'fragment' in value &&
		typeof value.fragment === 'string'
	);
}
