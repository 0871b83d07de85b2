// The numbers behind an alert as they are drawn: beside what is usual, as a part of something,
// as a step of a few, or as an hour of the day.

import { clock, words } from '../words';
import type { Alert, Figure } from './alertapi';
import { kindOf } from './alerts';

/** How a figure is drawn; places are from 0 to 1. */
export type Drawing =
	/** A bar up to what is usual, and on to the value. */
	| { form: 'bar'; value: number; usual: number; beyond: boolean }
	/** So many, of which nothing is usual. */
	| { form: 'dots'; on: number }
	/** A part of what there is. */
	| { form: 'part'; value: number }
	/** So many of a few steps. */
	| { form: 'steps'; on: number; of: number }
	/** An hour of the day, from 0 to 23. */
	| { form: 'hour'; hour: number };

/** A figure in words and as a drawing. */
export interface Shown {
	name: string;
	text: string;
	usual: string; // "": there is none
	drawing: Drawing;
}

// Figures that say how it was, not how much of something there is: nothing is usual of them.
const plain = ['tries', 'days'];

// Both count doublings: so many fill the last step.
const most: Record<string, number> = { heat: 4, surprise: 8 };
const steps = 4;

/** The figures that say something: of some nothing is said by none. */
export function telling(a: Alert): Figure[] {
	return a.figures.filter((f) => f.value > 0 || !silent.includes(f.name));
}

const silent = ['tries', 'earlier', 'acts', 'changed', 'km-per-hour'];

/** A figure as it is shown. */
export function shown(f: Figure, a: Alert): Shown {
	const name = labelOf(f, a);
	const n = words.alertNumbers;
	switch (f.name) {
		case 'heat':
		case 'surprise': {
			const on = stepOf(f.value, most[f.name] ?? steps);
			return { name, text: n[`level${on}`], usual: '', drawing: { form: 'steps', on, of: steps } };
		}
		case 'hour': {
			const at = new Date(a.at);
			at.setUTCHours(Math.floor(f.value) % 24, 0, 0, 0);
			const text = n.hour(clock(at.getTime()), f.usual);
			return { name, text, usual: '', drawing: { form: 'hour', hour: at.getHours() } };
		}
		case 'before': {
			const text = n.of(f.value, f.usual);
			return { name, text, usual: '', drawing: { form: 'part', value: f.usual > 0 ? f.value / f.usual : 0 } };
		}
		case 'km-per-hour': {
			const text = f.value > 0 ? n.speed(f.value) : n.unknown;
			return { name, text, usual: n.usualSpeed(n.speed(f.usual)), drawing: bar(f) };
		}
		default:
			return counted(f, a, name);
	}
}

function counted(f: Figure, a: Alert, name: string): Shown {
	const n = words.alertNumbers;
	const text = n.plain(f.value);
	if (isPlain(f, a)) {
		const drawing =
			f.value <= mostDots ? ({ form: 'dots', on: f.value } as const) : { ...bar(f), beyond: false };
		return { name, text, usual: '', drawing };
	}
	return { name, text, usual: f.usual >= little ? n.usual(n.plain(f.usual)) : n.usualNone, drawing: bar(f) };
}

const mostDots = 24;
const little = 0.05; // less than this is none

function isPlain(f: Figure, a: Alert): boolean {
	if (f.usual > 0) return false;
	return plain.includes(f.name) || (f.name === 'networks' && a.kind === 'spraying');
}

// The bar of the larger of both fills the drawing, or a round number of what has no other.
function bar({ value, usual }: Figure): { form: 'bar'; value: number; usual: number; beyond: boolean } {
	const top = Math.max(value, usual, Number.MIN_VALUE);
	return { form: 'bar', value: value / top, usual: usual / top, beyond: value > usual };
}

type Step = 0 | 1 | 2 | 3 | 4;

function stepOf(value: number, top: number): Step {
	return Math.max(0, Math.min(steps, Math.ceil((value / top) * steps - 0.001))) as Step;
}

/** What a figure is called, which may depend on the kind of alert. */
function labelOf(f: Figure, a: Alert): string {
	const all: Record<string, string> = words.alertFigures;
	const special = `${f.name}-${kindOf(a.kind)}`;
	return all[special] ?? (Object.hasOwn(all, f.name) ? all[f.name] : undefined) ?? words.alertFigures.other;
}

const top = 4; // what the scale of scores ends with

/** How unusual all of it is, as a place on the scale of scores, with its words. */
export function rarity(score: number): { place: number; text: string } {
	const t = words.alerts;
	return { place: Math.min(1, score / top), text: score >= top ? t.rareMost : t.rareIs(score) };
}

/** Where the scale of scores has marks: from where something is told, is a warning, is critical. */
export const marks = [1, 2, 3].map((score) => score / top);
