// A sign-in that does not look like the account's owner waits for a code by mail. The clock of
// the server is set ahead for it: an account that was just made is not asked.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
	barriers,
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
	password,
	type Server,
	startServer,
} from './lib';

const enough = 15_000; // ms
const ada = 'ada@example.org';
const iphone =
	'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const home = '192.0.2.10';
const away = '198.51.100.7';

let folder: string;
let server: Server;
let browser: Browser;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'plectica-risk-'));
	const program = join(folder, 'plectica-faulty');
	execFileSync('go', ['build', '-tags', 'faulty', '-o', program, './cmd/plectica'], {
		cwd: fileURLToPath(new URL('../..', import.meta.url)),
		env: { ...process.env, CGO_ENABLED: '0' },
	});
	server = await startServer(
		{
			PLECTICA_MAIL_DRIVER: 'log',
			PLECTICA_PROXY_TRUSTED: '127.0.0.1',
			FAULTY_SOCKET: join(folder, 'clock'),
		},
		program,
	);
	browser = await openBrowser(server);
}, 120_000);

afterAll(async () => {
	await browser?.close();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

// Sets the server's clock ahead.
function ahead(ms: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const socket = createConnection(join(folder, 'clock'), () => socket.end(JSON.stringify({ ClockMS: ms })));
		socket.on('error', reject);
		socket.on('close', () => resolve());
		socket.resume();
	});
}

// Somebody whose requests come from an address, as a proxy says.
const personAt = (address: string, userAgent?: string): Promise<Person> =>
	newPerson(browser, {
		extraHTTPHeaders: { 'X-Forwarded-For': address },
		...(userAgent === undefined ? {} : { userAgent }),
	});

const letters = (): string[] => server.output().split(`Mail to ${ada}: `).slice(1);
const codes = (): string[] => letters().flatMap((letter) => /^[^\n]+\n {4}(\d{8})\n/.exec(letter)?.[1] ?? []);

async function nextCode(before: number): Promise<string> {
	return vi.waitUntil(() => (codes().length > before ? codes().at(-1) : undefined), { timeout: enough });
}

async function signIn(page: Page): Promise<void> {
	await page.goto(`${server.address}/signin`);
	await page.getByLabel('E-mail address').fill(ada);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
	await page.goto(`${server.address}/account`);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
}

const onMaps = (page: Page) => page.getByRole('heading', { name: 'Maps' }).waitFor();

async function shot(page: Page, name: string): Promise<void> {
	const to = process.env.SCREENS;
	if (!to) return;
	for (const [size, width] of [
		['wide', 1280],
		['phone', 390],
	] as const) {
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			await page.screenshot({ path: `${to}/${name}-${size}-${colorScheme}.png`, fullPage: true });
		}
	}
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

it('is asked of a browser and place that the account is not known by, once', async () => {
	const owner = await personAt(home);
	await makeFirstAccount(server, owner.page, 'Ada', ada);
	const link = await vi.waitUntil(() => /https:\/\/\S+(\/verify#\S+)/.exec(server.output())?.[1], {
		timeout: enough,
	});
	await owner.page.goto(server.address + link);
	await owner.page.getByText('It is proven now').waitFor();
	await ahead(2 * 3600_000);

	const beside = await personAt(home); // another browser like it, in the same network
	await signIn(beside.page);
	await onMaps(beside.page);
	expect(codes()).toEqual([]);

	const { page, context } = await personAt(away, iphone);
	await signIn(page);
	await page.getByText('Your account does not know this browser and place').waitFor();
	const first = await nextCode(0);
	await shot(page, 'signin-mail');
	expect(await barriers(page)).toEqual([]);

	await page.reload(); // it waits on
	const field = page.getByLabel('Code from the mail');
	await field.fill(first === '00000000' ? '00000001' : '00000000');
	await page.getByRole('alert').getByText('wrong').waitFor();
	await page.getByRole('button', { name: 'Send another code' }).click();
	await page.getByRole('status').getByText('Another code is on its way').waitFor();
	await shot(page, 'signin-mail-again');
	const second = await nextCode(1);
	await field.fill(first);
	await page.getByRole('alert').getByText('wrong').waitFor();
	await field.fill(`${second.slice(0, 4)} ${second.slice(4)}`); // as it stands in the mail
	await onMaps(page);

	await page.goto(`${server.address}/account`);
	await page.getByText('password + mail').waitFor();
	await signOut(page);
	await signIn(page);
	await onMaps(page);
	expect(codes()).toHaveLength(2);
	await context.close();
	await beside.context.close();
	await owner.context.close();
});
