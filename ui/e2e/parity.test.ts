// The outline can do what the canvas can: each command of the one list is run from a
// row of the outline, by its key, or by the palette where it has none, and has to
// change what is there. No pointer is used.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Action, actionsOf } from '../src/canvas/actions';
import type { Editor } from '../src/canvas/editor';
import { encodeId } from '../src/core/bytes';
import {
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
	pause,
	type Server,
	saved,
	startServer,
	wrong,
} from './lib';

const patience = 5000; // ms for a command to change something
const stillMs = 120; // in which nothing may change, before a command runs
const workers = 2; // pages at once

// The list itself needs no map: what actions ask of one, they ask when they run.
const nothing = new Proxy({}, { get: () => new Proxy(() => undefined, { get: () => undefined }) });
const all = actionsOf(nothing as unknown as Editor, nothing as Parameters<typeof actionsOf>[1]);

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.address });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const id = (n: number) => encodeId(Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? n : 0)));

// Whole (with First, Second, Third, out of line), Other, and Folded (with Inner). First
// is related to Second and looks at Third; Other is related to Folded.
const file = {
	format: 'plectica-map',
	version: 1,
	title: 'Parity',
	cards: [
		{ id: id(1), order: 'B', x: 0, y: 0, title: 'Whole' },
		{ id: id(2), order: 'B', in: id(1), x: 0, y: 0, title: 'First', colour: 3, link: 'https://example.org/' },
		{ id: id(3), order: 'C', in: id(1), x: 260, y: 30, title: 'Second', width: 200 },
		{ id: id(4), order: 'D', in: id(1), x: 90, y: 320, title: 'Third' },
		{ id: id(5), order: 'C', x: 900, y: 40, title: 'Other', colour: 3 },
		{ id: id(6), order: 'D', x: 900, y: 400, title: 'Folded', folded: true },
		{ id: id(7), order: 'B', in: id(6), x: 0, y: 0, title: 'Inner' },
	],
	relationships: [
		{ id: id(20), a: id(2), b: id(3), direction: 'ab' },
		{ id: id(21), a: id(5), b: id(6), direction: 'ab' },
	],
	perspectives: [{ id: id(30), point: id(2), views: [{ card: id(4) }] }],
	distinctions: [],
};

/** What a command needs to be possible, and to have something to change. */
interface Need {
	/** The row it is run from. */
	row?: string;
	/** Keys pressed there first. */
	keys?: string[];
	/** Commands run before, by their label. */
	first?: string[];
	/** The relationship to this card is selected. */
	line?: string;
}

const label = (id: string) => all.find((action) => action.id === id)?.label ?? id;
const two: Need = { keys: ['Control+Shift+ArrowDown'] };
const several: Need = { keys: ['Control+Shift+ArrowDown', 'Control+Shift+ArrowDown'] };
const whole: Need = { row: 'Whole' };
const line: Need = { line: 'Second' };
const focused: Need = { keys: ['Control+.'] };
const near: Need = { keys: ['Control+=', 'Control+=', 'Control+='] };

// By the beginning of the id, the longest that fits; First is the row otherwise.
const needs: Record<string, Need> = {
	'card.here': { keys: ['Escape', 'Escape'] },
	'card.unwrap': whole,
	'card.fold': whole,
	relate: two,
	'relate.start': {},
	'relate.all': two,
	'join.finish': { keys: ['r', 'ArrowDown'] },
	line,
	'line.way1': { line: 'Second', first: [label('line.way0')] },
	'line.polarity0': { line: 'Second', first: [label('line.polarity1')] },
	'line.weight2': { line: 'Second', first: [label('line.weight5')] },
	'look.none': { keys: ['Shift+e'] },
	tidy: whole,
	align: several,
	'layout.freehand': { row: 'Whole', first: [label('layout.list')] },
	layout: whole,
	'fold.all': { keys: ['Control+a'] },
	'unfold.all': { keys: ['Control+a'] },
	'go.2': whole,
	'extend.0': { row: 'Second' },
	'order.up': { row: 'Second' },
	'order.in': { row: 'Second' },
	'focus.': focused,
	'focus.more': { keys: ['Control+.'] },
	'focus.less': { keys: ['Control+.', '+'] },
	'focus.all': { keys: ['Control+.'], first: [label('focus.upstream')] },
	'lens.': focused,
	'filter.clear': { first: [label('drawer.filter')] },
	minimap: near,
	'view.all': near,
	'view.100': near,
	'tool.select': { keys: ['h'] },
	undo: { first: [label('card.colour')] },
	redo: { first: [label('card.colour'), label('undo')] },
	present: { keys: ['f'] },
	'files.view': { keys: ['u'] },
};

// What shows in another way, or needs somebody else: each has a test of its own.
const elsewhere: Record<string, string> = {
	follow: 'talk.test.ts: others follow who presents',
};

function needOf(action: Action): Need {
	const fitting = Object.keys(needs).filter((start) => action.id.startsWith(start));
	return needs[fitting.sort((a, b) => b.length - a.length)[0] ?? ''] ?? {};
}

// One account brings one file at a time, and several pages here are the same person's.
let bringing: Promise<unknown> = Promise.resolve();

function bring(page: Page): Promise<{ id: string }> {
	const next = bringing.then(() => bringNow(page));
	bringing = next.catch(() => undefined);
	return next;
}

async function bringNow(page: Page): Promise<{ id: string }> {
	return page.evaluate(async (text) => {
		const headers = { 'content-type': 'application/json' };
		const answer = await fetch('/api/v1/maps/import', { method: 'POST', headers, body: text });
		if (!answer.ok) throw new Error(await answer.text());
		return (await answer.json()) as { id: string };
	}, JSON.stringify(file));
}

/** Opens a fresh map, and its outline at a row. */
async function prepare(page: Page, need: Need): Promise<void> {
	const made = await bring(page);
	await page.goto(`${server.address}/maps/${made.id}`);
	await saved(page);
	await page.locator('.stage').focus();
	await page.keyboard.press('Control+Shift+O');
	await focusRow(page, need.row ?? 'First');
	for (const key of need.keys ?? []) await page.keyboard.press(key);
	if (need.line) {
		const way = page.getByRole('button', { name: `relationship to ${need.line}` });
		await way.focus();
		await page.keyboard.press('Enter');
		await page.getByRole('region', { name: 'Relationship' }).waitFor();
	}
	for (const name of need.first ?? []) await byPalette(page, name);
}

async function focusRow(page: Page, title: string): Promise<void> {
	const row = page.getByRole('tree', { name: 'Outline' }).getByRole('treeitem', { name: title, exact: true });
	await row.focus();
	await expect.poll(() => row.getAttribute('aria-selected')).toBe('true');
}

async function byPalette(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+k');
	const box = page.getByRole('dialog').getByRole('combobox');
	await box.waitFor();
	await page.keyboard.type(name);
	const options = page.getByRole('dialog').getByRole('option');
	const names = await options.locator('.name').allTextContents();
	for (let at = names.indexOf(name); at > 0; at--) await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
}

/** All that can be seen, heard or counted in the page. */
async function everything(page: Page): Promise<string> {
	return page.evaluate(() => {
		const body = document.body.cloneNode(true) as HTMLElement;
		for (const script of body.querySelectorAll('script, style')) script.remove();
		const pictures = [...document.querySelectorAll('canvas')].map((c) => c.toDataURL());
		const values = [...document.querySelectorAll('input, textarea, select')].map((field) =>
			field instanceof HTMLInputElement && field.type === 'checkbox'
				? field.checked
				: (field as HTMLInputElement).value,
		);
		return JSON.stringify([body.innerHTML, pictures, values, document.activeElement?.outerHTML]);
	});
}

/** Waits until nothing changes any more. */
async function still(page: Page): Promise<string> {
	let before = await everything(page);
	for (const until = Date.now() + patience; Date.now() < until; ) {
		await pause(stillMs);
		const now = await everything(page);
		if (now === before) return now;
		before = now;
	}
	throw new Error('the page does not come to rest');
}

/** Runs a command from the outline: what went wrong, or nothing. */
async function tryOut(page: Page, outside: Outside, action: Action): Promise<string> {
	await prepare(page, needOf(action));
	// What the ways to a command change by themselves does not count.
	const dialog = page.getByRole('dialog');
	await page.keyboard.press('Control+k');
	await dialog.waitFor();
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'hidden' });
	const before = await still(page);
	outside.opened = 0;
	if (action.keys[0]) await page.keyboard.press(pressed(action.keys[0]));
	else await byPalette(page, action.label);
	for (const until = Date.now() + patience; Date.now() < until; )
		if (outside.opened > 0 || (await still(page)) !== before) return '';
	return `${action.id} changes nothing`;
}

/** What a page opens that is not in it: a choice of files, another tab. */
interface Outside {
	opened: number;
}

function watch(page: Page): Outside {
	const outside: Outside = { opened: 0 };
	for (const what of ['filechooser', 'popup'] as const) page.on(what as 'popup', () => outside.opened++);
	return outside;
}

// A combination as the test browser has it.
function pressed(combo: string): string {
	return combo
		.replace('Mod', 'Control')
		.replace(/(^|\+)([A-Z])$/, (_, plus, letter) => `${plus}${letter.toLowerCase()}`);
}

describe('the outline', () => {
	it('runs every command of the list, without a pointer', async () => {
		const wanted = all.filter((action) => elsewhere[action.id] === undefined);
		const failed: string[] = [];
		let next = 0;
		const work = async (): Promise<void> => {
			const person = await newPerson(browser, { storageState: await ada.context.storageState() });
			const { page } = person;
			await person.context.grantPermissions(['clipboard-read', 'clipboard-write'], {
				origin: server.address,
			});
			const outside = watch(page);
			await page.goto(`${server.address}/maps`);
			for (let action = wanted[next++]; action; action = wanted[next++]) {
				const trouble = await tryOut(page, outside, action).catch((error) => `${action?.id}: ${error}`);
				if (trouble !== '') failed.push(trouble);
			}
			failed.push(...wrong(person));
			await person.context.close();
		};
		await Promise.all(Array.from({ length: workers }, work));
		expect(failed).toEqual([]);
	}, 300_000);

	it('has every command in its palette that a key alone does not make sense of', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps`);
		await prepare(page, {});
		const before = await still(page);
		await page.keyboard.press('F9'); // of no command: what shows a change shows none
		expect(await still(page)).toBe(before);
		await page.keyboard.press('Control+k');
		const names = await page.getByRole('dialog').getByRole('option').locator('.name').allTextContents();
		expect(names.sort()).toEqual(
			all
				.filter((action) => !action.keyOnly)
				.map((action) => action.label)
				.sort(),
		);
	});
});
