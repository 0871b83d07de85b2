import { expect, test } from 'vitest';
import { type Action, actionsOf, groups } from './actions';
import { showCombo } from './combos';
import type { Editor } from './editor';

// The list itself needs no map: what actions ask of one, they ask when they run.
const editor = new Proxy({}, { get: () => new Proxy(() => undefined, { get: () => undefined }) });
const host = {
	palette() {},
	drawer() {},
	moves() {},
	table() {},
	discuss() {},
	nextUnread() {},
	present() {},
	addStop() {},
	follow() {},
	copyLink() {},
	history() {},
};
const all = actionsOf(editor as unknown as Editor, host);

test('every action has a name of its own and a label', () => {
	const ids = all.map((a) => a.id);
	expect(new Set(ids).size).toBe(ids.length);
	for (const action of all) expect(action.label, action.id).not.toBe('');
});

test('each can be reached without a pointer: by a key, or by the palette', () => {
	for (const action of all) expect(action.keys.length > 0 || !action.keyOnly, action.id).toBe(true);
});

test('a key that does several things does each in its own case', () => {
	const by = new Map<string, string[]>();
	for (const action of all) for (const key of action.keys) by.set(key, [...(by.get(key) ?? []), action.id]);
	const shared = [...by].filter(([, ids]) => ids.length > 1);
	// Enter makes, joins or names, by what is selected.
	expect(shared).toEqual([['Enter', ['card.here', 'card.after', 'join.finish', 'line.name']]]);
});

const intro = `# What can be done in a map

\`ui/src/canvas/actions.ts\` is the one list of commands. Keys, the palette (Ctrl+K, on Apple machines ⌘K), the list of keys (?) and the
outline read it. The outline takes the same keys as the canvas; the arrows walk its rows instead. Letters alone are commands only while
no text is written. This page is written by \`npx vitest run src/canvas/actions.test.ts -u\`.
`;

test('the documented table of commands is true', async () => {
	const rows = groups.flatMap((group) => [
		`| **${group}** | | | |`,
		...all.filter((a) => a.group === group).map(line),
	]);
	const table = ['| command | key | palette | outline |', '|---|---|---|---|', ...rows].join('\n');
	await expect(`${intro}\n${table}\n`).toMatchFileSnapshot('../../../docs/commands.md');
});

// The outline takes the canvas's keys and the palette is everywhere, so what is in
// one of them is in the outline.
function line({ label, keys, keyOnly }: Action): string {
	const shown = keys.map((key) => `\`${showCombo(key).replace('|', '\\|')}\``).join(' ');
	const outline = keyOnly && keys.length === 0 ? '' : 'yes';
	return `| ${label} | ${shown} | ${keyOnly ? '' : 'yes'} | ${outline} |`;
}
