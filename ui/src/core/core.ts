// The core: the map, its merging, layout and drawing lists, compiled from Go.
// One Core is one instance. After a panic or trap it is dead for good; whoever
// holds it makes a new one and replays the journal.

import {
	type CommandResult,
	Drag,
	type Hit,
	Remote,
	type RemoteResult,
	type Status,
	type TitleBox,
} from './border';
import { type Bytes, Reader, Writer } from './bytes';
import {
	readBack,
	readCards,
	readChanges,
	readDescription,
	readLoops,
	readNotices,
	readPeers,
	readStep,
	readStops,
	readThreads,
	readTree,
} from './decode';
import { type Facets, type MiniArea, readFacets, readMini } from './lens';
import type {
	BackLink,
	Box,
	CardRow,
	Change,
	Description,
	Gap,
	LoopList,
	Peer,
	PointRow,
	Step,
	Stop,
	Thread,
	TreeRow,
} from './model';
import { wasiImports } from './wasi';

interface Exports {
	memory: WebAssembly.Memory;
	_initialize(): void;
	alloc(n: number): number;
	result(): number;
}

type Call = (...args: number[]) => number;

/** A call into an instance that is dead, or that killed it. */
export class CoreDead extends Error {
	constructor(
		readonly call: string,
		cause?: unknown,
	) {
		super(`the core stopped in ${call}`, { cause });
	}
}

let compiled: Promise<WebAssembly.Module> | null = null;

/** Fetches and compiles the core once per page. */
export function compile(url = `/core.wasm?v=${__CORE__}`): Promise<WebAssembly.Module> {
	compiled ??= fetchModule(url).catch((error: unknown) => {
		compiled = null;
		throw error;
	});
	return compiled;
}

async function fetchModule(url: string): Promise<WebAssembly.Module> {
	const response = await fetch(url);
	if (!response.ok) throw new Error(`the core could not be loaded (${response.status})`);
	if (response.headers.get('content-type') === 'application/wasm') {
		return WebAssembly.compileStreaming(response);
	}
	return WebAssembly.compile(await response.arrayBuffer());
}

/** One instance of the core, typed. */
export class Core {
	private dead = false;
	private readonly exports: Exports;
	private readonly calls: Record<string, Call | undefined>;
	private readonly resultAt: number;
	private words: Int32Array<ArrayBuffer>;

	private constructor(instance: WebAssembly.Instance) {
		this.exports = instance.exports as unknown as Exports;
		this.calls = instance.exports as unknown as Record<string, Call | undefined>;
		this.exports._initialize();
		this.resultAt = this.exports.result() >>> 2;
		this.words = new Int32Array(this.exports.memory.buffer);
	}

	/** A fresh instance. */
	static async make(module: WebAssembly.Module): Promise<Core> {
		const holder: { memory?: WebAssembly.Memory } = {};
		const imports = wasiImports(module, {
			memory: () => {
				if (!holder.memory) throw new Error('the core called before it was ready');
				return holder.memory;
			},
			env: { GOGC: '400' },
			log: (line) => console.warn(line),
		});
		const instance = await WebAssembly.instantiate(module, imports);
		holder.memory = (instance.exports as unknown as Exports).memory;
		return new Core(instance);
	}

	/** Whether the instance can still be called. */
	get alive(): boolean {
		return !this.dead;
	}

	/** Starts an instance for one queue of edits. */
	open(client: Bytes, account: Bytes, map: Bytes, seed: number): void {
		this.give(
			'open',
			new Writer()
				.raw(client)
				.raw(account)
				.raw(map)
				.uint(seed >>> 0)
				.done(),
		);
	}

	/** Replays one journal entry; false when it is damaged and was refused. */
	replay(entry: Bytes): boolean {
		return this.give('replay', entry) === 0;
	}

	/** Ends the replay. */
	ready(): void {
		this.call('ready');
	}

	/** The first message of a new socket. */
	hello(nonce: Bytes, now: number): Bytes {
		this.give('hello', nonce, now | 0);
		return this.bytes(0);
	}

	/** Takes one message of the socket. */
	remote(message: Bytes, now: number): RemoteResult {
		this.give('remote', message, now | 0);
		return this.remoteResult();
	}

	/** Takes the bytes a snapshot notice asked for. */
	snapshot(data: Bytes): RemoteResult {
		this.give('snapshot', data);
		return this.remoteResult();
	}

	/** The socket closed. */
	lost(): void {
		this.call('lost');
	}

	/** Runs a command. */
	cmd(command: Bytes): CommandResult {
		this.give('cmd', command);
		return this.commandResult();
	}

	/** Says up to which entry the journal is durable. */
	persisted(n: number): void {
		this.call('persisted', n);
	}

	/** What to send now, empty when nothing; gone when the other side is silent for too long. */
	outbox(now: number): { data: Bytes; gone: boolean } {
		const flags = this.call('outbox', now | 0);
		return { data: this.bytes(0), gone: (flags & Remote.reconnect) !== 0 };
	}

	/** The state in numbers. */
	status(): Status {
		this.call('status');
		return {
			unsaved: this.res(0),
			head: this.res(1),
			role: this.res(2),
			phase: this.res(3),
			undo: this.res(4),
			redo: this.res(5),
			version: this.res(6),
			presence: this.res(7),
		};
	}

	/** One entry that replaces all earlier ones. */
	checkpoint(): Bytes {
		this.call('checkpoint');
		return this.bytes(0);
	}

	/** The state that is seen: what restore and past take. */
	state(): Bytes {
		this.call('state');
		return this.bytes(0);
	}

	/** Shows a past state, which takes no edits; false when it cannot be read. */
	past(state: Bytes): boolean {
		this.give('past', state);
		return this.res(0) === 0;
	}

	/** Steps a past state forward by commits, up to a change; null when they do not follow on it. */
	advance(commits: Bytes, to: number): Step | null {
		this.give('advance', commits, to);
		return this.res(0) === 1 ? readStep(this.bytes(1)) : null;
	}

	/** Shows what a past state differs by from an earlier one; null ends that. */
	compare(state: Bytes | null): boolean {
		this.give('compare', state ?? new Uint8Array(0));
		return this.res(0) === 0;
	}

	/** What a comparison found. */
	changes(): Change[] {
		this.call('changes');
		return readChanges(this.bytes(0));
	}

	/** The committed state's hash, for tests and reports. */
	stateHash(): string {
		this.call('stateHash');
		return [0, 1, 2, 3].map((i) => (this.res(i) >>> 0).toString(16).padStart(8, '0')).join('');
	}

	/** Folds (1), unfolds (0) or goes back to the map's default (-1), for this viewer. */
	fold(num: number, state: 0 | 1 | -1): void {
		this.call('fold', num, state);
	}

	/** Opens (1) or shuts (0) a point's eye, or goes back to the map's default (-1), for this viewer. */
	look(num: number, state: 0 | 1 | -1): void {
		this.call('look', num, state);
	}

	/** The points of the map, and whether their eyes are open for this viewer. */
	points(): PointRow[] {
		this.call('points');
		const r = new Reader(this.bytes(0));
		return r.list(() => ({ num: r.uint(), open: r.u8() === 1 }));
	}

	/** What names a card: points that look at it, cards that are set against it. */
	back(num: number): BackLink[] {
		this.call('back', num);
		return readBack(this.bytes(0));
	}

	/** Every card of the map, wholes before their parts. */
	cards(): CardRow[] {
		this.call('cards');
		return readCards(this.bytes(0));
	}

	/** The discussions, and where they are shown. */
	threads(): Thread[] {
		this.call('threads');
		return readThreads(this.bytes(0));
	}

	/** The stops of the presentation, in order. */
	stops(): Stop[] {
		this.call('stops');
		return readStops(this.bytes(0));
	}

	/** Folds and looks as a stop says, for this viewer, and returns what is to be in
	 * sight; 0 gives back what the viewer had before. */
	show(stop: number): Box {
		this.call('show', stop);
		return this.box();
	}

	/** The feedback loops of at most so many cards, and whether these are all. */
	loops(most: number): LoopList {
		this.call('loops', most);
		return readLoops(this.bytes(0));
	}

	/** What the map could be asked. */
	gaps(): Gap[] {
		this.call('gaps');
		const r = new Reader(this.bytes(0));
		return r.list(() => ({ kind: r.u8(), a: r.uint(), b: r.uint() }));
	}

	/** The eight counts of the map, and seven of a card. */
	counts(num: number): number[] {
		this.call('counts', num);
		return new Reader(this.bytes(0)).nums();
	}

	/** Singles out a part of the map, for this viewer. */
	lens(data: Bytes): void {
		this.give('lens', data);
	}

	/** What the lens singles out. */
	found(): number[] {
		this.call('found');
		return Array.from(this.list());
	}

	/** What a filter would single out. */
	find(filter: Bytes): number[] {
		this.give('find', filter);
		return Array.from(this.list());
	}

	/** What the map can be filtered by. */
	facets(): Facets {
		this.call('facets');
		return readFacets(this.bytes(0));
	}

	/** The map as a few areas. */
	mini(): MiniArea[] {
		this.call('mini');
		return readMini(this.list());
	}

	/** Sets the selection. */
	select(nums: readonly number[]): void {
		// n counts numbers, not bytes.
		this.give('select', numbers(nums), undefined, nums.length);
	}

	/** Tells others where we point and what we type in. */
	presence(data: Bytes): void {
		this.give('presence', data);
	}

	/** Sets the camera: the world point at the top left, the size in px, the zoom. */
	view(x: number, y: number, w: number, h: number, zoom: number): void {
		this.call('view', x, y, w, h, zoom);
	}

	/** The drawing list of the map. Valid until the next call. */
	frame(): Int32Array {
		this.call('frame');
		return this.list();
	}

	/** The drawing list above it. Valid until the next call. */
	overlay(): Int32Array {
		this.call('overlay');
		return this.list();
	}

	/** What lies under a point of the world. */
	hit(x: number, y: number, tolerance: number): Hit {
		const num = this.call('hit', x, y, tolerance);
		return { num, part: this.res(0), handle: this.res(1) };
	}

	/** The cards inside a rectangle. */
	lasso(x1: number, y1: number, x2: number, y2: number): number[] {
		this.call('lasso', x1, y1, x2, y2);
		return Array.from(this.list());
	}

	/** Drags what hit found; on drop the result is a command's. */
	drag(phase: number, x: number, y: number, mods: number): CommandResult | null {
		this.call('drag', phase, x, y, mods);
		return phase === Drag.drop ? this.commandResult() : null;
	}

	/** Where an object lies; 0 is the whole map. */
	bounds(num: number): Box {
		this.call('bounds', num);
		return this.box();
	}

	/** Where and how an object's title is drawn. */
	titleBox(num: number): TitleBox {
		this.call('titleBox', num);
		return {
			...this.box(),
			size: this.res(4),
			lineHeight: this.res(5),
			weight: this.res(6),
			centred: this.res(7) === 1,
		};
	}

	/** The relationships that are shown as one line with this one, when they are several. */
	merged(num: number): number[] {
		this.call('merged', num);
		return Array.from(this.list());
	}

	/** The object in a direction: 0 left, 1 up, 2 right, 3 down. */
	near(num: number, direction: number): number {
		return this.call('near', num, direction);
	}

	/** The card so many places on among a card's siblings, or 0. */
	sibling(num: number, delta: number): number {
		return this.call('sibling', num, delta);
	}

	/** A title (1), body (2), text at an end (21, 22) or the hash of the image that is shown (9), and
	 * its revision. */
	text(num: number, field: number): { text: string; rev: number } {
		this.call('text', num, field);
		const rev = this.res(2);
		return { text: new TextDecoder().decode(this.bytes(0)), rev };
	}

	/** An object's id. */
	ident(num: number): Bytes {
		this.call('ident', num);
		const at = this.res(0) >>> 0;
		return new Uint8Array(this.exports.memory.buffer, at, 16).slice();
	}

	/** The number of an id, or 0. */
	lookup(id: Uint8Array): number {
		return this.give('lookup', id, undefined, null);
	}

	/** Everything of one object, or null when it is gone. */
	describe(num: number): Description | null {
		this.call('describe', num);
		return readDescription(num, this.bytes(0));
	}

	/** The neighbourhood of a card in reading order. */
	tree(num: number, max: number): TreeRow[] {
		this.call('tree', num, max);
		return readTree(this.bytes(0));
	}

	/** Who else is here. */
	peers(): Peer[] {
		this.call('peers');
		return readPeers(this.bytes(0));
	}

	/** Marks the overlay editor's selection, in code points; num 0 ends it. */
	caretMark(num: number, field: number, start: number, end: number): void {
		this.call('caretMark', num, field, start, end);
	}

	/** The marked selection after what others typed. */
	caret(): { start: number; end: number } {
		this.call('caret');
		return { start: this.res(0), end: this.res(1) };
	}

	private call(name: string, ...args: number[]): number {
		if (this.dead) throw new CoreDead(name);
		const f = this.calls[name];
		if (!f) throw new Error(`the core has no ${name}`);
		let status: number;
		try {
			status = f(...args);
		} catch (error) {
			this.dead = true;
			throw new CoreDead(name, error);
		}
		if (status < 0) {
			this.dead = true;
			throw new CoreDead(name);
		}
		return status;
	}

	// give copies bytes in and calls with their address and, unless length is
	// null, a length; extra is a third argument.
	private give(name: string, data: Uint8Array, extra?: number, length: number | null = data.length): number {
		if (this.dead) throw new CoreDead(name);
		let at: number;
		try {
			at = this.exports.alloc(data.length);
		} catch (error) {
			this.dead = true;
			throw new CoreDead('alloc', error);
		}
		new Uint8Array(this.exports.memory.buffer).set(data, at >>> 0);
		const args = length === null ? [at] : [at, length];
		if (extra !== undefined) args.push(extra);
		return this.call(name, ...args);
	}

	private res(i: number): number {
		// The buffer detaches when memory grows.
		if (this.words.buffer !== this.exports.memory.buffer) {
			this.words = new Int32Array(this.exports.memory.buffer);
		}
		return this.words[this.resultAt + i] ?? 0;
	}

	private bytes(i: number): Bytes {
		const at = this.res(i) >>> 0;
		const n = this.res(i + 1);
		return new Uint8Array(this.exports.memory.buffer, at, n).slice();
	}

	private list(): Int32Array {
		const at = this.res(0) >>> 0;
		const n = this.res(1);
		return new Int32Array(this.exports.memory.buffer, at, n);
	}

	private box(): Box {
		return { x: this.res(0), y: this.res(1), w: this.res(2), h: this.res(3) };
	}

	private commandResult(): CommandResult {
		return {
			fault: this.res(0),
			made: this.res(1),
			entry: this.bytes(2),
			reply: this.bytes(4),
			number: this.res(6),
		};
	}

	private remoteResult(): RemoteResult {
		const flags = this.res(0);
		const entry = this.bytes(1);
		return { flags, entry, notices: readNotices(this.bytes(3)) };
	}
}

function numbers(nums: readonly number[]): Bytes {
	const data = new Uint8Array(nums.length * 4);
	const view = new DataView(data.buffer);
	nums.forEach((n, i) => {
		view.setInt32(i * 4, n, true);
	});
	return data;
}
