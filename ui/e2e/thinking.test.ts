// Thinking in systems: the keyboard, the palette, moves, perspectives, the outline.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	barriers,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	rowsAre,
	type Server,
	saved,
	startServer,
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

async function freshMap(page: Page): Promise<void> {
	await page.goto(`${server.address}/maps`);
	await newMap(page);
}

/** Types a title into the editor that just opened. */
async function write(page: Page, title: string): Promise<void> {
	await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
	await page.keyboard.type(title);
	await page.keyboard.press('Enter');
}

/** The counts that the map shows of itself, by name. */
async function counts(page: Page): Promise<Record<string, number>> {
	const drawer = page.getByRole('complementary', { name: 'What the map holds' });
	await drawer.waitFor();
	return drawer
		.locator('dl')
		.first()
		.evaluate((list) => {
			const out: Record<string, number> = {};
			for (const name of list.querySelectorAll('dt'))
				out[name.textContent ?? ''] = Number(name.nextElementSibling?.textContent);
			return out;
		});
}

/** Runs a command by its name in the palette. */
async function command(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox').waitFor();
	await page.keyboard.type(name);
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

/** Goes to a card by its words. */
async function find(page: Page, title: string): Promise<void> {
	await page.keyboard.press('Control+f');
	await page.getByRole('combobox').waitFor();
	await page.keyboard.type(title);
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
	await expect.poll(() => page.getByLabel('Title', { exact: true }).inputValue()).toBe(title);
}

describe('without a pointer', () => {
	it('builds 30 cards in three levels, 12 relationships and a perspective in a minute', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.evaluate(() => {
			const w = window as unknown as { pointers: number };
			w.pointers = 0;
			for (const kind of ['pointerdown', 'mousedown', 'touchstart'])
				addEventListener(kind, () => w.pointers++, true);
		});
		await page.locator('.stage').focus();
		const start = Date.now();
		await page.keyboard.press('Enter');
		await write(page, 'Town');
		for (let i = 1; i <= 4; i++) {
			await page.keyboard.press(i === 1 ? 'Tab' : 'Enter');
			await write(page, `Quarter ${i}`);
			for (let k = 1; k <= 6; k++) {
				await page.keyboard.press(k === 1 ? 'Tab' : 'Enter');
				await write(page, `House ${i}${k}`);
			}
			await page.keyboard.press('Escape');
		}
		await page.keyboard.press('Escape');
		await page.keyboard.press('Enter');
		await write(page, 'Mayor');
		const build = Date.now() - start;
		for (let i = 1; i <= 6; i++) {
			for (const to of [2, 3]) {
				await find(page, `House 1${i}`);
				await page.keyboard.press('r');
				await page.keyboard.type(`House ${to}${i}`);
				await page
					.getByRole('option', { name: `House ${to}${i}` })
					.first()
					.waitFor();
				await page.keyboard.press('Enter');
				await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
			}
		}
		await find(page, 'Mayor');
		await page.keyboard.press('e');
		await page.keyboard.type('Town');
		await page.getByRole('option', { name: 'Town' }).first().waitFor();
		await page.keyboard.press('Enter');
		await command(page, 'What the map holds');
		expect(await counts(page)).toMatchObject({
			Distinctions: 30,
			Systems: 5,
			Relationships: 12,
			Perspectives: 1,
		});
		const all = Date.now() - start;
		expect(await page.evaluate(() => (window as unknown as { pointers: number }).pointers)).toBe(0);
		console.log(`30 cards in ${build} ms, everything in ${all} ms`);
		expect(all).toBeLessThan(60_000);
		await saved(page);
	});

	it('sees the map as an outline, and edits it there by the same keys', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.locator('.stage').focus();
		await page.keyboard.press('Enter');
		await write(page, 'Trunk');
		await page.keyboard.press('Control+Shift+O');
		const outline = page.getByRole('tree', { name: 'Outline' });
		const lines = () =>
			outline
				.getByRole('treeitem')
				.evaluateAll((all) =>
					all.map((row) => `${row.getAttribute('aria-level')} ${row.querySelector('.title')?.textContent}`),
				);
		await outline.getByRole('treeitem', { name: 'Trunk' }).waitFor();
		await expect
			.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role')))
			.toBe('treeitem');
		await page.keyboard.press('Tab');
		await write(page, 'Branch');
		await page.keyboard.press('Enter');
		await write(page, 'Twig');
		await expect.poll(lines).toEqual(['1 Trunk', '2 Branch', '2 Twig']);
		await page.keyboard.press('Alt+ArrowRight');
		await expect.poll(lines).toEqual(['1 Trunk', '2 Branch', '3 Twig']);
		await page.keyboard.press('Alt+ArrowLeft');
		await expect.poll(lines).toEqual(['1 Trunk', '2 Branch', '2 Twig']);
		await page.keyboard.press('Alt+ArrowUp');
		await expect.poll(lines).toEqual(['1 Trunk', '2 Twig', '2 Branch']);
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('Space');
		await expect.poll(lines).toEqual(['1 Trunk']);
		await page.keyboard.press('ArrowRight');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('r');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		await page.getByRole('region', { name: 'Relationship' }).getByText('Branch').waitFor();
		await page.keyboard.press('ArrowUp'); // from no row to the last
		await page.getByRole('region', { name: 'Relates to' }).getByText('Twig').waitFor();
		await page.keyboard.press('Delete');
		await expect.poll(lines).toEqual(['1 Trunk', '2 Twig']);
		await page.keyboard.press('Control+z');
		await expect.poll(lines).toEqual(['1 Trunk', '2 Twig', '2 Branch']);
		const selected = () =>
			outline
				.getByRole('treeitem', { selected: true })
				.evaluateAll((all) => all.map((row) => row.querySelector('.title')?.textContent));
		await page.keyboard.press('Home');
		await page.keyboard.press('ArrowDown');
		await expect.poll(selected).toEqual(['Twig']);
		await page.keyboard.press('Control+Shift+ArrowDown');
		await expect.poll(selected).toEqual(['Twig', 'Branch']);
		await page.keyboard.press('Control+Shift+ArrowUp');
		await expect.poll(selected).toEqual(['Twig']);
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('Control+Shift+O');
		await outline.waitFor({ state: 'hidden' });
	});

	it('lets no letter alone be a command, where that is wished', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.locator('.stage').focus();
		await page.keyboard.press('h');
		const hand = page.getByRole('button', { name: 'Move the view' });
		await expect.poll(() => hand.getAttribute('aria-pressed')).toBe('true');
		await page.keyboard.press('v');
		await page.keyboard.press('?');
		const letters = page.getByRole('checkbox', { name: 'Letters and signs alone are commands' });
		await letters.uncheck();
		await page.keyboard.press('Escape');
		await page.keyboard.press('h');
		await page.keyboard.press('?');
		await page.keyboard.press('Enter');
		await write(page, 'A card after all');
		await rowsAre(page, ['1 A card after all']);
		expect(await hand.getAttribute('aria-pressed')).toBe('false');
		expect(await page.getByRole('dialog').count()).toBe(0);
		await page.keyboard.press('Control+k');
		await page.getByRole('combobox').waitFor();
		await page.keyboard.type('Keys');
		await page.keyboard.press('Enter');
		await letters.check();
		await page.keyboard.press('Escape');
	});
});

describe('a dialog', () => {
	it('opens again right after Escape', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.locator('.stage').focus();
		for (let i = 0; i < 10; i++) {
			await page.keyboard.press('Control+k');
			await page.getByRole('dialog').getByRole('combobox').waitFor();
			await Promise.all([page.keyboard.press('Escape'), page.keyboard.press('Control+k')]);
			await page.getByRole('dialog').getByRole('combobox').waitFor();
			await page.keyboard.press('Escape');
			await page.getByRole('dialog').waitFor({ state: 'hidden' });
		}
	});
});

describe('an empty map', () => {
	it('asks, and a question is a structure in a second, undone in one step', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.getByRole('heading', { name: 'What are you thinking about?' }).waitFor();
		expect(await barriers(page)).toEqual([]);
		const start = Date.now();
		await page.getByRole('button', { name: 'What are the parts of an idea?' }).click();
		await rowsAre(page, ['1 An idea', '2 Part', '2 Part 2', '2 Part 3']);
		console.log(`a structure in ${Date.now() - start} ms`);
		await page.keyboard.press('Control+z');
		await page.getByRole('heading', { name: 'What are you thinking about?' }).waitFor();
		await page.keyboard.press('Control+Shift+Z');
		await rowsAre(page, ['1 An idea', '2 Part', '2 Part 2', '2 Part 3']);
	});

	it('shows all moves, and makes them around the chosen card', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.locator('.stage').focus();
		await page.keyboard.press('Enter');
		await write(page, 'Bees');
		await page.keyboard.press('t');
		await page.getByRole('dialog', { name: 'Moves and questions' }).waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.getByRole('button', { name: 'What is Bees a part of?' }).click();
		await rowsAre(page, ['1 Whole', '2 Bees']);
		await page.keyboard.press('Control+z');
		await rowsAre(page, ['1 Bees']);
		await find(page, 'Bees');
		await page.keyboard.press('t');
		await page.getByLabel('Its name').fill('A hive');
		await page.getByRole('button', { name: 'Keep the selection' }).click();
		await page.getByRole('button', { name: 'A hive', exact: true }).click();
		await rowsAre(page, ['1 Bees', '1 Bees']);
	});
});

describe('perspectives', () => {
	it('are looks that are opened and shut, and a table that compares them', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.getByRole('button', { name: 'P-circle' }).click();
		await page.keyboard.press('p');
		const drawer = page.getByRole('complementary', { name: 'Perspectives' });
		await drawer.getByRole('button', { name: 'Shut the eye of Point of view 2' }).waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('2');
		await drawer.getByRole('button', { name: 'Open the eye of Point of view 2' }).waitFor();
		await drawer.getByRole('button', { name: 'Table' }).click();
		const table = page.getByRole('dialog', { name: 'Who sees what' });
		await table.getByLabel('What Point of view makes of An idea').selectOption('Much');
		await table.getByLabel('Note on An idea').first().fill('the whole of it');
		await table.getByRole('button', { name: 'Add a point' }).click();
		await page.keyboard.type('An idea');
		await page.keyboard.press('Enter');
		await table.getByRole('rowheader', { name: 'An idea' }).waitFor();
		await table.getByLabel('What An idea makes of An idea').selectOption('Normal');
		await table.getByLabel('First point').selectOption('Point of view');
		await table.getByLabel('Second point').selectOption('An idea');
		await expect
			.poll(() => table.locator('dl').textContent())
			.toMatch(/Both see\s*An idea\s*Only Point of view sees\s*Nothing/);
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('Escape');
		await page.reload();
		await saved(page);
		await page.keyboard.press('p');
		await drawer.getByText('An idea').waitFor();
		await expect.poll(() => drawer.getByRole('listitem').count()).toBe(4);
	});
});

describe('what is read from a map', () => {
	it('names feedback loops by their sign, and asks what is open', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.getByRole('button', { name: 'More moves and questions' }).click();
		await page.getByRole('button', { name: 'Feedback loop' }).click();
		await command(page, 'What the map holds');
		const drawer = page.getByRole('complementary', { name: 'What the map holds' });
		await drawer.getByText('Sign unknown').waitFor({ state: 'attached' });
		await drawer.getByRole('button', { name: /An idea → Another idea → An idea/ }).click();
		await page.getByRole('heading', { name: '4 selected' }).waitFor();
		await drawer.getByRole('button', { name: 'Which idea is this relationship?' }).first().click();
		await page.getByRole('radio', { name: 'Same direction: more makes more' }).click();
		await page.keyboard.press('Escape');
		await drawer.getByRole('button', { name: 'Which idea is this relationship?' }).nth(1).click();
		await page.getByRole('radio', { name: 'Opposite direction: more makes less' }).click();
		await drawer.getByText('Balancing').waitFor({ state: 'attached' });
		const asked = drawer.getByRole('button', { name: 'How do An idea and Another idea relate?' });
		expect(await asked.count()).toBe(0);
		const first = drawer.getByRole('button', { name: 'Not this one' }).first();
		const before = await drawer.getByRole('button', { name: 'Not this one' }).count();
		await first.click();
		await expect.poll(() => drawer.getByRole('button', { name: 'Not this one' }).count()).toBe(before - 1);
		await drawer.getByLabel('Ask such questions').uncheck();
		await expect.poll(() => drawer.getByRole('button', { name: 'Not this one' }).count()).toBe(0);
		expect(await barriers(page)).toEqual([]);
	});
});

it('nothing went wrong', () => {
	expect(wrong(ada)).toEqual([]);
});
