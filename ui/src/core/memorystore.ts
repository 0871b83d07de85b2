// Keeps entries in memory: for tests, and for pages whose browser has no
// IndexedDB to give. What is here dies with the page.

import type { Bytes } from './bytes';
import type { EntryStore, StoredEntry } from './journal';

/** An EntryStore that outlives nothing. */
export class MemoryStore implements EntryStore {
	private readonly queues = new Map<string, StoredEntry[]>();
	private next = 1;

	async load(queue: string): Promise<StoredEntry[]> {
		return [...(this.queues.get(queue) ?? [])];
	}

	async append(queue: string, entries: readonly Bytes[]): Promise<void> {
		const list = this.queues.get(queue) ?? [];
		for (const data of entries) list.push({ key: this.next++, data });
		this.queues.set(queue, list);
	}

	async replace(queue: string, entry: Bytes): Promise<void> {
		this.queues.set(queue, [{ key: this.next++, data: entry }]);
	}

	async remove(queue: string, key: number): Promise<void> {
		const list = this.queues.get(queue) ?? [];
		this.queues.set(
			queue,
			list.filter((entry) => entry.key !== key),
		);
	}

	async drop(queue: string): Promise<void> {
		this.queues.delete(queue);
	}
}
