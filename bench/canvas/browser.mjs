// A browser without a GPU, one page of it, and what both cost: processor time of all
// its processes, memory of the page's own, and when frames came.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { cpu, processes } from '../../ui/bench/processes.mjs';

export const size = { width: 1400, height: 900 };
const answerPatience = 10_000; // ms for a page that is idle to answer
const closePatience = 10_000;
const tail = 150; // ms after the last step, in which what it began is painted

/** Waits. */
export function pause(ms) {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
	});
}

/** The answer of a promise, or nothing when it takes too long. */
export async function within(ms, promise, otherwise = undefined) {
	let timer;
	const late = new Promise((resolve) => {
		timer = setTimeout(() => resolve(otherwise), ms);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

// memoryOf is the memory of a process in MB, what is shared with others in part.
function memoryOf(pid) {
	try {
		if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return 0;
		const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
		return Number(found?.[1] ?? 0) / 1024;
	} catch {
		return 0; // ended meanwhile
	}
}

// Runs in the page before anything else. A step is an input and the frame after it:
// its end is a task of its own, posted in the frame, which runs once the frame is
// handed over, after what the page has posted for the input.
function probe() {
	if (window !== window.top) return;
	const bench = { opened: 0, ends: [], type: '' };
	let waiting = false;
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = () => {
		waiting = false;
		bench.ends.push(performance.now());
		globalThis.benchStepped('');
	};
	const onInput = (event) => {
		if (event.type !== bench.type || waiting) return;
		waiting = true;
		requestAnimationFrame(() => port2.postMessage(null));
	};
	for (const type of ['wheel', 'pointermove']) {
		window.addEventListener(type, onInput, { capture: true, passive: true });
	}
	// Ours marks the first picture of a map itself; the pages of the others say so.
	const shown = () => globalThis.contender?.ready() ?? performance.getEntriesByName('map-shown').length > 0;
	const opening = () => {
		if (!shown()) requestAnimationFrame(opening);
		else
			requestAnimationFrame(() =>
				requestAnimationFrame(() => {
					bench.opened = performance.now();
				}),
			);
	};
	requestAnimationFrame(opening);
	globalThis.bench = bench;
}

/** A page in a browser of its own. */
export class Window {
	#server;
	#browser;
	#cdp;
	#stepped = () => undefined;

	/** trusted is the hash of a key whose certificate is taken. */
	static async open({ trusted = '', cookies = [] } = {}) {
		const made = new Window();
		const args = [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-dev-shm-usage',
			'--disable-background-networking',
		];
		if (trusted) args.push(`--ignore-certificate-errors-spki-list=${trusted}`);
		made.#server = await chromium.launchServer({
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args,
		});
		made.#browser = await chromium.connect(made.#server.wsEndpoint());
		made.context = await made.#browser.newContext({ viewport: size, reducedMotion: 'reduce' });
		await made.context.addCookies(cookies);
		made.page = await made.context.newPage();
		made.errors = [];
		made.page.on('pageerror', (error) => made.errors.push(String(error)));
		made.page.on('requestfailed', (request) => made.errors.push(`not loaded: ${request.url()}`));
		made.#cdp = await made.context.newCDPSession(made.page);
		await made.#cdp.send('Runtime.enable');
		await made.#cdp.send('Runtime.addBinding', { name: 'benchStepped' });
		made.#cdp.on('Runtime.bindingCalled', () => made.#stepped(true));
		await made.page.addInitScript(probe);
		return made;
	}

	/** Opens an address and waits for the picture: ms from the start, ms of processor. */
	async show(address, patience) {
		const before = this.cpu();
		const until = Date.now() + patience;
		await within(
			patience,
			this.page
				.goto(address, { waitUntil: 'commit', timeout: patience })
				.catch((e) => this.errors.push(String(e))),
		);
		while (Date.now() < until) {
			const opened = await this.ask(() => globalThis.bench?.opened ?? 0, undefined, until - Date.now());
			if (opened > 0) return { ms: opened, cpu: this.cpu() - before };
			await pause(100);
		}
		return null;
	}

	/** Asks the page; nothing when it does not answer. */
	async ask(question, argument, patience = answerPatience) {
		return within(
			patience,
			this.page.evaluate(question, argument).catch((error) => {
				this.errors.push(String(error));
			}),
		);
	}

	/** Processor time of the whole browser so far, in ms. */
	cpu() {
		return cpu(this.#server.process().pid);
	}

	/** Memory of the page's process in MB: the largest, beside those kept in reserve. */
	memory() {
		return Math.max(...processes(this.#server.process().pid).map(({ pid }) => memoryOf(pid)));
	}

	/** Sends an input without waiting for a frame. */
	async send(event) {
		await within(answerPatience, this.#dispatch(event));
	}

	/** Sends inputs, each when the frame of the one before it came, and measures. */
	async steps(type, events, patience) {
		const until = Date.now() + patience;
		const armed = await this.ask(
			(t) => {
				globalThis.bench.type = t;
				globalThis.bench.ends = [];
				return true;
			},
			type,
			patience,
		);
		if (!armed) return { could: 'the page did not come to rest' };
		const before = this.cpu();
		const started = Date.now();
		let done = 0;
		for (const event of events) {
			const step = new Promise((resolve) => {
				this.#stepped = resolve;
			});
			void this.#dispatch(event);
			if (!(await within(Math.max(0, until - Date.now()), step, false))) break;
			done++;
		}
		await pause(tail);
		const cpu = this.cpu() - before;
		const took = Date.now() - started;
		const ends = await this.ask(
			() => {
				globalThis.bench.type = '';
				return globalThis.bench.ends;
			},
			undefined,
			patience,
		);
		if (done === 0) return { could: `no frame in ${patience / 1000} s` };
		if (!ends) return { could: `the page hung after ${done} of ${events.length} steps` };
		const between = ends.slice(1).map((end, i) => end - ends[i]);
		return { steps: done, of: events.length, cpu: cpu / done, took, between };
	}

	async #dispatch(event) {
		await this.#cdp.send('Input.dispatchMouseEvent', event).catch((error) => this.errors.push(String(error)));
	}

	async close() {
		await within(
			closePatience,
			this.#browser.close().catch(() => undefined),
		);
		await within(closePatience, this.#server.kill());
	}
}

/** A turn of the wheel at a place of the page. */
export function wheel(at, deltaX, deltaY, ctrl = false) {
	return { type: 'mouseWheel', x: at.x, y: at.y, deltaX, deltaY, modifiers: ctrl ? 2 : 0 };
}

/** A button, the left one if not said, goes down, moves or goes up at a place of the page. */
export function button(type, at, which = 'left') {
	const held = which === 'left' ? 1 : 4;
	const buttons = type === 'mouseReleased' ? 0 : held;
	return { type, x: at.x, y: at.y, button: which, buttons, clickCount: 1 };
}
