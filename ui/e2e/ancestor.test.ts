// Bugs of an earlier tool of this kind that only a browser can have, and files.

import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
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
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	await newMap(ada.page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

describe('what went wrong elsewhere', () => {
	it('a double click never makes two', async () => {
		const { page } = ada;
		await page.mouse.click(300, 180, { clickCount: 4, delay: 5 });
		await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
		await page.keyboard.type('One');
		await page.keyboard.press('Enter');
		await rowsAre(page, ['1 One']);
	});

	it('the map works after printing', async () => {
		const { page } = ada;
		await page.pdf({ format: 'A4' });
		await page.emulateMedia({ media: 'print' });
		await page.emulateMedia({ media: 'screen' });
		await writeCard(page, 300, 400, 'Two');
		await rowsHold(page, ['1 One', '1 Two']);
		await saved(page);
	});

	it('a small map opens at its own size, only a large one is fitted', async () => {
		const { page } = ada;
		await page.reload();
		await saved(page);
		await page.getByRole('button', { name: 'Back to 100 %' }).or(page.getByTitle('Back to 100 %')).waitFor();
		await expect.poll(() => page.getByTitle(/Back to 100 %/).textContent()).toContain('100 %');
	});
});

describe('a map as a file', () => {
	it('is downloaded, and comes back as a map of its own', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'More', exact: true }).click();
		const [download] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('menuitem', { name: 'Download as a file' }).click(),
		]);
		const path = await download.path();
		expect(download.suggestedFilename()).toBe('Untitled map.plectica.json');
		expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ format: 'plectica-map', version: 1 });
		await page.goto(`${server.address}/maps`);
		const choose = page.waitForEvent('filechooser');
		await page.getByRole('button', { name: 'Menu', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Import a file' }).click();
		await (await choose).setFiles(path);
		await page.waitForURL(/\/maps\/[0-9a-v]{26}$/);
		await rowsHold(page, ['1 One', '1 Two']);
	});

	it('that is none is refused with a sentence', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps`);
		const choose = page.waitForEvent('filechooser');
		await page.getByRole('button', { name: 'Menu', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Import a file' }).click();
		await (await choose).setFiles({
			name: 'x.json',
			mimeType: 'application/json',
			buffer: Buffer.from('<svg onload="alert(1)">'),
		});
		await page.getByRole('alert').getByText('not JSON').waitFor();
	});

	it('and no error', () => {
		// The browser reports the refusal as a failed request.
		expect(wrong(ada).filter((text) => !text.includes('status of 4'))).toEqual([]);
	});
});
