// How safe everything is, as the operator sees it: nothing yet, a backup, a trial, and the
// recovery key, which is had once.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	App,
	acceptInvitation,
	barriers,
	invite,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	password,
	type Server,
	saved,
	startServer,
	writeCard,
} from './lib';

const out = fileURLToPath(new URL('./out/safety/', import.meta.url));
const enough = 30_000; // ms for a backup or a trial of next to nothing

let server: Server;
let browser: Browser;
let ada: Person;
let folder: string;

beforeAll(async () => {
	mkdirSync(out, { recursive: true });
	folder = mkdtempSync(join(tmpdir(), 'plectica-e2e-key-'));
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
	if (folder) rmSync(folder, { recursive: true, force: true });
});

const part = (page: Page) => page.getByRole('region', { name: 'Safety', exact: true });
const alarms = (page: Page) => part(page).getByRole('list', { name: 'What needs you' });
const copy = (page: Page, name: string) =>
	part(page)
		.getByRole('list', { name: 'What each copy lacks' })
		.getByRole('listitem')
		.filter({ hasText: name });
const button = (page: Page, name: string) => part(page).getByRole('button', { name });

async function open(page: Page): Promise<void> {
	await page.goto(`${server.address}/site`);
	await part(page).getByText('Snapshots', { exact: true }).waitFor();
}

/** A picture of the part, or of the dialog before it, for whoever looks. */
async function shoot(page: Page, name: string): Promise<void> {
	const what = (await page.getByRole('dialog').isVisible()) ? page.getByRole('dialog') : part(page);
	for (const [size, width] of [
		['wide', 1280],
		['phone', 390],
	] as const) {
		await page.setViewportSize({ width, height: 844 });
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			await what.screenshot({ path: join(out, `${name}-${size}-${colorScheme}.png`) });
		}
		expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width);
	}
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
	await what.screenshot({ path: join(out, `${name}-forced.png`) });
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
	await page.setViewportSize({ width: 1280, height: 800 });
}

describe('before anything was kept', () => {
	it('says so, and what is left to do', async () => {
		const { page } = ada;
		await open(page);
		await part(page).getByText('There is no backup yet').waitFor();
		await copy(page, 'Last backup').getByText('nothing there yet').waitFor();
		await copy(page, 'Restored for trial').getByText('No backup has been restored for trial yet').waitFor();
		await alarms(page).getByText('Backups lie in one place only').waitFor();
		await alarms(page).getByText('Nobody has saved the recovery key').waitFor();
		expect(await alarms(page).getByText('Notice').count()).toBe(2);
		expect(await alarms(page).getByText('Urgent').count()).toBe(0);
		expect(await button(page, 'Restore for trial now').isDisabled()).toBe(true);
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'empty');
	});

	it('tells of changes that wait for a snapshot', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps`);
		await newMap(page);
		await writeCard(page, 500, 300, 'Rain');
		await writeCard(page, 800, 300, 'Sea');
		await saved(page);
		await open(page);
		await copy(page, 'Snapshots')
			.getByText(/The oldest change that is in none yet is \d+ seconds? old\./)
			.waitFor();
	});
});

describe('a backup', () => {
	it('is made now, and seen with its numbers', async () => {
		const { page } = ada;
		await button(page, 'Back up now').click();
		await part(page).getByRole('status').getByText('The backup is made.').waitFor({ timeout: enough });
		await copy(page, 'Last backup')
			.getByText(/: 1 map with \d+ changes, [\d.]+ kB\./)
			.waitFor();
		await copy(page, 'Last backup').getByText('Kept at: backups.').waitFor();
		await copy(page, 'Last backup').getByText('As it should be').waitFor({ state: 'attached' });
		await part(page).getByText('Nothing is wrong, but something is left for you to do.').waitFor();
	});

	it('is restored for trial, and comes back whole', async () => {
		const { page } = ada;
		await button(page, 'Restore for trial now').click();
		await part(page).getByRole('status').getByText('The trial went well.').waitFor({ timeout: enough });
		await copy(page, 'Restored for trial')
			.getByText(/1 map with \d+ changes came back exactly/)
			.waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'kept');
	});

	it('that fails says why', async () => {
		const { page } = ada;
		const archives = join(server.data, 'backups');
		renameSync(archives, join(server.data, 'aside'));
		writeFileSync(archives, 'in the way');
		await button(page, 'Back up now').click();
		await part(page).getByRole('status').getByText('It did not go well.').waitFor({ timeout: enough });
		await alarms(page).getByText('Urgent').waitFor();
		await part(page).getByText('Something is wrong and needs you.').waitFor();
		await copy(page, 'Last backup')
			.getByText(/failed:/)
			.waitFor();
		await copy(page, 'Last backup').getByText('The last that went well is of').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'failed');
		rmSync(archives);
		renameSync(join(server.data, 'aside'), archives);
		await button(page, 'Back up now').click();
		await part(page).getByRole('status').getByText('The backup is made.').waitFor({ timeout: enough });
		await alarms(page).getByText('Urgent').waitFor({ state: 'detached' });
	});
});

describe('the recovery key', () => {
	const dialog = (page: Page) => page.getByRole('dialog', { name: 'The recovery key' });
	const file = () => join(folder, 'plectica-recovery-key.txt');
	let app: App;

	async function save(page: Page, name: string): Promise<void> {
		const saving = page.waitForEvent('download');
		await dialog(page).getByRole('button', { name }).click();
		const download = await saving;
		expect(download.suggestedFilename()).toBe('plectica-recovery-key.txt');
		await download.saveAs(file());
	}

	beforeAll(async () => {
		// Since another sign-in of hers has set up a second factor, this one has to show it.
		const other = await newPerson(browser);
		const { page } = other;
		await page.goto(`${server.address}/signin`);
		await page.getByLabel('E-mail address').fill('ada@example.org');
		await page.getByLabel('Password', { exact: true }).fill(password);
		await page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await page.getByRole('heading', { name: 'Maps' }).waitFor();
		await page.goto(`${server.address}/account`);
		await page.getByRole('button', { name: 'Set up' }).click();
		app = new App(await page.getByLabel('Or type this key').inputValue());
		await page.getByLabel('Then the six digits').fill(await app.code());
		await page.getByRole('dialog', { name: 'Your recovery codes' }).waitFor();
		await other.context.close();
	});

	it('is given to who shows that it is them', async () => {
		const { page } = ada;
		await open(page);
		await alarms(page).getByRole('button', { name: 'Save the recovery key…' }).click();
		await dialog(page).getByText('It opens every backup').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'key-why');
		await dialog(page).getByRole('button', { name: 'Save the key' }).click();
		const confirm = page.getByRole('dialog', { name: 'Show that it is you' });
		await confirm.getByRole('button', { name: 'Cancel' }).click();
		await dialog(page).getByRole('alert').getByText('Nothing was changed').waitFor();
		await dialog(page).getByRole('button', { name: 'Save the key' }).click();
		const saving = page.waitForEvent('download');
		await confirm.getByLabel('Code from your authenticator app').fill(await app.code());
		await (await saving).saveAs(file());
		await dialog(page).getByText('was given to your browser').waitFor();
		const text = readFileSync(file(), 'utf8');
		expect(text).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]+$/m);
		const half = await dialog(page).getByLabel('Its public half').inputValue();
		expect(half).toMatch(/^age1/);
		expect(text).toContain(half);
		expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('I have saved it…');
		await save(page, 'Save it once more');
		expect(readFileSync(file(), 'utf8')).toBe(text);
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'key-given');
	});

	it('counts as saved once it was shown, and nothing of it is sent but the public half', async () => {
		const { page } = ada;
		const sent: string[] = [];
		page.on('request', (request) => sent.push(request.postData() ?? ''));
		await dialog(page).getByRole('button', { name: 'I have saved it…' }).click();
		const field = dialog(page).getByLabel('The saved file');
		expect(await field.evaluate((e) => e === document.activeElement)).toBe(true);
		const another = join(folder, 'another.txt');
		writeFileSync(another, 'AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\n');
		await field.setInputFiles(another);
		await dialog(page).getByRole('alert').getByText('This is not the file').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'key-show');
		await field.setInputFiles(file());
		await dialog(page).getByText('The key is saved.').waitFor();
		await shoot(page, 'key-done');
		await dialog(page).getByRole('button', { name: 'Close' }).last().click();
		await alarms(page).getByText('Nobody has saved').waitFor({ state: 'detached' });
		await part(page).getByText('Somebody has saved the recovery key.').waitFor();
		const half = /^# public half: (\S+)$/m.exec(readFileSync(file(), 'utf8'))?.[1];
		expect(sent.filter((body) => body !== '')).toEqual([JSON.stringify({ public: half })]);
	});

	it('cannot be had again', async () => {
		const { page } = ada;
		const answer = await page.evaluate(async () => {
			const { status } = await fetch('/api/v1/site/recovery-key', { method: 'POST' });
			return status;
		});
		expect(answer).toBe(410);
		expect(await page.getByRole('button', { name: 'Save the recovery key…' }).count()).toBe(0);
		const secret = /^AGE-SECRET-KEY-1[A-Z0-9]+$/m.exec(readFileSync(file(), 'utf8'))?.[0] ?? '?';
		expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(secret);
	});

	it('is followed by another, while the one before counts until that is saved', async () => {
		const { page } = ada;
		await part(page).getByRole('button', { name: 'Make another key…' }).click();
		const ask = page.getByRole('dialog', { name: 'Another recovery key' });
		await ask.getByText('keep both as long as').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'key-another');
		await ask.getByRole('button', { name: 'Make another key' }).click();
		await dialog(page).getByText('It opens every backup').waitFor();
		await page.keyboard.press('Escape');
		await part(page).getByText('Another recovery key waits to be saved').waitFor();
		await part(page).getByRole('button', { name: 'Save the recovery key…' }).click();
		const before = readFileSync(file(), 'utf8');
		await save(page, 'Save the key');
		expect(readFileSync(file(), 'utf8')).not.toBe(before);
		await dialog(page).getByRole('button', { name: 'I have saved it…' }).click();
		await dialog(page).getByLabel('The saved file').setInputFiles(file());
		await dialog(page).getByText('The key is saved.').waitFor();
		await dialog(page).getByRole('button', { name: 'Close' }).last().click();
		await part(page).getByText('Somebody has saved the recovery key.').waitFor();
		await shoot(page, 'saved');
	});
});

it('is nobody’s but the operators’', async () => {
	const { page, context } = await newPerson(browser);
	await ada.page.goto(`${server.address}/maps`);
	await acceptInvitation(page, await invite(ada.page, 1), 'Ben', 'ben@example.org');
	await page.goto(`${server.address}/site`);
	await page.getByText('Only those who run this site').waitFor();
	expect(await part(page).count()).toBe(0);
	const statuses = await page.evaluate(async () => {
		const ask = async (method: string, path: string) =>
			(await fetch(`/api/v1/site/${path}`, { method })).status;
		return [
			await ask('GET', 'durability'),
			await ask('POST', 'backup'),
			await ask('POST', 'drill'),
			await ask('POST', 'recovery-key'),
			await ask('POST', 'recovery-key/new'),
		];
	});
	expect(statuses).toEqual([403, 403, 403, 403, 403]);
	await context.close();
});

it('tells by how much a clock is ahead, and for how long', async () => {
	const { page } = ada;
	const day = 86_400;
	const report = '**/api/v1/site/durability';
	const urgent = { code: 'clock_ahead', since: Date.now(), urgent: true };
	for (const [name, left, says] of [
		['catches-up', 5 * day, 'By 40 days. What is old goes so much later; as usual again in 5 days.'],
		['stays', 0, 'By 40 days. What is old goes so much later, until the clock is set right'],
	] as const) {
		await page.route(report, async (route) => {
			const response = await route.fetch();
			const of = await response.json();
			await route.fulfill({
				response,
				json: { ...of, clockAhead: 40 * day, clockCatchesUp: left, alarms: [...of.alarms, urgent] },
			});
		});
		await open(page);
		await alarms(page).getByText('The clock of the server is ahead of the time that passed').waitFor();
		await alarms(page).getByText(says).waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, `clock-${name}`);
		await page.unroute(report);
	}
});

it('is told in German, too', async () => {
	const { page } = ada;
	await page.evaluate(() => localStorage.setItem('plectica.language', 'de'));
	await page.goto(`${server.address}/site`);
	const german = page.getByRole('region', { name: 'Sicherheit der Daten' });
	await german
		.getByText(/1 Map mit \d+ Änderungen/)
		.first()
		.waitFor();
	await german.screenshot({ path: join(out, 'german.png') });
	await page.evaluate(() => localStorage.removeItem('plectica.language'));
});

describe('with other places', () => {
	async function shown(places: string, look: (page: Page) => Promise<void>): Promise<void> {
		const other = await startServer({ PLECTICA_BACKUP_PLACES: places });
		const theirs = await openBrowser(other);
		try {
			const { page } = await newPerson(theirs);
			await makeFirstAccount(other, page, 'Ada', 'ada@example.org');
			await page.goto(`${other.address}/site`);
			await part(page).getByText('Snapshots', { exact: true }).waitFor();
			await look(page);
			expect(await barriers(page)).toEqual([]);
		} finally {
			await theirs.close();
			await other.remove();
		}
	}

	it('a further one has a bar of its own', () =>
		shown('backups,further', async (page) => {
			await button(page, 'Back up now').click();
			await part(page).getByRole('status').getByText('The backup is made.').waitFor({ timeout: enough });
			await copy(page, 'Last backup').getByText('Kept at: backups, further.').waitFor();
			await copy(page, 'Changes at further')
				.getByText(/^lacks /)
				.waitFor();
			expect(await alarms(page).getByText('in one place only').count()).toBe(0);
			await shoot(page, 'further');
		}));

	it('none is said to be none, and offers nothing', () =>
		shown('', async (page) => {
			await alarms(page).getByText('No place for backups is set.').waitFor();
			await part(page).getByText('Nothing is backed up.').waitFor();
			expect(await part(page).getByRole('button').count()).toBe(0);
			await shoot(page, 'off');
		}));
});

it('nothing went wrong in the page', () => {
	const known = /the server responded with a status of 4\d\d/; // what a test asked for
	expect(ada.errors.filter((text) => !known.test(text))).toEqual([]);
});
