// The alerts that a page shows: looked for now and then while somebody sees the page, and
// changed by what is done about them.

import { say } from '../api';
import type { Alert, AlertCalls, Outcome } from './alertapi';
import { arranged, byNeed, once } from './alerts';

const again = 15_000; // ms between two looks
const page = 100; // alerts

/** What came of an answer that was given on this page. */
export interface Answered extends Outcome {
	answer: string;
}

/** The alerts of a page. */
export class Inbox {
	/** Those that are shown, in order. */
	list: readonly Alert[] = $state.raw([]);
	/** Whether those are shown too that are dealt with. */
	every = $state(false);
	/** Whether there may be earlier ones. */
	more = $state(false);
	busy = $state(false);
	/** Whether there was an answer yet. */
	asked = $state(false);
	trouble = $state('');
	/** Those that came since the page was opened, and that nobody has read. */
	fresh: ReadonlySet<string> = $state.raw(new Set());
	/** What came of the answers given here, by alert. */
	outcomes: Readonly<Record<string, Answered>> = $state.raw({});
	/** The alerts whose accounts were unlocked here. */
	unlocked: ReadonlySet<string> = $state.raw(new Set());
	/** The one that is read; "": none. What is there keeps its place meanwhile. */
	opened = $state('');
	#first: readonly Alert[] = []; // the newest page
	#older: readonly Alert[] = [];
	#kept: readonly Alert[] = []; // dealt with here: they stay until another view is chosen
	#turn = 0; // only the last look's answer counts
	#timer: ReturnType<typeof setTimeout> | undefined;
	#seen = new Set<string>();
	#ended = false;

	#orgs: ReadonlyMap<string, string> | null = null; // what organisations are called

	constructor(
		private readonly calls: AlertCalls,
		/** Told after each look. */
		private readonly looked: () => void = () => {},
	) {}

	/** Whether the alerts are those of the whole site. */
	get site(): boolean {
		return this.calls.site;
	}

	/** Begins to look; ends with close. */
	begin(): () => void {
		const onVisible = (): void => {
			if (document.visibilityState === 'visible') void this.look();
		};
		document.addEventListener('visibilitychange', onVisible);
		void this.look();
		return () => {
			this.#ended = true;
			clearTimeout(this.#timer);
			document.removeEventListener('visibilitychange', onVisible);
		};
	}

	/** Looks for alerts. A look that fails leaves what was seen before. */
	async look(): Promise<void> {
		clearTimeout(this.#timer);
		const mine = ++this.#turn;
		try {
			const found = await this.#named(await this.calls.list(!this.every, page));
			if (mine !== this.#turn) return;
			this.#take(found);
			this.trouble = '';
		} catch (error) {
			if (mine === this.#turn) this.trouble = say(error);
		}
		if (mine !== this.#turn || this.#ended) return;
		this.#timer = setTimeout(() => this.#turnUp(), again);
	}

	// Nobody sees a page in the background: the look waits until somebody does.
	#turnUp(): void {
		if (document.visibilityState === 'visible') void this.look();
	}

	// Organisations have names, which alerts do not know. Without them they say less.
	async #named(found: readonly Alert[]): Promise<Alert[]> {
		if (!this.#orgs && found.some(({ org }) => org))
			this.#orgs = await this.calls.orgs().catch(() => new Map<string, string>());
		return found.map((a) => {
			const orgName = this.#orgs?.get(a.org ?? '') ?? '';
			return orgName === '' ? a : { ...a, orgName };
		});
	}

	#take(found: readonly Alert[]): void {
		const open = new Set(found.filter((a) => !a.closed && !a.muted).map(({ id }) => id));
		const came = this.asked ? [...open].filter((id) => !this.#seen.has(id)) : [];
		this.fresh = new Set([...this.fresh, ...came].filter((id) => open.has(id)));
		if (!this.asked) this.more = found.length === page;
		this.asked = true;
		for (const { id } of found) this.#seen.add(id);
		this.#first = found;
		this.#arrange();
		this.looked();
	}

	#arrange(): void {
		const here = Boolean(document.activeElement?.closest('[data-alerts]'));
		const places = this.opened !== '' || here ? this.list.map(({ id }) => id) : null;
		const all = once([...this.#first, ...this.#kept, ...this.#older]);
		this.list = arranged(all, this.every ? (a, b) => b.at - a.at : byNeed, places);
	}

	/** Opens an alert, or none. */
	read(id: string): void {
		this.opened = id;
		this.trouble = '';
		this.fresh = new Set([...this.fresh].filter((other) => other !== id));
	}

	/** Goes on with what is earlier. */
	async earlier(): Promise<void> {
		const last = this.#older.at(-1) ?? this.#first.at(-1);
		if (!last || this.busy) return;
		await this.#run(async () => {
			const found = await this.#named(await this.calls.list(!this.every, page, last.at));
			this.#older = [...this.#older, ...found];
			for (const { id } of found) this.#seen.add(id);
			this.more = found.length === page;
			this.#arrange();
		});
	}

	/** Shows those too that are dealt with, or no longer. */
	async show(every: boolean): Promise<void> {
		this.every = every;
		this.opened = '';
		this.asked = false;
		this.#first = this.#older = this.#kept = [];
		this.list = [];
		await this.look();
	}

	/** Deals with an alert without doing anything. */
	close = (a: Alert): Promise<boolean> =>
		this.#run(async () => {
			await this.calls.close(a.id);
			this.#change({ ...a, closed: Date.now() });
		});

	/** Takes that back. */
	reopen = (a: Alert): Promise<boolean> =>
		this.#run(async () => {
			await this.calls.reopen(a.id);
			const { closed, closedBy, ...open } = a;
			this.#change(open);
		});

	/** Does something about an alert. */
	answer = (a: Alert, answer: string): Promise<boolean> =>
		this.#run(async () => {
			const outcome = await this.calls.answer(a.id, answer);
			this.outcomes = { ...this.outcomes, [a.id]: { answer, ...outcome } };
			this.unlocked = new Set([...this.unlocked].filter((id) => id !== a.id));
			this.#kept = [a, ...this.#kept.filter(({ id }) => id !== a.id)];
			await this.look();
			// What is not among the open ones any more was dealt with by the answer.
			const there = this.#first.some(({ id }) => id === a.id);
			if (!this.every && !there && this.trouble === '') this.#change({ ...a, closed: Date.now() });
		});

	// What was changed here is known before the next look tells it, and stays in its place.
	#change(a: Alert): void {
		this.#turn++;
		const others = (list: readonly Alert[]): Alert[] => list.filter(({ id }) => id !== a.id);
		this.#first = a.closed ? others(this.#first) : [a, ...others(this.#first)];
		this.#older = others(this.#older);
		this.#kept = a.closed ? [a, ...others(this.#kept)] : others(this.#kept);
		this.list = this.list.map((old) => (old.id === a.id ? a : old));
		this.looked();
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#turnUp(), again);
	}

	/** Takes back that an account was locked. */
	unlock = (a: Alert): Promise<boolean> =>
		this.#run(async () => {
			await this.calls.unlock(a.by?.id ?? '');
			const { [a.id]: _, ...others } = this.outcomes;
			this.outcomes = others;
			this.unlocked = new Set([...this.unlocked, a.id]);
		});

	async #run(what: () => Promise<void>): Promise<boolean> {
		this.busy = true;
		this.trouble = '';
		try {
			await what();
			return true;
		} catch (error) {
			this.trouble = say(error);
			return false;
		} finally {
			this.busy = false;
		}
	}
}
