// The browser's store of journals. One database; entries lie under
// [queue, number], so a queue is one range and a checkpoint one delete.

import type { Bytes } from './bytes';
import type { EntryStore, StoredEntry } from './journal';

const databaseName = 'plectica';
const databaseVersion = 1;

/** What is known of a queue without opening it. */
export interface QueueRecord {
	queue: string;
	map: string;
	account: string;
	client: string;
	unsaved: number;
	touched: number; // ms since 1970
}

/** An entry that stopped the core twice, kept for download. */
export interface AsideRecord {
	queue: string;
	at: number;
	data: Bytes;
}

/** Turns a request into a promise. */
function done<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error ?? new Error('the browser could not read its store'));
	});
}

/** Resolves when a transaction is on disk. */
function committed(tx: IDBTransaction): Promise<void> {
	return new Promise((resolve, reject) => {
		tx.oncomplete = () => resolve();
		tx.onabort = () => reject(tx.error ?? new Error('the browser refused to write'));
		tx.onerror = () => reject(tx.error ?? new Error('the browser could not write'));
	});
}

function range(queue: string): IDBKeyRange {
	// An array sorts after every number.
	return IDBKeyRange.bound([queue, 0], [queue, []]);
}

/** Opens the database; rejects where the browser gives none. */
export async function openDatabase(): Promise<IdbStore> {
	const request = indexedDB.open(databaseName, databaseVersion);
	request.onupgradeneeded = () => {
		const db = request.result;
		db.createObjectStore('entries');
		db.createObjectStore('queues', { keyPath: 'queue' });
		db.createObjectStore('aside', { autoIncrement: true });
	};
	const db = await done(request);
	// A newer page may need to change the database; it must not wait for us.
	db.onversionchange = () => db.close();
	return new IdbStore(db);
}

/** Journals in IndexedDB. */
export class IdbStore implements EntryStore {
	private readonly next = new Map<string, number>();

	constructor(private readonly db: IDBDatabase) {}

	async load(queue: string): Promise<StoredEntry[]> {
		const store = this.db.transaction('entries').objectStore('entries');
		const [keys, values] = await Promise.all([
			done(store.getAllKeys(range(queue))),
			done(store.getAll(range(queue)) as IDBRequest<Bytes[]>),
		]);
		const entries: StoredEntry[] = [];
		keys.forEach((key, i) => {
			const data = values[i];
			if (Array.isArray(key) && typeof key[1] === 'number' && data) entries.push({ key: key[1], data });
		});
		this.next.set(queue, (entries.at(-1)?.key ?? 0) + 1);
		return entries;
	}

	async append(queue: string, entries: readonly Bytes[]): Promise<void> {
		let key = await this.nextKey(queue);
		const tx = this.write('entries');
		const store = tx.objectStore('entries');
		for (const data of entries) store.put(data, [queue, key++]);
		this.next.set(queue, key);
		await committed(tx);
	}

	async replace(queue: string, entry: Bytes): Promise<void> {
		const key = await this.nextKey(queue);
		const tx = this.write('entries');
		const store = tx.objectStore('entries');
		store.delete(range(queue));
		store.put(entry, [queue, key]);
		this.next.set(queue, key + 1);
		await committed(tx);
	}

	async remove(queue: string, key: number): Promise<void> {
		const tx = this.write('entries');
		tx.objectStore('entries').delete([queue, key]);
		await committed(tx);
	}

	async drop(queue: string): Promise<void> {
		const tx = this.write('entries', 'queues');
		tx.objectStore('entries').delete(range(queue));
		tx.objectStore('queues').delete(queue);
		this.next.delete(queue);
		await committed(tx);
	}

	/** Notes a queue, so that another page can find it. */
	async note(record: QueueRecord): Promise<void> {
		const tx = this.db.transaction('queues', 'readwrite');
		tx.objectStore('queues').put(record);
		await committed(tx);
	}

	/** Every queue this browser holds. */
	async queues(): Promise<QueueRecord[]> {
		const store = this.db.transaction('queues').objectStore('queues');
		return done(store.getAll() as IDBRequest<QueueRecord[]>);
	}

	/** Keeps an entry that stopped the core. */
	async putAside(record: AsideRecord): Promise<void> {
		const tx = this.write('aside');
		tx.objectStore('aside').add(record);
		await committed(tx);
	}

	/** Entries set aside of one queue. */
	async aside(queue: string): Promise<AsideRecord[]> {
		const store = this.db.transaction('aside').objectStore('aside');
		const all = await done(store.getAll() as IDBRequest<AsideRecord[]>);
		return all.filter((record) => record.queue === queue);
	}

	/** Forgets the queues it is told to: entries, records, and what was set aside. */
	async forget(which: (queue: string) => boolean): Promise<void> {
		const tx = this.write('entries', 'queues', 'aside');
		const entries = tx.objectStore('entries');
		const queues = tx.objectStore('queues');
		const aside = tx.objectStore('aside');
		const keys = await Promise.all([done(entries.getAllKeys()), done(queues.getAllKeys())]);
		for (const key of keys[0]) if (Array.isArray(key) && which(String(key[0]))) entries.delete(key);
		for (const key of keys[1]) if (which(String(key))) queues.delete(key);
		const [numbers, records] = await Promise.all([
			done(aside.getAllKeys()),
			done(aside.getAll() as IDBRequest<AsideRecord[]>),
		]);
		records.forEach((record, i) => {
			const number = numbers[i];
			if (number !== undefined && which(record.queue)) aside.delete(number);
		});
		this.next.clear();
		await committed(tx);
	}

	close(): void {
		this.db.close();
	}

	// strict: complete means on disk, not in the system's buffers. What the page
	// calls unsaved but kept must survive a power cut.
	private write(...stores: string[]): IDBTransaction {
		return this.db.transaction(stores, 'readwrite', { durability: 'strict' });
	}

	private async nextKey(queue: string): Promise<number> {
		const known = this.next.get(queue);
		if (known !== undefined) return known;
		const keys = await done(this.db.transaction('entries').objectStore('entries').getAllKeys(range(queue)));
		const last = keys.at(-1);
		return Array.isArray(last) && typeof last[1] === 'number' ? last[1] + 1 : 1;
	}
}
