// The journal of one queue of edits: entries in IndexedDB, in the order the core
// gave them out. An edit may be sent only after its entry is durable, so local
// entries are written at once; what others did is written lazily, but never
// after a local entry that followed it.

import { type Bytes, encodeId, randomId } from './bytes';

/** Where entries are kept. The browser's is IndexedDB; tests have a small one. */
export interface EntryStore {
	load(queue: string): Promise<StoredEntry[]>;
	append(queue: string, entries: readonly Bytes[]): Promise<void>;
	replace(queue: string, entry: Bytes): Promise<void>;
	remove(queue: string, key: number): Promise<void>;
	drop(queue: string): Promise<void>;
}

/** An entry and its key, which rises within the store. */
export interface StoredEntry {
	key: number;
	data: Bytes;
}

/** One queue: the client, the map and the account it belongs to. */
export interface QueueName {
	client: Bytes;
	map: Bytes;
	account: Bytes;
}

/** The queue's key in stores and lock names. */
export function queueKey(name: QueueName): string {
	return `${encodeId(name.map)}.${encodeId(name.account)}.${encodeId(name.client)}`;
}

/** Whose queue it is, by its key. */
export function accountOf(key: string): string {
	return key.split('.')[1] ?? '';
}

/** A fresh queue of a map and account. */
export function freshQueue(map: Bytes, account: Bytes): QueueName {
	return { client: randomId(), map, account };
}

const lazyMs = 1000; // how long a remote entry may wait for company
const checkpointBytes = 1 << 20; // a journal longer than this is rewritten
const checkpointEntries = 2000;
const retryMs = 30_000; // between attempts to write again after a failure

interface Waiting {
	data: Bytes;
	number: number; // of a local entry, else 0
}

/** What the journal tells its owner. */
export interface JournalEvents {
	/** Local entries up to this number are durable. */
	durable(number: number): void;
	/** Writing failed: edits are only safe once saved by the server. */
	failed(error: unknown): void;
}

/** Writes one queue's entries in order, several to a transaction. */
export class Journal {
	private waiting: Waiting[] = [];
	private checkpoint: Waiting | null = null;
	private writing: Promise<void> | null = null;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private sinceCheckpoint = { bytes: 0, entries: 0 };
	// Once a write failed, later entries would leave a gap in the store; they stay
	// here until a checkpoint can be written again.
	private tail: StoredEntry[] | null = null;
	private lastFailure = 0;

	constructor(
		private readonly store: EntryStore,
		readonly queue: string,
		private readonly events: JournalEvents,
	) {}

	/** Whether what it was given outlives the page: false after a write failed, until one works. */
	get keeps(): boolean {
		return this.tail === null;
	}

	/** Whether a checkpoint is due. */
	get long(): boolean {
		if (this.tail) return performance.now() - this.lastFailure > retryMs;
		return this.sinceCheckpoint.bytes > checkpointBytes || this.sinceCheckpoint.entries > checkpointEntries;
	}

	/** All entries, the not yet written ones included. */
	async load(): Promise<StoredEntry[]> {
		await this.flush();
		const entries = [...(await this.store.load(this.queue)), ...(this.tail ?? [])];
		this.sinceCheckpoint = {
			entries: entries.length,
			bytes: entries.reduce((sum, entry) => sum + entry.data.length, 0),
		};
		return entries;
	}

	/** Adds a local entry; it is written now. */
	local(data: Bytes, number: number): void {
		this.add({ data, number });
		void this.flush();
	}

	/** Adds what came from others; it is written soon, or with the next local entry. */
	remote(data: Bytes): void {
		if (data.length === 0) return;
		this.add({ data, number: 0 });
		this.timer ??= setTimeout(() => void this.flush(), lazyMs);
	}

	/** Replaces everything so far, also what still waits, by one entry. */
	rewrite(data: Bytes): void {
		const number = Math.max(this.checkpoint?.number ?? 0, ...this.waiting.map((w) => w.number));
		this.waiting = [];
		this.checkpoint = { data, number };
		this.sinceCheckpoint = { bytes: 0, entries: 0 };
		void this.flush();
	}

	/** Takes one entry out, as it stops the core. */
	async setAside(key: number): Promise<void> {
		if (this.tail) this.tail = this.tail.filter((entry) => entry.key !== key);
		await this.store.remove(this.queue, key);
	}

	/** Forgets the queue. */
	async drop(): Promise<void> {
		this.waiting = [];
		this.checkpoint = null;
		this.stopTimer();
		await this.writing;
		await this.store.drop(this.queue);
	}

	/** Writes what waits; resolves when nothing waits any more. */
	flush(): Promise<void> {
		this.stopTimer();
		this.writing ??= this.write().finally(() => {
			this.writing = null;
			// Something may have come between the last look and now.
			if (this.checkpoint || this.waiting.length > 0) return this.flush();
		});
		return this.writing;
	}

	private add(entry: Waiting): void {
		this.waiting.push(entry);
		this.sinceCheckpoint.entries++;
		this.sinceCheckpoint.bytes += entry.data.length;
	}

	private stopTimer(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
	}

	// write loops until nothing waits; only one runs at a time, which keeps the
	// order. The new entries of one turn go into one transaction.
	private async write(): Promise<void> {
		while (this.checkpoint || this.waiting.length > 0) {
			const checkpoint = this.checkpoint;
			const batch = checkpoint ? [checkpoint] : this.waiting;
			this.checkpoint = null;
			if (!checkpoint) this.waiting = [];
			await this.put(checkpoint, batch);
			const number = Math.max(0, ...batch.map((w) => w.number));
			// Once the store is broken the page goes on and says so: the edit is
			// handed out all the same, the server will keep it.
			if (number > 0) this.events.durable(number);
		}
	}

	private async put(checkpoint: Waiting | null, batch: readonly Waiting[]): Promise<void> {
		const entries = batch.map((w) => w.data);
		if (this.tail && !checkpoint) {
			this.keep(entries);
			return;
		}
		try {
			if (checkpoint) await this.store.replace(this.queue, checkpoint.data);
			else await this.store.append(this.queue, entries);
			this.tail = null;
		} catch (error) {
			const first = this.tail === null;
			this.lastFailure = performance.now();
			if (checkpoint) this.tail = []; // it stands for all that was kept before
			this.keep(entries);
			if (first) this.events.failed(error);
		}
	}

	private keep(entries: readonly Bytes[]): void {
		this.tail ??= [];
		for (const data of entries) this.tail.push({ key: -1 - this.tail.length, data });
	}
}
