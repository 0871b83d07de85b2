// The choices of panels, with the field's words.

import { Layout } from '../core/model';

export const layouts = [
	{ value: Layout.freehand, label: 'Freehand', icon: 'freehand' },
	{ value: Layout.list, label: 'List', icon: 'list' },
	{ value: Layout.row, label: 'Row', icon: 'row' },
	{ value: Layout.grid, label: 'Grid', icon: 'grid' },
	{ value: Layout.left, label: 'Parts on the left', icon: 'left' },
	{ value: Layout.right, label: 'Parts on the right', icon: 'right' },
] as const;

export const directions = [
	{ value: 0, label: 'No direction', icon: 'lineNone' },
	{ value: 1, label: 'From first to second', icon: 'lineAB' },
	{ value: 2, label: 'From second to first', icon: 'lineBA' },
	{ value: 3, label: 'Both ways', icon: 'lineBoth' },
] as const;

export const polarities = [
	{ value: 0, label: 'No polarity', text: 'None' },
	{ value: 1, label: 'Same direction: more makes more', text: '+' },
	{ value: 2, label: 'Opposite direction: more makes less', text: '−' },
] as const;

export const weights = [
	{ value: 1, label: 'Very thin', text: '1' },
	{ value: 2, label: 'Thin', text: '2' },
	{ value: 3, label: 'Medium', text: '3' },
	{ value: 4, label: 'Thick', text: '4' },
	{ value: 5, label: 'Very thick', text: '5' },
] as const;

export const dashes = [
	{ value: 0, label: 'Solid', text: 'Solid' },
	{ value: 1, label: 'Dashed', text: 'Dashed' },
	{ value: 2, label: 'Dotted', text: 'Dotted' },
] as const;
