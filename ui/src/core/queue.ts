// Which queue a page works with. A queue is held under a Web Lock as long as the
// page lives, so two tabs never share one; a queue nobody holds is an orphan of
// a closed tab, and the next page of the same map and account goes on with it.

import { type Bytes, decodeId, encodeId } from './bytes';
import { type IdbStore, openDatabase, type QueueRecord } from './idb';
import { accountOf, freshQueue, type QueueName, queueKey } from './journal';

/** A queue this page holds. */
export interface Held {
	name: QueueName;
	key: string;
	release(): void;
}

const lockPrefix = 'plectica.queue.';

/** Takes an orphaned queue of the map and account, or makes a fresh one. */
export async function holdQueue(store: IdbStore | null, map: Bytes, account: Bytes): Promise<Held> {
	for (const record of store ? await queuesOf(store, map, account) : []) {
		const held = await hold(record, map, account);
		if (held) return held;
	}
	const name = freshQueue(map, account);
	return (await tryHold(name)) ?? { name, key: queueKey(name), release: () => undefined };
}

/** The queues of a map and account, held by a page or not. */
export async function queuesOf(store: IdbStore, map: Bytes, account: Bytes): Promise<QueueRecord[]> {
	const records = await store.queues();
	const wanted = records.filter((r) => r.map === encodeId(map) && r.account === encodeId(account));
	// Unsaved edits first, then the youngest: it needs the least catching up.
	return wanted.sort((a, b) => b.unsaved - a.unsaved || b.touched - a.touched);
}

/** Holds one queue, or null when another page has it. */
export async function hold(record: QueueRecord, map: Bytes, account: Bytes): Promise<Held | null> {
	const client = decodeId(record.client);
	return client ? tryHold({ client, map, account }) : null;
}

// tryHold holds the queue's lock until release.
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

/** How many edits of an account this browser holds that no server has, by map. */
export async function unsentEdits(account: string): Promise<Map<string, number>> {
	const unsent = new Map<string, number>();
	const store = await openOrNull();
	for (const record of (await store?.queues()) ?? []) {
		if (record.account !== account || record.unsaved === 0) continue;
		unsent.set(record.map, (unsent.get(record.map) ?? 0) + record.unsaved);
	}
	store?.close();
	return unsent;
}

const signOutChannel = 'plectica.signout';

/** Forgets all that is kept of an account, at sign-out; other tabs stop keeping more. */
export async function forgetAccount(account: string): Promise<void> {
	const channel = new BroadcastChannel(signOutChannel);
	channel.postMessage(account);
	channel.close();
	const store = await openOrNull();
	await store?.forget((queue) => accountOf(queue) === account);
	store?.close();
}

/** Calls back when the account is signed out in another tab; returns how to stop listening. */
export function onSignOut(account: string, left: () => void): () => void {
	const channel = new BroadcastChannel(signOutChannel);
	channel.onmessage = (event: MessageEvent<unknown>) => {
		if (event.data === account) left();
	};
	return () => channel.close();
}

/** The database, or null where the browser gives none. */
export async function openOrNull(): Promise<IdbStore | null> {
	try {
		return await openDatabase();
	} catch {
		return null;
	}
}
