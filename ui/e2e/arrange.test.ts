// What arranges a map at once: layers along relationships, and right angles.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
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
let page: Page;
let url: string;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	page = ada.page;
	await makeFirstAccount(server, page, 'Ada', 'ada@example.org');
	url = await newMap(page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

interface MapFile {
	cards: { title: string; x: number; y: number }[];
	sheet?: { routing?: string };
}

async function file(): Promise<MapFile> {
	await saved(page);
	return page.evaluate(async (address) => (await fetch(`${address}/file`)).json(), url);
}

async function command(name: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox').waitFor();
	await page.keyboard.type(name);
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

const xs = async (): Promise<Record<string, number>> =>
	Object.fromEntries((await file()).cards.map((card) => [card.title, card.x]));

describe('arranging', () => {
	it('puts cards into layers along their relationships, in one step', async () => {
		for (const [i, title] of ['last', 'first', 'middle'].entries())
			await writeCard(page, 300 + i * 40, 200 + i * 120, title);
		await rowsHold(page, ['1 last', '1 first', '1 middle']);
		for (const [from, to] of [
			['first', 'middle'],
			['middle', 'last'],
		] as const) {
			await page.keyboard.press('Control+f');
			await page.getByRole('combobox').waitFor();
			await page.keyboard.type(from);
			await page.keyboard.press('Enter');
			await expect.poll(() => page.getByLabel('Title', { exact: true }).inputValue()).toBe(from);
			await page.keyboard.press('r');
			await page.keyboard.type(to);
			await page.getByRole('option', { name: to }).first().waitFor();
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
		}
		await page.locator('.stage').focus();
		const before = await xs();
		await page.keyboard.press('Control+a');
		await command('in layers');
		await expect
			.poll(async () => {
				const { first = 0, middle = 0, last = 0 } = await xs();
				return first < middle && middle < last;
			})
			.toBe(true);
		const arranged = await xs();
		await command('in layers');
		await page.waitForTimeout(300);
		expect(await xs()).toEqual(arranged);
		await page.keyboard.press('Control+z');
		await expect.poll(xs).toEqual(before);
	});

	it('lets relationships run in right angles, for everybody who opens the map', async () => {
		await command('right angles');
		await expect.poll(async () => (await file()).sheet?.routing).toBe('orthogonal');
		await page.reload();
		await rowsHold(page, ['1 last', '1 first', '1 middle']);
		await page.locator('.stage').focus();
		await command('right angles');
		await expect.poll(async () => (await file()).sheet?.routing).toBe('curved');
		expect(wrong(ada)).toEqual([]);
	});
});
