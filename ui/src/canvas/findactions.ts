// What a person can do to find things: focus, filter, minimap, addresses and links to
// maps. Part of the one list in actions.ts.

import { Way } from '../core/lens';
import { Type } from '../core/model';
import { words } from '../words';
import type { ActionHost, Draft, Group } from './actions';
import type { Editor } from './editor';

/** Some actions of one group. */
export interface Drafts {
	group: Group;
	edits: boolean;
	drafts: Draft[];
}

/** All of them. */
export function findingDrafts(editor: Editor, host: ActionHost): Drafts[] {
	const { state } = editor;
	const card = () => editor.single(Type.card);
	return [
		{ group: 'view', edits: false, drafts: lensDrafts(editor, host) },
		{
			group: 'moving',
			edits: false,
			drafts: [
				{
					id: 'select.colour',
					label: words.actions.sameColour,
					when: () => editor.cards().length > 0,
					run: () => editor.selectLike(),
				},
			],
		},
		{
			group: 'cards',
			edits: false,
			drafts: [
				{
					id: 'link.copy',
					label: words.links.copy,
					keys: ['Shift+L'],
					when: () => card() !== 0,
					run: () => host.copyLink(card()),
				},
			],
		},
		{
			group: 'cards',
			edits: true,
			drafts: [
				{
					id: 'link.map',
					label: words.links.pick,
					when: () => card() !== 0,
					run: () => {
						state.linking = card();
					},
				},
			],
		},
	];
}

function lensDrafts(editor: Editor, host: ActionHost): Draft[] {
	const { focus, filter, actions } = words;
	const { state, lens } = editor;
	const focused = () => state.lens.focus !== null;
	const found = () => lens.on;
	const way = (id: string, value: Way, label: string): Draft => ({
		id: `focus.${id}`,
		label,
		when: focused,
		run: () => lens.follow(value),
	});
	return [
		{
			id: 'focus',
			label: focus.toggle,
			keys: ['Mod+.'],
			when: () => focused() || state.selection.length > 0,
			run: () => lens.toggleFocus(),
		},
		{ id: 'focus.more', label: focus.more, keys: ['+'], when: focused, run: () => lens.widen(1) },
		{ id: 'focus.less', label: focus.less, keys: ['-'], when: focused, run: () => lens.widen(-1) },
		way('all', Way.all, focus.allWays),
		way('upstream', Way.upstream, focus.upstreamHint),
		way('downstream', Way.downstream, focus.downstreamHint),
		{ id: 'lens.hide', label: focus.hideRest, when: found, run: () => lens.hide(!state.lens.hide) },
		{ id: 'drawer.filter', label: filter.title, keys: ['Mod+Shift+F'], run: () => host.drawer('filter') },
		{ id: 'lens.next', label: focus.next, keys: ['F3'], when: found, run: () => lens.step(1) },
		{ id: 'lens.previous', label: focus.previous, keys: ['Shift+F3'], when: found, run: () => lens.step(-1) },
		{ id: 'lens.select', label: focus.selectAll, when: found, run: () => lens.selectFound() },
		{ id: 'filter.clear', label: filter.clear, when: found, run: () => lens.clearFilter() },
		{ id: 'minimap', label: actions.minimap, run: () => state.toggleMinimap() },
	];
}
