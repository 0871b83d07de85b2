// What one of fifty people on a map sees, and when: the time from an edit of one of
// the others to the frame that shows it, and how many messages say where the others
// point. ../bench/people are the others. Development only; `make bench-people`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const seconds = Number(process.env.SECONDS ?? 20);
const warm = 3000; // ms, in which everyone joins
const presences = 22; // the kind of a message of pointers, as in SPEC.md

// watch runs in the page before anything else: it notes when each title is first
// painted, and counts what comes.
function watch(kind) {
	const seen = { paints: [], pointers: 0, messages: 0 };
	const known = new Set();
	const paint = CanvasRenderingContext2D.prototype.fillText;
	let fresh = [];
	CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
		if (/^[0-9a-z]{8}$/.test(text) && !known.has(text)) {
			known.add(text);
			if (fresh.length === 0) {
				const shown = fresh;
				// A task of its own, posted in the frame, runs once the frame is handed over.
				const { port1, port2 } = new MessageChannel();
				port1.onmessage = () => {
					const now = performance.timeOrigin + performance.now();
					for (const title of shown) seen.paints.push(now - Number.parseInt(title, 36));
					fresh = [];
				};
				port2.postMessage(null);
			}
			fresh.push(text);
		}
		return paint.call(this, text, ...rest);
	};
	const Socket = WebSocket;
	globalThis.WebSocket = class extends Socket {
		constructor(...args) {
			super(...args);
			this.addEventListener('message', ({ data }) => {
				seen.messages++;
				if (new Uint8Array(data)[0] === kind) seen.pointers++;
			});
		}
	};
	globalThis.seen = seen;
}

function percentile(sorted, p) {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

const program = fileURLToPath(new URL('../../bin/plectica', import.meta.url));
const people = spawn('go', ['run', './bench/people', '-program', program], {
	cwd: fileURLToPath(new URL('../..', import.meta.url)),
	stdio: ['pipe', 'pipe', 'inherit'],
});
const { value } = await createInterface({ input: people.stdout })[Symbol.asyncIterator]().next();
const { url, cookie } = JSON.parse(value);
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
const at = cookie.indexOf('=');
await context.addCookies([
	{ name: cookie.slice(0, at), value: cookie.slice(at + 1), url: new URL('/', url).href, secure: true },
]);
const page = await context.newPage();
await page.addInitScript(watch, presences);
page.on('pageerror', (error) => console.error(error));
await page.goto(url);
await page.waitForTimeout(warm);
await page.keyboard.press('Shift+Digit1'); // the whole map
await page.waitForTimeout(1000);
const before = await page.evaluate(() => {
	globalThis.seen.paints.length = 0;
	return { ...globalThis.seen, at: performance.now() };
});
await page.waitForTimeout(seconds * 1000);
const after = await page.evaluate(() => ({ ...globalThis.seen, at: performance.now() }));
if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/people.png` });
const took = (after.at - before.at) / 1000;
const paints = after.paints.sort((a, b) => a - b);
console.table([
	{
		edits: paints.length,
		'p50 ms': Math.round(percentile(paints, 0.5)),
		'p95 ms': Math.round(percentile(paints, 0.95)),
		'p99 ms': Math.round(percentile(paints, 0.99)),
		'pointer messages/s': Number(((after.pointers - before.pointers) / took).toFixed(1)),
		'messages/s': Number(((after.messages - before.messages) / took).toFixed(1)),
	},
]);
people.stdin.end();
await browser.close();
