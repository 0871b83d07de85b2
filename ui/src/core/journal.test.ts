import { describe, expect, it } from 'vitest';
import type { Bytes } from './bytes';
import { Journal } from './journal';
import { MemoryStore } from './memorystore';

const entry = (n: number): Bytes => new Uint8Array([n]);

/** A store whose writes finish only when told. */
class SlowStore extends MemoryStore {
	readonly log: string[] = [];
	private gates: (() => void)[] = [];
	failing = false;

	override async append(queue: string, entries: readonly Bytes[]): Promise<void> {
		await this.gate();
		this.log.push(`append ${entries.map((e) => e[0]).join(',')}`);
		await super.append(queue, entries);
	}

	override async replace(queue: string, data: Bytes): Promise<void> {
		await this.gate();
		this.log.push(`replace ${data[0]}`);
		await super.replace(queue, data);
	}

	async open(): Promise<void> {
		this.gates.shift()?.();
		for (let i = 0; i < 40; i++) await Promise.resolve();
	}

	private async gate(): Promise<void> {
		await new Promise<void>((resolve) => {
			this.gates.push(resolve);
		});
		if (this.failing) throw new Error('full');
	}
}

function setUp() {
	const store = new SlowStore();
	const durable: number[] = [];
	const failures: unknown[] = [];
	const journal = new Journal(store, 'q', {
		durable: (n) => durable.push(n),
		failed: (error) => failures.push(error),
	});
	return { store, durable, failures, journal };
}

describe('journal', () => {
	it('says durable only after the write', async () => {
		const { store, durable, journal } = setUp();
		journal.local(entry(1), 1);
		expect(durable).toEqual([]);
		await store.open();
		expect(durable).toEqual([1]);
	});

	it('keeps the order and batches what came meanwhile', async () => {
		const { store, durable, journal } = setUp();
		journal.local(entry(1), 1);
		journal.remote(entry(2));
		journal.local(entry(3), 2);
		await store.open();
		await store.open();
		expect(store.log).toEqual(['append 1', 'append 2,3']);
		expect(durable).toEqual([1, 2]);
	});

	it('writes a waiting remote entry before the local one that followed', async () => {
		const { store, journal } = setUp();
		journal.remote(entry(1));
		journal.local(entry(2), 1);
		await store.open();
		expect(store.log).toEqual(['append 1,2']);
	});

	it('lets a checkpoint stand for everything before it', async () => {
		const { store, durable, journal } = setUp();
		journal.local(entry(1), 1);
		journal.local(entry(2), 2);
		journal.rewrite(entry(9));
		journal.local(entry(3), 3);
		await store.open();
		await store.open();
		await store.open();
		expect(store.log).toEqual(['append 1', 'replace 9', 'append 3']);
		expect(durable).toEqual([1, 2, 3]);
		expect((await journal.load()).map((e) => e.data[0])).toEqual([9, 3]);
	});

	it('leaves no gap when the store fails, and heals with a checkpoint', async () => {
		const { store, durable, failures, journal } = setUp();
		store.failing = true;
		journal.local(entry(1), 1);
		await store.open();
		expect(failures).toHaveLength(1);
		expect(journal.keeps).toBe(false);
		expect(durable).toEqual([1]);
		store.failing = false;
		journal.local(entry(2), 2);
		await journal.flush();
		expect(store.log).toEqual([]);
		expect((await journal.load()).map((e) => e.data[0])).toEqual([1, 2]);
		journal.rewrite(entry(9));
		await store.open();
		expect((await journal.load()).map((e) => e.data[0])).toEqual([9]);
		expect(journal.keeps).toBe(true);
	});
});
