// Starts the real server and real browsers for the tests in this folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const binary = fileURLToPath(new URL('../../bin/plectica', import.meta.url));
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const startPatience = 20_000; // ms

/** A running server. */
export interface Server {
	address: string;
	/** The one-time link that makes the first account. */
	firstLink: string;
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

/** Starts a server with fresh data. */
export async function startServer(): Promise<Server> {
	const data = mkdtempSync(join(tmpdir(), 'plectica-e2e-'));
	const port = await freePort();
	const address = `https://localhost:${port}`;
	let child: ChildProcess | null = null;
	const server: Server = {
		address,
		firstLink: '',
		async start() {
			child = spawn(binary, ['serve'], {
				env: {
					...process.env,
					PLECTICA_DATA: data,
					PLECTICA_LISTEN: `127.0.0.1:${port}`,
					PLECTICA_OPS_LISTEN: '',
				},
				stdio: ['ignore', 'pipe', 'pipe'],
			});
			const link = await ready(child, address);
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
async function ready(child: ChildProcess, address: string): Promise<string> {
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding('utf8');
		stream?.on('data', (text: string) => {
			output += text;
		});
	}
	const until = Date.now() + startPatience;
	const link = () => /https:\/\/\S+\/first#\S+/.exec(output)?.[0] ?? '';
	while (Date.now() < until) {
		if (child.exitCode !== null) throw new Error(`the server ended:\n${output}`);
		if (link() !== '' || output.includes(address)) return link();
		await pause(50);
	}
	throw new Error(`the server did not start:\n${output}`);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
	});
}

/** Opens the system's browser. */
export function openBrowser(): Promise<Browser> {
	return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A person's own browser: context, page, and what went wrong in it. */
export interface Person {
	context: BrowserContext;
	page: Page;
	errors: string[];
}

/** A fresh person. */
export async function newPerson(browser: Browser): Promise<Person> {
	const context = await browser.newContext({
		ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 800 },
	});
	const page = await context.newPage();
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error') errors.push(message.text());
	});
	return { context, page, errors };
}

export const password = 'a long enough pass phrase';

/** Fills the form of a new account on the page it is on. */
export async function fillAccount(page: Page, name: string, email: string): Promise<void> {
	await page.getByLabel('Your name').fill(name);
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(password);
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

/** Makes a map and waits until it is open and saved. */
export async function newMap(page: Page): Promise<string> {
	await page.getByRole('button', { name: 'New map' }).first().click();
	await page.waitForURL(/\/maps\/[0-9a-v]{26}$/);
	await saved(page);
	return page.url();
}

/** Waits until the page says that everything is saved. */
export async function saved(page: Page): Promise<void> {
	await page.getByTestId('connection').getByText('Saved', { exact: true }).waitFor();
}

/** The titles in the mirror tree. */
export async function titles(page: Page): Promise<string[]> {
	return page.getByRole('treeitem').allTextContents();
}
