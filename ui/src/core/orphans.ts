// A closed tab may leave edits behind that no server has. Whoever opens its map
// next goes on with one such queue; this sends the others.

import { Phase } from './border';
import { Desk, type DeskOptions } from './desk';
import { type Held, hold, openOrNull, queuesOf } from './queue';

const mostQueues = 16; // sent per opening of a map
const patience = 20_000; // ms for one queue
const staleMs = 30 * 24 * 3600 * 1000; // a queue nobody came back to is looked through and dropped

/** Sends what closed tabs of the map left behind, one queue after the other. */
export async function sendOrphans(options: DeskOptions, signal: AbortSignal): Promise<void> {
	const store = await openOrNull();
	if (!store) return;
	const records = await queuesOf(store, options.map, options.account);
	store.close();
	const stale = Date.now() - staleMs;
	const left = records.filter((record) => record.unsaved > 0 || record.touched < stale);
	for (const record of left.slice(0, mostQueues)) {
		if (signal.aborted) return;
		const held = await hold(record, options.map, options.account);
		if (held) await sendQueue(options, held, signal);
	}
}

// sendQueue opens the map a second time, unseen, until the queue is saved.
async function sendQueue(options: DeskOptions, held: Held, signal: AbortSignal): Promise<void> {
	let finish: (sent: boolean) => void = () => undefined;
	const finished = new Promise<boolean>((resolve) => {
		finish = resolve;
	});
	const stop = (): void => finish(false);
	const timer = setTimeout(stop, patience);
	signal.addEventListener('abort', stop);
	const desk = await Desk.open(
		{
			...options,
			events: {
				changed: (status) => {
					if (status.phase === Phase.live && status.unsaved === 0) finish(true);
				},
				rebuilt: () => undefined,
				// What could not be applied is the person's to know, whichever tab it was from.
				notice: options.events.notice,
				ended: stop,
			},
		},
		held,
	);
	const sent = await finished;
	clearTimeout(timer);
	signal.removeEventListener('abort', stop);
	await (sent ? desk.forget() : desk.close());
}
