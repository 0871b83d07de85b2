// The cable is pulled, the tab is closed, the server is killed: nothing is lost,
// nothing comes back, everyone converges.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	acceptInvitation,
	addMember,
	invite,
	kept,
	listen,
	makeFirstAccount,
	newMap,
	newPerson,
	offline,
	openBrowser,
	type Person,
	rows,
	rowsHold,
	type Server,
	saved,
	startServer,
	writeCard,
	wrong,
} from './lib';

const noticed = 5000; // ms within which the page says that it is offline

let server: Server;
let browser: Browser;
let ada: Person;
let grace: Person;
let url: string;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { ignoreHTTPSErrors: false });
	grace = await newPerson(browser, { ignoreHTTPSErrors: false });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	const link = await invite(ada.page, 1);
	await acceptInvitation(grace.page, link, 'Grace', 'grace@example.org');
	url = await newMap(ada.page);
	await addMember(ada.page, 'grace@example.org', 'edit');
	await grace.page.goto(url);
	await saved(grace.page);
	// A look at a map that is not empty moves it: both look from where it began.
	await writeCard(ada.page, 200, 200, 'Before');
	await saved(ada.page);
	await grace.page.getByRole('treeitem', { name: 'Before' }).waitFor({ state: 'attached' });
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

// Opens the map in a new tab, as after closing the old one.
async function reopen(person: Person): Promise<Page> {
	await person.page.close();
	person.page = await person.context.newPage();
	listen(person.page, person.errors);
	await person.page.goto(url);
	return person.page;
}

async function bothHold(wanted: string[]): Promise<void> {
	for (const { page } of [ada, grace]) {
		await saved(page);
		await rowsHold(page, wanted);
	}
}

describe('a pulled cable', () => {
	it('is noticed within five seconds, and the unsaved changes are counted', async () => {
		const start = performance.now();
		await ada.context.setOffline(true);
		await offline(ada.page);
		expect(performance.now() - start).toBeLessThan(noticed);
		await writeCard(ada.page, 200, 400, 'In the tunnel');
		await ada.page
			.getByTestId('connection')
			.getByText(/Offline, \d+ changes? unsaved/)
			.waitFor();
	});

	it('loses nothing of either side when it is back', async () => {
		await writeCard(grace.page, 700, 300, 'Meanwhile');
		await saved(grace.page);
		await ada.context.setOffline(false);
		await bothHold(['1 Before', '1 In the tunnel', '1 Meanwhile']);
	});

	it('brings nothing back from the dead', async () => {
		await ada.context.setOffline(true);
		await offline(ada.page);
		// Grace deletes what Ada goes on typing in.
		await grace.page.getByRole('treeitem', { name: 'Meanwhile' }).focus();
		await grace.page.keyboard.press('Delete');
		await rowsHold(grace.page, ['1 Before', '1 In the tunnel']);
		await saved(grace.page);
		await ada.page.getByRole('treeitem', { name: 'Meanwhile' }).focus();
		await ada.page.keyboard.press('F2');
		await ada.page.keyboard.press('End');
		await ada.page.keyboard.type(' still');
		await ada.page.keyboard.press('Enter');
		await ada.context.setOffline(false);
		await bothHold(['1 Before', '1 In the tunnel']);
	});
});

describe('a closed tab', () => {
	it('keeps what was not sent, and opens without a server', async () => {
		// The shell must be kept before it is needed.
		await ada.page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state);
		await server.stop('kill');
		await offline(ada.page);
		await writeCard(ada.page, 200, 550, 'Night train');
		await kept(ada.page);
		const page = await reopen(ada);
		await offline(page);
		await rowsHold(page, ['1 Before', '1 In the tunnel', '1 Night train']);
		await page
			.getByTestId('connection')
			.getByText(/unsaved/)
			.waitFor();
	});

	it('sends it once the server is back', async () => {
		await server.start();
		await bothHold(['1 Before', '1 In the tunnel', '1 Night train']);
	});

	it('says so where the browser does not trust the certificate', async () => {
		const stranger = await openBrowser();
		const person = await newPerson(stranger);
		await person.context.addCookies(await ada.context.cookies());
		await person.page.goto(url);
		await saved(person.page);
		await person.page.getByTestId('connection').click();
		await person.page.getByText('does not trust the server’s certificate').waitFor();
		await stranger.close();
	});
});

describe('a killed server', () => {
	it('has everything that showed as saved, and gets the rest', async () => {
		const { page } = ada;
		await page.getByRole('treeitem', { name: 'Before' }).focus();
		await page.keyboard.press('F2');
		await page.keyboard.press('End');
		await grace.page.getByRole('treeitem', { name: 'Night train' }).focus();
		await grace.page.keyboard.press('F2');
		await grace.page.keyboard.press('End');
		let [typed, others] = ['Before', 'Night train'];
		for (const word of [' one', ' two', ' three']) {
			// Killed in the middle of two people's words.
			const killed = server.stop('kill');
			await Promise.all([page.keyboard.type(word), grace.page.keyboard.type(word), killed]);
			typed += word;
			others += word;
			await server.start();
			await bothHold([`1 ${typed}`, '1 In the tunnel', `1 ${others}`]);
		}
		await page.keyboard.press('Escape');
		await grace.page.keyboard.press('Escape');
		const fresh = await newPerson(browser, { ignoreHTTPSErrors: false });
		await fresh.context.addCookies(await ada.context.cookies());
		await fresh.page.goto(url);
		await saved(fresh.page);
		await rowsHold(fresh.page, [`1 ${typed}`, '1 In the tunnel', `1 ${others}`]);
		expect(await rows(fresh.page)).toHaveLength(3);
	});

	it('clears a browser that signs out meanwhile, and tells the server later', async () => {
		const { page, context } = grace;
		await page.goto(server.address);
		await page.getByRole('heading', { name: 'Maps' }).waitFor();
		await context.setOffline(true);
		await page.getByRole('button', { name: 'Menu', exact: true }).click();
		await page.getByRole('menuitem', { name: 'Sign out' }).click();
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		expect(await page.evaluate(() => localStorage.getItem('plectica.me'))).toBeNull();
		await context.setOffline(false);
		await page.goto(server.address);
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		expect(
			(await context.request.get(`${server.address}/api/v1/me`, { ignoreHTTPSErrors: true })).status(),
		).toBe(401);
	});

	it('met no other error', () => {
		expect([...wrong(ada), ...wrong(grace)]).toEqual([]);
	});
});
