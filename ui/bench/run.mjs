// Measures the painter: CPU of all browser processes per frame, and the time
// between frames, against a painter that draws everything. Development only.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { cpu } from './processes.mjs';

const scenes = [{ cards: 10_000, relationships: 2_500 }];
const views = [
	['fit', 40, 12],
	['mid', 150, 25],
	['near', 200, 25],
]; // view, frames of ours, frames of the naive one

const vite = await createServer({
	configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
	root: fileURLToPath(new URL('..', import.meta.url)),
	server: { port: 0, host: '127.0.0.1' },
	logLevel: 'error',
});
await vite.listen();
const address = vite.resolvedUrls?.local[0] ?? vite.resolvedUrls?.network[0];
const server = await chromium.launchServer({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	// Without the limit, or every frame would seem to take a screen's 16.7 ms.
	args: ['--no-sandbox', '--disable-gpu', '--disable-frame-rate-limit', '--disable-gpu-vsync'],
});
const browser = await chromium.connect(server.wsEndpoint());
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.on('pageerror', (error) => console.error(error));
await page.goto(`${address}bench/index.html`);
await page.waitForFunction(() => window.bench !== undefined);

const rows = [];
for (const { cards, relationships } of scenes) {
	await page.evaluate(([c, r]) => window.bench.load(c, r), [cards, relationships]);
	for (const [view, many, few] of views) {
		const row = { scene: `${cards} + ${relationships}`, view };
		for (const painter of ['ours', 'naive']) {
			const frames = painter === 'ours' ? many : few;
			await page.evaluate(([p, v]) => window.bench.run(p, v, 5), [painter, view]); // warm
			const before = cpu(server.process().pid);
			const median = await page.evaluate(([p, v, n]) => window.bench.run(p, v, n), [painter, view, frames]);
			row[`${painter} CPU ms`] = Number(((cpu(server.process().pid) - before) / frames).toFixed(1));
			row[`${painter} frame ms`] = Number(median.toFixed(1));
		}
		row.ratio = Number((row['naive CPU ms'] / row['ours CPU ms']).toFixed(1));
		rows.push(row);
		if (process.env.SHOTS) {
			await page.evaluate((v) => window.bench.run('ours', v, 2), view);
			await page.screenshot({ path: `${process.env.SHOTS}/bench-${view}.png` });
		}
	}
}
console.table(rows);
await browser.close();
await server.close();
await vite.close();
