// Keys by name: what an event says, and how a person reads it.

import { words } from '../words';

/** Whether this is an Apple machine, where ⌘ takes Ctrl's place. */
const apple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');

// Signs and digits that need Shift on some keyboards are known by what they mean.
const signs = /^[^\p{L}\p{N}\s]$/u;

/** The name of what was pressed: "Mod+Shift+G", "Alt+ArrowUp", "?", "Shift+1". */
export function comboOf(event: KeyboardEvent): string {
	const digit = /^Digit(\d)$/.exec(event.code)?.[1];
	const key =
		event.key === ' ' ? 'Space' : digit && !signs.test(event.key) ? digit : nameOf(event.key, digit, event);
	const parts: string[] = [];
	if (event.ctrlKey || event.metaKey) parts.push('Mod');
	if (event.altKey) parts.push('Alt');
	if (event.shiftKey && !(signs.test(key) && key.length === 1)) parts.push('Shift');
	return [...parts, key].join('+');
}

// Shift and a digit is a sign on every keyboard, another one on each: the digit counts.
function nameOf(key: string, digit: string | undefined, event: KeyboardEvent): string {
	if (digit && event.shiftKey) return digit;
	return key.length === 1 ? key.toUpperCase() : key;
}

/** A combination as it is written on the keyboard. */
export function showCombo(combo: string): string {
	const { keyNames } = words;
	const names: Record<string, string | undefined> = {
		Mod: apple ? '⌘' : keyNames.control,
		Shift: keyNames.shift,
		Alt: keyNames.alt,
		Tab: keyNames.tab,
		Enter: keyNames.enter,
		Delete: keyNames.delete,
		Space: keyNames.space,
		Escape: keyNames.escape,
		ArrowLeft: '←',
		ArrowUp: '↑',
		ArrowRight: '→',
		ArrowDown: '↓',
	};
	return combo
		.split('+')
		.map((part) => names[part] ?? part)
		.join('+');
}

/** Several combinations, the way a list of keys shows them. */
export function showCombos(combos: readonly string[]): string {
	return combos.map(showCombo).join(', ');
}
