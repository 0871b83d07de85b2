// The same map on a phone: fingers instead of a mouse and keys.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
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
	ada = await newPerson(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

describe('on a phone, one', () => {
	it('writes a card by tapping twice', async () => {
		const { page } = ada;
		await newMapByTouch();
		await page.touchscreen.tap(120, 300);
		await page.touchscreen.tap(120, 300);
		await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
		await page.keyboard.type('By thumb');
		await page.touchscreen.tap(200, 700);
		await rowsAre(page, ['1 By thumb']);
		await saved(page);
	});

	it('gives it a part in the sheet', async () => {
		const { page } = ada;
		await page.touchscreen.tap(150, 324);
		await page.getByRole('heading', { name: 'Card', exact: true }).waitFor();
		await page.getByRole('button', { name: 'Part', exact: true }).tap();
		await page.keyboard.type('Finger');
		await page.touchscreen.tap(200, 700);
		await rowsAre(page, ['1 By thumb', '2 Finger']);
	});

	it('finds nothing wider than the screen, and no error', async () => {
		const { page } = ada;
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
		expect(wrong(ada)).toEqual([]);
	});
});

async function newMapByTouch(): Promise<void> {
	await newMap(ada.page);
	await ada.page.getByRole('heading', { name: 'What are you thinking about?' }).waitFor();
}
