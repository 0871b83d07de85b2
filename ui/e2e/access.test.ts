// Everything by keyboard, and no barrier that a rule can find, in light and dark.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	barriers,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	password,
	rows,
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

describe('by keyboard alone, one', () => {
	it('signs out, signs in and makes a map', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Menu', exact: true }).press('Enter');
		await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter');
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		await page.getByLabel('E-mail address').focus();
		await page.keyboard.type('ada@example.org');
		await page.keyboard.press('Tab');
		await page.keyboard.type(password);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Maps' }).waitFor();
	});

	it('finds no barrier on the map list', async () => {
		expect(await barriers(ada.page)).toEqual([]);
	});

	it('reaches the canvas and builds a map on it', async () => {
		const { page } = ada;
		await newMap(page);
		const onCanvas = () => page.evaluate(() => document.activeElement?.classList.contains('stage'));
		for (let i = 0; i < 4 && !(await onCanvas()); i++) await page.keyboard.press('F6');
		expect(await onCanvas()).toBe(true);
		for (const key of ['Enter', 'Market', 'Enter', 'Tab', 'Buyers', 'Enter', 'Enter', 'Sellers', 'Enter']) {
			if (['Enter', 'Tab'].includes(key)) await page.keyboard.press(key);
			else await page.keyboard.type(key);
		}
		await rowsAre(page, ['1 Market', '2 Buyers', '2 Sellers']);
	});

	it('moves through the tree: the focus is on what is selected', async () => {
		const { page } = ada;
		const focused = () => page.evaluate(() => document.activeElement?.textContent);
		await expect.poll(focused).toBe('Sellers');
		await page.keyboard.press('ArrowUp');
		await expect.poll(focused).toBe('Buyers');
		await page.keyboard.press('Escape');
		await expect.poll(focused).toBe('Market');
		const market = page.getByRole('treeitem', { name: 'Market' });
		expect(await market.getAttribute('aria-selected')).toBe('true');
		expect(await market.getAttribute('aria-setsize')).toBe('1');
		await page.keyboard.press(' ');
		await expect.poll(() => market.getAttribute('aria-expanded')).toBe('false');
		await page.keyboard.press(' ');
		await expect.poll(() => market.getAttribute('aria-expanded')).toBe('true');
	});

	it('relates two cards, and hears of it', async () => {
		const { page } = ada;
		await page.getByRole('treeitem', { name: /^Buyers/ }).focus();
		await page.keyboard.press('r');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
		await page.getByRole('treeitem', { name: /^Sellers/ }).focus();
		await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Sellers');
	});

	it('reorders, wraps, outdents and deletes', async () => {
		const { page } = ada;
		await page.keyboard.press('Escape');
		await page.getByRole('treeitem', { name: /^Sellers/ }).focus();
		await page.keyboard.press('Alt+ArrowUp');
		await rowsAre(page, ['1 Market', '2 Sellers', '2 Buyers']);
		await page.keyboard.press('Alt+ArrowLeft');
		await expect.poll(() => rows(page)).toEqual(expect.arrayContaining(['1 Sellers']));
		await page.keyboard.press('Delete');
		await rowsAre(page, ['1 Market', '2 Buyers']);
		await saved(page);
	});

	it('is never trapped on the canvas', async () => {
		const { page } = ada;
		await page.keyboard.press('F6');
		const left = await page.evaluate(() => document.activeElement?.closest('.stage') === null);
		expect(left).toBe(true);
	});
});

describe('no barrier', () => {
	it('in the editor, with a card open', async () => {
		await ada.page.getByRole('treeitem', { name: /^Buyers/ }).focus();
		await ada.page.getByRole('heading', { name: 'Card' }).waitFor();
		expect(await barriers(ada.page)).toEqual([]);
	});

	it('in the dialogs of the editor', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		await page.getByText('ada@example.org').waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Keys' }).click();
		await page.getByRole('dialog').waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('Escape');
	});

	it('on the page to sign in', async () => {
		const stranger = await newPerson(browser);
		await stranger.page.goto(`${server.address}/signin`);
		await stranger.page.getByRole('heading', { name: 'Sign in' }).waitFor();
		expect(await barriers(stranger.page)).toEqual([]);
		await stranger.context.close();
	});

	it('and no error', () => {
		expect(wrong(ada)).toEqual([]);
	});
});
