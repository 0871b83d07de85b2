// The words of the interface. They are there before the first page is, and
// another language is a new page: nothing has to change while it is shown.

import { en, type Words } from './en';

export type { Words };

/** A language of the interface. */
export interface Language {
	code: string;
	name: string; // in itself
	dir: 'ltr' | 'rtl';
}

/** The languages there are. */
export const languages: readonly Language[] = [
	{ code: 'en', name: 'English', dir: 'ltr' },
	{ code: 'de', name: 'Deutsch', dir: 'ltr' },
];

// English comes with the page; any other language is a file of its own.
const others: Record<string, (() => Promise<Words>) | undefined> = {
	de: () => import('./de').then((file) => file.de),
};

const key = 'plectica.language';
const patience = 3000; // ms for a language to come; the page is not held up longer

/** The words of the language in use. */
export let words: Words = en;

let current = 'en';

/** The code of the language in use. */
export function language(): string {
	return current;
}

/** The person's choice. */
export function languageChoice(): string {
	try {
		const stored = localStorage.getItem(key);
		return languages.some(({ code }) => code === stored) ? (stored ?? 'system') : 'system';
	} catch {
		return 'system'; // there is no storage
	}
}

/** Remembers a choice and shows the page in it. */
export function chooseLanguage(choice: string): void {
	if (choice === 'system') localStorage.removeItem(key);
	else localStorage.setItem(key, choice);
	location.reload();
}

/** Gets the words, before anything is shown; English where they do not come. */
export async function loadWords(): Promise<void> {
	const choice = languageChoice();
	const wanted = choice === 'system' ? firstKnown(navigator.languages) : choice;
	const load = others[wanted];
	const found = load ? await Promise.race([load().catch(() => null), late()]) : null;
	if (found) {
		words = found;
		current = wanted;
	}
	const root = document.documentElement;
	root.lang = current;
	root.dir = languages.find(({ code }) => code === current)?.dir ?? 'ltr';
}

/** The first of the wished languages that there is, or English. */
export function firstKnown(wished: readonly string[]): string {
	for (const tag of wished) {
		const code = tag.toLowerCase().split('-')[0];
		if (languages.some((l) => l.code === code)) return code ?? 'en';
	}
	return 'en';
}

function late(): Promise<null> {
	return new Promise((resolve) => {
		setTimeout(() => resolve(null), patience);
	});
}

/** A day as it is written in the language in use. */
export function day(ms: number): string {
	return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(ms);
}

/** A day of this year or the last, in short. */
export function shortDay(ms: number): string {
	return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' }).format(ms);
}

/** From one moment until another, without saying twice what both have in common. */
export function between(since: number, until: number): string {
	const style: Intl.DateTimeFormatOptions = {
		month: 'short',
		day: 'numeric',
		hour: 'numeric',
		minute: '2-digit',
	};
	if (until - since < 10 * minute * 1000) style.second = '2-digit';
	return new Intl.DateTimeFormat(locale(), style).formatRange(since, until);
}

/** A moment: the time today, else the day and the time. */
export function moment(ms: number, now = Date.now()): string {
	const today = new Date(ms).toDateString() === new Date(now).toDateString();
	const style: Intl.DateTimeFormatOptions = today
		? { timeStyle: 'short' }
		: { dateStyle: 'medium', timeStyle: 'short' };
	return new Intl.DateTimeFormat(locale(), style).format(ms);
}

/** How long ago something was, in the largest unit that fits. */
export function ago(ms: number, now = Date.now()): string {
	const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
	const seconds = Math.min(0, (ms - now) / 1000);
	for (const [unit, size] of units)
		if (-seconds >= size) return format.format(Math.trunc(seconds / size), unit);
	return words.lastChange.justNow;
}

const minute = 60; // seconds
const hour = 60 * minute;
const oneDay = 24 * hour;
const units = [
	['year', 365 * oneDay],
	['month', 30 * oneDay],
	['week', 7 * oneDay],
	['day', oneDay],
	['hour', hour],
	['minute', minute],
] as const;

/** The time of a day. */
export function clock(ms: number): string {
	return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(ms);
}

/** A moment to the second. */
export function exactly(ms: number): string {
	return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(ms);
}

/** Bytes as people count them. */
export function bytes(n: number): string {
	const style = { style: 'unit', maximumFractionDigits: 1 } as const;
	if (n < 1e6)
		return new Intl.NumberFormat(locale(), { ...style, unit: 'kilobyte' }).format(Math.ceil(n / 1e3));
	if (n < 1e9) return new Intl.NumberFormat(locale(), { ...style, unit: 'megabyte' }).format(n / 1e6);
	return new Intl.NumberFormat(locale(), { ...style, unit: 'gigabyte' }).format(n / 1e9);
}

// English is not written the same in Dublin and in Boston: the browser says how.
function locale(): string {
	return navigator.languages.find((tag) => tag.split('-')[0] === current) ?? current;
}
