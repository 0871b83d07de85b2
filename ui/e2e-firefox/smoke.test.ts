// The main ways through the product in Firefox, beside a person in Chromium: one map,
// the same state and the same widths of texts in both.

import type { Page as ChromiumPage } from 'playwright-core';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as chromium from '../e2e/lib';
import { keepCores, measure, stateHash } from './core';
import {
	appears,
	becomes,
	choose,
	chord,
	click,
	fill,
	newPage,
	openFirefox,
	rowsAre,
	saved,
	write,
} from './firefox';

// The table and Firefox differ by up to this much, in px; it rounds each letter to
// 1/60 px, Chromium does not.
const tolerance = 0.04;
const rounding = 1 / 128; // of what the core hands out, in px

const email = 'ada@example.org';
const titles = [
	'The quick brown fox',
	'AVATAR To Type We. VA Ty',
	'office fluffy affine waffle',
	'Ärger in Łódź, naïve façade',
	'Βροχή και ωκεανός',
	'Круговорот воды',
];

let server: chromium.Server;
let firefox: Browser;
let page: Page;
let errors: string[];
let other: Awaited<ReturnType<typeof chromium.openBrowser>>;
let grace: ChromiumPage;

beforeAll(async () => {
	server = await chromium.startServer();
	firefox = await openFirefox();
	({ page, errors } = await newPage(firefox));
	await page.evaluateOnNewDocument(keepCores);
	other = await chromium.openBrowser(server);
});

afterAll(async () => {
	await firefox?.close();
	await other?.close();
	await server?.remove();
});

const built = ['1 Forest', '2 Trees', '2 Soil', '1 Rain'];

describe('a person in Firefox', () => {
	it('makes the first account and a map', async () => {
		const link = new URL(server.firstLink);
		await page.goto(`${server.address}${link.pathname}${link.hash}`);
		await fill(page, 'Your name', 'Ada');
		await fill(page, 'E-mail address', email);
		await fill(page, 'Password', chromium.password);
		await click(page, 'button', 'Create the first account');
		await appears(page, 'heading', 'Maps');
		await click(page, 'button', 'New map');
		await becomes(page, () => /\/maps\/[0-9a-v]{26}$/.test(location.href));
		await saved(page);
	});

	it('writes cards by keyboard', async () => {
		await page.focus('.stage');
		await page.keyboard.press('Enter');
		await write(page, 'Forest');
		await page.keyboard.press('Tab');
		await write(page, 'Trees');
		await page.keyboard.press('Enter');
		await write(page, 'Soil');
		await page.keyboard.press('Escape');
		await page.keyboard.press('Enter');
		await write(page, 'Rain');
		await rowsAre(page, built);
	});

	it('relates them', async () => {
		await page.keyboard.press('r');
		await choose(page, 'Soil');
		await appears(page, 'heading', 'Relationship');
	});

	it('takes back and does again', async () => {
		await find('Rain');
		await becomes(page, related, true);
		await chord(page, 'Control', 'z');
		await becomes(page, related, false);
		await chord(page, 'Control', 'z');
		await rowsAre(page, ['1 Forest', '2 Trees', '2 Soil', '1 Untitled card']);
		await chord(page, 'Control', 'Shift', 'z');
		await rowsAre(page, built);
		await chord(page, 'Control', 'Shift', 'z');
		await becomes(page, related, true);
	});

	it('finds a card by its words, folds and unfolds it', async () => {
		await find('Forest');
		await page.keyboard.press(' ');
		await rowsAre(page, ['1 Forest', '1 Rain']);
		await page.keyboard.press(' ');
		await rowsAre(page, built);
	});

	it('looks at a card from a point', async () => {
		await find('Rain');
		await page.keyboard.press('e');
		await choose(page, 'Trees');
		await chord(page, 'Control', 'k');
		await page.waitForSelector('[role=combobox]');
		await choose(page, 'What the map holds');
		for (const [what, count] of Object.entries({ Distinctions: 4, Relationships: 1, Perspectives: 1 })) {
			await becomes(page, counts, what, count);
		}
		await page.keyboard.press('Escape');
	});

	it('has everything after a reload', async () => {
		await saved(page);
		await page.reload();
		await saved(page);
		await rowsAre(page, built);
	});
});

describe('a person in Chromium, on the same map', () => {
	it('sees an edit at once, and is seen', async () => {
		const person = await chromium.newPerson(other, { ignoreHTTPSErrors: false });
		grace = person.page;
		await grace.addInitScript(keepCores);
		await grace.goto(server.address);
		await grace.getByLabel('E-mail address').fill(email);
		await grace.getByLabel('Password', { exact: true }).fill(chromium.password);
		await grace.getByRole('button', { name: 'Sign in', exact: true }).click();
		await grace.getByRole('heading', { name: 'Maps' }).waitFor();
		await grace.goto(page.url());
		await chromium.saved(grace);
		await chromium.rowsAre(grace, built);
		await chromium.writeCard(grace, 900, 600, 'Cloud');
		await rowsAre(page, [...built, '1 Cloud']);
		for (const title of titles) {
			await page.keyboard.press('Escape');
			await page.keyboard.press('Escape');
			await page.keyboard.press('Enter');
			await write(page, title);
		}
		await chromium.rowsHold(grace, [...built, '1 Cloud', ...titles.map((title) => `1 ${title}`)]);
	});

	it('has the same state', async () => {
		await saved(page);
		await chromium.saved(grace);
		const hash = await page.evaluate(stateHash);
		expect(hash).toMatch(/^[0-9a-f]{32}$/);
		expect(await grace.evaluate(stateHash)).toBe(hash);
	});

	it('has texts of the same widths, which are those of the table', async () => {
		await page.keyboard.press('Escape');
		await chord(page, 'Shift', '1');
		await grace.keyboard.press('Escape');
		await grace.keyboard.press('Shift+1');
		const lines = { firefox: await page.evaluate(measure), chromium: await grace.evaluate(measure) };
		for (const [name, measured] of Object.entries(lines)) {
			const texts = measured.map((line) => line.text);
			expect(texts, name).toEqual(expect.arrayContaining([...titles, 'Forest', 'Soil']));
			for (const { text, font, table, browser } of measured) {
				const off = Math.abs(table - browser);
				expect(off, `${name}: ${text} in ${font}: ${table}, ${browser}`).toBeLessThan(tolerance + rounding);
			}
		}
		expect(lines.firefox.map((line) => line.table)).toEqual(lines.chromium.map((line) => line.table));
		expect(errors).toEqual([]);
	});
});

/** Whether the tree of the page says that the card it is at relates to another. */
function related(wanted: boolean): boolean {
	const rows = Array.from(document.querySelectorAll('[role=treeitem]'));
	return rows.some((row) => row.textContent?.includes('Rain. Relates to Soil')) === wanted;
}

/** Whether the page says that the map holds so many of something. */
function counts(what: string, count: number): boolean {
	const names = Array.from(document.querySelectorAll('dt'));
	const value = names.find((name) => name.textContent?.trim() === what)?.nextElementSibling;
	return value !== undefined && Number(value?.textContent) === count;
}

/** Goes to a card by its words. */
async function find(title: string): Promise<void> {
	await chord(page, 'Control', 'f');
	await page.waitForSelector('[role=combobox]');
	await choose(page, title);
}
