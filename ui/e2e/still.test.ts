// Nothing moves that a person did not move: a title stays where it is, to the
// pixel, when its editor opens, and pages do not jump while they load.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	type Server,
	saved,
	startServer,
	writeCard,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { ignoreHTTPSErrors: false });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	const { page } = ada;
	await newMap(page);
	await writeCard(page, 200, 150, 'Why it matters');
	await writeCard(page, 500, 150, 'A longer title that certainly wraps onto two lines or three');
	await writeCard(page, 200, 400, 'A whole thing');
	await page.keyboard.press('Tab');
	await page.keyboard.type('Its first part');
	await page.keyboard.press('Enter');
	await page.mouse.click(60, 650);
	await saved(page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

// The upper layer draws the outline and the handles, which do come and go.
async function hideUpperLayer(page: Page): Promise<void> {
	await page.evaluate(() => {
		const upper = document.querySelectorAll('canvas')[1];
		if (upper) upper.style.visibility = 'hidden';
	});
}

describe('a title', () => {
	const titles = {
		'of a card': { title: 'Why it matters', clip: { x: 215, y: 162, width: 160, height: 24 } },
		'of several lines': { title: 'A longer title', clip: { x: 510, y: 160, width: 220, height: 60 } },
		'of a whole': { title: 'A whole thing', clip: { x: 212, y: 412, width: 110, height: 24 } },
		'of a part': { title: 'Its first part', clip: { x: 224, y: 450, width: 90, height: 24 } },
	};
	for (const [kind, { title, clip }] of Object.entries(titles)) {
		it(`${kind} stays where it is when its editor opens`, async () => {
			const { page } = ada;
			await page.getByRole('treeitem', { name: title }).first().focus();
			await hideUpperLayer(page);
			await page.evaluate(
				() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
			);
			const before = await page.screenshot({ clip });
			await page.keyboard.press('F2');
			const editor = page.getByRole('textbox', { name: 'Title of the card' });
			await editor.waitFor();
			expect(await editor.inputValue()).toContain(title);
			await page.keyboard.press('End'); // nothing marked
			const during = await page.screenshot({ clip });
			await page.keyboard.press('Escape');
			expect(during.equals(before)).toBe(true);
		});
	}
});

describe('a page', () => {
	it('does not jump while it loads', async () => {
		const { page } = ada;
		await page.addInitScript(() => {
			const shifts: number[] = [];
			Object.assign(window, { shifts });
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
			}).observe({ type: 'layout-shift', buffered: true });
		});
		for (const path of ['/maps', new URL(page.url()).pathname]) {
			await page.goto(`${server.address}${path}`);
			if (path === '/maps') await page.getByRole('link', { name: 'Untitled map' }).waitFor();
			else await saved(page);
			const moved = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
			expect(moved.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.01);
		}
	});
});
