// Whether letters alone are commands. Who speaks to the computer turns them off, since
// words would set off one command after the other: WCAG 2.2, 2.1.4 Character Key Shortcuts.

const key = 'plectica.letters';
const alone = /^(Shift\+)?[^\s]$/u; // one letter, digit or sign

/** Whether letters, digits and signs alone are commands, in this browser. */
export function lettersCount(): boolean {
	try {
		return localStorage.getItem(key) !== 'off';
	} catch {
		return true; // there is no storage
	}
}

/** Lets letters alone be commands, or not. */
export function countLetters(on: boolean): void {
	try {
		if (on) localStorage.removeItem(key);
		else localStorage.setItem(key, 'off');
	} catch {
		// For this once it stays as it is.
	}
}

/** Whether a combination is a letter, digit or sign alone. */
export function isLetter(combo: string): boolean {
	return alone.test(combo);
}
