// The first account, and everything one person does on a map.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	cardWidth,
	drag,
	handle,
	makeFirstAccount,
	middle,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	rows,
	rowsAre,
	rowsHold,
	type Server,
	saved,
	startServer,
	writeCard,
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

describe('the first account', () => {
	it('is made by the one-time link, once', async () => {
		await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
		const late = await newPerson(browser);
		const link = new URL(server.firstLink);
		await late.page.goto(`${server.address}${link.pathname}${link.hash}`);
		await late.page.getByLabel('Your name').fill('Eve');
		await late.page.getByLabel('E-mail address').fill('eve@example.org');
		await late.page.getByLabel('Password', { exact: true }).fill('a long enough pass phrase');
		await late.page.getByRole('button', { name: 'Create the first account' }).click();
		await late.page.getByRole('alert').waitFor();
		await late.context.close();
	});
});

describe('one person on a map', () => {
	it('finds an empty map that invites', async () => {
		await newMap(ada.page);
		await ada.page.getByRole('heading', { name: 'What are you thinking about?' }).waitFor();
	});

	it('writes a card, a part and a sibling', async () => {
		const { page } = ada;
		await writeCard(page, 200, 200, 'Forest');
		await page.keyboard.press('Tab');
		await page.keyboard.type('Trees');
		await page.keyboard.press('Enter');
		await page.keyboard.press('Enter');
		await page.keyboard.type('Soil');
		await page.keyboard.press('Enter');
		await rowsAre(page, ['1 Forest', '2 Trees', '2 Soil']);
	});

	it('takes a pasted title as one line, without what cannot be shown', async () => {
		const { page } = ada;
		await page.evaluate(() => navigator.clipboard.writeText('Deep\n\u0007roots'));
		await page.mouse.dblclick(700, 560);
		await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
		await page.keyboard.press('Control+v');
		await page.keyboard.type('!');
		await page.keyboard.press('Enter');
		await rowsHold(page, ['1 Forest', '2 Trees', '2 Soil', '1 Deep roots!']);
		await page.keyboard.press('Control+z');
		await page.keyboard.press('Control+z');
		await rowsAre(page, ['1 Forest', '2 Trees', '2 Soil']);
	});

	it('makes parts and siblings by a click on a handle', async () => {
		const { page } = ada;
		await writeCard(page, 700, 560, 'Sky');
		await page.mouse.click(20, 640);
		// Of the card under the pointer, whatever is selected.
		await page.mouse.move(720, 560 + middle);
		await page.mouse.click(700 - handle, 560 + middle);
		await page.keyboard.type('Ground');
		await page.keyboard.press('Enter');
		await rowsHold(page, ['1 Forest', '2 Trees', '2 Soil', '1 Sky', '1 Ground']);
		await page.keyboard.press('Control+z');
		await page.keyboard.press('Control+z');
		await page.mouse.click(20, 640);
		await page.mouse.move(700 + cardWidth / 2, 560 + middle);
		await page.mouse.click(700 + cardWidth / 2, 560 + 2 * middle + handle);
		await page.keyboard.type('Clouds');
		await page.keyboard.press('Enter');
		await rowsHold(page, ['1 Forest', '2 Trees', '2 Soil', '1 Sky', '2 Clouds']);
		for (let i = 0; i < 4; i++) await page.keyboard.press('Control+z');
		await rowsAre(page, ['1 Forest', '2 Trees', '2 Soil']);
	});

	it('nests a card by dragging it into another', async () => {
		const { page } = ada;
		await writeCard(page, 600, 200, 'Rain');
		await writeCard(page, 600, 500, 'Weather');
		await page.keyboard.press('Escape');
		await drag(page, [620, 200 + middle], [640, 500 + middle]);
		await rowsHold(page, ['1 Forest', '2 Trees', '2 Soil', '1 Weather', '2 Rain']);
	});

	it('relates two cards by dragging from an edge', async () => {
		const { page } = ada;
		await page.mouse.click(20, 600);
		await page.mouse.move(620, 500 + middle);
		// The whole is taller than one line: its left handle lies at half its height.
		await page.mouse.click(620, 500 + middle);
		await page.keyboard.press('r');
		await page.mouse.click(220, 200 + middle);
		await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
		await page.keyboard.press('Control+z');
		await writeCard(page, 200, 500, 'Rivers');
		await drag(page, [200 - handle, 500 + middle], [220, 200 + middle]);
		await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
		// What is selected has a row, so that keyboard and screen reader are on it.
		const row = page.getByRole('treeitem', { name: /^Relationship between Rivers and Forest$/ });
		await expect.poll(() => row.getAttribute('aria-selected')).toBe('true');
		await expect.poll(() => row.evaluate((element) => element === document.activeElement)).toBe(true);
	});

	it('names the relationship, and gives its card a part', async () => {
		const { page } = ada;
		await page.keyboard.press('Enter');
		await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
		await page.keyboard.type('water');
		await page.keyboard.press('Enter');
		await page.keyboard.press('Tab');
		await page.keyboard.type('in spring');
		await page.keyboard.press('Enter');
		await expect.poll(() => rows(page)).toEqual(expect.arrayContaining(['1 water', '2 in spring']));
	});

	it('deletes, takes back, and does again', async () => {
		const { page } = ada;
		await page.mouse.click(220, 500 + middle);
		await page.keyboard.press('Delete');
		await expect.poll(() => rows(page)).not.toEqual(expect.arrayContaining(['1 Rivers']));
		await page.keyboard.press('Control+z');
		await expect
			.poll(() => rows(page))
			.toEqual(expect.arrayContaining(['1 Rivers', '1 water', '2 in spring']));
		await page.keyboard.press('Control+Shift+z');
		await expect.poll(() => rows(page)).not.toEqual(expect.arrayContaining(['1 Rivers']));
		await page.keyboard.press('Control+z');
		await expect.poll(() => rows(page)).toEqual(expect.arrayContaining(['1 Rivers']));
	});

	it('duplicates, copies and pastes structure', async () => {
		const { page } = ada;
		const copies = async () => (await rows(page)).filter((row) => row === '2 Trees').length;
		await page.mouse.click(220, 200 + middle);
		await page.keyboard.press('Control+d');
		await expect.poll(copies).toBe(2);
		await page.keyboard.press('Control+z');
		await expect.poll(copies).toBe(1);
		// Not where the last click was: two would be a double click.
		await page.mouse.click(260, 200 + middle);
		await page.keyboard.press('Control+c');
		await page.mouse.click(20, 600);
		await page.keyboard.press('Control+v');
		await expect.poll(copies).toBe(2);
		await page.keyboard.press('Delete');
		await expect.poll(copies).toBe(1);
	});

	it('folds a whole and arranges its parts', async () => {
		const { page } = ada;
		await page.mouse.click(220, 200 + middle);
		const forest = page.getByRole('treeitem', { name: 'Forest' });
		await page.keyboard.press(' ');
		await expect.poll(() => forest.getAttribute('aria-expanded')).toBe('false');
		await page.keyboard.press(' ');
		await expect.poll(() => forest.getAttribute('aria-expanded')).toBe('true');
		for (const name of ['Row', 'Grid', 'List']) {
			const choice = page.getByRole('radio', { name: new RegExp(name, 'i') });
			await choice.click();
			await expect.poll(() => choice.getAttribute('aria-checked')).toBe('true');
		}
	});

	it('writes a body in Markdown, and colours the card', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Write', exact: true }).click();
		await page.keyboard.type('It **breathes**.');
		await page.getByRole('button', { name: 'Done' }).click();
		await page.locator('aside strong', { hasText: 'breathes' }).waitFor();
		const green = page.getByRole('radio', { name: 'Green' });
		await green.click();
		await expect.poll(() => green.getAttribute('aria-checked')).toBe('true');
	});

	it('finds everything again after a reload', async () => {
		const { page } = ada;
		await saved(page);
		const before = await rows(page);
		await page.reload();
		await saved(page);
		await rowsHold(page, before);
	});

	it('renames the map, and finds it in the list', async () => {
		const { page } = ada;
		await page.getByRole('textbox', { name: 'Name of the map' }).fill('Why forests matter');
		await page.keyboard.press('Enter');
		await page.getByRole('link', { name: 'All maps' }).click();
		await page.getByRole('link', { name: 'Why forests matter' }).waitFor();
	});

	it('deletes a map and brings it back', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'More about Why forests matter' }).click();
		await page.getByRole('menuitem', { name: 'Delete' }).click();
		await page.getByRole('link', { name: 'Why forests matter' }).waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Menu', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Deleted maps' }).click();
		await page.getByRole('button', { name: 'Restore' }).click();
		await page.getByText('No deleted maps.').waitFor();
		await page.getByRole('button', { name: 'Back to maps' }).click();
		await page.getByRole('link', { name: 'Why forests matter' }).waitFor();
	});

	it('met no error and broke no rule of the page’s own policy', () => {
		expect(wrong(ada)).toEqual([]);
	});
});
