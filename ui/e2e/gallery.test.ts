// The first minute: a new account takes the tour, and opens an example.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	barriers,
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
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

const card = (name: string) =>
	ada.page.getByRole('tree', { name: 'Cards' }).getByRole('treeitem', { name }).first();
const nameOfMap = () => ada.page.getByLabel('Name of the map');
const examples = () => ada.page.getByRole('listitem').filter({ hasText: /\d+ cards/ });

async function home(): Promise<void> {
	await ada.page.goto(server.address);
	await ada.page.getByRole('heading', { name: 'Maps' }).waitFor();
}

describe('somebody without a map', () => {
	it('is asked where to begin, and shown examples, without a barrier', async () => {
		const { page } = ada;
		await page.getByRole('heading', { name: 'Where would you like to begin?' }).waitFor();
		await page.getByRole('button', { name: 'Start with an empty map' }).waitFor();
		await page.getByRole('button', { name: 'Import a file' }).waitFor();
		await page.getByRole('button', { name: 'Water for a city' }).waitFor();
		expect(await examples().count()).toBe(6);
		expect(await page.locator('li svg rect').count()).toBeGreaterThan(100);
		expect(await barriers(page)).toEqual([]);
	});

	it('takes the tour, which is a map', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Take the tour' }).click();
		await page.waitForURL(/\/maps\/[0-9a-v]{26}$/);
		await saved(page);
		await card('Welcome. This is a map.').waitFor({ state: 'attached' });
		expect(await nameOfMap().inputValue()).toBe('A tour in two minutes');
	});

	it('is led through it by its own presentation', async () => {
		const { page } = ada;
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+Alt+p');
		const bar = page.getByRole('toolbar', { name: 'Presentation' });
		await bar.getByText('1 of 9').waitFor();
		await page.keyboard.press('ArrowRight');
		await bar.getByText('2 of 9').waitFor();
		await page.keyboard.press('Escape');
		await page.locator('.top').waitFor();
	});

	it('does what a card of it says', async () => {
		const { page } = ada;
		await page.keyboard.press('Control+f');
		await page.keyboard.type('Rain');
		await page.getByRole('option', { name: 'Rain' }).first().waitFor();
		await page.keyboard.press('Enter');
		await page.keyboard.press('r');
		await page.keyboard.type('river');
		await page.getByRole('option', { name: 'River' }).first().waitFor();
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Relationship', exact: true }).waitFor();
		await saved(page);
	});
});

describe('somebody with maps', () => {
	it('opens an example from the gallery as a map of their own', async () => {
		const { page } = ada;
		await home();
		await page.getByRole('link', { name: 'A tour in two minutes' }).waitFor();
		await page.getByRole('button', { name: 'Examples' }).click();
		const gallery = page.getByRole('dialog', { name: 'Examples' });
		await gallery.getByRole('button', { name: 'The cod of the bay' }).waitFor();
		expect(await examples().count()).toBe(6);
		expect(await barriers(page)).toEqual([]);
		await gallery.getByRole('button', { name: 'The cod of the bay' }).click();
		await page.waitForURL(/\/maps\/[0-9a-v]{26}$/);
		await saved(page);
		await card('Grown cod').waitFor({ state: 'attached' });
		expect(await nameOfMap().inputValue()).toBe('The cod of the bay');
	});

	it('reads in words what went wrong', async () => {
		const { page } = ada;
		await home();
		await page.route('**/api/v1/examples/bees**', (route) => route.fulfill({ status: 503, body: '{}' }));
		await page.getByRole('button', { name: 'Examples' }).click();
		const gallery = page.getByRole('dialog', { name: 'Examples' });
		await gallery.getByRole('button', { name: 'Bees and ants: who decides?' }).click();
		await gallery.getByRole('alert').getByText('The server is busy.').waitFor();
		await page.unroute('**/api/v1/examples/bees**');
		await page.route('**/api/v1/examples?**', (route) => route.abort());
		await page.reload();
		await page.getByRole('button', { name: 'Examples' }).click();
		await gallery.getByRole('alert').getByText('The examples could not be fetched.').waitFor();
		await page.unroute('**/api/v1/examples?**');
		await gallery.getByRole('button', { name: 'Try again' }).click();
		await gallery.getByRole('button', { name: 'Bees and ants: who decides?' }).waitFor();
	});

	it('finds them in the language of the page', async () => {
		const { page } = ada;
		await page.evaluate(() => localStorage.setItem('plectica.language', 'de'));
		await page.goto(server.address);
		await page.getByRole('button', { name: 'Beispiele' }).click();
		await page.getByRole('button', { name: 'Wasser für eine Stadt' }).click();
		await page.waitForURL(/\/maps\/[0-9a-v]{26}$/);
		await expect.poll(() => page.getByLabel('Name der Map').inputValue()).toBe('Wasser für eine Stadt');
		await page.evaluate(() => localStorage.removeItem('plectica.language'));
	});
});

describe('on a phone', () => {
	it('finds nothing wider than the screen', async () => {
		const phone = await newPerson(browser, {
			viewport: { width: 390, height: 844 },
			hasTouch: true,
			isMobile: true,
			storageState: await ada.context.storageState(),
		});
		await phone.page.goto(server.address);
		await phone.page.getByRole('button', { name: 'Examples' }).tap();
		await phone.page.getByRole('button', { name: 'Phones at school' }).waitFor();
		expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
		expect(wrong(phone)).toEqual([]);
		await phone.context.close();
	});

	it('leaves no error behind', () => {
		expect(wrong(ada).filter((text) => !/503|ERR_FAILED/.test(text))).toEqual([]);
	});
});
