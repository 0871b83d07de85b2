// Pen and fingers: the pen draws selections, a finger pans, a palm does nothing.

import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	rowsAre,
	type Server,
	saved,
	startServer,
	writeCard,
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;
let cdp: CDPSession;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { hasTouch: true });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	await newMap(ada.page);
	cdp = await ada.context.newCDPSession(ada.page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

async function pen(points: readonly (readonly [number, number])[]): Promise<void> {
	const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', [x, y]: readonly [number, number]) =>
		cdp.send('Input.dispatchMouseEvent', {
			type,
			x,
			y,
			button: 'left',
			buttons: 1,
			clickCount: 1,
			pointerType: 'pen',
		});
	const [first, last] = [points[0], points.at(-1)];
	if (!first || !last) return;
	await send('mousePressed', first);
	for (const point of points.slice(1)) await send('mouseMoved', point);
	await send('mouseReleased', last);
}

async function finger(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
	const at = ([x, y]: readonly [number, number]) => [{ x, y }];
	await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(from) });
	for (let i = 1; i <= 5; i++) {
		const part = [from[0] + ((to[0] - from[0]) * i) / 5, from[1] + ((to[1] - from[1]) * i) / 5] as const;
		await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) });
	}
	await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

const selected = async (): Promise<string[]> =>
	ada.page
		.getByRole('treeitem', { selected: true })
		.evaluateAll((all) => all.map((row) => row.textContent ?? ''));

// What the middle of the page shows.
const picture = async (): Promise<string> =>
	(await ada.page.screenshot({ clip: { x: 200, y: 100, width: 500, height: 500 } })).toString('base64');

describe('pen and fingers', () => {
	it('draws around some of the cards', async () => {
		await writeCard(ada.page, 300, 200, 'one');
		await writeCard(ada.page, 520, 200, 'two');
		await writeCard(ada.page, 300, 500, 'three');
		await ada.page.keyboard.press('Escape');
		await rowsAre(ada.page, ['1 one', '1 two', '1 three']);
		// A triangle around the left two, whose frame also holds most of the third.
		await pen([
			[260, 150],
			[440, 150],
			[440, 300],
			[440, 420],
			[450, 600],
			[260, 600],
			[260, 400],
			[262, 160],
		]);
		expect((await selected()).sort()).toEqual(['one', 'three']);
	});

	it('goes on drawing around cards while the palm comes and goes', async () => {
		const move = (
			x: number,
			y: number,
			type: 'mousePressed' | 'mouseMoved' | 'mouseReleased' = 'mouseMoved',
		) =>
			cdp.send('Input.dispatchMouseEvent', {
				type,
				x,
				y,
				button: 'left',
				buttons: 1,
				clickCount: 1,
				pointerType: 'pen',
			});
		await ada.page.keyboard.press('Escape');
		await move(260, 150, 'mousePressed');
		await move(440, 150);
		await finger([800, 650], [780, 640]);
		await move(440, 420);
		await move(450, 600);
		const palm = [{ x: 800, y: 650 }];
		await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: palm });
		await cdp.send('Input.dispatchTouchEvent', { type: 'touchCancel', touchPoints: [] });
		await move(260, 600);
		await move(260, 400);
		await move(262, 160);
		await move(262, 160, 'mouseReleased');
		expect((await selected()).sort()).toEqual(['one', 'three']);
	});

	it('takes the palm for a palm, and a finger for a finger once the pen is away', async () => {
		await pen([
			[700, 600],
			[702, 602],
		]);
		const before = await picture();
		await finger([800, 650], [700, 650]);
		expect((await picture()) === before).toBe(true);
		await ada.page.waitForTimeout(900);
		await finger([800, 650], [700, 650]);
		await expect.poll(async () => (await picture()) === before).toBe(false);
		await saved(ada.page);
		await rowsAre(ada.page, ['1 one', '1 two', '1 three']);
		expect(wrong(ada)).toEqual([]);
	});
});
