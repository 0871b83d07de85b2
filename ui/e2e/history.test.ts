// How a map was: its timeline, names, any moment, what differs, and the way back, while
// others go on.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	acceptInvitation,
	addMember,
	barriers,
	invite,
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

const shots = process.env.SHOTS; // a folder for pictures, for whoever looks

let server: Server;
let browser: Browser;
let ada: Person;
let grace: Person;
let vera: Person; // may only look
let url: string;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	grace = await newPerson(browser);
	vera = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	const link = await invite(ada.page, 2);
	await acceptInvitation(grace.page, link, 'Grace Hopper', 'grace@example.org');
	await acceptInvitation(vera.page, link, 'Vera', 'vera@example.org');
	url = await newMap(ada.page);
	await addMember(ada.page, 'grace@example.org', 'edit');
	await addMember(ada.page, 'vera@example.org', 'view');
	await writeCard(ada.page, 460, 260, 'Rain');
	await ada.page.keyboard.press('Tab');
	await ada.page.keyboard.type('Drops');
	await ada.page.keyboard.press('Enter');
	await writeCard(ada.page, 800, 300, 'Sea');
	await saved(ada.page);
	await grace.page.goto(url);
	await card(grace.page, 'Sea').waitFor({ state: 'attached' });
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const card = (page: Page, name: string) =>
	page.getByRole('tree', { name: 'Cards of the map' }).getByRole('treeitem', { name });
const past = (page: Page) => page.getByRole('region', { name: /^History of / });
const pastRows = (page: Page) => past(page).getByRole('tree').getByRole('treeitem');
const slider = (page: Page) => past(page).getByRole('slider', { name: 'Moment' });
const list = (page: Page) => past(page).getByRole('complementary', { name: 'Versions' });

async function titles(page: Page): Promise<string[]> {
	const all = await pastRows(page).allTextContents();
	return all.map((text) => text.replace(/\. Relates to.*/, '')).sort();
}

async function titlesAre(page: Page, wanted: string[]): Promise<void> {
	await expect.poll(() => titles(page), { timeout: 15_000 }).toEqual([...wanted].sort());
}

async function seqOf(page: Page): Promise<number> {
	return Number(await slider(page).getAttribute('aria-valuenow'));
}

async function openHistory(page: Page): Promise<void> {
	await page.locator('.stage').first().focus();
	await page.keyboard.press('Shift+h');
	await slider(page).waitFor();
	await expect.poll(() => titles(page)).not.toEqual([]);
}

/** Goes back, change by change, until the map holds these cards. */
async function backTo(page: Page, wanted: string[]): Promise<void> {
	await slider(page).focus();
	for (let n = 0; n < 60 && (await titles(page)).join() !== [...wanted].sort().join(); n++) {
		const before = await seqOf(page);
		await page.keyboard.press('ArrowLeft');
		await expect.poll(() => seqOf(page)).toBeLessThan(before);
		await page.waitForTimeout(250); // the rows follow after a pause
	}
	await titlesAre(page, wanted);
}

async function shoot(page: Page, name: string): Promise<void> {
	if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
}

describe('the history', () => {
	it('opens by a key, with who and when, and steps through every moment', async () => {
		const { page } = ada;
		await openHistory(page);
		expect(page.url()).toMatch(/\/history/);
		await titlesAre(page, ['Rain', 'Drops', 'Sea']);
		await list(page).getByRole('button', { name: /Ada/ }).first().waitFor();
		expect(await slider(page).getAttribute('aria-valuetext')).toContain('Ada');
		const newest = await seqOf(page);
		await backTo(page, ['Rain', 'Drops']);
		await backTo(page, ['Rain']);
		const early = await seqOf(page);
		expect(early).toBeLessThan(newest);
		await page.keyboard.press('Home');
		await expect.poll(() => seqOf(page)).toBe(1);
		await page.keyboard.press('End');
		await expect.poll(() => seqOf(page)).toBe(newest);
		await titlesAre(page, ['Rain', 'Drops', 'Sea']);
		await page.keyboard.press('Escape');
		await past(page).waitFor({ state: 'hidden' });
		expect(new URL(page.url()).pathname).toMatch(/^\/maps\/[^/]+$/);
		await card(page, 'Sea').waitFor({ state: 'attached' });
	});

	it('is in the menu of the map, and its moments have addresses', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'More', exact: true }).click();
		await page.getByRole('menuitem', { name: 'History of the map' }).click();
		await slider(page).waitFor();
		await backTo(page, ['Rain', 'Drops']);
		const at = await seqOf(page);
		await expect.poll(() => page.url()).toContain(`/history/${at}`);
		await page.reload();
		await slider(page).waitFor();
		await titlesAre(page, ['Rain', 'Drops']);
		expect(await seqOf(page)).toBe(at);
	});

	it('names a moment, which shows as a flag, is renamed, and loses its name', async () => {
		const { page } = ada;
		await past(page).getByRole('button', { name: 'Name this version' }).click();
		await page.getByLabel('Name of the version').fill('Before the sea');
		await page.keyboard.press('Enter');
		const row = list(page).getByRole('button', { name: /^Before the sea/ });
		await row.first().waitFor();
		await past(page).locator('.flag', { hasText: 'Before the sea' }).waitFor();
		await shoot(page, 'named');
		await slider(page).focus();
		await page.keyboard.press('End');
		await titlesAre(page, ['Rain', 'Drops', 'Sea']);
		await row.first().click();
		await titlesAre(page, ['Rain', 'Drops']);
		await list(page).getByRole('button', { name: 'More about Before the sea' }).first().click();
		await page.getByRole('menuitem', { name: 'Rename' }).click();
		await page.getByLabel('Name of the version').fill('No sea yet');
		await page.keyboard.press('Enter');
		await past(page).locator('.flag', { hasText: 'No sea yet' }).waitFor();
		await list(page).getByRole('button', { name: 'More about No sea yet' }).first().click();
		await page.getByRole('menuitem', { name: 'Remove the name' }).click();
		await past(page).locator('.flag').waitFor({ state: 'hidden' });
	});

	it('plays from where one is to the newest, and can be stopped', async () => {
		const { page } = ada;
		await slider(page).focus();
		await page.keyboard.press('Home');
		await expect.poll(() => seqOf(page)).toBe(1);
		const newest = Number(await slider(page).getAttribute('aria-valuemax'));
		await page.emulateMedia({ reducedMotion: 'no-preference' });
		await past(page)
			.getByRole('button', { name: /^Speed/ })
			.click();
		await page.locator('[data-back]').focus();
		await page.keyboard.press('ArrowRight');
		await slider(page).focus();
		await page.keyboard.press(' ');
		await past(page).getByRole('button', { name: 'Pause' }).waitFor();
		await expect.poll(() => seqOf(page)).toBeGreaterThan(2);
		await page.keyboard.press(' ');
		await past(page).getByRole('button', { name: 'Play' }).waitFor();
		const held = await seqOf(page);
		await page.waitForTimeout(700);
		expect(await seqOf(page)).toBe(held);
		await page.keyboard.press(' ');
		await expect.poll(() => seqOf(page), { timeout: 20_000 }).toBe(newest);
		await past(page).getByRole('button', { name: 'Play' }).waitFor();
		await titlesAre(page, ['Rain', 'Drops', 'Sea']);
		await page.emulateMedia({ reducedMotion: 'reduce' });
	});

	it('goes on beneath: what others do lengthens the timeline, and is there on the way back', async () => {
		const { page } = ada;
		const newest = Number(await slider(page).getAttribute('aria-valuemax'));
		await writeCard(grace.page, 300, 560, 'Wind');
		await saved(grace.page);
		await expect
			.poll(async () => Number(await slider(page).getAttribute('aria-valuemax')), { timeout: 20_000 })
			.toBeGreaterThan(newest);
		await titlesAre(page, ['Rain', 'Drops', 'Sea']);
		await page.keyboard.press('End');
		await titlesAre(page, ['Rain', 'Drops', 'Sea', 'Wind']);
		expect(await slider(page).getAttribute('aria-valuetext')).toContain('Grace Hopper');
		await page.keyboard.press('Escape');
		await card(page, 'Wind').waitFor({ state: 'attached' });
	});
});

describe('a comparison', () => {
	it('lists what differs, in words that lead to the cards, and marks it on the canvas', async () => {
		const { page } = ada;
		// Sea goes, Rain is renamed, Wind is moved, and another card comes.
		await card(page, 'Sea').focus();
		await page.keyboard.press('Delete');
		await card(page, 'Rain').focus();
		await page.keyboard.press('F2');
		await page.keyboard.type('Showers');
		await page.keyboard.press('Enter');
		await card(page, 'Wind').focus();
		await page.keyboard.press('Shift+ArrowRight');
		await writeCard(page, 900, 620, 'Clouds');
		await saved(page);
		await openHistory(page);
		await backTo(page, ['Rain', 'Drops', 'Sea', 'Wind']);
		await past(page).getByRole('button', { name: 'Compare with another version' }).click();
		const found = past(page).getByRole('complementary', { name: 'Compare' });
		const group = (name: string) => found.getByRole('region', { name });
		await group('Added').getByRole('button', { name: 'Clouds' }).waitFor();
		await group('Removed').getByRole('button', { name: 'Sea' }).waitFor();
		await group('Renamed').getByRole('button', { name: 'Rain → Showers' }).waitFor();
		await group('Moved').getByRole('button', { name: 'Wind: to another spot' }).waitFor();
		// What was removed is shown with what there is.
		await titlesAre(page, ['Showers', 'Drops', 'Sea', 'Wind', 'Clouds']);
		await shoot(page, 'compared');
		await group('Removed').getByRole('button', { name: 'Sea' }).click();
		await expect
			.poll(() => past(page).getByRole('treeitem', { name: 'Sea' }).getAttribute('aria-selected'))
			.toBe('true');
		await shoot(page, 'compared-card');
		expect(await barriers(page)).toEqual([]);
	});

	it('goes on with the open map, and between any two moments', async () => {
		const { page } = ada;
		const found = past(page).getByRole('complementary', { name: 'Compare' });
		await writeCard(grace.page, 320, 160, 'Fog');
		await saved(grace.page);
		await found
			.getByRole('region', { name: 'Added' })
			.getByRole('button', { name: 'Fog' })
			.waitFor({ timeout: 20_000 });
		const thumb = past(page).getByRole('slider', { name: 'Compared with' });
		await thumb.focus();
		await page.keyboard.press('Home');
		// The first change made a card that was not written on yet.
		await found
			.getByRole('region', { name: 'Renamed' })
			.getByRole('button', { name: 'Untitled card → Showers' })
			.waitFor();
		await found.getByRole('region', { name: 'Added' }).getByRole('button', { name: 'Drops' }).waitFor();
		await expect.poll(() => found.getByRole('region', { name: 'Removed' }).count()).toBe(0);
		await page.keyboard.press('Escape');
		await found.waitFor({ state: 'hidden' });
		await page.keyboard.press('Escape');
		await past(page).waitFor({ state: 'hidden' });
	});
});

describe('restoring', () => {
	it('brings one card back while another person edits, in one step that can be undone', async () => {
		const { page } = ada;
		await openHistory(page);
		await backTo(page, ['Rain', 'Drops', 'Sea', 'Wind']);
		await past(page).getByRole('treeitem', { name: 'Sea' }).focus();
		await writeCard(grace.page, 700, 140, 'Snow');
		await past(page).getByRole('button', { name: 'Restore this card' }).click();
		await page.getByText(/“Sea” is as it was/).waitFor();
		await saved(page);
		await rowsHold(grace.page, ['1 Showers', '2 Drops', '1 Wind', '1 Clouds', '1 Fog', '1 Snow', '1 Sea']);
		await page.getByRole('log', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click();
		await rowsHold(grace.page, ['1 Showers', '2 Drops', '1 Wind', '1 Clouds', '1 Fog', '1 Snow']);
	});

	it('brings a branch back: what came into it goes, what was renamed is called as before', async () => {
		const { page } = ada;
		await past(page).getByRole('treeitem', { name: 'Rain' }).focus();
		await card(grace.page, 'Showers').focus();
		await grace.page.keyboard.press('Tab');
		await grace.page.keyboard.type('Puddles');
		await grace.page.keyboard.press('Enter');
		await saved(grace.page);
		await rowsHold(grace.page, [
			'1 Showers',
			'2 Drops',
			'2 Puddles',
			'1 Wind',
			'1 Clouds',
			'1 Fog',
			'1 Snow',
		]);
		// The open map has it, beneath.
		await page.locator('main .mirror [role=treeitem]', { hasText: 'Puddles' }).waitFor({ state: 'attached' });
		await past(page).getByRole('button', { name: 'Restore it with all in it' }).click();
		await page.getByText(/“Rain” is as it was/).waitFor();
		await rowsHold(grace.page, ['1 Rain', '2 Drops', '1 Wind', '1 Clouds', '1 Fog', '1 Snow']);
	});

	it('brings the map back, says what it did, and undo takes back all of it', async () => {
		const { page } = ada;
		await past(page).getByRole('button', { name: 'Restore this version' }).click();
		await past(page).waitFor({ state: 'hidden' });
		await page.getByText(/^Restored as of/).waitFor();
		await saved(page);
		await rowsHold(page, ['1 Rain', '2 Drops', '1 Wind', '1 Sea']);
		await rowsHold(grace.page, ['1 Rain', '2 Drops', '1 Wind', '1 Sea']);
		await shoot(page, 'restored');
		await page.getByRole('log', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click();
		await rowsHold(grace.page, ['1 Rain', '2 Drops', '1 Wind', '1 Clouds', '1 Fog', '1 Snow']);
		expect(wrong(ada)).toEqual([]);
		expect(wrong(grace)).toEqual([]);
	});
});

describe('who changed what', () => {
	it('is said of each card, and of each of its properties', async () => {
		const { page } = ada;
		await card(grace.page, 'Wind').focus();
		await grace.page.keyboard.press('F2');
		await grace.page.keyboard.type('Storm');
		await grace.page.keyboard.press('Enter');
		await saved(grace.page);
		await card(page, 'Storm').focus();
		const panel = page.getByRole('complementary', { name: 'Details' });
		await panel.getByText(/Changed by Grace Hopper, (just now|1 minute ago)/).click();
		await panel.getByText(/^Title: Grace Hopper/).waitFor();
		await panel.getByText(/^Made: Grace Hopper/).waitFor();
		await shoot(page, 'who');
	});
});

describe('who may only look', () => {
	it('sees the history, compares, and can neither restore nor name', async () => {
		const { page } = vera;
		await page.goto(url);
		await card(page, 'Rain').waitFor({ state: 'attached' });
		await openHistory(page);
		await backTo(page, ['Rain', 'Drops', 'Wind', 'Clouds', 'Fog', 'Snow']);
		await past(page).getByRole('treeitem', { name: 'Rain' }).focus();
		await past(page).getByRole('complementary', { name: 'Details' }).waitFor();
		await past(page).getByRole('button', { name: 'Compare with another version' }).waitFor();
		expect(
			await past(page)
				.getByRole('button', { name: /Restore|Name this/ })
				.count(),
		).toBe(0);
		expect(
			await past(page)
				.getByRole('button', { name: /^More about/ })
				.count(),
		).toBe(0);
		expect(wrong(vera)).toEqual([]);
	});
});

describe('the page of the history', () => {
	it('shuts nobody out, in light and dark, wide and narrow', async () => {
		const { page } = ada;
		await openHistory(page);
		await titlesAre(page, ['Rain', 'Drops', 'Storm', 'Clouds', 'Fog', 'Snow']);
		expect(await barriers(page)).toEqual([]);
		await page.emulateMedia({ colorScheme: 'light' });
		await shoot(page, 'light');
		await page.emulateMedia({ colorScheme: 'dark' });
		await shoot(page, 'dark');
		await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
		await shoot(page, 'forced');
		await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
		await page.setViewportSize({ width: 390, height: 844 });
		await shoot(page, 'phone-list');
		await past(page).getByRole('button', { name: 'Show the versions' }).click();
		await list(page).waitFor({ state: 'hidden' });
		await shoot(page, 'phone');
		expect(await barriers(page)).toEqual([]);
		await page.emulateMedia({ colorScheme: 'light' });
		await past(page).getByRole('button', { name: 'Compare with another version' }).click();
		await past(page).getByRole('complementary', { name: 'Compare' }).waitFor();
		await shoot(page, 'phone-compare');
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		expect(wide).toBeLessThanOrEqual(390);
		await page.setViewportSize({ width: 1280, height: 800 });
	});

	it('says in a sentence that a moment is not kept', async () => {
		const { page } = vera;
		await page.goto(`${url}/history/999999`);
		await past(page).getByRole('alert').waitFor();
		expect((await past(page).getByRole('alert').textContent()) ?? '').toMatch(/\w.*\./);
	});
});
