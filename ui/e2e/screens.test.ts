// Keeps a picture of each main screen, light and dark, on a desktop and a phone, in
// e2e/out/screens: to be looked at after a change, and nothing else. Each is also
// checked for barriers with forced colours and reduced motion in turn.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	barriers,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	type Server,
	saved,
	startServer,
	wrong,
} from './lib';

const out = fileURLToPath(new URL('./out/screens/', import.meta.url));
const settles = 450; // ms until what glides has come to rest

let server: Server;
let browser: Browser;
let ada: Person;
let url: string;

beforeAll(async () => {
	mkdirSync(out, { recursive: true });
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada Lovelace', 'ada@example.org');
	url = await newMap(ada.page);
	await ada.page.keyboard.press('t');
	await ada.page.getByRole('button', { name: 'What about an idea?' }).click();
	await saved(ada.page);
	await ada.page.keyboard.press('m');
	await ada.page.keyboard.type('Is this the right question?');
	await ada.page.keyboard.press('Enter');
	await ada.page.locator('.stage').focus();
	await ada.page.keyboard.press('f');
	await saved(ada.page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const kinds: { name: string; options: BrowserContextOptions }[] = [
	{ name: 'desktop', options: { viewport: { width: 1280, height: 800 } } },
	{ name: 'phone', options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } },
];

// The screens, each from the open map.
const screens: { name: string; desktopOnly?: boolean; show(page: Page): Promise<unknown> }[] = [
	{ name: 'map', show: async (page) => closeDrawer(page) },
	{ name: 'outline', show: (page) => open(page, 'Outline', 'Outline') },
	{ name: 'perspectives', show: (page) => open(page, 'Perspectives', 'Perspectives') },
	{ name: 'discussions', show: (page) => open(page, 'Discussions', 'Discussions') },
	{ name: 'presentation', show: (page) => open(page, 'Presentation', 'Presentation') },
	{ name: 'insight', show: (page) => open(page, 'What the map holds', 'What the map holds') },
	{
		name: 'palette',
		desktopOnly: true,
		show: async (page) => {
			await closeDrawer(page);
			await page.keyboard.press('Control+k');
		},
	},
	{
		name: 'moves',
		desktopOnly: true,
		show: async (page) => {
			await page.keyboard.press('Escape');
			await page.locator('.stage').focus();
			await page.keyboard.press('t');
		},
	},
	{
		name: 'keys',
		desktopOnly: true,
		show: async (page) => {
			await page.keyboard.press('Escape');
			await page.locator('.stage').focus();
			await page.keyboard.press('?');
		},
	},
];

async function closeDrawer(page: Page): Promise<void> {
	const close = page.locator('.drawer header').getByRole('button', { name: 'Close' });
	if ((await close.count()) > 0) await close.click();
	await page.locator('.stage').focus();
}

// On a phone what is beside the map is in its menu.
async function open(page: Page, button: string, drawer: string): Promise<void> {
	await closeDrawer(page);
	const beside = page.getByRole('button', { name: button, exact: true });
	if ((await beside.count()) > 0 && (await beside.first().isVisible())) await beside.first().click();
	else {
		await page.getByRole('button', { name: 'More', exact: true }).click();
		await page.getByRole('menuitem', { name: button, exact: true }).click();
	}
	await page.getByRole('complementary', { name: drawer }).waitFor();
}

describe.each(kinds)('screens on a $name', ({ name, options }) => {
	it.each(['light', 'dark'] as const)('in %s', async (scheme) => {
		const person = await newPerson(browser, {
			...options,
			colorScheme: scheme,
			reducedMotion: scheme === 'dark' ? 'reduce' : 'no-preference',
			storageState: await ada.context.storageState(),
		});
		const { page } = person;
		const keep = async (screen: string) => {
			await page.waitForTimeout(settles);
			await page.screenshot({ path: `${out}${screen}-${name}-${scheme}.png` });
		};
		await page.goto(`${server.address}/maps`);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await keep('maps');
		await page.goto(url);
		await saved(page);
		for (const { name: screen, desktopOnly, show } of screens) {
			if (desktopOnly && name === 'phone') continue;
			await show(page);
			await keep(screen);
		}
		expect(wrong(person)).toEqual([]);
		await person.context.close();
	});
});

it('has no barrier where colours are forced', async () => {
	const person = await newPerson(browser, {
		viewport: { width: 1280, height: 800 },
		forcedColors: 'active',
		storageState: await ada.context.storageState(),
	});
	await person.page.goto(url);
	await saved(person.page);
	await open(person.page, 'Discussions', 'Discussions');
	await person.page.screenshot({ path: `${out}discussions-desktop-forced.png` });
	expect(await barriers(person.page)).toEqual([]);
	await person.context.close();
});
