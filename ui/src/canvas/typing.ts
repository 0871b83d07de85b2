// Binds a textarea to a title or body: what is typed becomes splices, what others
// type appears without moving the caret. The core transforms; here UTF-16 meets
// code points and input methods.

import { breakGroup, splice } from '../core/commands';
import type { DeskCalls } from '../core/desk';
import type { TextField } from '../core/model';
import { diff, indexOfPoint, pointsBefore } from '../core/text';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const titleControls = /[\u0000-\u001f\u007f]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const bodyControls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** One textarea bound to one text. */
export class Typing {
	private synced = ''; // the text the core and the textarea agreed on
	private composing = false;
	private marking = false; // whether the core's mark is ours
	private typed = false; // whether there is a group of typing to end
	private marked = 0; // start of the mark when composition began
	private readonly stop = new AbortController();

	constructor(
		private readonly desk: DeskCalls,
		private readonly area: HTMLTextAreaElement,
		readonly num: number,
		private readonly field: TextField,
	) {
		this.synced = this.coreText();
		area.value = this.synced;
		const { signal } = this.stop;
		area.addEventListener('input', () => this.onInput(), { signal });
		area.addEventListener('beforeinput', (event) => this.onBeforeInput(event), { signal });
		area.addEventListener('compositionstart', () => this.onCompositionStart(), { signal });
		area.addEventListener('compositionend', () => this.onCompositionEnd(), { signal });
		document.addEventListener('selectionchange', () => this.mark(), { signal });
		area.addEventListener('focus', () => this.mark(), { signal });
		area.addEventListener('blur', () => this.unmark(), { signal });
	}

	/** Takes over what others typed. */
	refresh(): void {
		if (this.composing) return;
		const text = this.coreText();
		if (text === this.area.value) {
			this.synced = text;
			return;
		}
		const focused = document.activeElement === this.area;
		const caret = this.desk.use((core) => core.caret(), { start: 0, end: 0 });
		this.area.value = text;
		this.synced = text;
		if (focused) {
			this.area.setSelectionRange(indexOfPoint(text, caret.start), indexOfPoint(text, caret.end));
		}
	}

	/** Ends the binding; what was typed so far is one step of undo. */
	end(): void {
		if (this.composing) this.onCompositionEnd();
		this.unmark();
		this.stop.abort();
		if (this.typed) this.desk.run(breakGroup());
	}

	private coreText(): string {
		return this.desk.use((core) => core.text(this.num, this.field).text, this.synced);
	}

	private onInput(): void {
		if (!this.composing) this.send(0);
	}

	// The browser's own undo knows nothing of what others typed.
	private onBeforeInput(event: InputEvent): void {
		if (event.inputType === 'historyUndo' || event.inputType === 'historyRedo') event.preventDefault();
	}

	private onCompositionStart(): void {
		this.mark();
		this.marked = pointsBefore(this.area.value, this.area.selectionStart);
		this.composing = true;
	}

	private onCompositionEnd(): void {
		if (!this.composing) return;
		this.composing = false;
		const caret = this.desk.use((core) => core.caret(), { start: this.marked, end: this.marked });
		this.send(caret.start - this.marked);
		this.refresh();
	}

	// send makes one splice of what changed. shift is how far others moved the
	// place while an input method held it.
	private send(shift: number): void {
		this.clean();
		const change = diff(this.synced, this.area.value, this.area.selectionEnd);
		if (!change) return;
		this.typed = true;
		if (
			!this.desk.run(splice(this.num, this.field, Math.max(0, change.pos + shift), change.del, change.ins))
		) {
			// Refused, and said so: showing it on would lose all that is typed after it.
			this.area.value = this.coreText();
			this.synced = this.area.value;
			return;
		}
		this.synced = this.area.value;
		this.mark(shift);
	}

	// Texts hold no control characters, and a title is one line: what is pasted of
	// them becomes spaces, or nothing.
	private clean(): void {
		const { value, selectionEnd } = this.area;
		const clean = (text: string): string =>
			this.field === 1 ? text.replace(titleControls, ' ') : text.replace(bodyControls, '');
		const kept = clean(value);
		if (kept === value) return;
		const caret = clean(value.slice(0, selectionEnd)).length;
		this.area.value = kept;
		this.area.setSelectionRange(caret, caret);
	}

	private mark(by = 0): void {
		if (this.composing || document.activeElement !== this.area) return;
		const { value, selectionStart, selectionEnd } = this.area;
		const start = Math.max(0, pointsBefore(value, selectionStart) + by);
		const end = Math.max(0, pointsBefore(value, selectionEnd) + by);
		this.marking = true;
		this.desk.use((core) => core.caretMark(this.num, this.field, start, end), undefined);
	}

	private unmark(): void {
		if (!this.marking) return; // the mark may be another field's by now
		this.marking = false;
		this.desk.use((core) => core.caretMark(0, 0, 0, 0), undefined);
	}
}
