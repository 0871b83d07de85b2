// What others' programs put on the clipboard and into files: clean, or refused in words;
// never a broken map, never a script that runs.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
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
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;
let page: Page;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	page = ada.page;
	await makeFirstAccount(server, page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

async function freshMap(): Promise<void> {
	await page.goto(`${server.address}/maps`);
	await newMap(page);
}

// Pastes onto the canvas as a browser does: several forms of one thing.
async function paste(forms: Record<string, string>): Promise<void> {
	await page.locator('.stage').focus();
	await page.evaluate((forms) => {
		const data = new DataTransfer();
		for (const [type, text] of Object.entries(forms)) data.setData(type, text);
		const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
		document.querySelector('.stage')?.dispatchEvent(event);
	}, forms);
}

const scripts = async (): Promise<unknown> => page.evaluate(() => (window as { ran?: unknown }).ran);

describe('a paste', () => {
	it('of HTML is its text, and nothing in it runs', async () => {
		await freshMap();
		await paste({
			'text/html': '<b>Bold</b><script>window.ran=1</script><img src=x onerror="window.ran=2">',
			'text/plain': 'Bold',
		});
		await rowsAre(page, ['1 Bold']);
		expect(await scripts()).toBeUndefined();
	});

	it('of markup as plain text is taken by the letter, in titles and bodies', async () => {
		await freshMap();
		const markup = '<img src=x onerror="window.ran=3"><svg onload="window.ran=4"></svg>';
		await paste({ 'text/plain': markup });
		await rowsAre(page, [`1 ${markup}`]);
		await page.getByRole('button', { name: 'Write', exact: true }).click();
		await page
			.getByRole('textbox', { name: 'Body' })
			.fill(`${markup}\n\n[x](javascript:window.ran=5) <script>window.ran=6</script>`);
		await page.keyboard.press('Escape');
		await saved(page);
		await page.reload();
		await rowsAre(page, [`1 ${markup}`]);
		expect(await scripts()).toBeUndefined();
		expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
	});

	it('of an outline that is too long is refused in words, and one of thousands of lines is not', async () => {
		await freshMap();
		await paste({ 'text/plain': Array.from({ length: 10_000 }, (_, i) => `line ${i}`).join('\n') });
		await page.getByRole('log').getByText('10,000 lines are too many').waitFor();
		expect(await rows(page)).toEqual([]);
		await paste({
			'text/plain': Array.from({ length: 2000 }, (_, i) => `${i % 10 ? '\t' : ''}line ${i}`).join('\n'),
		});
		await expect.poll(async () => (await rows(page)).length).toBeGreaterThan(10);
		await saved(page);
	});

	it('of right-to-left, zero-width, combining and emoji text comes back as it went', async () => {
		await freshMap();
		const lines = [
			'שלום עולם, مرحبا',
			'zero\u200bwidth\u200djoin\ufeff',
			'👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 e\u0301\u0301\u0301',
			'a\u202eb\u202cc',
			`${'w'.repeat(3000)}`,
		];
		await paste({ 'text/plain': lines.join('\n') });
		await rowsHold(
			page,
			lines.map((line) => `1 ${line}`),
		);
		await saved(page);
		await page.reload();
		await rowsHold(
			page,
			lines.map((line) => `1 ${line}`),
		);
	});

	it('of a structure that is damaged, or of another program, makes text or nothing', async () => {
		await freshMap();
		await paste({ 'text/x-plectica': btoa('nonsense'), 'text/plain': 'as text' });
		await page.waitForTimeout(200);
		await paste({ 'text/x-plectica': 'not base64 at all ☃', 'text/plain': 'as text' });
		await expect.poll(() => rows(page)).toContain('1 as text');
		await saved(page);
	});
});

describe('a file', () => {
	async function importFile(name: string, content: string): Promise<void> {
		await page.goto(`${server.address}/maps`);
		const choosing = page.waitForEvent('filechooser');
		await page.getByRole('button', { name: 'Menu', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Import a file' }).click();
		await (await choosing).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
	}

	it('that is no map is refused in words', async () => {
		for (const content of [
			'',
			'{',
			'{"format":"other"}',
			'<html>',
			'{"format":"plectica-map","version":99}',
		]) {
			await importFile('x.json', content);
			await page
				.getByText(/The file/)
				.first()
				.waitFor();
		}
	});

	it('with fields that nobody knows is read for the rest', async () => {
		await importFile(
			'x.json',
			JSON.stringify({
				format: 'plectica-map',
				version: 1,
				title: 'Of another',
				sparkle: [1, 2],
				cards: [
					{ id: '04000000000000000000000000', order: 'V', x: 0, y: 0, title: 'Kept', glitter: { a: 1 } },
				],
			}),
		);
		await rowsAre(page, ['1 Kept']);
	});

	it('leaves no error behind', () => {
		expect(wrong(ada).filter((line) => !/status of (400|422)/.test(line))).toEqual([]);
	});
});
