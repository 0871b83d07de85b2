// Talking about a map, and presenting it to others.

import type { Browser } from 'playwright-core';
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
	pause,
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
let url: string;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	grace = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	const link = await invite(ada.page, 1);
	await acceptInvitation(grace.page, link, 'Grace Hopper', 'grace@example.org');
	url = await newMap(ada.page);
	await addMember(ada.page, 'grace@example.org', 'edit');
	await writeCard(ada.page, 500, 300, 'Rain');
	await ada.page.keyboard.press('Tab');
	await ada.page.keyboard.type('Drops');
	await ada.page.keyboard.press('Enter');
	await saved(ada.page);
	await grace.page.goto(url);
	await treeItem(grace, 'Rain').waitFor({ state: 'attached' });
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const drawer = (p: Person) => p.page.getByRole('complementary', { name: 'Discussions' });
const treeItem = (p: Person, name: string) =>
	p.page.getByRole('tree', { name: 'Cards' }).getByRole('treeitem', { name }).first();

// How near a page looks.
async function zoomOf(p: Person): Promise<string> {
	return (await p.page.getByRole('group', { name: 'Zoom' }).textContent()) ?? '';
}

describe('a discussion', () => {
	it('begins by a key, addresses somebody by a few letters, and is told to them', async () => {
		await ada.page.locator('.stage').focus();
		await ada.page.keyboard.press('ArrowRight');
		await ada.page.keyboard.press('m');
		await ada.page.keyboard.type('Is this right, @gr');
		await ada.page.getByRole('option', { name: 'Grace Hopper' }).waitFor();
		await ada.page.keyboard.press('Enter');
		await ada.page.keyboard.type('?');
		await ada.page.keyboard.press('Enter');
		await drawer(ada).getByText('Is this right').waitFor();
		await grace.page.getByText('Ada addresses you.').waitFor();
		await grace.page.getByRole('button', { name: /Discussions: 1 unread/ }).waitFor();
		await grace.page.getByRole('log').getByRole('button', { name: 'Show' }).click();
		await drawer(grace).getByText('@Grace Hopper').waitFor();
		await grace.page.getByRole('button', { name: 'Discussions', exact: true }).waitFor();
	});

	it('goes on under it, and can be said in other words', async () => {
		await drawer(grace).getByRole('combobox', { name: 'Answer' }).fill('Not quite');
		await grace.page.keyboard.press('Enter');
		await drawer(ada).getByText('Not quite').waitFor();
		await drawer(grace).getByRole('button', { name: 'Change the words' }).click();
		await grace.page.keyboard.press('End');
		await grace.page.keyboard.type(', I think');
		await grace.page.keyboard.press('Enter');
		await drawer(ada).getByText('Not quite, I think').waitFor();
		await drawer(ada).getByText('reworded').waitFor();
		// Nobody is offered to change what another said.
		expect(await drawer(ada).getByRole('button', { name: 'Change the words' }).count()).toBe(1);
	});

	it('is not taken back by undo', async () => {
		await ada.page.locator('.stage').focus();
		await ada.page.keyboard.press('Control+z');
		await pause(200);
		await drawer(ada).getByText('Is this right').waitFor();
		await ada.page.keyboard.press('Control+Shift+z');
		await saved(ada.page);
	});

	it('is opened by its pin, and about a spot begins with a click', async () => {
		await grace.page.keyboard.press('Escape');
		await drawer(grace).getByRole('button', { name: 'Close' }).first().click();
		await grace.page.locator('.stage').focus();
		await grace.page.keyboard.press('Escape');
		await grace.page.keyboard.press('Escape');
		await grace.page.keyboard.press('m');
		await grace.page.mouse.click(1000, 640);
		await grace.page.keyboard.type('What is here?');
		await grace.page.keyboard.press('Enter');
		await drawer(grace).getByText('What is here?').waitFor();
		await drawer(grace).getByRole('button', { name: 'Close' }).first().click();
		await pause(100);
		await grace.page.mouse.click(1010, 630);
		await drawer(grace).getByText('What is here?').waitFor();
		await drawer(ada).getByText('What is here?').waitFor();
	});

	it('is found by its words', async () => {
		await grace.page.locator('.stage').focus();
		await grace.page.keyboard.press('Control+f');
		await grace.page.keyboard.type('not quite');
		await grace.page.getByRole('option', { name: /Not quite, I think/ }).waitFor();
		await grace.page.keyboard.press('Enter');
		await drawer(grace).getByRole('combobox', { name: 'Answer' }).waitFor();
		await drawer(grace).getByText('Not quite, I think').waitFor();
	});

	it('is settled, hidden, and found again; what was read stays read after a reload', async () => {
		const first = drawer(ada).getByRole('listitem').filter({ hasText: 'Is this right' }).first();
		await first.getByRole('button', { name: 'Settle it' }).click();
		await ada.page.getByRole('button', { name: 'A spot of the map' }).click();
		await expect.poll(() => drawer(ada).getByText('Is this right').count()).toBe(0);
		await drawer(ada).getByRole('checkbox', { name: 'Settled too (1)' }).check();
		await drawer(ada).getByText('Is this right').waitFor();
		await pause(1800); // until what was read is kept
		await ada.page.reload();
		await treeItem(ada, 'Rain').waitFor({ state: 'attached' });
		await pause(300);
		expect(await ada.page.getByRole('button', { name: /unread/ }).count()).toBe(0);
	});

	it('has no barrier, in light and dark', async () => {
		await ada.page.getByRole('button', { name: 'Discussions', exact: true }).click();
		await drawer(ada).getByText('What is here?').waitFor();
		expect(await barriers(ada.page)).toEqual([]);
		await ada.page.emulateMedia({ colorScheme: 'dark' });
		expect(await barriers(ada.page)).toEqual([]);
		await ada.page.emulateMedia({ colorScheme: 'light' });
	});
});

describe('a presentation', () => {
	it('is made of what is seen and of cards', async () => {
		await ada.page.locator('.stage').focus();
		await ada.page.keyboard.press('Shift+1');
		await pause(400);
		await ada.page.keyboard.press('f');
		const stops = ada.page.getByRole('complementary', { name: 'Presentation' });
		await stops.getByRole('textbox', { name: 'Name of stop 1' }).fill('Everything');
		await ada.page.keyboard.press('Enter');
		await ada.page.mouse.click(740, 396);
		await ada.page.keyboard.press('Shift+F');
		await expect.poll(() => stops.getByRole('textbox', { name: /Name of stop/ }).count()).toBe(2);
		expect(await barriers(ada.page)).toEqual([]);
	});

	it('is followed by others, stop by stop, and ends when they look for themselves', async () => {
		await ada.page.getByRole('button', { name: 'Present', exact: true }).click();
		const bar = ada.page.getByRole('toolbar', { name: 'Presentation' });
		await bar.getByText('1 of 2').waitFor();
		expect(await ada.page.locator('.top').isVisible()).toBe(false);
		await grace.page.getByText('Ada is presenting.').waitFor();
		await grace.page.getByRole('log').getByRole('button', { name: 'Follow' }).click();
		await grace.page.getByText('You see what Ada sees.').waitFor();
		const before = await zoomOf(grace);
		await ada.page.keyboard.press('ArrowRight');
		await bar.getByText('2 of 2').waitFor();
		await expect.poll(() => zoomOf(grace)).not.toBe(before);
		await grace.page.mouse.move(700, 400);
		await grace.page.mouse.wheel(0, 200);
		await expect.poll(() => grace.page.getByText('You see what Ada sees.').count()).toBe(0);
		expect(await barriers(ada.page)).toEqual([]);
		await ada.page.keyboard.press('l');
		await ada.page.keyboard.press('n');
		await ada.page.getByText('There are no notes').waitFor();
		await ada.page.keyboard.press('Escape');
		await ada.page.locator('.top').waitFor();
	});

	it('leaves no error behind', () => {
		expect(wrong(ada)).toEqual([]);
		expect(wrong(grace)).toEqual([]);
	});
});
