// The keys of the canvas. They count while the focus is on the stage or nowhere;
// fields and buttons keep theirs.

import { Type } from '../core/model';
import { type Action, possible } from './actions';
import { comboOf } from './combos';
import { sourceType } from './content';
import { type Editor, fragmentType } from './editor';
import { isLetter, lettersCount } from './letters';
import type { Pointers } from './pointer';

const imeKey = 229; // what browsers report while an input method has the key

/** Whether the key is an input method's. Safari ends the composition before its last key. */
export function composes(event: KeyboardEvent): boolean {
	return event.isComposing || event.keyCode === imeKey;
}

/** What the page does for keys that are not the map's. */
export interface KeyHost {
	/** Moves the focus to the next region of the page. */
	nextRegion(): void;
	/** The keys of a presentation that runs; true when it was one of them. */
	present(combo: string): boolean;
	/** Whether something with keys of its own lies over the map. */
	covered?(): boolean;
	/** Looks for the other end of what is being joined, by its first letter. */
	seek(letter: string): void;
}

const paletteKey = 'Mod+K';
const undoKeys: ReadonlySet<string> = new Set(['Mod+Z', 'Mod+Shift+Z', 'Mod+Y']);
const chordMs = 2000; // for a digit after P

/** Listens to the keyboard for one map. */
export class Keys {
	private readonly stop = new AbortController();
	private pressedP = -chordMs;

	constructor(
		private readonly editor: Editor,
		private readonly pointers: Pointers,
		private readonly actions: () => readonly Action[],
		private readonly host: KeyHost,
	) {
		const { signal } = this.stop;
		addEventListener('keydown', (e) => this.onDown(e), { signal });
		addEventListener('keyup', (e) => this.onUp(e), { signal });
		addEventListener('blur', () => this.release(), { signal });
		document.addEventListener('copy', (e) => this.onCopy(e, false), { signal });
		document.addEventListener('cut', (e) => this.onCopy(e, true), { signal });
		document.addEventListener('paste', (e) => this.onPaste(e), { signal });
	}

	/** Stops listening. */
	close(): void {
		this.stop.abort();
	}

	private onDown(event: KeyboardEvent): void {
		if (event.defaultPrevented || composes(event) || this.covered) return;
		if (event.key === 'F6') {
			event.preventDefault();
			this.host.nextRegion();
			return;
		}
		const combo = comboOf(event);
		const typing = isTyping(event.target);
		// Undo and redo work in the map's own fields too: their text is the map's. The
		// palette opens from anywhere.
		const everywhere = combo === paletteKey || (isMapField(event.target) && undoKeys.has(combo));
		if (document.querySelector('dialog[open]')) return;
		if (isLetter(combo) && !this.editor.state.joining && !lettersCount()) return;
		if (this.editor.state.presenting) {
			if (!typing && !isButton(event.target, combo) && this.host.present(combo)) event.preventDefault();
			return;
		}
		if (!everywhere && (typing || !this.onStage(event.target))) return;
		if (this.special(combo, event) || this.act(combo)) event.preventDefault();
	}

	// The history lies over the open map, with keys of its own.
	private get covered(): boolean {
		return this.host.covered?.() ?? false;
	}

	// act runs the first action of a combination that can be done now.
	private act(combo: string): boolean {
		const action = this.actions().find((a) => a.keys.includes(combo) && possible(this.editor, a));
		action?.run();
		return action !== undefined;
	}

	// What keys do that is no action of its own.
	private special(combo: string, event: KeyboardEvent): boolean {
		const { state } = this.editor;
		const digit = /^[1-9]$/.test(combo) ? Number(combo) : 0;
		if (digit > 0 && event.timeStamp - this.pressedP < chordMs) return this.nthEye(digit);
		if (combo === 'P') this.pressedP = event.timeStamp;
		// While the other end is sought, letters look for it.
		if (state.joining && /^(Shift\+)?[\p{L}\p{N}]$/u.test(combo)) {
			this.host.seek(event.key);
			return true;
		}
		switch (combo) {
			case 'Escape':
				return this.escape();
			case 'Tab':
				// Without a selection Tab leaves the canvas, past the rows inside it.
				if (state.selection.length > 0) return false;
				this.host.nextRegion();
				return true;
			case 'Space':
			case 'Mod+Space':
				if (combo === 'Space' && this.editor.whole()) return event.repeat;
				this.pointers.space = true;
				return true;
			default:
				return false;
		}
	}

	// nthEye opens or shuts the eye of the nth point of the map.
	private nthEye(n: number): boolean {
		const point = this.editor.points()[n - 1];
		if (point) this.editor.setEye(point.num, !point.open);
		return true;
	}

	private escape(): boolean {
		const { editor } = this;
		const { selection, joining, tool } = editor.state;
		if (this.pointers.cancel()) return true;
		if (joining || tool !== 'select') {
			editor.setTool('select');
			return true;
		}
		if (editor.state.lens.focus) {
			editor.lens.endFocus();
			return true;
		}
		const whole = editor.describe(selection[0] ?? 0)?.whole ?? 0;
		editor.select(whole === 0 ? [] : [whole]);
		return selection.length > 0;
	}

	private onUp(event: KeyboardEvent): void {
		if (event.key === ' ') this.pointers.space = false;
	}

	private release(): void {
		this.pointers.space = false;
	}

	private onCopy(event: ClipboardEvent, cut: boolean): void {
		if (this.covered || isTyping(event.target) || !this.onStage(event.target) || !event.clipboardData) return;
		const copied = this.editor.copy();
		if (!copied) return;
		event.preventDefault();
		event.clipboardData.setData(fragmentType, copied.fragment);
		event.clipboardData.setData('text/plain', copied.text);
		event.clipboardData.setData(sourceType, this.editor.state.id);
		if (cut) this.editor.remove();
	}

	private onPaste(event: ClipboardEvent): void {
		if (
			this.covered ||
			this.editor.state.presenting ||
			isTyping(event.target) ||
			!this.onStage(event.target) ||
			!event.clipboardData
		)
			return;
		event.preventDefault();
		const { editor } = this;
		const fragment = event.clipboardData.getData(fragmentType);
		if (fragment === '') {
			const at = this.pointers.place ?? editor.content.middle();
			editor.content.take(event.clipboardData, editor.single(Type.card), at);
			return;
		}
		const from = event.clipboardData.getData(sourceType);
		const foreign = from !== '' && from !== editor.state.id;
		const before = foreign ? editor.content.cards() : new Set<number>();
		editor.paste(fragment, event.clipboardData.getData('text/plain'));
		if (foreign) void editor.content.adopt(from, before);
	}

	// A selection in the page outside the stage is the browser's to copy.
	private onStage(target: EventTarget | null): boolean {
		if (!(target instanceof Node) || document.querySelector('dialog[open]')) return false;
		if (target instanceof Element && target.closest('[data-outline]')) return true;
		return target === document.body || target === document || this.editor.stage.root.contains(target);
	}
}

// A button keeps the keys that press it.
function isButton(target: EventTarget | null, combo: string): boolean {
	return target instanceof HTMLButtonElement && (combo === 'Enter' || combo === 'Space');
}

function isTyping(target: EventTarget | null): boolean {
	if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return true;
	return target instanceof HTMLSelectElement || (target instanceof HTMLElement && target.isContentEditable);
}

// Fields that hold a text of the map, so that undo there is the map's undo.
function isMapField(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.dataset.mapText !== undefined;
}
