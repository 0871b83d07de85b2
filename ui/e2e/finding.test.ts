// Finding one's way: focus, filter, minimap, addresses of cards, links between maps,
// several cards at once, and what is dragged into line.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeId } from '../src/core/bytes';
import {
	acceptInvitation,
	addMember,
	barriers,
	drag,
	invite,
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
	pause,
	type Server,
	saved,
	startServer,
	writeCard,
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;
let bob: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.address });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	bob = await newPerson(browser);
	await acceptInvitation(bob.page, await invite(ada.page, 1), 'Bob', 'bob@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

interface Card {
	title: string;
	in?: string;
	x?: number;
	y?: number;
	body?: string;
	colour?: number;
	folded?: boolean;
	link?: string;
	attributes?: Record<string, string>;
}

const key = (n: number) =>
	encodeId(
		Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 9 : i > 13 ? (n >> (8 * (15 - i))) & 255 : 0)),
	);

/** The identifier of a card of a file made here: cards count from 1. */
function cardId(n: number): string {
	return key(n);
}

/** Imports a map of cards, each named by its key, and arrows between them; the answer is its id. */
async function importMap(
	page: Page,
	title: string,
	cards: Record<string, Omit<Card, 'title'> & { title?: string }>,
	arrows: readonly (readonly [string, string])[] = [],
): Promise<string> {
	const names = Object.keys(cards);
	const ids = new Map(names.map((name, i) => [name, cardId(i + 1)]));
	const order = (i: number) => `${i.toString(36).padStart(4, '0')}V`;
	const file = {
		format: 'plectica-map',
		version: 1,
		title,
		cards: names.map((name, i) => {
			const { in: place, ...card } = cards[name] ?? {};
			return {
				title: name,
				x: 0,
				y: 0,
				...card,
				id: ids.get(name),
				order: order(i),
				...(place ? { in: ids.get(place) } : {}),
			};
		}),
		relationships: arrows.map(([a, b], i) => ({
			id: key(30_000 + i),
			a: ids.get(a),
			b: ids.get(b),
			direction: 'ab',
		})),
		perspectives: [],
		distinctions: [],
	};
	const made = await page.evaluate(async (text) => {
		const answer = await fetch('/api/v1/maps/import', {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: text,
		});
		if (!answer.ok) throw new Error(await answer.text());
		return (await answer.json()) as { id: string };
	}, JSON.stringify(file));
	return made.id;
}

async function open(page: Page, path: string): Promise<void> {
	await page.goto(`${server.address}${path}`);
	await saved(page);
	await page.getByRole('treeitem').first().waitFor({ state: 'attached' });
}

/** Goes to a card by its words. */
async function find(page: Page, title: string): Promise<void> {
	await page.locator('.stage').focus();
	await page.keyboard.press('Control+f');
	await page.getByRole('combobox').waitFor();
	await page.keyboard.type(title);
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
	await selected(page, title);
	await page.locator('.stage').focus();
}

/** Waits until a card is the selected one. */
async function selected(page: Page, title: string): Promise<void> {
	await expect
		.poll(() => page.getByLabel('Title', { exact: true }).inputValue(), { timeout: 15_000 })
		.toBe(title);
}

async function command(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox').waitFor();
	await page.keyboard.type(name);
	await page.keyboard.press('Enter');
}

/** What the map's file says of a card. */
async function cardOf(page: Page, map: string, title: string): Promise<Card & { id: string }> {
	await saved(page);
	const card = await page.evaluate(
		async ([map, title]) => {
			const file = (await (await fetch(`/maps/${map}/file`)).json()) as { cards: { title: string }[] };
			return file.cards.find((c) => c.title === title);
		},
		[map, title],
	);
	if (!card) throw new Error(`no card ${title}`);
	return card as Card & { id: string };
}

// Sun → Cloud → Rain → River → Sea, which is apart from a hill.
const weather = {
	Sky: {},
	Sun: { in: 'Sky', colour: 3 },
	Cloud: { in: 'Sky', colour: 11, attributes: { team: 'weather', status: 'Open' } },
	Rain: { x: 400, colour: 11, attributes: { team: 'weather' } },
	River: { x: 400, y: 200, colour: 12, attributes: { team: 'Flüsse' } },
	Sea: { x: 400, y: 400, colour: 12, link: 'https://example.org' },
	Hill: { y: 500 },
};
const flow = [
	['Sun', 'Cloud'],
	['Cloud', 'Rain'],
	['Rain', 'River'],
	['River', 'Sea'],
] as const;

describe('focus', () => {
	it('shows what is near, further and in one direction, by keys and by its bar', async () => {
		const { page } = ada;
		const map = await importMap(page, 'Weather', weather, flow);
		await open(page, `/maps/${map}`);
		await find(page, 'Rain');
		await page.keyboard.press('Control+.');
		const bar = page.getByRole('group', { name: 'Focus', exact: true });
		const says = (text: string) =>
			page.getByRole('status').getByText(text, { exact: true }).waitFor({ state: 'attached' });
		await bar.getByText('2 steps').waitFor();
		await says('5 cards in focus');
		await page.keyboard.press('-');
		await says('3 cards in focus');
		await page.keyboard.press('+');
		await bar.getByRole('button', { name: 'Downstream' }).click();
		await says('3 cards in focus');
		await bar.getByRole('button', { name: 'Upstream' }).click();
		await bar.getByRole('button', { name: 'One step further' }).click();
		await says('3 cards in focus');
		expect(await barriers(page)).toEqual([]);
		// What is hidden is not under the pointer, what is faint is.
		await page.keyboard.press('Escape');
		await bar.waitFor({ state: 'visible' }); // a button has the focus: its keys are its own
		await page.locator('.stage').focus();
		await page.keyboard.press('Shift+Digit1');
		await bar.getByRole('button', { name: 'Hide' }).click();
		await page.locator('.stage').focus();
		const chosen = (n: number) => page.getByRole('heading', { name: `${n} selected` }).waitFor();
		await page.keyboard.press('Control+a');
		await chosen(2); // Rain, and the whole around Sun and Cloud
		await bar.getByRole('button', { name: 'Fade' }).click();
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+a');
		await chosen(5);
		await page.keyboard.press('Escape');
		await bar.waitFor({ state: 'hidden' });
		await page.keyboard.press('Control+.');
		await bar.waitFor();
		await page.keyboard.press('Control+.');
		await bar.waitFor({ state: 'hidden' });
	});

	it('is one person’s own, and follows what others do', async () => {
		const { page } = ada;
		const map = await importMap(page, 'Shared', weather, flow);
		await open(page, `/maps/${map}`);
		await addMember(page, 'bob@example.org', 'edit');
		await open(bob.page, `/maps/${map}`);
		await find(page, 'Sea');
		await page.keyboard.press('Control+.');
		await page.getByText('3 cards in focus').waitFor({ state: 'attached' });
		expect(await bob.page.getByRole('group', { name: 'Focus', exact: true }).count()).toBe(0);
		await find(bob.page, 'River');
		await bob.page.keyboard.press('Delete');
		await page.getByText('1 card in focus').waitFor({ state: 'attached' });
		await bob.page.keyboard.press('Control+z');
		await page.getByText('3 cards in focus').waitFor({ state: 'attached' });
		await find(bob.page, 'Sea');
		await bob.page.keyboard.press('Delete');
		await page.getByRole('group', { name: 'Focus', exact: true }).waitFor({ state: 'hidden' });
	});
});

describe('the filter', () => {
	it('counts, combines, and steps through what fits', async () => {
		const { page } = ada;
		const map = await importMap(page, 'To filter', weather, flow);
		await open(page, `/maps/${map}`);
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+Shift+F');
		const panel = page.getByRole('complementary', { name: 'Filter' });
		const says = (text: string) => panel.getByRole('status').getByText(text, { exact: true }).waitFor();
		await panel.getByRole('button', { name: 'Blue 2 cards' }).click();
		await says('2 matches');
		await panel.getByRole('button', { name: 'Sky 2 cards' }).click();
		await says('4 matches');
		expect(await barriers(page)).toEqual([]);
		await panel.getByRole('textbox', { name: 'team contains' }).fill('flusse');
		await says('1 match');
		await panel.getByRole('textbox', { name: 'team contains' }).fill('E');
		await says('3 matches');
		// Enter goes on, Shift+Enter back.
		await page.keyboard.press('Enter');
		await selected(page, 'Cloud');
		await panel.getByRole('textbox', { name: 'team contains' }).focus();
		await page.keyboard.press('Enter');
		await selected(page, 'Rain');
		await panel.getByRole('textbox', { name: 'team contains' }).focus();
		await page.keyboard.press('Shift+Enter');
		await selected(page, 'Cloud');
		await page.locator('.stage').focus();
		await page.keyboard.press('F3');
		await selected(page, 'Rain');
		await panel.getByRole('group', { name: 'status' }).getByRole('button', { name: 'Open 1 card' }).click();
		await says('1 match');
		await panel.getByRole('button', { name: 'Clear the filter' }).click();
		await panel.getByRole('button', { name: 'With a link 1 card' }).click();
		await says('1 match');
		await panel.getByRole('button', { name: 'Select all matches' }).click();
		await selected(page, 'Sea');
		await panel.getByRole('button', { name: 'Clear the filter' }).click();
		await panel.getByRole('button', { name: /^Without a word/ }).click();
		await says('4 matches');
		await panel.getByRole('button', { name: 'Next match' }).click();
		await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
		await panel.getByRole('button', { name: 'Close' }).click();
		await page
			.getByRole('group', { name: 'Filter' })
			.getByRole('button', { name: 'Clear the filter' })
			.click();
		await page.getByRole('group', { name: 'Filter' }).waitFor({ state: 'hidden' });
	});
});

describe('the address of a card', () => {
	const wholes = {
		Whole: { folded: true },
		Middle: { in: 'Whole', folded: true },
		Deep: { in: 'Middle' },
		Other: { x: 4000 },
	};

	it('is copied, opens the way to it for this person alone, and goes back and forth', async () => {
		const { page } = ada;
		const map = await importMap(page, 'Deep down', wholes);
		await open(page, `/maps/${map}`);
		await find(page, 'Deep');
		await page.keyboard.press('Shift+L');
		await page.getByText('The link to the card is on the clipboard.').waitFor();
		const address = await page.evaluate(() => navigator.clipboard.readText());
		expect(address).toBe(`${server.address}/maps/${map}/card/${cardId(3)}`);
		await open(page, '/maps/'.concat(map));
		expect(await page.getByRole('treeitem', { name: 'Deep' }).count()).toBe(0);
		await page.goto(address);
		await selected(page, 'Deep');
		await page.getByRole('treeitem', { name: 'Deep' }).waitFor({ state: 'attached' });
		expect((await cardOf(page, map, 'Whole')).folded).toBe(true);
		await page.goto(`${server.address}/maps/${map}/card/${cardId(4)}`);
		await selected(page, 'Other');
		await page.goBack();
		await selected(page, 'Deep');
		await page.goForward();
		await selected(page, 'Other');
		// A link to a card of the same map stays in the page, and so does going back.
		await page.getByLabel('Link', { exact: true }).fill(address);
		await page.keyboard.press('Enter');
		await page.getByText('To a card in it').waitFor();
		await page.evaluate(() => {
			(window as unknown as { same: boolean }).same = true;
		});
		await page.locator('.stage').focus();
		await page.keyboard.press('Alt+Enter');
		await selected(page, 'Deep');
		await page.goBack();
		await selected(page, 'Other');
		await page.goForward();
		await selected(page, 'Deep');
		expect(await page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true);
	});

	it('of a card that is gone shows the map, and says so', async () => {
		const { page } = ada;
		const map = await importMap(page, 'Gone', wholes);
		await page.goto(`${server.address}/maps/${map}/card/${cardId(999)}`);
		await page.getByText('That card is not in this map any more. Here is the map.').waitFor();
		await page.waitForURL(`${server.address}/maps/${map}`);
		await page.getByRole('treeitem', { name: 'Whole' }).waitFor({ state: 'attached' });
	});

	it('asks to sign in first, and then goes there', async () => {
		const map = await importMap(ada.page, 'Behind a door', wholes);
		const stranger = await newPerson(browser);
		await stranger.page.goto(`${server.address}/maps/${map}/card/${cardId(3)}`);
		await stranger.page.getByLabel('E-mail address').fill('ada@example.org');
		await stranger.page.getByLabel('Password', { exact: true }).fill('a long enough pass phrase');
		await stranger.page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await selected(stranger.page, 'Deep');
		await stranger.context.close();
	});
});

describe('a card that is linked to a map', () => {
	it('opens it in place, shows the way back, and is told of there', async () => {
		const { page } = ada;
		const to = await importMap(page, 'Oceans', { Tide: {}, Wave: { x: 300 } });
		const from = await importMap(page, 'Planet', { Sea: { x: 100, y: 100 }, Land: { x: 400 } });
		await open(page, `/maps/${from}`);
		await find(page, 'Sea');
		await page.getByRole('button', { name: 'Link to a map…' }).click();
		await page.getByRole('combobox').fill('ocean');
		await page.getByRole('option', { name: 'Oceans' }).waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: 'Oceans' }).waitFor();
		expect((await cardOf(page, from, 'Sea')).link).toBe(`map:${to}`);
		expect(await barriers(page)).toEqual([]);
		await page.locator('.stage').focus();
		await page.keyboard.press('Alt+Enter');
		await page.waitForURL(`${server.address}/maps/${to}`);
		await saved(page);
		const back = page
			.getByRole('navigation', { name: 'Where you came from' })
			.getByRole('button', { name: 'Back to Planet' });
		await back.waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.reload();
		await back.click();
		await page.waitForURL(`${server.address}/maps/${from}/card/${cardId(1)}`);
		await selected(page, 'Sea');
		expect(await page.getByRole('navigation', { name: 'Where you came from' }).count()).toBe(0);
		// An address of this site becomes such a link; a card can be meant.
		await find(page, 'Land');
		await page.getByLabel('Link', { exact: true }).fill(`${server.address}/maps/${to}/card/${cardId(2)}`);
		await page.keyboard.press('Enter');
		await page.getByText('To a card in it').waitFor();
		await saved(page);
		await pause(2500); // where cards lead is told soon, not at once
		await page.getByRole('button', { name: /^Oceans/ }).click();
		await selected(page, 'Wave');
		await page.getByRole('button', { name: 'Land, in Planet' }).waitFor();
		await page.locator('.stage').focus();
		await command(page, 'What the map holds');
		const drawer = page.getByRole('complementary', { name: 'What the map holds' });
		await drawer.getByRole('button', { name: 'Sea, in Planet' }).click();
		await page.waitForURL(`${server.address}/maps/${from}/card/${cardId(1)}`);
		await selected(page, 'Sea');
		await page.goBack();
		await page.waitForURL(`${server.address}/maps/${to}/card/${cardId(2)}`);
	});

	it('opens by its sign on the canvas', async () => {
		const { page } = ada;
		const to = await importMap(page, 'Target', { Tide: {} });
		const from = await importMap(page, 'Sign', { Sea: { link: `map:${to}` } });
		await open(page, `/maps/${from}`);
		await find(page, 'Sea');
		await page.keyboard.press('Escape');
		await page.keyboard.press('Shift+Digit1');
		await pause(200);
		// One card of 120 by 48 px in the middle of the stage; the sign is at its corner.
		const stage = await page.locator('.stage').boundingBox();
		if (!stage) throw new Error('no stage');
		await page.mouse.click(stage.x + stage.width / 2 + 60 - 14, stage.y + stage.height / 2 + 24 - 10);
		await page.waitForURL(`${server.address}/maps/${to}`);
	});

	it('tells nothing of a map that one may not see', async () => {
		const { page } = ada;
		const secret = await importMap(page, 'Secret plans', { Hidden: {} });
		const open1 = await importMap(page, 'Open plans', { Door: { link: `map:${secret}` }, Room: { x: 300 } });
		await open(page, `/maps/${secret}`);
		await open(page, `/maps/${open1}`);
		await addMember(page, 'bob@example.org', 'edit');
		await open(bob.page, `/maps/${open1}`);
		await find(bob.page, 'Door');
		await bob.page.getByText('A map you cannot see').waitFor();
		expect(await bob.page.content()).not.toContain('Secret plans');
		const answers = await bob.page.evaluate(
			async (ids) => Promise.all(ids.map(async (id) => (await fetch(`/api/v1/maps/${id}/backlinks`)).status)),
			[secret, open1],
		);
		expect(answers).toEqual([404, 200]);
		// Of the other way round: who may open a map hears nothing of secret ones that lead there.
		await pause(2500);
		const told = async (person: Person, id: string) =>
			person.page.evaluate(
				async (id) =>
					((await (await fetch(`/api/v1/maps/${id}/backlinks`)).json()) as { links: unknown[] }).links.length,
				id,
			);
		await expect.poll(() => told(ada, secret), { timeout: 15_000 }).toBe(1);
		bob.errors.length = 0; // the browser notes that the map was refused, as it should be
	});
});

describe('the minimap', () => {
	it('shows where one is in a large map, moves there, and can be done without', async () => {
		const { page } = ada;
		const cards = Object.fromEntries(
			Array.from({ length: 60 }, (_, i) => [
				`Card ${i}`,
				{ x: (i % 10) * 300, y: Math.floor(i / 10) * 300, colour: i % 16 },
			]),
		);
		const map = await importMap(page, 'Wide', cards);
		await open(page, `/maps/${map}`);
		const mini = page.getByTestId('minimap');
		await page.locator('.stage').focus();
		await expect.poll(() => mini.isVisible()).toBe(false); // all is in sight
		await page.keyboard.press('Control+0');
		await expect.poll(() => mini.isVisible()).toBe(true);
		const box = await mini.boundingBox();
		if (!box) throw new Error('no minimap');
		// A click there is the middle of the view, and so is where a drag ends.
		const stage = await page.locator('.stage').boundingBox();
		if (!stage) throw new Error('no stage');
		const middle = [stage.x + stage.width / 2, stage.y + stage.height / 2] as const;
		await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
		await writeCard(page, ...middle, 'In the middle');
		const made = await cardOf(page, map, 'In the middle');
		expect(Math.abs((made.x ?? 0) - 2820 / 2)).toBeLessThan(20);
		expect(Math.abs((made.y ?? 0) - 1548 / 2)).toBeLessThan(20);
		await page.keyboard.press('Escape');
		await page.keyboard.press('Escape');
		const first = (192 / 2820) * 0.5; // px of the minimap for half a px of the map
		const corner = [
			box.x + box.width / 2 - (2820 - 120) * first,
			box.y + box.height / 2 - (1548 - 48) * first,
		] as const;
		await drag(page, [box.x + 150, box.y + 90], [...corner]);
		await page.mouse.click(...middle);
		await selected(page, 'Card 0');
		await page.keyboard.press('Escape');
		expect(await mini.getAttribute('aria-hidden')).toBe('true');
		await page.locator('.stage').focus();
		await command(page, 'Minimap');
		await mini.waitFor({ state: 'detached' });
		await page.reload();
		await saved(page);
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+0');
		await pause(300);
		expect(await mini.count()).toBe(0);
		await command(page, 'Minimap');
		await expect.poll(() => mini.isVisible()).toBe(true);
		const phone = await newPerson(browser, {
			viewport: { width: 390, height: 844 },
			storageState: await ada.context.storageState(),
		});
		await open(phone.page, `/maps/${map}`);
		await phone.page.getByRole('button', { name: 'Close' }).first().click();
		await pause(300);
		expect(await phone.page.getByTestId('minimap').isVisible()).toBe(false);
		await phone.context.close();
	});
});

describe('several cards', () => {
	it('show what they share and what can be done with all of them', async () => {
		const { page } = ada;
		const map = await importMap(
			page,
			'Many',
			{
				A: { colour: 3 },
				B: { x: 207, y: 90, colour: 5 },
				C: { x: 430, y: 33, colour: 3 },
				D: { x: 800, y: 400 },
				P: { in: 'D' },
			},
			[['A', 'B']],
		);
		await open(page, `/maps/${map}`);
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+a');
		const panel = page.getByRole('complementary', { name: 'Details' });
		await panel.getByRole('heading', { name: '4 selected' }).waitFor();
		await panel.getByText('4 cards', { exact: true }).waitFor();
		expect(await panel.getByText('mixed', { exact: true }).count()).toBe(1);
		expect(await barriers(page)).toEqual([]);
		for (const button of await panel.getByRole('button').all()) {
			const size = await button.boundingBox();
			expect(Math.min(size?.width ?? 0, size?.height ?? 0)).toBeGreaterThanOrEqual(24);
		}
		await panel.getByRole('button', { name: 'Fold all selected', exact: true }).click();
		await expect.poll(() => page.getByRole('treeitem', { name: 'P', exact: true }).count()).toBe(0);
		await panel.getByRole('button', { name: 'Unfold all selected' }).click();
		await page.getByRole('treeitem', { name: 'P', exact: true }).waitFor({ state: 'attached' });
		await find(page, 'A');
		await command(page, 'Select all of this colour');
		await panel.getByRole('heading', { name: '2 selected' }).waitFor();
		await panel.getByRole('button', { name: 'Align top' }).click();
		await expect.poll(async () => (await cardOf(page, map, 'C')).y).toBe((await cardOf(page, map, 'A')).y);
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+a');
		await panel.getByRole('button', { name: /Relate all to…/ }).click();
		await page.keyboard.type('D');
		await page.getByRole('option', { name: 'D' }).first().waitFor();
		await page.keyboard.press('Enter');
		await find(page, 'D');
		await expect.poll(() => panel.getByRole('listitem').count()).toBe(3);
		await page.keyboard.press('Control+z'); // in one step
		await expect.poll(() => panel.getByRole('listitem').count()).toBe(0);
	});
});

describe('a drag', () => {
	it('snaps to the edge of a card nearby, and not with the key that switches it off', async () => {
		const { page } = ada;
		const map = await importMap(page, 'Snapping', {
			One: {},
			Two: { x: 300, y: 200 },
			Three: { x: 633, y: 517 },
		});
		await open(page, `/maps/${map}`);
		await page.locator('.stage').focus();
		// A map of this size is centred at 100 %: what lies where follows from its middle.
		const stage = await page.locator('.stage').boundingBox();
		if (!stage) throw new Error('no stage');
		const corner = [
			stage.x + stage.width / 2 - (633 + 120) / 2,
			stage.y + stage.height / 2 - (517 + 48) / 2,
		] as const;
		const at = (x: number, y: number): [number, number] => [corner[0] + x, corner[1] + y];
		await drag(page, at(360, 224), at(64, 221)); // 4 px beside One's left
		await expect.poll(async () => (await cardOf(page, map, 'Two')).x).toBe(0);
		await page.keyboard.press('Control+z');
		await page.keyboard.down('Control');
		await drag(page, at(360, 224), at(64, 221));
		await page.keyboard.up('Control');
		await expect.poll(async () => (await cardOf(page, map, 'Two')).x).toBe(4);
	});
});

describe('search', () => {
	it('finds a card among 5,000 with bodies, and shows the wholes around it', async () => {
		const { page } = ada;
		const vocabulary = Array.from({ length: 500 }, (_, i) => `word${i} Wörter${i}`);
		const body = (i: number) =>
			Array.from({ length: 25 }, (_, k) => vocabulary[(i * 31 + k * k * 7) % 500]).join(' ');
		const cards: Record<string, Omit<Card, 'title'>> = { Library: {} };
		for (let i = 1; i < 5000; i++)
			cards[`Card ${i}`] = {
				body: body(i),
				...(i % 100 === 0 ? { in: 'Library' } : { x: (i % 70) * 200, y: Math.floor(i / 70) * 120 }),
			};
		cards['Âncient scroll'] = { in: 'Card 4900', body: 'kept' };
		const map = await importMap(page, 'Library', cards);
		await open(page, `/maps/${map}`);
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+f');
		await page.getByRole('combobox').waitFor();
		// From the key to the result on the page, as the page itself sees it.
		await page.evaluate(() => {
			const w = window as unknown as { took: number[] };
			w.took = [];
			document.querySelector('[role=combobox]')?.addEventListener('input', () => {
				const start = performance.now();
				requestAnimationFrame(() => setTimeout(() => w.took.push(performance.now() - start)));
			});
		});
		await page.keyboard.type('ancient', { delay: 60 });
		const option = page.getByRole('option', { name: 'Âncient scroll' });
		await option.waitFor();
		expect(await option.textContent()).toContain('Library › Card 4900');
		const took = await page.evaluate(() => (window as unknown as { took: number[] }).took);
		const median = [...took].sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? Number.POSITIVE_INFINITY;
		console.log(`key to result among 5,000 cards: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
		expect(took.length).toBe(7);
		expect(median).toBeLessThan(100);
		await page.keyboard.press('Enter');
		await selected(page, 'Âncient scroll');
	});
});

it('nothing went wrong', () => {
	expect(wrong(ada)).toEqual([]);
	expect(wrong(bob)).toEqual([]);
});
