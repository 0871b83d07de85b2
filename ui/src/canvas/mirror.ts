// The mirror: the neighbourhood of the selected card as a tree in the page, for
// screen readers and for the keyboard's focus. What is drawn on a canvas says
// nothing to them.

import { type TreeRow, Type } from '../core/model';
import { words } from '../words';
import type { Editor } from './editor';

const mostRows = 200;
const pauseMs = 80; // between updates while somebody types
const spokenNeighbours = 5;
const spokenFiles = 3;

/** Keeps a tree element equal to the map around the selection. */
export class Mirror {
	private readonly rows = new Map<number, HTMLElement>();
	private timer: ReturnType<typeof setTimeout> | undefined;
	private readonly stop = new AbortController();
	private current = 0;
	private steering = false; // the focus is moved by us, not by the person

	constructor(
		private readonly editor: Editor,
		private readonly tree: HTMLElement,
	) {
		const { signal } = this.stop;
		tree.addEventListener('focusin', (event) => this.onFocus(event), { signal });
		tree.addEventListener('click', (event) => this.onFocus(event), { signal });
	}

	/** Stops and empties the tree. */
	close(): void {
		clearTimeout(this.timer);
		this.stop.abort();
		this.forget();
	}

	/** A new core: its numbers are new. */
	forget(): void {
		for (const row of this.rows.values()) row.remove();
		this.rows.clear();
		this.update();
	}

	/** The map or the selection changed. */
	update(): void {
		this.timer ??= setTimeout(() => {
			this.timer = undefined;
			this.build();
		}, pauseMs);
	}

	/** The selection moved: the focus follows if it is on the canvas. */
	follow(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
		this.build();
		const root = this.editor.stage.root;
		const active = document.activeElement;
		if (this.editor.state.editing || !(active && root.contains(active))) return;
		// Nothing is selected: the focus stays on the canvas, or the row would
		// select itself again.
		const row = this.editor.state.selection.length === 0 ? root : this.rows.get(this.current);
		if (!row || active === row) return;
		this.steering = true;
		row.focus({ preventScroll: true });
		this.steering = false;
	}

	private build(): void {
		const chosen = this.editor.state.selection.at(-1) ?? 0;
		const rows = this.rowsAround(chosen);
		const seen = new Set(rows.map((row) => row.num));
		// The first row takes the focus where nothing is selected.
		this.current = seen.has(chosen) ? chosen : (rows[0]?.num ?? 0);
		for (const [num, element] of this.rows) {
			if (seen.has(num)) continue;
			element.remove();
			this.rows.delete(num);
		}
		let before: Element | null = this.tree.firstElementChild;
		for (const row of rows) {
			const element = this.rows.get(row.num) ?? this.make(row.num);
			this.fill(element, row);
			if (element === before) before = element.nextElementSibling;
			else this.tree.insertBefore(element, before);
		}
	}

	// A relationship lies between cards, not among them: the selected one leads the
	// tree, so that the focus has somewhere to be.
	private rowsAround(chosen: number): TreeRow[] {
		const rows = this.editor.desk.use((core) => core.tree(chosen, mostRows), []);
		if (this.editor.describe(chosen)?.type !== Type.relationship) return rows;
		const row = {
			num: chosen,
			depth: 0,
			index: 0,
			siblings: 1,
			selected: true,
			hasParts: false,
			folded: false,
		};
		return [row, ...rows];
	}

	private make(num: number): HTMLElement {
		const element = document.createElement('div');
		element.setAttribute('role', 'treeitem');
		element.id = `card-${num}`;
		element.dataset.num = String(num);
		this.rows.set(num, element);
		return element;
	}

	private fill(element: HTMLElement, row: TreeRow): void {
		put(element, 'aria-level', String(row.depth + 1));
		put(element, 'aria-posinset', String(row.index + 1));
		put(element, 'aria-setsize', String(row.siblings));
		put(element, 'aria-selected', String(row.selected));
		put(element, 'aria-expanded', row.hasParts ? String(!row.folded) : null);
		element.tabIndex = row.num === this.current ? 0 : -1;
		const label = this.label(row);
		if (element.textContent !== label) element.textContent = label;
	}

	private label(row: TreeRow): string {
		const written = this.editor.title(row.num);
		const title = written || words.common.untitledCard;
		if (row.num !== this.current) return title;
		const d = this.editor.describe(row.num);
		if (!d) return title;
		if (d.type === Type.relationship) {
			return words.spoken.relationship(written, this.name(d.a), this.name(d.b));
		}
		const shown = this.files(row.num);
		const others = d.neighbours.slice(0, spokenNeighbours).map((n) => this.name(n.other));
		const more = d.neighbours.length - others.length;
		const name = shown === '' ? title : words.spoken.withFiles(title, shown);
		if (others.length === 0) return name;
		return words.spoken.relates(name, others, more);
	}

	// What a card's images show, as far as somebody has said it; else what they are called.
	private files(num: number): string {
		const { items } = this.editor.content.files(num);
		return items
			.slice(0, spokenFiles)
			.map((item) => item.alt || item.name || words.files.nameless)
			.join(', ');
	}

	private name(num: number): string {
		return this.editor.title(num) || words.common.anUntitledCard;
	}

	private onFocus(event: Event): void {
		if (!(event.target instanceof HTMLElement)) return;
		const num = Number(event.target.dataset.num ?? 0);
		if (num === 0 || this.editor.state.selection.includes(num)) return;
		// Coming into the tree from elsewhere selects; where the focus only follows,
		// it must not.
		if (this.steering) return;
		this.editor.select([num]);
		this.editor.stage.reveal(num);
	}
}

// put writes only what changed: screen readers announce writes.
function put(element: HTMLElement, name: string, value: string | null): void {
	if (value === null) element.removeAttribute(name);
	else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
