// Everything a person can do in an open map, as one list: keys, palette, help and
// outline all read it, so that nothing is in one of them alone.

import { Align, Near, Tidy } from '../core/commands';
import { Field, Layout, Type } from '../core/model';
import type { MapState } from '../panels/mapstate.svelte';
import { words } from '../words';
import type { Editor } from './editor';
import { findingDrafts } from './findactions';

/** The groups, in the order they are shown. */
export const groups = [
	'cards',
	'relationships',
	'perspectives',
	'arrange',
	'moving',
	'together',
	'view',
	'map',
] as const;

/** Where an action is shown. */
export type Group = (typeof groups)[number];

/** One thing to do. */
export interface Action {
	/** Never changes: tests and habits name it. */
	id: string;
	group: Group;
	label: string;
	/** Combinations, the first of which is shown; see combos.ts. */
	keys: readonly string[];
	/** It changes the map. */
	edits: boolean;
	/** It says something about the map, which fewer may who do not edit. */
	says?: boolean;
	/** Moves the selection or the view and makes sense by its key alone. */
	keyOnly: boolean;
	/** Whether it can be done now, apart from the right to edit. */
	when: () => boolean;
	run: () => void;
}

/** What the page around the canvas does for actions. */
export interface ActionHost {
	/** Opens the palette: for actions and cards, or for cards alone. */
	palette(cardsOnly: boolean): void;
	/** Opens or closes a drawer. */
	drawer(name: NonNullable<MapState['drawer']>): void;
	/** Opens the gallery of moves and questions. */
	moves(): void;
	/** Opens the table of perspectives. */
	table(): void;
	/** Begins a discussion of what is selected, or of the spot that is clicked next. */
	discuss(): void;
	/** Shows the next discussion with something unread. */
	nextUnread(): void;
	/** Presents from the first stop. */
	present(): void;
	/** Makes a stop of what is seen, or of the selected card. */
	addStop(card: boolean): void;
	/** Sees what somebody else sees, whoever presents first; again, and it ends. */
	follow(): void;
	/** Puts the address of a card on the clipboard. */
	copyLink(card: number): void;
	/** Shows how the map was. */
	history(): void;
}

const zoomStep = 1.25;
const panStep = 64; // px

/** All actions of one map. */
export function actionsOf(editor: Editor, host: ActionHost): Action[] {
	return [
		...cardActions(editor),
		...relationshipActions(editor),
		...perspectiveActions(editor, host),
		...arrangeActions(editor),
		...foldActions(editor),
		...movingActions(editor),
		...togetherActions(editor, host),
		...findingDrafts(editor, host).flatMap(({ group, edits, drafts }) => of(group, edits, drafts)),
		...viewActions(editor),
		...mapActions(editor, host),
	];
}

/** Whether this person may do something on this map. */
export function allowed(map: MapState, action: Action): boolean {
	return (!action.edits || map.editable) && (!action.says || map.discusses);
}

/** Whether an action can be done now. */
export function possible(editor: Editor, action: Action): boolean {
	return allowed(editor.state, action) && action.when();
}

/** What has to be said of an action; the rest is as usual. */
export type Draft = Pick<Action, 'id' | 'label' | 'run'> & Partial<Action>;

const always = (): boolean => true;

function of(group: Group, edits: boolean, drafts: readonly Draft[]): Action[] {
	return drafts.map((draft) => ({ group, edits, keys: [], keyOnly: false, when: always, ...draft }));
}

function cardActions(editor: Editor): Action[] {
	const { state } = editor;
	const { actions, common, inspector } = words;
	const one = () => editor.single(Type.card) !== 0;
	const some = () => state.selection.length > 0;
	const cards = () => editor.cards().length > 0;
	const colour = () => editor.set(state.selection, Field.colour, editor.nextColour());
	return of('cards', true, [
		{
			id: 'card.here',
			label: actions.cardHere,
			keys: ['Enter'],
			when: () => !some(),
			run: () => editor.createHere(),
		},
		{
			id: 'card.part',
			label: actions.part,
			keys: ['Tab'],
			when: one,
			run: () => editor.createNear(Near.part),
		},
		{
			id: 'card.after',
			label: actions.after,
			keys: ['Enter'],
			when: () => one() && !state.joining,
			run: () => editor.createNear(Near.after),
		},
		{
			id: 'card.before',
			label: actions.before,
			keys: ['Shift+Enter'],
			when: one,
			run: () => editor.createNear(Near.before),
		},
		{
			id: 'card.around',
			label: actions.around,
			keys: ['Shift+Tab'],
			when: one,
			run: () => editor.createNear(Near.around),
		},
		{
			id: 'card.write',
			label: actions.write,
			keys: ['F2'],
			when: some,
			run: () => editor.edit(state.selection[0] ?? 0),
		},
		{
			id: 'card.duplicate',
			label: common.duplicate,
			keys: ['Mod+D'],
			when: cards,
			run: () => editor.duplicate(),
		},
		{ id: 'card.wrap', label: inspector.wrap, keys: ['Mod+G'], when: cards, run: () => editor.wrap() },
		{
			id: 'card.unwrap',
			label: actions.dissolve,
			keys: ['Mod+Shift+G'],
			when: () => editor.whole() !== null,
			run: () => editor.unwrap(),
		},
		{
			id: 'card.delete',
			label: common.delete,
			keys: ['Delete', 'Backspace'],
			when: some,
			run: () => editor.remove(),
		},
		{
			id: 'relate.all',
			label: actions.relateAll,
			when: () => editor.cards().length > 1,
			run: () => editor.seek((to) => editor.relateAll(to)),
		},
		{ id: 'card.colour', label: actions.nextColour, when: some, run: colour },
		{ id: 'files.add', label: actions.addFiles, keys: ['U'], run: () => editor.content.pick() },
		{
			id: 'files.view',
			label: actions.viewFile,
			edits: false,
			when: () => one() && editor.content.files(editor.single(Type.card)).items.length > 0,
			run: () => editor.content.view(editor.single(Type.card)),
		},
		{
			id: 'link.open',
			label: inspector.openLink,
			keys: ['Alt+Enter'],
			edits: false,
			when: () => one() && editor.leads(editor.single(Type.card)),
			run: () => editor.openLink(editor.single(Type.card)),
		},
		{
			id: 'card.fold',
			label: actions.fold,
			keys: ['Space'],
			edits: false,
			when: () => editor.whole() !== null,
			run: () => editor.toggleFold(),
		},
	]);
}

function relationshipActions(editor: Editor): Action[] {
	const { state } = editor;
	const { actions, inspector } = words;
	const { noDirection, toSecond, toFirst, bothWays, noPolarity, same, opposite } = words.options;
	const ways = [noDirection, toSecond, toFirst, bothWays] as const;
	const signs = [noPolarity, same, opposite] as const;
	const line = () => editor.single(Type.relationship) !== 0;
	const two = () => state.selection.length === 2;
	const swap = () => {
		const d = editor.describe(editor.single(Type.relationship));
		if (d) editor.swapEnds(d);
	};
	return of('relationships', true, [
		{
			id: 'join.finish',
			label: actions.finishJoin,
			keys: ['Enter'],
			keyOnly: true,
			when: () => state.joining !== null && state.selection.length > 0,
			run: () => editor.finishJoin(state.selection[0] ?? 0),
		},
		{ id: 'relate.start', label: words.tools.relation, keys: ['R'], run: () => editor.startJoin('relation') },
		{
			id: 'relate.two',
			label: inspector.relateThem,
			when: two,
			run: () => editor.relate(state.selection[0] ?? 0, state.selection[1] ?? 0),
		},
		{
			id: 'line.name',
			label: inspector.nameIt,
			keys: ['Enter'],
			when: line,
			run: () => editor.edit(editor.single(Type.relationship)),
		},
		{ id: 'line.swap', label: inspector.swapEnds, when: line, run: swap },
		...([0, 1, 2, 3] as const).map((way) => ({
			id: `line.way${way}`,
			label: ways[way],
			when: line,
			run: () => editor.set(state.selection, Field.direction, way),
		})),
		...([1, 2, 0] as const).map((sign) => ({
			id: `line.polarity${sign}`,
			label: signs[sign],
			when: line,
			run: () => editor.set(state.selection, Field.polarity, sign),
		})),
		{ id: 'line.delay', label: actions.delay, when: line, run: () => editor.flip(Field.delay) },
		...([1, 2, 3, 4, 5] as const).map((weight) => ({
			id: `line.weight${weight}`,
			label: actions.weight(weight),
			when: line,
			run: () => editor.set(state.selection, Field.weight, weight),
		})),
	]);
}

function perspectiveActions(editor: Editor, host: ActionHost): Action[] {
	const { actions } = words;
	const some = () => editor.state.selection.length > 0;
	return [
		...of('perspectives', true, [
			{ id: 'look.start', label: actions.look, keys: ['E'], run: () => editor.startJoin('view') },
		]),
		...of('perspectives', false, [
			{
				id: 'look.toggle',
				label: actions.eye,
				keys: ['Shift+E'],
				when: () => some() && editor.isPoint(editor.state.selection[0] ?? 0),
				run: () => editor.toggleEye(editor.state.selection[0] ?? 0),
			},
			{ id: 'look.none', label: actions.shutEyes, run: () => editor.shutEyes() },
			{
				id: 'drawer.perspectives',
				label: actions.perspectives,
				keys: ['P'],
				run: () => host.drawer('perspectives'),
			},
			{ id: 'table', label: actions.table, run: () => host.table() },
		]),
	];
}

function foldActions(editor: Editor): Action[] {
	const { actions } = words;
	const wholes = () => editor.cards().length > 1;
	return of('arrange', false, [
		{ id: 'fold.all', label: actions.foldAll, when: wholes, run: () => editor.foldAll(true) },
		{ id: 'unfold.all', label: actions.unfoldAll, when: wholes, run: () => editor.foldAll(false) },
	]);
}

function arrangeActions(editor: Editor): Action[] {
	const { actions, options } = words;
	const cards = () => editor.cards().length > 0;
	const several = () => editor.cards().length > 1;
	const tidy = () => several() || editor.whole() !== null;
	const layout = (id: string, value: number, label: string): Draft => ({
		id: `layout.${id}`,
		label: actions.layout(label),
		when: cards,
		run: () => editor.set(editor.cards(), Field.layout, value),
	});
	const align = (id: keyof typeof Align): Draft => ({
		id: `align.${id}`,
		label: words.align[id],
		when: several,
		run: () => editor.align(Align[id]),
	});
	return of('arrange', true, [
		{
			id: 'tidy.tree',
			label: actions.tidyTree,
			keys: ['Mod+Shift+L'],
			when: tidy,
			run: () => editor.tidy(Tidy.tree),
		},
		{
			id: 'tidy.layers',
			label: actions.tidyLayers,
			keys: ['Mod+Alt+L'],
			when: tidy,
			run: () => editor.tidy(Tidy.layers),
		},
		{ id: 'tidy.grid', label: actions.tidyGrid, when: tidy, run: () => editor.tidy(Tidy.grid) },
		{ id: 'tidy.rows', label: actions.tidyRows, when: tidy, run: () => editor.tidy(Tidy.rows) },
		...(['left', 'centre', 'right', 'top', 'middle', 'bottom', 'across', 'down'] as const).map(align),
		layout('freehand', Layout.freehand, options.freehand),
		layout('list', Layout.list, options.list),
		layout('row', Layout.row, options.row),
		layout('grid', Layout.grid, options.grid),
		layout('left', Layout.left, options.left),
		layout('right', Layout.right, options.right),
	]);
}

const arrows = ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown'] as const;
const steps = [
	[-1, 0],
	[0, -1],
	[1, 0],
	[0, 1],
] as const;

function movingActions(editor: Editor): Action[] {
	const { actions } = words;
	const { state } = editor;
	const one = () => editor.single(Type.card) !== 0;
	const go = (direction: number) => {
		const [dx, dy] = steps[direction] ?? [0, 0];
		if (state.selection.length === 0 && editor.near(direction) === 0)
			editor.stage.pan(-dx * panStep, -dy * panStep);
		else editor.move(direction);
	};
	return [
		...of('moving', false, [
			...arrows.map((key, i) => ({
				id: `go.${i}`,
				label: actions.next,
				keys: [key],
				keyOnly: true,
				run: () => go(i),
			})),
			...arrows.map((key, i) => ({
				id: `extend.${i}`,
				label: actions.extend,
				keys: [`Mod+Shift+${key}`],
				keyOnly: true,
				run: () => editor.extend(i),
			})),
			{
				id: 'select.more',
				label: actions.selectMore,
				run: () => editor.seek((num) => editor.toggle(num)),
			},
			{ id: 'select.all', label: actions.all, keys: ['Mod+A'], run: () => editor.selectAll() },
			{
				id: 'select.whole',
				label: actions.toWhole,
				when: () => (editor.describe(state.selection[0] ?? 0)?.whole ?? 0) !== 0,
				run: () => editor.select([editor.describe(state.selection[0] ?? 0)?.whole ?? 0]),
			},
		]),
		...of('moving', true, [
			{
				id: 'order.up',
				label: actions.earlier,
				keys: ['Alt+ArrowUp'],
				when: one,
				run: () => editor.reorder(-1),
			},
			{
				id: 'order.down',
				label: actions.later,
				keys: ['Alt+ArrowDown'],
				when: one,
				run: () => editor.reorder(1),
			},
			{
				id: 'order.out',
				label: actions.takeOut,
				keys: ['Alt+ArrowLeft'],
				when: one,
				run: () => editor.outdent(),
			},
			{
				id: 'order.in',
				label: actions.putIn,
				keys: ['Alt+ArrowRight'],
				when: one,
				run: () => editor.indent(),
			},
			...arrows.map((key, i) => ({
				id: `shift.${i}`,
				label: actions.shiftBy,
				keys: [`Shift+${key}`],
				keyOnly: true,
				when: () => editor.cards().length > 0,
				run: () => editor.nudge(steps[i]?.[0] ?? 0, steps[i]?.[1] ?? 0),
			})),
		]),
	];
}

function togetherActions(editor: Editor, host: ActionHost): Action[] {
	const { actions } = words;
	const { state } = editor;
	return [
		...of('together', false, [
			{ id: 'discuss', label: actions.discuss, keys: ['M'], says: true, run: () => host.discuss() },
		]),
		...of('together', true, [
			{ id: 'stop.add', label: actions.stopHere, keys: ['F'], run: () => host.addStop(false) },
			{
				id: 'stop.card',
				label: actions.stopCard,
				keys: ['Shift+F'],
				when: () => editor.single(Type.card) !== 0,
				run: () => host.addStop(true),
			},
		]),
		...of('together', false, [
			{ id: 'drawer.discussions', label: actions.discussions, run: () => host.drawer('discussions') },
			{ id: 'discuss.unread', label: actions.nextUnread, keys: ['Shift+M'], run: () => host.nextUnread() },
			{ id: 'drawer.presentation', label: actions.presentation, run: () => host.drawer('presentation') },
			{ id: 'present', label: actions.present, keys: ['Mod+Alt+P'], run: () => host.present() },
			{
				id: 'follow',
				label: actions.follow,
				when: () => state.peers.length > 0,
				run: () => host.follow(),
			},
		]),
	];
}

function viewActions(editor: Editor): Action[] {
	const { zoom, keys, tools, actions } = words;
	const { stage, state } = editor;
	const some = () => state.selection.length > 0;
	return of('view', false, [
		{ id: 'view.all', label: zoom.all, keys: ['Shift+1'], run: () => stage.fit() },
		{
			id: 'view.selection',
			label: keys.showSelection,
			keys: ['Shift+2'],
			when: some,
			run: () => stage.fitSelection(state.selection),
		},
		{
			id: 'view.into',
			label: keys.zoomInto,
			keys: ['Mod+Enter'],
			when: some,
			run: () => editor.zoomInto(state.selection[0] ?? 0),
		},
		{
			id: 'view.back',
			label: actions.zoomOutOf,
			keys: ['Mod+Backspace'],
			when: some,
			run: () => editor.zoomOut(),
		},
		{ id: 'view.100', label: zoom.percent(100), keys: ['Mod+0'], run: () => stage.zoomTo(1) },
		{ id: 'view.in', label: zoom.in, keys: ['Mod++', 'Mod+='], run: () => stage.zoomBy(zoomStep) },
		{ id: 'view.out', label: zoom.out, keys: ['Mod+-'], run: () => stage.zoomBy(1 / zoomStep) },
		{ id: 'tool.select', label: tools.select, keys: ['V'], run: () => editor.setTool('select') },
		{ id: 'tool.hand', label: tools.hand, keys: ['H'], run: () => editor.setTool('hand') },
		{ id: 'tool.card', label: tools.card, keys: ['C'], edits: true, run: () => editor.setTool('card') },
	]);
}

function mapActions(editor: Editor, host: ActionHost): Action[] {
	const { state } = editor;
	const { topBar, actions, keys } = words;
	return [
		...of('map', true, [
			{ id: 'undo', label: topBar.undo, keys: ['Mod+Z'], run: () => editor.undo() },
			{ id: 'redo', label: topBar.redo, keys: ['Mod+Shift+Z', 'Mod+Y'], run: () => editor.redo() },
			{ id: 'map.orthogonal', label: actions.orthogonal, run: () => editor.toggleOrthogonal() },
			{ id: 'moves', label: actions.moves, keys: ['T'], run: () => host.moves() },
		]),
		...of('map', false, [
			{
				id: 'palette',
				label: actions.palette,
				keys: ['Mod+K'],
				keyOnly: true,
				run: () => host.palette(false),
			},
			{ id: 'find', label: actions.find, keys: ['Mod+F', '/'], run: () => host.palette(true) },
			{
				id: 'drawer.outline',
				label: actions.outline,
				keys: ['Mod+Shift+O'],
				run: () => host.drawer('outline'),
			},
			{ id: 'drawer.insight', label: actions.insight, run: () => host.drawer('insight') },
			{ id: 'history', label: words.history.open, keys: ['Shift+H'], run: () => host.history() },
			{
				id: 'members',
				label: words.access.share,
				when: () => !state.visited,
				run: () => {
					state.membersOpen = true;
				},
			},
			{
				id: 'inspector',
				label: words.inspector.label,
				keys: ['I'],
				run: () => {
					state.inspectorOpen = !state.inspectorOpen;
				},
			},
			{
				id: 'help',
				label: keys.title,
				keys: ['?'],
				run: () => {
					state.helpOpen = true;
				},
			},
		]),
	];
}
