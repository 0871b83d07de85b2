// Where to begin typing in what has just been opened.

/** Gives a field the focus as soon as it is there. */
export function focus(field: HTMLElement): void {
	field.focus();
}
