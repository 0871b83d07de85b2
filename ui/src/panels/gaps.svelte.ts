// Which questions this person wants to be asked: kept in this browser.

import type { Editor } from '../canvas/editor';
import { encodeId } from '../core/bytes';
import type { Gap } from '../core/model';

const key = 'plectica.questions';
const most = 500; // questions that are remembered as not wanted

interface Stored {
	asking: boolean;
	keys: string[];
}

class Dismissed {
	private stored: Stored = $state.raw(read());
	readonly keys: ReadonlySet<string> = $derived(new Set(this.stored.keys));

	/** Whether questions are asked at all. */
	get asking(): boolean {
		return this.stored.asking;
	}

	set asking(on: boolean) {
		this.write({ ...this.stored, asking: on });
	}

	/** Never asks this one again. */
	add(gap: string): void {
		this.write({ ...this.stored, keys: [...this.stored.keys, gap].slice(-most) });
	}

	private write(next: Stored): void {
		this.stored = next;
		localStorage.setItem(key, JSON.stringify(next));
	}
}

/** What this person does not want to be asked. */
export const dismissed = new Dismissed();

/** Takes a question away for good. */
export function dismiss(gap: string): void {
	dismissed.add(gap);
}

/** The name of a question, the same in every session: by ids, not numbers. */
export function gapKey(editor: Editor, gap: Gap): string {
	const ids = editor.desk.use((core) => [gap.a, gap.b].map((num) => encodeId(core.ident(num))), []);
	return [gap.kind, ...ids].join(' ');
}

function read(): Stored {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(key) ?? '');
		if (typeof value === 'object' && value !== null && 'asking' in value && 'keys' in value) {
			const keys = Array.isArray(value.keys) ? value.keys.filter((k) => typeof k === 'string') : [];
			return { asking: value.asking !== false, keys: keys.slice(-most) };
		}
	} catch {
		// nothing was stored yet, or not by us
	}
	return { asking: true, keys: [] };
}
