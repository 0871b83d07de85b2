// A map that is moved is not painted anew, but what stays in sight is moved: it has to
// look as if it had been painted.

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

const rest = 600; // ms after which everything is painted anew
// Of 255, in a channel: browsers cut long curves at the edge of what they paint, and
// the softness of a line's border differs a little by where.
const seen = 64;

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { ignoreHTTPSErrors: false });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	await newMap(ada.page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** Moves the map by steps, a frame for each; how many pixels a new painting changes so that it can be seen. */
async function moveAndRest(
	steps: [number, number][],
): Promise<{ changed: number; drawn: number; all: number }> {
	return ada.page.evaluate(
		async ([steps, rest, seen]) => {
			const stage = document.querySelector('.stage');
			const canvas = document.querySelector('canvas');
			if (!stage || !canvas) throw new Error('no map');
			// The canvas is larger than the stage: what is seen of it.
			const pixels = () => {
				const [seen, all] = [stage.getBoundingClientRect(), canvas.getBoundingClientRect()];
				const ctx = new OffscreenCanvas(seen.width, seen.height).getContext('2d', {
					willReadFrequently: true,
				});
				if (!ctx) throw new Error('no canvas');
				ctx.drawImage(canvas, all.x - seen.x, all.y - seen.y);
				return ctx.getImageData(0, 0, seen.width, seen.height).data;
			};
			const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
			await new Promise((resolve) => setTimeout(resolve, rest));
			let texts = 0;
			const paint = CanvasRenderingContext2D.prototype.fillText;
			CanvasRenderingContext2D.prototype.fillText = function (...given) {
				texts++;
				return paint.apply(this, given);
			};
			for (const [deltaX, deltaY] of steps) {
				stage.dispatchEvent(new WheelEvent('wheel', { deltaX, deltaY, cancelable: true }));
				await frame();
			}
			await frame();
			const drawn = texts;
			const moved = pixels();
			await new Promise((resolve) => setTimeout(resolve, rest));
			const anew = pixels();
			CanvasRenderingContext2D.prototype.fillText = paint;
			return {
				changed: moved.filter((value, i) => Math.abs(value - (anew[i] ?? 0)) > seen).length,
				drawn,
				all: texts - drawn,
			};
		},
		[steps, rest, seen] as const,
	);
}

describe('a map that is moved', () => {
	it('looks as if it were painted anew, and is not', async () => {
		const data = await fragment(5, [4, 4, 4], 85, 120);
		await ada.page.evaluate((data) => {
			const clipboard = new DataTransfer();
			clipboard.setData('text/x-plectica', data);
			document.body.dispatchEvent(
				new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }),
			);
		}, data);
		await saved(ada.page);
		await ada.page.keyboard.press('Escape');
		await ada.page.keyboard.press('Control+0');
		const still = await moveAndRest([[1, 1]]);
		const steps: [number, number][] = Array.from({ length: 12 }, (_, i) => [i % 3 === 0 ? 7 : -23, 11 + i]);
		const moved = await moveAndRest(steps);
		expect(moved.changed).toBe(0);
		// A step draws the letters of a strip or two, not of the window.
		expect(moved.drawn).toBeGreaterThan(0);
		expect(moved.drawn).toBeLessThan((steps.length * moved.all) / 2);
		expect(still.changed).toBe(0);
		if (process.env.SHOTS) await ada.page.screenshot({ path: `${process.env.SHOTS}/moving.png` });
	});

	it('loses no part of itself in steps of less than a pixel', async () => {
		const moved = await moveAndRest(Array.from({ length: 9 }, () => [0.37, 0.61]));
		expect(moved.changed).toBe(0);
		expect(wrong(ada)).toEqual([]);
	});
});
