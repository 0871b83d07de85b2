// The choices of panels, with the field's words: functions, since the words come
// after this file.

import { Emphasis, Layout, Mode } from '../core/model';
import { words } from '../words';

export const layouts = () =>
	[
		{ value: Layout.freehand, label: words.options.freehand, icon: 'freehand' },
		{ value: Layout.list, label: words.options.list, icon: 'list' },
		{ value: Layout.row, label: words.options.row, icon: 'row' },
		{ value: Layout.grid, label: words.options.grid, icon: 'grid' },
		{ value: Layout.left, label: words.options.left, icon: 'left' },
		{ value: Layout.right, label: words.options.right, icon: 'right' },
	] as const;

export const directions = () =>
	[
		{ value: 0, label: words.options.noDirection, icon: 'lineNone' },
		{ value: 1, label: words.options.toSecond, icon: 'lineAB' },
		{ value: 2, label: words.options.toFirst, icon: 'lineBA' },
		{ value: 3, label: words.options.bothWays, icon: 'lineBoth' },
	] as const;

export const polarities = () =>
	[
		{ value: 0, label: words.options.noPolarity, text: words.options.noPolarityShort },
		{ value: 1, label: words.options.same, text: '+' },
		{ value: 2, label: words.options.opposite, text: '−' },
	] as const;

export const weights = () =>
	[
		{ value: 1, label: words.options.veryThin, text: '1' },
		{ value: 2, label: words.options.thin, text: '2' },
		{ value: 3, label: words.options.medium, text: '3' },
		{ value: 4, label: words.options.thick, text: '4' },
		{ value: 5, label: words.options.veryThick, text: '5' },
	] as const;

export const dashes = () =>
	[
		{ value: 0, label: words.options.solid, text: words.options.solid },
		{ value: 1, label: words.options.dashed, text: words.options.dashed },
		{ value: 2, label: words.options.dotted, text: words.options.dotted },
	] as const;

export const emphases = () =>
	[
		{ value: Emphasis.normal, label: words.perspectives.normal },
		{ value: Emphasis.high, label: words.perspectives.high },
		{ value: Emphasis.dim, label: words.perspectives.dim },
		{ value: Emphasis.hidden, label: words.perspectives.hidden },
	] as const;

export const modes = () =>
	[
		{ value: Mode.lines, label: words.perspectives.lines, text: words.perspectives.lines },
		{ value: Mode.spotlight, label: words.perspectives.spotlight, text: words.perspectives.spotlight },
		{ value: Mode.both, label: words.perspectives.both, text: words.perspectives.both },
	] as const;

/** The colours by their tokens. */
export const colourNames = (): readonly string[] => [
	words.colours.plain,
	words.colours.grey,
	words.colours.sand,
	words.colours.amber,
	words.colours.orange,
	words.colours.terracotta,
	words.colours.coral,
	words.colours.pink,
	words.colours.orchid,
	words.colours.violet,
	words.colours.indigo,
	words.colours.blue,
	words.colours.sky,
	words.colours.teal,
	words.colours.green,
	words.colours.olive,
];
