// The keys of the canvas. They count while the focus is on the stage or nowhere;
// fields and buttons keep theirs.

import { Near } from '../core/commands';
import { Type } from '../core/model';
import { type Editor, fragmentType } from './editor';
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
}

const zoomStep = 1.25;
const panStep = 64; // px

const arrows: Record<string, number | undefined> = { ArrowLeft: 0, ArrowUp: 1, ArrowRight: 2, ArrowDown: 3 };

/** Listens to the keyboard for one map. */
export class Keys {
	private readonly stop = new AbortController();

	constructor(
		private readonly editor: Editor,
		private readonly pointers: Pointers,
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
		if (event.defaultPrevented || composes(event)) return;
		const command = event.ctrlKey || event.metaKey;
		if (event.key === 'F6') {
			event.preventDefault();
			this.host.nextRegion();
			return;
		}
		// Undo and redo work in the map's own fields too: their text is the map's.
		const typing = isTyping(event.target);
		if (command && this.undoKey(event) && (!typing || isMapField(event.target))) {
			event.preventDefault();
			return;
		}
		if (typing || !this.onStage(event.target)) return;
		const done = command ? this.commandKey(event) : this.plainKey(event);
		if (done) event.preventDefault();
	}

	private undoKey(event: KeyboardEvent): boolean {
		const key = event.key.toLowerCase();
		const redo = (key === 'z' && event.shiftKey) || (key === 'y' && !event.shiftKey);
		if (!redo && key !== 'z') return false;
		if (isTyping(event.target) && !isMapField(event.target)) return false;
		if (redo) this.editor.redo();
		else this.editor.undo();
		return true;
	}

	private commandKey(event: KeyboardEvent): boolean {
		const { editor } = this;
		switch (event.key.toLowerCase()) {
			case 'd':
				editor.duplicate();
				return true;
			case 'g':
				if (event.shiftKey) editor.unwrap();
				else editor.wrap();
				return true;
			case 'a':
				this.selectAll();
				return true;
			case 'enter':
				editor.stage.fitSelection(editor.state.selection);
				return true;
			case '0':
				editor.stage.zoomTo(1);
				return true;
			case '+':
			case '=':
				editor.stage.zoomBy(zoomStep);
				return true;
			case '-':
				editor.stage.zoomBy(1 / zoomStep);
				return true;
			case ' ':
				this.pointers.space = true;
				return true;
			default:
				return false;
		}
	}

	private plainKey(event: KeyboardEvent): boolean {
		const direction = arrows[event.key];
		if (direction !== undefined) return this.arrow(direction, event);
		return this.structureKey(event) || this.toolKey(event);
	}

	private arrow(direction: number, event: KeyboardEvent): boolean {
		const { editor } = this;
		const [dx, dy] = [
			[-1, 0],
			[0, -1],
			[1, 0],
			[0, 1],
		][direction] ?? [0, 0];
		if (event.altKey) {
			if (direction === 0) editor.outdent();
			else if (direction !== 2) editor.reorder(direction === 1 ? -1 : 1);
		} else if (event.shiftKey) editor.nudge(dx ?? 0, dy ?? 0);
		else if (editor.state.selection.length === 0 && this.nothingNear(direction)) {
			editor.stage.pan(-(dx ?? 0) * panStep, -(dy ?? 0) * panStep);
		} else editor.move(direction);
		return true;
	}

	private nothingNear(direction: number): boolean {
		return this.editor.desk.use((core) => core.near(0, direction), 0) === 0;
	}

	private structureKey(event: KeyboardEvent): boolean {
		const { editor } = this;
		const { selection, relatingFrom } = editor.state;
		const chosen = selection[0] ?? 0;
		switch (event.key) {
			case 'Tab':
				// Without a selection Tab leaves the canvas, past the rows inside it.
				if (chosen === 0 && !event.shiftKey) {
					this.host.nextRegion();
					return true;
				}
				if (chosen === 0 || !editor.state.editable) return false;
				editor.createNear(event.shiftKey ? Near.around : Near.part);
				return true;
			case 'Enter':
				if (relatingFrom !== 0 && chosen !== 0) {
					editor.state.relatingFrom = 0;
					editor.relate(relatingFrom, chosen);
				} else if (chosen === 0) editor.createHere();
				else if (editor.single(Type.relationship) !== 0) editor.edit(chosen);
				else editor.createNear(event.shiftKey ? Near.before : Near.after);
				return true;
			case 'F2':
				if (chosen !== 0) editor.edit(chosen);
				return true;
			case 'Escape':
				return this.escape();
			case 'Delete':
			case 'Backspace':
				editor.remove();
				return true;
			case ' ':
				if (chosen !== 0 && editor.describe(chosen)?.hasParts) {
					if (!event.repeat) editor.toggleFold();
				} else this.pointers.space = true;
				return true;
			default:
				return false;
		}
	}

	private escape(): boolean {
		const { editor } = this;
		const { selection, relatingFrom, tool } = editor.state;
		if (this.pointers.cancel()) return true;
		if (relatingFrom !== 0 || tool !== 'select') {
			editor.setTool('select');
			return true;
		}
		const whole = editor.describe(selection[0] ?? 0)?.whole ?? 0;
		editor.select(whole === 0 ? [] : [whole]);
		return selection.length > 0;
	}

	private toolKey(event: KeyboardEvent): boolean {
		const { editor } = this;
		// By the place on the keyboard for digits, by the letter for letters.
		if (event.shiftKey && event.code === 'Digit1') editor.stage.fit();
		else if (event.shiftKey && event.code === 'Digit2') editor.stage.fitSelection(editor.state.selection);
		else if (event.key === '?') editor.state.helpOpen = true;
		else if (event.shiftKey || event.altKey) return false;
		else return this.letter(event.key.toLowerCase());
		return true;
	}

	private letter(key: string): boolean {
		const { editor } = this;
		const chosen = editor.state.selection[0] ?? 0;
		if (key === 'v') editor.setTool('select');
		else if (key === 'h') editor.setTool('hand');
		else if (key === 'c' && editor.state.editable) editor.setTool('card');
		else if (key === 'r' && editor.state.editable) {
			editor.setTool('relation');
			editor.state.relatingFrom = chosen;
		} else return false;
		return true;
	}

	private selectAll(): void {
		const box = this.editor.desk.use((core) => core.bounds(0), null);
		if (!box) return;
		this.editor.select(
			this.editor.desk.use((core) => core.lasso(box.x, box.y, box.x + box.w, box.y + box.h), []),
		);
	}

	private onUp(event: KeyboardEvent): void {
		if (event.key === ' ') this.pointers.space = false;
	}

	private release(): void {
		this.pointers.space = false;
	}

	private onCopy(event: ClipboardEvent, cut: boolean): void {
		if (isTyping(event.target) || !this.onStage(event.target) || !event.clipboardData) return;
		const copied = this.editor.copy();
		if (!copied) return;
		event.preventDefault();
		event.clipboardData.setData(fragmentType, copied.fragment);
		event.clipboardData.setData('text/plain', copied.text);
		if (cut) this.editor.remove();
	}

	private onPaste(event: ClipboardEvent): void {
		if (isTyping(event.target) || !this.onStage(event.target) || !event.clipboardData) return;
		event.preventDefault();
		const fragment = event.clipboardData.getData(fragmentType);
		this.editor.paste(fragment, event.clipboardData.getData('text/plain'));
	}

	// A selection in the page outside the stage is the browser's to copy.
	private onStage(target: EventTarget | null): boolean {
		if (!(target instanceof Node) || document.querySelector('dialog[open]')) return false;
		return target === document.body || target === document || this.editor.stage.root.contains(target);
	}
}

function isTyping(target: EventTarget | null): boolean {
	if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return true;
	return target instanceof HTMLSelectElement || (target instanceof HTMLElement && target.isContentEditable);
}

// Fields that hold a text of the map, so that undo there is the map's undo.
function isMapField(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.dataset.mapText !== undefined;
}
