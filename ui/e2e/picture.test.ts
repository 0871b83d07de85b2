// The server draws a map as SVG from the same instructions as the canvas: both have to
// look the same. Both pictures are kept in e2e/out/picture, to be looked at.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
	type Server,
	startServer,
	wrong,
} from './lib';

const out = fileURLToPath(new URL('./out/picture/', import.meta.url));
const size = { width: 2200, height: 1500 }; // each map fits as it is
const rest = 800; // ms after which a map that was moved is painted anew
const clear = 3; // of 255, in a channel: no two colours are nearer
const most = 0.015; // of what is drawn, that may differ so much

let server: Server;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	mkdirSync(out, { recursive: true });
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { viewport: size });
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

// A map with one of every sign; the examples have what people make.
const signs = readFileSync(
	new URL('../../internal/render/testdata/signs.plectica.json', import.meta.url),
	'utf8',
);

/** Makes a map and opens it; returns the address of its picture. */
async function open(page: Page, name: string): Promise<string> {
	const from = name === 'signs' ? 'maps/import' : `examples/${name}?language=en`;
	const id = await page.evaluate(
		async ([from, body]) => {
			const headers = { 'Content-Type': 'application/json' };
			const made = await fetch(`/api/v1/${from}`, { method: 'POST', body, headers });
			return ((await made.json()) as { id: string }).id;
		},
		[from, name === 'signs' ? signs : null] as const,
	);
	await page.goto(`${server.address}/maps/${id}`);
	await page.waitForFunction(() => performance.getEntriesByName('map-shown').length > 0);
	return page.evaluate(async (id) => {
		const timeline = await fetch(`/api/v1/maps/${id}/history`);
		const { head } = (await timeline.json()) as { head: number };
		return `/maps/${id}/past/${head}/picture`;
	}, id);
}

interface Painted {
	png: string; // in base64
	/** Where a text begins on the stage. */
	text: string;
	x: number;
	y: number;
}

/** Lets the map be painted anew; returns what is on its canvas. */
async function painted(page: Page): Promise<Painted> {
	return page.evaluate(async (rest) => {
		const texts: { text: string; x: number; y: number; ctx: CanvasRenderingContext2D }[] = [];
		const paint = CanvasRenderingContext2D.prototype.fillText;
		CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
			const { a, e, f } = this.getTransform();
			if (this.textAlign !== 'center') texts.push({ text, x: x * a + e, y: y * a + f, ctx: this });
			return paint.call(this, text, x, y, ...rest);
		};
		document.querySelector('.stage')?.dispatchEvent(new WheelEvent('wheel', { deltaX: 1, cancelable: true }));
		await new Promise((resolve) => setTimeout(resolve, rest));
		CanvasRenderingContext2D.prototype.fillText = paint;
		const stage = document.querySelector('.stage')?.getBoundingClientRect();
		const canvas = document.querySelector('canvas');
		const last = texts.findLast(
			(t) => t.ctx.canvas === canvas && t.text.length > 4 && !t.text.includes('  '),
		);
		if (!stage || !canvas || !last) throw new Error('no map');
		const all = canvas.getBoundingClientRect();
		const shot = new OffscreenCanvas(innerWidth, innerHeight);
		const ctx = shot.getContext('2d');
		if (!ctx) throw new Error('no canvas');
		ctx.rect(stage.x, stage.y, stage.width, stage.height); // the canvas is larger
		ctx.clip();
		ctx.drawImage(canvas, all.x, all.y);
		const bytes = new Uint8Array(await (await shot.convertToBlob()).arrayBuffer());
		return {
			png: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')),
			text: last.text,
			x: last.x + all.x,
			y: last.y + all.y,
		};
	}, rest);
}

/** Lays a picture over the page, where the canvas has what it shows; returns a screenshot. */
async function overlaid(page: Page, picture: string, at: Painted): Promise<Buffer> {
	await page.evaluate(
		async ([picture, at]) => {
			const request = new XMLHttpRequest(); // reads XML where no page may make any of words
			request.open('GET', picture);
			const loaded = new Promise((resolve) => request.addEventListener('load', resolve));
			request.send();
			await loaded;
			const root = request.responseXML?.documentElement;
			const text = Array.from(root?.querySelectorAll('text') ?? []).find((t) => t.textContent === at.text);
			if (!root || !text) throw new Error(`no text ${at.text}`);
			const [x, y] = [at.x - Number(text.getAttribute('x')), at.y - Number(text.getAttribute('y'))];
			const [width, height] = [innerWidth, innerHeight];
			for (const [name, value] of Object.entries({
				width,
				height,
				viewBox: `${-x} ${-y} ${width} ${height}`,
			}))
				root.setAttribute(name, String(value));
			for (const [name, value] of Object.entries({ x: -x, y: -y, width, height }))
				root.querySelector('rect')?.setAttribute(name, String(value));
			const host = document.createElement('div');
			host.id = 'overlaid';
			host.append(document.importNode(root, true));
			Object.assign(host.style, { position: 'fixed', inset: '0', zIndex: '99999' });
			document.body.append(host);
		},
		[picture, at] as const,
	);
	const shot = await page.screenshot();
	await page.evaluate(() => document.getElementById('overlaid')?.remove());
	return shot;
}

/** How many pixels of what is drawn on the first picture are clearly others on the second. */
async function differing(page: Page, a: string, b: string): Promise<{ drawn: number; other: number }> {
	return page.evaluate(
		async ([a, b, clear]) => {
			const pixels = async (png: string) => {
				const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
				const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
				const ctx = new OffscreenCanvas(image.width, image.height).getContext('2d');
				if (!ctx) throw new Error('no canvas');
				ctx.drawImage(image, 0, 0);
				return ctx.getImageData(0, 0, image.width, image.height).data;
			};
			const [one, two] = [await pixels(a), await pixels(b)];
			const [red, green, blue] = one.slice(-4); // of the ground
			let [drawn, other] = [0, 0];
			for (let i = 0; i < one.length; i += 4) {
				if (one[i + 3] === 0) continue; // beside the canvas
				const far = [0, 1, 2].some((k) => Math.abs((one[i + k] ?? 0) - (two[i + k] ?? 0)) > clear);
				if (one[i] !== red || one[i + 1] !== green || one[i + 2] !== blue) drawn++;
				if (far) other++;
			}
			return { drawn, other };
		},
		[a, b, clear] as const,
	);
}

describe('the picture of a map', () => {
	for (const name of ['water', 'fishery', 'plectica', 'signs'])
		it(`looks like its canvas: ${name}`, async () => {
			const { page } = ada;
			const picture = await open(page, name);
			const canvas = await painted(page);
			const shot = await overlaid(page, picture, canvas);
			writeFileSync(`${out}${name}-canvas.png`, Buffer.from(canvas.png, 'base64'));
			writeFileSync(`${out}${name}-svg.png`, shot);
			const { drawn, other } = await differing(page, canvas.png, shot.toString('base64'));
			expect(drawn).toBeGreaterThan(50_000);
			expect(other / drawn).toBeLessThan(most);
			expect(wrong(ada)).toEqual([]);
		});
});
