// A desk that shows a map as it was: a core of its own, joined to nothing, that takes
// no edits. It is stepped through the commits of the map's history.

import type { CommandResult, Status } from '../core/border';
import { type Bytes, randomId } from '../core/bytes';
import { Core, CoreDead, compile } from '../core/core';
import { type Connection, type DeskCalls, noStatus } from '../core/desk';
import type { Change, Step } from '../core/model';

/** A map as it was. */
export class PastDesk implements DeskCalls {
	status: Status = noStatus;
	readonly connection: Connection = { kind: 'viewing' };
	readonly durable = false;
	readonly editable = false;
	private core: Core | null = null;
	private fresh = false; // a core whose numbers nobody was told of

	constructor(
		private readonly map: Bytes,
		private readonly changed: (fresh: boolean) => void,
	) {}

	/** Calls the core, or gives the other value while there is none. */
	use<T>(f: (core: Core) => T, otherwise: T): T {
		if (!this.core) return otherwise;
		try {
			return f(this.core);
		} catch (error) {
			if (!(error instanceof CoreDead)) throw error;
			console.error(error);
			this.core = null; // the next state that is shown makes another
			return otherwise;
		}
	}

	/** Shows a state; false when it cannot be read. On the way to another nobody is told. */
	async show(state: Bytes, onTheWay = false): Promise<boolean> {
		const fresh = this.core === null;
		if (fresh) {
			const core = await Core.make(await compile());
			core.open(randomId(), randomId(), this.map, new DataView(randomId().buffer).getUint32(0));
			core.ready();
			this.core = core;
		}
		const ok = this.use((core) => core.past(state), false);
		this.fresh ||= fresh;
		if (!onTheWay) this.tell();
		return ok;
	}

	/** Steps forward up to a change by commits, each with its length before it; null when they
	 * do not follow on what is shown. */
	advance(commits: Bytes, to: number): Step | null {
		const step = this.use((core) => core.advance(commits, to), null);
		this.tell();
		return step;
	}

	/** Shows what differs from an earlier state, or no difference. */
	compare(state: Bytes | null): Change[] {
		const list = this.use((core) => (core.compare(state) ? core.changes() : []), []);
		this.tell();
		return list;
	}

	/** The state that is shown. */
	state(): Bytes | null {
		return this.use((core) => core.state(), null);
	}

	run(): CommandResult | null {
		return null;
	}

	runStep(): void {}

	take(): CommandResult | null {
		return null;
	}

	presence(): void {}

	hurry(): void {}

	/** Ends it. */
	close(): void {
		this.core = null;
	}

	private tell(): void {
		const { fresh } = this;
		this.fresh = false;
		this.status = this.use((core) => core.status(), this.status);
		this.changed(fresh);
	}
}
