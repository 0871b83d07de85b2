// What a person does on the first day, step by step, against the real server.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	type Server,
	saved,
	startServer,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser();
	ada = await newPerson(browser);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

describe('first light', () => {
	it('creates the first account by the one-time link', async () => {
		await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
		expect(await ada.page.getByRole('heading', { name: 'Maps' }).isVisible()).toBe(true);
	});

	it('makes a card, a part and a sibling by keyboard and double click', async () => {
		const { page } = ada;
		await newMap(page);
		await page.mouse.dblclick(500, 400);
		await page.keyboard.type('Forest');
		await page.keyboard.press('Enter');
		await page.keyboard.press('Tab');
		await page.keyboard.type('Trees');
		await page.keyboard.press('Enter');
		await page.keyboard.press('Enter');
		await page.keyboard.type('Soil');
		await page.keyboard.press('Escape');
		await saved(page);
		for (const title of ['Forest', 'Trees', 'Soil']) {
			await page.getByRole('treeitem', { name: title }).first().waitFor({ state: 'attached' });
		}
	});

	it('takes back the last change', async () => {
		const { page } = ada;
		await page.keyboard.press('Delete');
		await page.getByRole('treeitem', { name: 'Soil' }).waitFor({ state: 'detached' });
		await page.keyboard.press('Control+z');
		await page.getByRole('treeitem', { name: 'Soil' }).first().waitFor({ state: 'attached' });
	});

	it('keeps everything over a reload', async () => {
		const { page } = ada;
		await saved(page);
		await page.reload();
		await saved(page);
		await page.getByRole('treeitem', { name: 'Trees' }).first().waitFor({ state: 'attached' });
	});

	it('survives a killed server', async () => {
		const { page } = ada;
		await server.stop('kill');
		await page.getByTestId('connection').getByText('Offline').waitFor();
		await server.start();
		await saved(page);
	});

	it('breaks no rule of the page’s own policy', () => {
		const broken = ada.errors.filter((text) => /Content Security Policy|Trusted/i.test(text));
		expect(broken).toEqual([]);
	});
});
