// The records a page shows: searched for, walked back through, and added to as they come.

import { say } from '../api';
import type { Entry, Found } from './api';
import { noRows, type Rows, withNew, withOld } from './rows';

/** How the server is asked for records. */
export type Ask = (query: URLSearchParams) => Promise<Found>;

// A search looks only so far back at once: it is gone on with while it finds nothing.
const mostTries = 8;

/** The records of one list. */
export class Log {
	rows: Rows = $state.raw(noRows);
	/** Before which record to go on; 0: there is nothing earlier. */
	next = $state(0);
	/** Older records are there no more. */
	gone = $state(false);
	busy = $state(false);
	/** Whether something was searched for and answered. */
	asked = $state(false);
	trouble = $state('');
	#query = new URLSearchParams();
	#turn = 0; // only the last search's answer counts

	constructor(
		private readonly ask: Ask,
		/** How many records come at once. */
		private readonly page = 100,
	) {}

	/** Searches anew. What is shown stays until the answer is there. */
	async search(query: URLSearchParams): Promise<void> {
		this.#query = query;
		await this.#look(0, (found) => {
			this.rows = { list: found, cutNew: false, cutOld: false };
		});
	}

	/** Goes on with what is earlier. */
	async earlier(): Promise<void> {
		const from = this.rows.cutOld ? (this.rows.list.at(-1)?.seq ?? 0) : this.next;
		if (from === 0 || this.busy) return;
		await this.#look(from, (found) => {
			this.rows = withOld(this.rows, found);
		});
	}

	/** Whether there may be something earlier. */
	get more(): boolean {
		return this.next > 0 || this.rows.cutOld;
	}

	/** Adds what came just now. */
	add(fresh: readonly Entry[]): void {
		this.rows = withNew(this.rows, fresh);
	}

	async #look(before: number, take: (found: readonly Entry[]) => void): Promise<void> {
		const mine = ++this.#turn;
		this.busy = true;
		this.trouble = '';
		try {
			let found: Found = { records: [], next: before };
			for (let i = 0; i < mostTries && found.records.length === 0; i++) {
				const query = new URLSearchParams(this.#query);
				query.set('limit', String(this.page));
				if (found.next) query.set('before', String(found.next));
				found = await this.ask(query);
				if (mine !== this.#turn) return;
				if (!found.next) break;
			}
			take(found.records);
			this.next = found.next ?? 0;
			this.gone = found.gone ?? false;
			this.asked = true;
		} catch (error) {
			if (mine === this.#turn) this.trouble = say(error);
		} finally {
			if (mine === this.#turn) this.busy = false;
		}
	}
}
