// A large map opens: 5,000 cards and 10,000 relationships. The time is printed,
// not judged: docs/performance.md has the figures and the machine.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	fragment,
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

const groups = 250;
const group = { cards: 20, relationships: 40 };

let server: Server;
let browser: Browser;
let ada: Person;
let url: string;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { ignoreHTTPSErrors: false });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	url = await newMap(ada.page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

describe('5,000 cards and 10,000 relationships', () => {
	it('are pasted, group by group, and saved', async () => {
		const data = await fragment(11, [4, 3, 1], group.cards, group.relationships);
		await ada.page.evaluate(
			async ([data, groups]) => {
				const stage = document.querySelector('.stage');
				const columns = 16;
				for (let i = 0; i < groups; i++) {
					const clipboard = new DataTransfer();
					clipboard.setData('text/x-plectica', data);
					document.body.dispatchEvent(
						new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }),
					);
					const turn = i % columns === columns - 1;
					const [deltaX, deltaY] = turn ? [-(columns - 1) * 900, 700.5] : [900, 0.5];
					stage?.dispatchEvent(new WheelEvent('wheel', { deltaX, deltaY, cancelable: true }));
					await new Promise((resolve) => requestAnimationFrame(resolve));
				}
			},
			[data, groups] as const,
		);
		await saved(ada.page);
	}, 120_000);

	it('open in a browser that never saw them, and again in one that did', async () => {
		const fresh = await newPerson(browser, { ignoreHTTPSErrors: false });
		await fresh.context.addCookies(await ada.context.cookies());
		const shown = async () => {
			await fresh.page.goto(url);
			await fresh.page.waitForFunction(() => performance.getEntriesByName('map-shown').length > 0);
			await saved(fresh.page);
			return fresh.page.evaluate(() => performance.getEntriesByName('map-shown')[0]?.startTime ?? 0);
		};
		// Once without it, so that the program itself is in the browser's cache or not.
		const first = await shown();
		const again = await shown();
		console.log(
			`5,000 cards + 10,000 relationships: first ${Math.round(first)} ms, again ${Math.round(again)} ms`,
		);
		expect(await fresh.page.getByRole('treeitem').count()).toBeGreaterThan(100);
		if (process.env.SHOTS) await fresh.page.screenshot({ path: `${process.env.SHOTS}/large.png` });
		expect(wrong(fresh)).toEqual([]);
	});
});
