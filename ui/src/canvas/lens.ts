// Focus and filter of one person: what is singled out, and the way through it.

import type { Bytes } from '../core/bytes';
import type { DeskCalls } from '../core/desk';
import {
	asks,
	type Facets,
	type Filter,
	type Focus,
	filterBytes,
	type Lens,
	lensBytes,
	mostSteps,
	noFacets,
	noFilter,
	Way,
} from '../core/lens';
import type { MapState } from '../panels/mapstate.svelte';
import type { Stage } from './stage';

const firstSteps = 2;

/** What one person singled out in the open map. It changes nothing of the map. */
export class Lenses {
	private ids: Bytes[] = []; // of where the focus is: numbers die with their core

	constructor(
		private readonly desk: DeskCalls,
		private readonly state: MapState,
		private readonly stage: Stage,
		private readonly go: (num: number) => void,
		private readonly select: (nums: readonly number[]) => void,
	) {}

	/** Whether anything is singled out. */
	get on(): boolean {
		return this.state.lens.focus !== null || asks(this.state.lens.filter);
	}

	/** Looks at what is near the selection, or ends that. */
	toggleFocus(): void {
		if (this.state.lens.focus) this.endFocus();
		else if (this.state.selection.length > 0)
			this.focus({ from: this.state.selection, steps: firstSteps, way: Way.all });
	}

	/** Ends the focus. */
	endFocus(): void {
		this.focus(null);
	}

	/** One relationship more, or less. */
	widen(by: number): void {
		const { focus } = this.state.lens;
		if (focus) this.focus({ ...focus, steps: Math.min(mostSteps, Math.max(1, focus.steps + by)) });
	}

	/** Which relationships lead on. */
	follow(way: Way): void {
		const { focus } = this.state.lens;
		if (focus) this.focus({ ...focus, way });
	}

	/** Whether the rest is faint or not shown. */
	hide(hide: boolean): void {
		this.put({ ...this.state.lens, hide });
	}

	/** Looks for what fits. */
	filter(filter: Filter): void {
		this.put({ ...this.state.lens, filter });
	}

	/** Looks for nothing any more. */
	clearFilter(): void {
		this.filter(noFilter);
	}

	/** What is singled out. */
	found(): number[] {
		return this.desk.use((core) => core.found(), []);
	}

	/** What a filter would find. */
	find(filter: Filter): number[] {
		return this.desk.use((core) => core.find(filterBytes(filter)), []);
	}

	/** What the map can be filtered by. */
	facets(): Facets {
		return this.desk.use((core) => core.facets(), noFacets);
	}

	/** Goes to the next of what is singled out, or the one before. */
	step(by: 1 | -1): void {
		const found = this.found();
		if (found.length === 0) return;
		const at = found.indexOf(this.state.selection.at(-1) ?? 0);
		const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length;
		this.go(found[next] ?? 0);
	}

	/** Selects all that is singled out. */
	selectFound(): void {
		const found = this.found();
		if (found.length > 0) this.select(found);
	}

	/** The map changed: a focus on what is gone ends. */
	prune(): void {
		const { focus } = this.state.lens;
		if (!focus) return;
		const from = focus.from.filter((num) => this.desk.use((core) => core.describe(num), null) !== null);
		if (from.length === 0) this.endFocus();
	}

	/** A new core: it is told again, by numbers of its own. */
	rebuilt(): void {
		const { lens } = this.state;
		const from = this.desk.use((core) => this.ids.map((id) => core.lookup(id)), []).filter((num) => num > 0);
		this.put({ ...lens, focus: lens.focus && from.length > 0 ? { ...lens.focus, from } : null });
	}

	private focus(focus: Focus | null): void {
		this.put({ ...this.state.lens, focus });
	}

	private put(lens: Lens): void {
		this.state.lens = lens;
		this.ids = this.desk.use((core) => (lens.focus?.from ?? []).map((num) => core.ident(num)), this.ids);
		this.desk.use((core) => core.lens(lensBytes(lens)), undefined);
		this.stage.paintSoon();
	}
}
