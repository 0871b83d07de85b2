// The discussions of the open map: what is said, what this person has not read, and
// what they are about to say.

import { access } from '../accessapi';
import type { Editor } from '../canvas/editor';
import { Phase } from '../core/border';
import type { Bytes } from '../core/bytes';
import { encodeId } from '../core/bytes';
import * as command from '../core/commands';
import { type Message, type Thread, Type } from '../core/model';
import { kept } from '../kept';
import { narrowScreen } from '../panels/beside';
import { words } from '../words';
import type { Person } from './mentions';

/** A discussion that is about to begin. */
export interface Draft {
	about: number; // 0: a spot
	x: number; // 1/64 px from the corner of what it is about, or on the map
	y: number;
}

/** What was read, as it is kept: up to when, and by discussion. */
interface Read {
	all: number; // ms since 1970
	threads: Record<string, number>;
}

const saveAfterMs = 1500;
const mostRead = 1000; // discussions that are remembered one by one: the server keeps 60 KiB
const membersEveryMs = 30_000; // members are asked for again no more often

/** The discussions of one map. */
export class Talk {
	threads: readonly Thread[] = $state.raw([]);
	/** The discussion that is shown, by number. */
	open = $state(0);
	/** A discussion about to begin. */
	draft: Draft | null = $state.raw(null);
	/** Settled ones are shown too. */
	withSettled = $state(false);
	members: readonly Person[] = $state.raw([]);
	private read: Read | null = $state.raw(null);
	private readonly written = new Map<string, string>(); // what is not said yet, by discussion
	private asking: Promise<void> | null = null;
	private askedAt = Number.NEGATIVE_INFINITY;
	private found: 'asking' | 'no' | 'nothing' | 'yes' = 'no'; // what was kept as read
	private readonly gone = new AbortController();
	private known = new Set<number>();
	private met = false; // what was said before this page came is not news
	private saving: ReturnType<typeof setTimeout> | undefined;

	constructor(
		readonly editor: Editor,
		private readonly map: string,
		readonly me: string,
	) {
		document.addEventListener('visibilitychange', () => this.readOpen(), { signal: this.gone.signal });
		void this.load();
	}

	/** Stops what is under way; what was read is kept. */
	close(): void {
		this.gone.abort();
		if (this.saving === undefined) return;
		clearTimeout(this.saving);
		this.save();
	}

	/** Reads the discussions again, after a change of the map. */
	refresh(): void {
		this.threads = this.editor.desk.use((core) => core.threads(), []);
		if (this.open !== 0 && !this.threads.some((t) => t.num === this.open)) this.open = 0;
		const { draft } = this;
		if (draft && draft.about !== 0 && !this.editor.describe(draft.about)) this.draft = null;
		if (this.threads.length > 0) this.meet();
		this.tellNew();
		this.settleIn();
		this.readOpen();
	}

	/** Whoever reads along has read it: the discussion that is open, if it can be seen. */
	readOpen(): void {
		if (this.open !== 0 && this.seen) this.markRead(this.open);
	}

	// Whether discussions are in sight.
	private get seen(): boolean {
		return this.editor.state.drawer === 'discussions' && document.visibilityState === 'visible';
	}

	/** A new core: numbers mean something else now. */
	rebuilt(): void {
		this.open = 0;
		this.draft = null;
		this.known.clear();
		this.met = false;
	}

	/** Everybody who can be addressed. */
	get people(): Person[] {
		return this.members.filter((m) => m.account !== this.me);
	}

	/** Who said something. */
	nameOf(message: Message): string {
		if (message.quoted !== null) return message.quoted || words.talk.someone;
		if (message.by === this.me) return words.talk.you;
		return this.members.find((m) => m.account === message.by)?.name ?? words.talk.someone;
	}

	/** How many messages of a discussion this person has not read. */
	unread(thread: Thread): number {
		const { read } = this;
		if (!read) return 0;
		const since = read.threads[this.keyOf(thread.num)];
		return thread.messages.filter((m) => {
			if (m.by === this.me || m.at === 0 || m.quoted !== null) return false;
			// What was said before this person first came is old, unless it is to them.
			if (since === undefined && m.mentions.includes(this.me)) return true;
			return m.at > (since ?? read.all);
		}).length;
	}

	/** How many open discussions have something unread. */
	get news(): number {
		return this.threads.filter((t) => this.unread(t) > 0).length;
	}

	/** Whether a discussion addresses this person. */
	addresses(thread: Thread): boolean {
		return thread.messages.some((m) => m.mentions.includes(this.me));
	}

	/** Notes that a discussion was read. */
	markRead(num: number): void {
		const thread = this.threads.find((t) => t.num === num);
		const { read } = this;
		if (!thread || !read) return;
		const last = Math.max(0, ...thread.messages.map((m) => m.at));
		const key = this.keyOf(num);
		if (read.threads[key] !== undefined && read.threads[key] >= last) return;
		this.read = { ...read, threads: { ...read.threads, [key]: last } };
		this.saveSoon();
	}

	/** Shows a discussion. */
	show(num: number): void {
		const thread = this.threads.find((t) => t.num === num);
		if (!thread) return;
		this.draft = null;
		this.open = num;
		if (thread.settled) this.withSettled = true;
		this.editor.state.drawer = 'discussions';
		this.readOpen();
	}

	/** Shows a discussion, and on the map what it is about, where there is room for both. */
	goTo(num: number): void {
		const thread = this.threads.find((t) => t.num === num);
		if (!thread) return;
		this.show(num);
		if (matchMedia(narrowScreen).matches) return;
		if (thread.about !== 0) this.editor.jump(thread.about);
		else this.editor.stage.centre(thread.x, thread.y);
	}

	/** Begins a discussion of an object, or of a spot. */
	begin(about: number, x = 0, y = 0): void {
		this.open = 0;
		this.draft = { about, x, y };
		this.editor.state.drawer = 'discussions';
	}

	/** Begins one of what is selected; without a selection the next click says where. */
	start(): void {
		const num = this.editor.state.selection[0] ?? 0;
		if (num !== 0) this.begin(num);
		else {
			this.editor.setTool('comment');
			// On a phone the drawer lies above the map.
			if (matchMedia(narrowScreen).matches) this.editor.state.drawer = null;
		}
	}

	/** Begins one where the person clicked. */
	beginAt(num: number, worldX: number, worldY: number): void {
		this.editor.setTool('select');
		const box = num === 0 ? null : this.editor.desk.use((core) => core.bounds(num), null);
		const line = this.editor.describe(num)?.type === Type.relationship;
		if (box && !line) this.begin(num, Math.max(1, worldX - box.x), Math.max(0, worldY - box.y));
		else if (line) this.begin(num);
		else this.begin(0, worldX, worldY);
	}

	/** Says the first word of what was begun; false when it could not be said. */
	say(text: string, mentions: readonly string[]): boolean {
		const { draft } = this;
		if (!draft) return false;
		const made = this.run(command.discuss(draft.about, draft.x, draft.y, text, mentions))?.made ?? -1;
		if (made <= 0) return false;
		this.draft = null;
		this.refresh();
		this.open = made;
		return true;
	}

	/** Keeps what is being written in a discussion, or in one about to begin (0). */
	write(thread: number, text: string): void {
		this.written.set(thread === 0 ? '' : this.keyOf(thread), text);
	}

	/** What was being written there. */
	writtenIn(thread: number): string {
		return this.written.get(thread === 0 ? '' : this.keyOf(thread)) ?? '';
	}

	/** Answers; false when it could not be said. */
	answer(thread: number, text: string, mentions: readonly string[]): boolean {
		return this.run(command.answer(thread, text, mentions)) !== null;
	}

	/** Says it in other words; false when it could not be said. Whom nobody here knows
	 * stays addressed. */
	rephrase(message: Message, text: string, mentions: readonly string[]): boolean {
		const strangers = message.mentions.filter((account) => !this.isMember(account));
		const all = [...new Set([...mentions, ...strangers])];
		return this.run(command.rephrase(message.num, text, all)) !== null;
	}

	/** Takes a message or a discussion away. */
	unsay(num: number): void {
		this.run(command.unsay(num));
	}

	/** Ends a discussion, or opens it again. */
	settle(thread: Thread, settled: boolean): void {
		this.run(command.settle(thread.num, settled));
	}

	// What came while the map is open and is to this person is said aloud.
	private tellNew(): void {
		for (const thread of this.threads) {
			for (const m of thread.messages) {
				if (this.known.has(m.num)) continue;
				this.known.add(m.num);
				const mine = m.by === this.me || !m.mentions.includes(this.me);
				const read = this.open === thread.num && this.seen;
				if (this.met && !mine && !read) void this.tell(thread.num, m);
			}
		}
		this.met ||= this.editor.desk.status.phase === Phase.live;
	}

	private async tell(thread: number, message: Message): Promise<void> {
		await this.asking; // who they are, if that is being asked
		this.editor.state.say(words.talk.mentionedYou(this.nameOf(message)), {
			action: { label: words.talk.show, run: () => this.goTo(thread) },
		});
	}

	private async load(): Promise<void> {
		this.found = 'asking';
		const { known, value } = await kept.load(this.me, this.name);
		const found = readOf(value);
		this.found = !known ? 'no' : found ? 'yes' : 'nothing';
		if (this.read && known) this.saveSoon(); // what was read meanwhile
		if (found) this.read = { all: found.all, threads: latest(found.threads, this.read?.threads ?? {}) };
		this.settleIn(false);
		this.readOpen();
	}

	// Whoever comes for the first time need not read what is old. While nobody answers
	// whether this is the first time, it is taken for that, but not kept.
	private settleIn(again = true): void {
		if (this.found === 'no' && again) void this.load();
		if (this.read || this.found === 'yes' || this.editor.desk.status.phase !== Phase.live) return;
		if (this.found === 'asking') return;
		const all = Math.max(0, ...this.threads.flatMap((t) => t.messages.map((m) => m.at)));
		this.read = { all, threads: {} };
		this.saveSoon();
	}

	// The members are asked for once there is somebody to name, and again for a stranger.
	private meet(): void {
		const strange = this.threads.some((t) =>
			t.messages.some((m) => m.quoted === null && m.by !== this.me && !this.isMember(m.by)),
		);
		const due = performance.now() - this.askedAt > membersEveryMs;
		if (due && (strange || this.members.length === 0)) void this.askMembers();
	}

	private isMember(account: string): boolean {
		return this.members.some((m) => m.account === account);
	}

	/** Learns who takes part. */
	askMembers(): Promise<void> {
		this.asking ??= this.loadMembers().finally(() => {
			this.asking = null;
		});
		return this.asking;
	}

	private async loadMembers(): Promise<void> {
		this.askedAt = performance.now();
		try {
			const { names } = await access.names(this.map);
			this.members = Object.entries(names).map(([account, name]) => ({ account, name }));
		} catch {
			this.askedAt = Number.NEGATIVE_INFINITY; // no network: with the next change
		}
	}

	private get name(): string {
		return `read-${this.map}`;
	}

	private saveSoon(): void {
		clearTimeout(this.saving);
		this.saving = setTimeout(() => this.save(), saveAfterMs);
	}

	private save(): void {
		this.saving = undefined;
		const { read } = this;
		// What the server has is not known: it must not be lost.
		if (!read || (this.found !== 'yes' && this.found !== 'nothing')) return;
		void kept.update(this.me, this.name, (now) => {
			const there = readOf(now);
			const newest = Object.entries(latest(there?.threads ?? {}, read.threads))
				.sort((a, b) => b[1] - a[1])
				.slice(0, mostRead);
			return { all: there?.all ?? read.all, threads: Object.fromEntries(newest) };
		});
	}

	private keyOf(num: number): string {
		return encodeId(this.editor.desk.use((core) => core.ident(num), new Uint8Array(16)));
	}

	private run(data: Bytes) {
		const { editor } = this;
		const result = editor.state.discusses ? editor.desk.run(data) : null;
		if (result) this.refresh();
		return result;
	}
}

// The later of two times, by discussion.
function latest(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
	const out = { ...a };
	for (const [key, at] of Object.entries(b)) out[key] = Math.max(at, out[key] ?? 0);
	return out;
}

function readOf(value: unknown): Read | null {
	if (typeof value !== 'object' || value === null) return null;
	const { all, threads } = value as { all?: unknown; threads?: unknown };
	if (typeof all !== 'number' || typeof threads !== 'object' || threads === null) return null;
	const numbers = Object.entries(threads).filter((e): e is [string, number] => typeof e[1] === 'number');
	return { all, threads: Object.fromEntries(numbers) };
}
