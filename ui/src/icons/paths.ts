// The icons: strokes on a 20 px grid, drawn for this product.

export const paths = {
	back: ['M12 4 6 10l6 6'],
	select: ['M5 3.5v12l3.2-3 2 4.3 2-1-2-4.2 4.3-.3z'],
	hand: [
		'M6 11V6.2a1.2 1.2 0 0 1 2.4 0V4.6a1.2 1.2 0 0 1 2.4 0v1a1.2 1.2 0 0 1 2.4 0v2a1.2 1.2 0 0 1 2.3 0V12c0 3-1.8 5-4.8 5-2.4 0-3.6-1-4.9-3.2L3.6 11a1.2 1.2 0 0 1 2-1.2z',
	],
	card: ['M3.5 5.5h13v9h-13z', 'M6.5 9h7', 'M6.5 11.5h4'],
	relation: ['M5 15a1.8 1.8 0 1 0 0-.01', 'M15 5a1.8 1.8 0 1 0 0-.01', 'M6.5 13.6 13.4 6.5'],
	plus: ['M10 4v12', 'M4 10h12'],
	minus: ['M4 10h12'],
	fit: ['M3.5 7V3.5H7', 'M13 3.5h3.5V7', 'M16.5 13v3.5H13', 'M7 16.5H3.5V13'],
	more: ['M4.5 10h.01', 'M10 10h.01', 'M15.5 10h.01'],
	close: ['M5 5l10 10', 'M15 5 5 15'],
	people: [
		'M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
		'M2.5 16.5c0-3 2.3-4.7 5.5-4.7s5.5 1.7 5.5 4.7',
		'M13.5 4a2.6 2.6 0 0 1 0 5',
		'M15 12c1.6.6 2.6 2 2.6 4.2',
	],
	help: ['M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z', 'M8 8a2 2 0 1 1 2.8 1.9c-.5.2-.8.6-.8 1.3', 'M10 13.8h.01'],
	panel: ['M3.5 4.5h13v11h-13z', 'M12 4.5v11'],
	trash: ['M4 5.5h12', 'M8 5.5V3.5h4v2', 'M5.5 5.5l.7 11h7.6l.7-11', 'M8.5 8.5v5', 'M11.5 8.5v5'],
	copy: ['M7 7h9v9H7z', 'M13 7V4H4v9h3'],
	edit: ['M4 16l.7-3L13 4.7l2.3 2.3L7 15.3z'],
	restore: ['M4 5v4h4', 'M4.4 9A6 6 0 1 1 5 13'],
	undo: ['M7 4 3.5 7.5 7 11', 'M3.5 7.5H12a4 4 0 0 1 0 8H8'],
	redo: ['M13 4l3.5 3.5L13 11', 'M16.5 7.5H8a4 4 0 0 0 0 8h4'],
	check: ['M4 10.5l4 4 8-9'],
	saving: ['M10 4v3', 'M10 13v3', 'M4 10h3', 'M13 10h3', 'M5.8 5.8l2 2', 'M12.2 12.2l2 2'],
	offline: [
		'M3 3l14 14',
		'M5.5 9a7 7 0 0 1 2.8-1.7',
		'M11 7.1A7 7 0 0 1 14.5 9',
		'M8 11.8a3.5 3.5 0 0 1 4 0',
		'M10 15h.01',
	],
	eye: ['M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5z', 'M10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z'],
	eyeShut: ['M2.5 8.5S5 13 10 13s7.5-4.5 7.5-4.5', 'M4.8 11.6 3.2 13.4', 'M10 13v2.5', 'M15.2 11.6l1.6 1.8'],
	save: ['M10 3.5v9', 'M6 9l4 4 4-4', 'M3.5 16.5h13'],
	open: ['M10 12.5v-9', 'M6 7l4-4 4 4', 'M3.5 16.5h13'],
	search: ['M8.8 14.2a5.4 5.4 0 1 0 0-10.8 5.4 5.4 0 0 0 0 10.8z', 'M12.8 12.8l4 4'],
	outline: ['M4 5h.01', 'M7 5h9', 'M7 10h.01', 'M10 10h6', 'M7 15h.01', 'M10 15h6'],
	insight: ['M4 16V9', 'M8 16V5', 'M12 16v-5', 'M16 16V7'],
	moves: ['M10 3.5 3.5 7 10 10.5 16.5 7z', 'M3.5 10.5 10 14l6.5-3.5', 'M3.5 14 10 17.5 16.5 14'],
	table: ['M3.5 4.5h13v11h-13z', 'M3.5 8.5h13', 'M8 4.5v11'],
	language: [
		'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z',
		'M3 10h14',
		'M10 3c2 2 2.8 4.3 2.8 7s-.8 5-2.8 7c-2-2-2.8-4.3-2.8-7S8 5 10 3z',
	],
	menu: ['M4 6h12', 'M4 10h12', 'M4 14h12'],
	freehand: ['M3.5 4h5v4h-5z', 'M12 6.5h4.5v4H12z', 'M6.5 12h5v4h-5z'],
	list: ['M4 4h12v3H4z', 'M4 8.5h12v3H4z', 'M4 13h12v3H4z'],
	row: ['M3.5 6h3.5v8H3.5z', 'M8.25 6h3.5v8h-3.5z', 'M13 6h3.5v8H13z'],
	grid: ['M4 4h5v5H4z', 'M11 4h5v5h-5z', 'M4 11h5v5H4z', 'M11 11h5v5h-5z'],
	left: ['M3.5 4h5v3h-5z', 'M3.5 8.5h5v3h-5z', 'M3.5 13h5v3h-5z', 'M12 10h4.5'],
	right: ['M11.5 4h5v3h-5z', 'M11.5 8.5h5v3h-5z', 'M11.5 13h5v3h-5z', 'M3.5 10H8'],
	lineNone: ['M3.5 10h13'],
	lineAB: ['M3.5 10h13', 'M13 6.5l3.5 3.5-3.5 3.5'],
	lineBA: ['M3.5 10h13', 'M7 6.5 3.5 10 7 13.5'],
	lineBoth: ['M3.5 10h13', 'M13 6.5l3.5 3.5-3.5 3.5', 'M7 6.5 3.5 10 7 13.5'],
} as const satisfies Record<string, readonly string[]>;

/** Icons that point along the line of reading: they turn where it runs to the left. */
export const turning: ReadonlySet<IconName> = new Set(['back', 'undo', 'redo', 'panel', 'lineAB', 'lineBA']);

/** The name of an icon. */
export type IconName = keyof typeof paths;
