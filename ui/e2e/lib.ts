// Starts the real server and real browsers for the tests in this folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import {
	type Browser,
	type BrowserContext,
	type BrowserContextOptions,
	chromium,
	type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { makeRoot } from '../bench/scene';
import { randomId } from '../src/core/bytes';
import { copy } from '../src/core/commands';
import { Core } from '../src/core/core';

const binary = fileURLToPath(new URL('../../bin/plectica', import.meta.url));
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const startPatience = 20_000; // ms
const patience = 15_000; // ms for anything a test waits for

/** A running server. */
export interface Server {
	address: string;
	/** The one-time link that makes the first account. */
	firstLink: string;
	/** The folder of its data. */
	data: string;
	/** What it has printed since it was last started. */
	output(): string;
	/** Stops it; kill is SIGKILL, as a power cut would. */
	stop(how?: 'gently' | 'kill'): Promise<void>;
	/** Starts it again on the same data and port. */
	start(): Promise<void>;
	/** Stops it and removes its data. */
	remove(): Promise<void>;
}

/** A port nobody uses right now. */
async function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.on('error', reject);
		probe.listen(0, '127.0.0.1', () => {
			const address = probe.address();
			probe.close(() =>
				typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
			);
		});
	});
}

/** Starts a server with fresh data; settings are of its environment. */
export async function startServer(settings: Record<string, string> = {}, program = binary): Promise<Server> {
	const data = mkdtempSync(join(tmpdir(), 'plectica-e2e-'));
	const port = await freePort();
	const address = `https://localhost:${port}`;
	let child: ChildProcess | null = null;
	let output = '';
	const server: Server = {
		address,
		data,
		firstLink: '',
		output: () => output,
		async start() {
			child = spawn(program, ['serve'], {
				env: {
					...process.env,
					PLECTICA_DATA: data,
					PLECTICA_LISTEN: `127.0.0.1:${port}`,
					PLECTICA_OPS_LISTEN: '',
					...settings,
				},
				stdio: ['ignore', 'pipe', 'pipe'],
			});
			output = '';
			for (const stream of [child.stdout, child.stderr]) {
				stream?.setEncoding('utf8');
				stream?.on('data', (text: string) => {
					output += text;
				});
			}
			const link = await ready(child, address, () => output);
			if (link !== '') server.firstLink = link;
		},
		async stop(how = 'gently') {
			const running = child;
			child = null;
			if (!running || running.exitCode !== null) return;
			const ended = new Promise<void>((resolve) => {
				running.once('exit', () => resolve());
			});
			running.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
			await ended;
		},
		async remove() {
			await server.stop();
			rmSync(data, { recursive: true, force: true });
		},
	};
	await server.start();
	return server;
}

// ready waits until the server answers, and reads the link it prints.
async function ready(child: ChildProcess, address: string, output: () => string): Promise<string> {
	const until = Date.now() + startPatience;
	const link = () => /https:\/\/\S+\/first#\S+/.exec(output())?.[0] ?? '';
	while (Date.now() < until) {
		if (child.exitCode !== null) throw new Error(`the server ended:\n${output()}`);
		if (link() !== '' || output().includes(address)) return link();
		await pause(50);
	}
	throw new Error(`the server did not start:\n${output()}`);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
	});
}

const quiet = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-dev-shm-usage',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Opens the system's browser. A server given is trusted, as after `plectica trust`. */
export async function openBrowser(trusted?: Server, more: readonly string[] = []): Promise<Browser> {
	const always = [...quiet, ...more];
	const args = trusted
		? [...always, `--ignore-certificate-errors-spki-list=${await keyOf(trusted)}`]
		: always;
	return chromium.launch({ executablePath: chromiumPath, args });
}

// keyOf returns the hash of a server's public key, as Chromium takes it.
async function keyOf(server: Server): Promise<string> {
	const port = Number(new URL(server.address).port);
	return new Promise((resolve, reject) => {
		const socket = connect({ host: 'localhost', port, rejectUnauthorized: false }, () => {
			const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
			socket.destroy();
			const der = publicKey.export({ type: 'spki', format: 'der' });
			resolve(createHash('sha256').update(der).digest('base64'));
		});
		socket.once('error', reject);
	});
}

/** A person's own browser: context, page, and what went wrong in it. */
export interface Person {
	context: BrowserContext;
	page: Page;
	errors: string[];
}

/** A fresh person. */
export async function newPerson(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
	const context = await browser.newContext({
		ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 800 },
		reducedMotion: 'reduce',
		...options,
	});
	context.setDefaultTimeout(patience);
	const errors: string[] = [];
	const page = await context.newPage();
	listen(page, errors);
	return { context, page, errors };
}

/** Collects what a page reports as wrong. */
export function listen(page: Page, errors: string[]): void {
	page.on('pageerror', (error) => errors.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error') errors.push(message.text());
	});
}

export const password = 'a long enough pass phrase';

/** Fills the form of a new account on the page it is on. */
export async function fillAccount(page: Page, name: string, email: string): Promise<void> {
	await page.getByLabel('Your name').fill(name);
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(password);
}

/** The codes of an authenticator app. Each is taken once, so that the next may have to be
 * waited for. */
export class App {
	private last = 0;
	constructor(private readonly secret: string) {}

	/** The next code. */
	async code(): Promise<string> {
		const step = () => Math.floor(Date.now() / 30_000);
		const next = Math.max(this.last + 1, step());
		while (step() < next - 1) await pause(250);
		this.last = next;
		return this.at(next);
	}

	private at(step: number): string {
		const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
		const bits = [...this.secret.replace(/[\s=]/g, '')]
			.map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0'))
			.join('');
		const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
		const counter = Buffer.alloc(8);
		counter.writeBigUInt64BE(BigInt(step));
		const mac = createHmac('sha1', key).update(counter).digest();
		const at = (mac.at(-1) ?? 0) & 15;
		return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
	}
}

/** Creates the first account by the printed link. */
export async function makeFirstAccount(
	server: Server,
	page: Page,
	name: string,
	email: string,
): Promise<void> {
	const link = new URL(server.firstLink);
	await page.goto(`${server.address}${link.pathname}${link.hash}`);
	await fillAccount(page, name, email);
	await page.getByRole('button', { name: 'Create the first account' }).click();
	await page.getByRole('heading', { name: 'Maps' }).waitFor();
}

/** Makes an invitation link on the map list of whoever runs the site. */
export async function invite(page: Page, uses: number): Promise<string> {
	await page.getByRole('button', { name: 'Menu', exact: true }).click();
	await page.getByRole('menuitem', { name: 'This site' }).click();
	await page.getByLabel('How many people').fill(String(uses));
	await page.getByRole('button', { name: 'New invitation' }).click();
	const link = await page.getByLabel('Invitation link, shown only now').inputValue();
	await page.getByRole('link', { name: 'All maps' }).click();
	await page.getByRole('heading', { name: 'Maps' }).waitFor();
	return link;
}

/** Creates an account by an invitation. */
export async function acceptInvitation(page: Page, link: string, name: string, email: string): Promise<void> {
	await page.goto(link);
	await fillAccount(page, name, email);
	await page.getByRole('button', { name: 'Create account' }).click();
	await page.getByRole('heading', { name: 'Maps' }).waitFor();
}

/** Adds an account to the open map. */
export async function addMember(page: Page, email: string, role: 'view' | 'edit' | 'own'): Promise<void> {
	await page.getByRole('button', { name: 'Share', exact: true }).click();
	await page.getByPlaceholder('E-mail address').fill(email);
	await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption(role);
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await page.getByText(email).waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

/** Makes a map and waits until it is open and saved. */
export async function newMap(page: Page): Promise<string> {
	await page.getByRole('button', { name: 'New map' }).first().click();
	await page.waitForURL(/\/maps\/[0-9a-v]{26}$/);
	await saved(page);
	return page.url();
}

/** Waits until the page says that everything is saved. */
export async function saved(page: Page): Promise<void> {
	// Attached is enough: a phone shows the sign without the word.
	await page.getByTestId('connection').getByText('Saved', { exact: true }).waitFor({ state: 'attached' });
}

/** Waits until the page says that it is offline; the answer is what it says. */
export async function offline(page: Page): Promise<string> {
	const words = page.getByTestId('connection').getByText('Offline');
	await words.waitFor();
	return (await words.textContent()) ?? '';
}

/** The cards in the mirror tree: depth and title. */
export async function rows(page: Page): Promise<string[]> {
	return page
		.getByRole('treeitem')
		.filter({ hasNotText: /^Relationship / })
		.evaluateAll((all) =>
			all.map(
				(row) => `${row.getAttribute('aria-level')} ${row.textContent?.replace(/\. Relates to.*/, '')}`,
			),
		);
}

/** Waits until the mirror tree has exactly these rows. */
export async function rowsAre(page: Page, wanted: string[]): Promise<void> {
	await expect.poll(() => rows(page), { timeout: patience, interval: 50 }).toEqual(wanted);
}

/** Waits until the mirror tree has these rows, in any order. */
export async function rowsHold(page: Page, wanted: string[]): Promise<void> {
	const sorted = [...wanted].sort();
	await expect
		.poll(async () => (await rows(page)).sort(), { timeout: patience, interval: 50 })
		.toEqual(sorted);
}

/** Writes a card whose top left corner is at a place of the page. */
export async function writeCard(page: Page, x: number, y: number, title: string): Promise<void> {
	await page.mouse.dblclick(x, y);
	await page.getByRole('textbox', { name: 'Title of the card' }).waitFor();
	await page.keyboard.type(title);
	await page.keyboard.press('Enter');
}

/** Waits until what was written without a server is in the browser's own storage, to its last letter. */
export async function kept(page: Page): Promise<void> {
	await page
		.getByTestId('connection')
		.getByText(/unsaved/)
		.waitFor();
	await page.evaluate(async () => {
		const open = indexedDB.open('plectica');
		await new Promise((resolve) => open.addEventListener('success', resolve));
		const count = async (): Promise<number> => {
			const asked = open.result.transaction('entries').objectStore('entries').count();
			await new Promise((resolve) => asked.addEventListener('success', resolve));
			return asked.result;
		};
		for (let before = -1, now = await count(); now !== before; now = await count()) {
			before = now;
			await new Promise((resolve) => setTimeout(resolve, 400));
		}
		open.result.close();
	});
}

/** The width of a card with a short title, half the height of one line, and how far its handles lie outside. */
export const cardWidth = 120;
export const middle = 24;
export const handle = 14;

/** Drags from a place to another. */
export async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
	await page.mouse.move(...from);
	await page.mouse.down();
	await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 4 });
	await page.mouse.move(...to, { steps: 4 });
	await page.mouse.up();
}

/** What is wrong in a page, beside a server that could not be reached. */
export function wrong(person: Person): string[] {
	return person.errors.filter(
		(text) => !/ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|WebSocket connection/.test(text),
	);
}

/** What axe-core finds serious or worse on a page. */
export async function barriers(page: Page): Promise<string[]> {
	const found: string[] = [];
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await page.evaluate(axe.source);
		const broken = await page.evaluate(async () => {
			const { axe } = window as unknown as { axe: typeof import('axe-core') };
			const { violations } = await axe.run(document);
			return violations
				.filter((v) => v.impact === 'serious' || v.impact === 'critical')
				.map((v) => `${v.id}: ${v.nodes.map((node) => node.target.join(' ')).join(', ')}`);
		});
		found.push(...broken.map((text) => `${colorScheme}: ${text}`));
	}
	return found;
}

/** A whole with parts and relationships, as the clipboard holds it. */
export async function fragment(
	seed: number,
	branches: readonly number[],
	cards: number,
	relationships: number,
): Promise<string> {
	const wasm = await WebAssembly.compile(readFileSync(new URL('../public/core.wasm', import.meta.url)));
	const core = await Core.make(wasm);
	core.open(randomId(), randomId(), randomId(), 1);
	core.ready();
	const root = makeRoot(core, seed, branches, cards, relationships);
	return Buffer.from(core.cmd(copy([root])).reply).toString('base64');
}
