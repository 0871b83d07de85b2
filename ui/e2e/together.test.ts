// Two people who edit, and one who may only look, on one map.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	acceptInvitation,
	addMember,
	invite,
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
	writeCard,
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;
let grace: Person;
let vera: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	grace = await newPerson(browser);
	vera = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	const link = await invite(ada.page, 2);
	await acceptInvitation(grace.page, link, 'Grace', 'grace@example.org');
	await acceptInvitation(vera.page, link, 'Vera', 'vera@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

// How many pixels around a place of the page's upper canvas have a colour.
async function pixels(person: Person, x: number, y: number, colour: string): Promise<number> {
	return person.page.evaluate(
		([x, y, colour]) => {
			const canvas = document.querySelectorAll('canvas')[1];
			const ctx = canvas?.getContext('2d');
			if (!canvas || !ctx) return 0;
			const top = canvas.getBoundingClientRect().top;
			const { data } = ctx.getImageData(x - 10, y - top - 10, 40, 40);
			const [r, g, b] = colour.match(/\d+/g)?.map(Number) ?? [];
			let n = 0;
			for (let i = 0; i < data.length; i += 4) {
				if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) n++;
			}
			return n;
		},
		[x, y, colour] as const,
	);
}

describe('people on one map', () => {
	it('are invited by an owner, as editor and as viewer', async () => {
		const url = await newMap(ada.page);
		await addMember(ada.page, 'grace@example.org', 'edit');
		await addMember(ada.page, 'vera@example.org', 'view');
		await writeCard(ada.page, 200, 200, 'Bus');
		await grace.page.goto(url);
		await vera.page.goto(url);
		await saved(grace.page);
		for (const person of [ada, grace, vera]) await rowsAre(person.page, ['1 Bus']);
	});

	it('see each other at once: names and cursors', async () => {
		const face = ada.page.getByRole('list', { name: 'Also here' }).getByRole('button', { name: /Grace/ });
		await face.waitFor({ state: 'attached' });
		const colour = await face.evaluate((element) => getComputedStyle(element).backgroundColor);
		// Grace's map is where Ada's is when both show the one card at 100 %: move to
		// a place relative to it, and find the cursor there. Details would take room.
		await ada.page.keyboard.press('Escape');
		await ada.page.keyboard.press('Shift+1');
		await grace.page.keyboard.press('Shift+1');
		await grace.page.mouse.move(700, 500);
		await expect.poll(() => pixels(ada, 700, 500, colour)).toBeGreaterThan(20);
		await grace.page.mouse.move(300, 600);
		await expect.poll(() => pixels(ada, 300, 600, colour)).toBeGreaterThan(20);
	});

	it('see each other’s edits', async () => {
		await writeCard(grace.page, 300, 600, 'Driver');
		await rowsHold(ada.page, ['1 Bus', '1 Driver']);
		await rowsHold(vera.page, ['1 Bus', '1 Driver']);
	});

	it('type in the same card, letter by letter', async () => {
		const wanted = (await rows(ada.page)).indexOf('1 Bus');
		for (const { page } of [ada, grace]) {
			await page.getByRole('treeitem').nth(wanted).focus();
			await page.keyboard.press('F2');
			await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
		}
		await ada.page.keyboard.press('Home');
		await grace.page.keyboard.press('End');
		const text = (person: Person) =>
			person.page.getByRole('textbox', { name: 'Title of the card' }).inputValue();
		let [before, after] = ['', ''];
		for (const [a, g] of ['Wl', 'ha', 'yt', ' e'].map((pair) => [...pair])) {
			before += a;
			after += g;
			await Promise.all([ada.page.keyboard.type(a ?? ''), grace.page.keyboard.type(g ?? '')]);
			for (const person of [ada, grace]) {
				await expect.poll(() => text(person)).toBe(`${before}Bus${after}`);
			}
		}
		await rowsHold(vera.page, ['1 Why Buslate', '1 Driver']);
		await ada.page.keyboard.press('Escape');
		await grace.page.keyboard.press('Escape');
	});

	it('see in the outline where the others are', async () => {
		const { page } = ada;
		await grace.page.getByRole('treeitem').first().focus();
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+Shift+O');
		const outline = page.getByRole('tree', { name: 'Outline' });
		await outline.getByRole('treeitem', { name: 'Grace is here' }).waitFor();
		await grace.page.keyboard.press('F2');
		await outline.getByRole('treeitem', { name: 'Grace is typing here' }).waitFor();
		await grace.page.keyboard.press('Escape');
		await page.keyboard.press('Control+Shift+O');
		await outline.waitFor({ state: 'hidden' });
	});

	it('undo their own changes and nobody else’s', async () => {
		await writeCard(ada.page, 700, 200, 'By Ada');
		await rowsHold(grace.page, ['1 Why Buslate', '1 Driver', '1 By Ada']);
		await writeCard(grace.page, 700, 350, 'By Grace');
		await rowsHold(ada.page, ['1 Why Buslate', '1 Driver', '1 By Ada', '1 By Grace']);
		await ada.page.keyboard.press('Control+z');
		await ada.page.keyboard.press('Control+z');
		await rowsHold(grace.page, ['1 Why Buslate', '1 Driver', '1 By Grace']);
	});

	it('who may only look is told so, and can change nothing', async () => {
		const { page } = vera;
		await page.getByTestId('connection').getByText('View only').waitFor();
		expect(await page.getByRole('button', { name: 'New card' }).isDisabled()).toBe(true);
		const before = await rows(page);
		await page.mouse.dblclick(900, 600);
		await page.keyboard.type('No');
		await page.getByRole('treeitem').first().focus();
		for (const key of ['Delete', 'Enter', 'Tab', 'F2', 'Control+d']) await page.keyboard.press(key);
		expect(await page.getByRole('textbox', { name: 'Title of the card' }).count()).toBe(0);
		// A change of Grace's is seen after all of that: what is there is what counts.
		await writeCard(grace.page, 900, 200, 'Last');
		await rowsHold(page, [...before, '1 Last']);
		await rowsHold(ada.page, [...before, '1 Last']);
	});

	it('who becomes an editor may edit at once', async () => {
		await addMember(ada.page, 'vera@example.org', 'edit');
		await saved(vera.page);
		await vera.page.keyboard.press('Escape');
		await writeCard(vera.page, 900, 650, 'By Vera');
		await expect.poll(() => rows(ada.page)).toEqual(expect.arrayContaining(['1 By Vera']));
	});

	it('who is removed is told so, and sees no more', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		await page.getByRole('button', { name: 'Remove Vera' }).click();
		await vera.page.getByRole('alert').getByText('no longer shared with you').waitFor();
		await page.keyboard.press('Escape');
		await vera.page.getByRole('alert').getByRole('link', { name: 'All maps' }).click();
		await vera.page.getByRole('heading', { name: 'Maps' }).waitFor();
		expect(await vera.page.getByRole('link', { name: 'Untitled map' }).count()).toBe(0);
	});

	it('go on after the server was restarted in an orderly way', async () => {
		await server.stop('gently');
		await ada.page.getByTestId('connection').getByText('Offline').waitFor();
		await writeCard(ada.page, 200, 650, 'While away');
		await server.start();
		await expect.poll(() => rows(grace.page), { timeout: 15_000 }).toContain('1 While away');
	});

	it('met no error', () => {
		expect([...wrong(ada), ...wrong(grace), ...wrong(vera)]).toEqual([]);
	});
});
