// Which queue a page works with. A queue is held under a Web Lock as long as the
// page lives, so two tabs never share one; a queue nobody holds is an orphan of
// a closed tab, and the next page of the same map and account goes on with it.

import { type Bytes, decodeId, encodeId } from './bytes';
import { type IdbStore, openDatabase } from './idb';
import { freshQueue, type QueueName, queueKey } from './journal';

/** A queue this page holds. */
export interface Held {
	name: QueueName;
	key: string;
	release(): void;
}

const lockPrefix = 'plectica.queue.';

/** Takes an orphaned queue of the map and account, or makes a fresh one. */
export async function holdQueue(store: IdbStore | null, map: Bytes, account: Bytes): Promise<Held> {
	for (const name of store ? await candidates(store, map, account) : []) {
		const held = await tryHold(name);
		if (held) return held;
	}
	const name = freshQueue(map, account);
	return (await tryHold(name)) ?? { name, key: queueKey(name), release: () => undefined };
}

async function candidates(store: IdbStore, map: Bytes, account: Bytes): Promise<QueueName[]> {
	const records = await store.queues();
	const wanted = records.filter((r) => r.map === encodeId(map) && r.account === encodeId(account));
	// Unsaved edits first, then the youngest: it needs the least catching up.
	wanted.sort((a, b) => b.unsaved - a.unsaved || b.touched - a.touched);
	const names: QueueName[] = [];
	for (const record of wanted) {
		const client = decodeId(record.client);
		if (client) names.push({ client, map, account });
	}
	return names;
}

/** Holds the queue's lock until release, or null when another page has it. */
function tryHold(name: QueueName): Promise<Held | null> {
	const key = queueKey(name);
	// Without Web Locks an orphan may be in use elsewhere: only fresh ones are safe.
	if (!navigator.locks) return Promise.resolve(null);
	return new Promise((resolve) => {
		let release: () => void = () => undefined;
		const until = new Promise<void>((end) => {
			release = end;
		});
		navigator.locks
			.request(lockPrefix + key, { ifAvailable: true }, (lock) => {
				if (!lock) {
					resolve(null);
					return undefined;
				}
				resolve({ name, key, release });
				return until;
			})
			.catch(() => resolve(null));
	});
}

/** How many edits of an account this browser holds that no server has. */
export async function unsentEdits(account: string): Promise<number> {
	const store = await openOrNull();
	if (!store) return 0;
	const records = await store.queues();
	store.close();
	return records.filter((r) => r.account === account).reduce((sum, r) => sum + r.unsaved, 0);
}

/** Forgets every queue of an account, at sign-out. */
export async function forgetAccount(account: string): Promise<void> {
	const store = await openOrNull();
	if (!store) return;
	for (const record of await store.queues()) {
		if (record.account === account) await store.drop(record.queue);
	}
	store.close();
}

/** The database, or null where the browser gives none. */
export async function openOrNull(): Promise<IdbStore | null> {
	try {
		return await openDatabase();
	} catch {
		return null;
	}
}
