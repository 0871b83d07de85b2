// What was noticed: operators see it as it happens, with why, and do something about it; owners
// of an organisation see what concerns it; all choose what they want to hear of.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert, Delivery, Settings } from '../src/watch/alertapi';
import type { Entry } from '../src/watch/api';
import {
	acceptInvitation,
	barriers,
	invite,
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
	type Server,
	startServer,
	wrong,
} from './lib';

const out = fileURLToPath(new URL('./out/alerts/', import.meta.url));
const soon = 40_000; // ms: the watch looks each second or so, the page each 15 s

let server: Server;
let settings: string; // the folder of its configuration
let browser: Browser;
let operator: Person; // Ada, who runs the site
let ben: Person;

beforeAll(async () => {
	mkdirSync(out, { recursive: true });
	// One place gets what it is sent, one is not there.
	settings = mkdtempSync(join(tmpdir(), 'plectica-alerts-'));
	const file = join(settings, 'plectica.toml');
	writeFileSync(
		file,
		'[[deliver]]\nname = "archive"\nkind = "jsonl"\ndirectory = "sent"\n' +
			'[[deliver]]\nname = "siem"\nkind = "syslog"\naddress = "127.0.0.1:1"\n',
	);
	server = await startServer({ PLECTICA_CONFIG: file });
	browser = await openBrowser(server);
	operator = await newPerson(browser);
	ben = await newPerson(browser);
	await makeFirstAccount(server, operator.page, 'Ada', 'ada@example.org');
	const link = await invite(operator.page, 1);
	await acceptInvitation(ben.page, link, 'Ben', 'ben@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
	if (settings) rmSync(settings, { recursive: true, force: true });
});

const inbox = (page: Page) => page.getByRole('region', { name: 'Noticed' });
const list = (page: Page) => page.getByRole('list', { name: 'Alerts' });
const rows = (page: Page) => list(page).locator(':scope > li');
const row = (page: Page, text: string | RegExp) => rows(page).filter({ hasText: text });
const line = (page: Page, text: string | RegExp) => row(page, text).locator('[data-line]');

async function watch(page: Page): Promise<void> {
	await page.goto(`${server.address}/site/watch`);
	await inbox(page).waitFor();
}

/** Pictures for whoever looks, and whether all of it fits. */
async function shoot(page: Page, name: string, tall = 1500): Promise<void> {
	for (const [size, width] of [
		['wide', 1280],
		['phone', 360],
	] as const) {
		await page.setViewportSize({ width, height: 844 });
		expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width);
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			const clip = { x: 0, y: 0, width, height: size === 'phone' ? tall * 1.6 : tall };
			await page.screenshot({ path: join(out, `${name}-${size}-${colorScheme}.png`), fullPage: true, clip });
		}
	}
	await page.setViewportSize({ width: 1280, height: 800 });
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
	const clip = { x: 0, y: 0, width: 1280, height: tall };
	await page.screenshot({ path: join(out, `${name}-forced.png`), fullPage: true, clip });
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
}

/** What a person's browser asks of the API; the answer is its status and what it says. */
async function ask(page: Page, method: string, path: string, body?: unknown): Promise<[number, unknown]> {
	return page.evaluate(
		async ([how, where, what]) => {
			const answer = await fetch(`/api/v1/${where}`, {
				method: String(how),
				...(what === undefined
					? {}
					: { headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) }),
			});
			const text = await answer.text();
			return [answer.status, text === '' ? null : JSON.parse(text)] as [number, unknown];
		},
		[method, path, body] as const,
	);
}

describe('the inbox of those who run the site', () => {
	it('says what is watched for where nothing was noticed', async () => {
		const { page } = operator;
		await watch(page);
		await inbox(page).getByText('Nothing was noticed.').waitFor();
		await inbox(page).getByText('16 kinds of trouble are watched for').waitFor();
		await inbox(page)
			.getByText(/Many accounts tried · /)
			.waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'nothing', 900);
	});

	it('shows what is noticed as it happens', async () => {
		const { page } = operator;
		const stranger = await newPerson(browser);
		await stranger.page.goto(`${server.address}/signin`);
		for (let i = 0; i < 60; i++) {
			const [status] = await ask(stranger.page, 'POST', 'signin', {
				email: `p${i}@example.org`,
				password: 'password12345678',
			});
			expect([401, 429]).toContain(status);
		}
		await stranger.context.close();
		await row(page, /From one network, [\d,]+ accounts were tried in vain/).waitFor({ timeout: soon });
		await inbox(page).getByText('1 new alert').waitFor();
		const other = await operator.context.newPage();
		await other.goto(`${server.address}/maps`);
		await other.getByRole('link', { name: '1 open alert' }).waitFor();
		expect(await barriers(other)).toEqual([]);
		await other.screenshot({ path: join(out, 'badge.png'), clip: { x: 0, y: 0, width: 1280, height: 200 } });
		await other.getByRole('link', { name: '1 open alert' }).click();
		await row(other, 'From one network').waitFor();
		await other.goto(`${server.address}/site`);
		await other.getByRole('link', { name: /Open the log.*1 open alert/ }).waitFor();
		await other.close();
	});

	it('says why, with the records opened in place', async () => {
		const { page } = operator;
		await line(page, 'From one network').focus();
		await page.keyboard.press('Enter');
		const alert = row(page, 'From one network');
		await alert.getByRole('heading', { name: 'Why this is told' }).waitFor();
		expect(await alert.getByRole('definition').first().textContent()).toMatch(/\d+\s*usually at most \d/);
		const records = alert.getByRole('list', { name: 'The records' });
		const record = records.getByRole('button', { name: /tried to sign in, refused/ }).first();
		await record.click();
		await records.getByText('signin', { exact: true }).first().waitFor();
		await records.getByRole('button', { name: 'Download the proof' }).waitFor();
		await record.click();
		expect(await barriers(page)).toEqual([]);
	});

	it('is dealt with and opened again, and the keys stay where they are', async () => {
		const { page } = operator;
		const alert = row(page, 'From one network');
		const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
		await alert.getByRole('button', { name: 'Mark as dealt with' }).press('Enter');
		await alert.getByText(/^Dealt with/).waitFor();
		await expect.poll(focused).toBe('Open again');
		expect(await inbox(page).getByRole('radio', { name: 'Open' }).isChecked()).toBe(true);
		await page.keyboard.press('Enter');
		await expect.poll(focused).toBe('Mark as dealt with');
		await page.keyboard.press('Enter');
		await expect.poll(focused).toBe('Open again');
		await page.reload();
		await inbox(page).getByText('Nothing was noticed.').waitFor();
		await inbox(page).getByText('All', { exact: true }).click();
		await row(page, 'From one network').getByText('dealt with').waitFor();
		await line(page, 'From one network').click();
		await row(page, 'From one network')
			.getByText(/^Dealt with by Ada/)
			.waitFor();
		await row(page, 'From one network').getByRole('button', { name: 'Open again' }).click();
		await row(page, 'From one network').getByRole('button', { name: 'Mark as dealt with' }).waitFor();
	});

	it('is muted for a while, and told again', async () => {
		const { page } = operator;
		await row(page, 'From one network').getByRole('button', { name: 'Mute…' }).click();
		await page.getByRole('menuitem', { name: 'This about anybody: for a week' }).click();
		await inbox(page).getByText('“Many accounts tried” is muted until').waitFor();
		await row(page, 'From one network').getByText('muted', { exact: true }).waitFor();
		await inbox(page).getByText('Muted (1)').click();
		const mutes = inbox(page).getByRole('list', { name: 'Muted' });
		await mutes.getByText('Many accounts tried, about anybody').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'muted', 1400);
		await mutes.getByRole('button', { name: /^Tell again/ }).click();
		await inbox(page).getByText('“Many accounts tried” is told again.').waitFor();
		await mutes.waitFor({ state: 'detached' });
	});

	it('undoes what was deleted', async () => {
		const { page } = operator;
		await ben.page.goto(`${server.address}/maps`);
		for (let i = 0; i < 30; i++) {
			const [, made] = await ask(ben.page, 'POST', 'maps', { title: `Map ${i}` });
			const [status] = await ask(ben.page, 'DELETE', `maps/${(made as { id: string }).id}`);
			expect(status).toBe(204);
		}
		await watch(page);
		await row(page, /Ben deleted [\d,]+ maps and folders on one day/).waitFor({ timeout: soon });
		await line(page, 'Ben deleted').click();
		const alert = row(page, 'Ben deleted');
		await alert.getByRole('button', { name: 'Undo it' }).click();
		await alert.getByText(/\d+ things put back\./).waitFor();
		await shoot(page, 'undone', 1500);
		const [, there] = await ask(ben.page, 'GET', 'maps');
		expect((there as { maps: unknown[] }).maps.length).toBeGreaterThan(20);
		await alert.getByText('Put back, by Ada').waitFor({ timeout: soon });
	});

	it('locks, and says how to unlock', async () => {
		const { page } = operator;
		const alert = row(page, 'Ben deleted');
		await alert.getByRole('button', { name: 'End all their sign-ins' }).click();
		await alert.getByText('Signed out everywhere.', { exact: true }).waitFor();
		expect((await ask(ben.page, 'GET', 'me'))[0]).toBe(401);
		await alert.getByRole('button', { name: 'Lock the account' }).click();
		await alert.getByText('The account is locked.', { exact: true }).waitFor();
		await alert.getByRole('button', { name: 'Unlock the account' }).click();
		await alert.getByText('The account is unlocked again.').waitFor();
		await alert.getByRole('button', { name: 'Lock the account' }).click();
		await alert.getByText('The account is locked.', { exact: true }).waitFor();
		await alert.getByRole('button', { name: 'Mark as dealt with' }).click();
		const done = alert.getByRole('list', { name: 'What was done about it' });
		for (const deed of ['Put back, by Ada', 'Sign-ins ended, by Ada', 'Account locked, by Ada'])
			await done.getByText(deed).first().waitFor();
		await shoot(page, 'locked', 1300);
		await alert.getByRole('link', { name: 'Everything by them in the log' }).click();
		await page.getByRole('button', { name: /^by Ben/ }).waitFor();
		expect(
			await page.evaluate(() => document.getElementById('log')?.getBoundingClientRect().top),
		).toBeLessThan(400);
		await alert.getByRole('link', { name: 'To the people of this site' }).click();
		await page
			.getByText(/locked/i)
			.first()
			.waitFor();
	});
});

describe('what is told', () => {
	it('is chosen, and stays so', async () => {
		const { page } = operator;
		await watch(page);
		const part = page.getByRole('region', { name: 'What is watched for' });
		expect(await part.getByRole('radio', { name: /^As usual/ }).isChecked()).toBe(true);
		await part.getByRole('radio', { name: /^Fewer/ }).check();
		await part.getByRole('checkbox', { name: /^Answer slower/ }).check();
		await part.getByText('All 16 kinds are on').click();
		await part.getByRole('checkbox', { name: /^Used at an unusual hour/ }).uncheck();
		await part.getByText('15 of 16 kinds on').waitFor();
		expect(await barriers(page)).toEqual([]);
		await part.getByRole('button', { name: 'Save' }).click();
		await part.getByText('Saved.').waitFor();
		await page.reload();
		await part.getByText('15 of 16 kinds on').waitFor();
		expect(await part.getByRole('radio', { name: /^Fewer/ }).isChecked()).toBe(true);
		expect(await part.getByRole('checkbox', { name: /^Answer slower/ }).isChecked()).toBe(true);
		expect(await part.getByRole('checkbox', { name: /^Ask who they are/ }).isChecked()).toBe(false);
		expect(await part.getByRole('checkbox', { name: /^Used at an unusual hour/ }).isChecked()).toBe(false);
		await part.getByRole('radio', { name: /^As usual/ }).check();
		await part.getByRole('button', { name: 'Save' }).click();
		await part.getByText('Saved.').waitFor();
	});

	it('goes where it is sent, and what does not is said', async () => {
		const { page } = operator;
		const part = page.getByRole('region', { name: 'Where records are sent' });
		const place = (name: string) => part.getByRole('listitem').filter({ hasText: name });
		await place('archive').getByText('As it should be:').waitFor({ state: 'attached' });
		await place('archive')
			.getByText(/[\d,]+ records sent so far/)
			.waitFor();
		await place('siem').getByText('Not as it should be:').waitFor({ state: 'attached', timeout: soon });
		await place('siem')
			.getByText(/^Nothing gets there since /)
			.waitFor();
		await place('siem')
			.getByText(/\d+ records? behind/)
			.waitFor();
		await part.screenshot({ path: join(out, 'deliveries-real.png') });
	});
});

describe('an organisation', () => {
	let cleo: Person;
	let org = '';

	beforeAll(async () => {
		cleo = await newPerson(browser);
		await operator.page.goto(`${server.address}/maps`);
		const link = await invite(operator.page, 1);
		await acceptInvitation(cleo.page, link, 'Cleo', 'cleo@example.org');
		org = ((await ask(cleo.page, 'POST', 'orgs', { name: 'Works' }))[1] as { id: string }).id;
		const home = { kind: 'org', id: org };
		const map = ((await ask(cleo.page, 'POST', 'maps', { title: 'Water', home }))[1] as { id: string }).id;
		for (let i = 0; i < 40; i++)
			expect((await ask(cleo.page, 'POST', `maps/${map}/links`, { role: 'view' }))[0]).toBeLessThan(300);
	});

	it('shows its owners what concerns it, and what they may do', async () => {
		const { page } = cleo;
		await page.goto(`${server.address}/orgs/${org}/people`);
		const here = page.getByRole('region', { name: 'Noticed here' });
		const alert = here
			.getByRole('list', { name: 'Alerts' })
			.locator(':scope > li')
			.filter({ hasText: 'Cleo gave many links' });
		await alert.waitFor({ timeout: soon });
		await alert.locator('[data-line]').click();
		await alert
			.getByRole('list', { name: 'The records' })
			.getByText('made a link to map “Water”')
			.first()
			.waitFor();
		expect(await alert.getByRole('button', { name: 'Mute…' }).count()).toBe(0);
		expect(await alert.getByRole('button', { name: 'End all their sign-ins' }).count()).toBe(0);
		expect(await barriers(page)).toEqual([]);
		await here.screenshot({ path: join(out, 'org-wide.png') });
		await alert.getByRole('button', { name: 'End links and tokens' }).click();
		await alert.getByText('40 links and tokens ended.').waitFor();
		const maps = (await ask(page, 'GET', 'maps'))[1] as { maps: { id: string }[] };
		const links = (await ask(page, 'GET', `maps/${maps.maps[0]?.id}/links`))[1] as { links: unknown[] };
		expect(links.links).toEqual([]);
		await page.setViewportSize({ width: 360, height: 844 });
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
		await here.screenshot({ path: join(out, 'org-phone.png') });
		await page.setViewportSize({ width: 1280, height: 800 });
		await here.getByText('What is watched for').click();
		await here.getByRole('radio', { name: /^More/ }).check();
		await here.getByRole('button', { name: 'Save' }).click();
		await here.getByText('Saved.').waitFor();
		expect(await here.getByText('Done without asking').count()).toBe(0);
	});

	it('shows them to nobody else', async () => {
		const { page } = ben;
		const statuses = [
			(await ask(page, 'GET', `orgs/${org}/alerts`))[0],
			(await ask(page, 'GET', `orgs/${org}/watch`))[0],
			(await ask(page, 'GET', 'site/alerts'))[0],
			(await ask(page, 'GET', 'site/deliveries'))[0],
		];
		for (const status of statuses) expect([401, 403, 404]).toContain(status);
		await page.goto(`${server.address}/site/watch`);
		expect(await page.getByRole('region', { name: 'Noticed' }).count()).toBe(0);
	});
});

describe('a site where all kinds of things happen', () => {
	const hour = 3_600_000; // ms
	const now = Date.now();
	const map = `${'0'.repeat(20)}k3v9qa`;
	const org = `${'0'.repeat(20)}w1w2w3`;
	const ada = { kind: 'account', alias: 'a1', id: '0'.repeat(26), name: 'Ada' } as const;
	const long = {
		kind: 'account',
		alias: 'a2',
		id: '1'.repeat(26),
		name: `Maximiliane-${'Wolkenstein'.repeat(6)}`,
	} as const;
	const mariam = { kind: 'account', alias: 'a3', id: '2'.repeat(26), name: 'مريم الفارسي' } as const;
	const of = (kind: string, score: number, more: Partial<Alert>): Alert => ({
		id: kind,
		kind,
		at: now - score * hour,
		since: now - score * hour,
		times: 1,
		score,
		severity: score >= 3 ? 'critical' : score >= 2 ? 'warning' : 'notice',
		figures: [],
		evidence: [],
		answers: ['end-sessions', 'step-up'],
		...more,
	});
	const f = (name: string, value: number, usual = 0) => ({ name, value, usual });
	const all: Alert[] = [
		of('stuffing', 3.4, {
			figures: [f('accounts', 61, 4.7), f('tries', 212)],
			answers: ['slow-down', 'step-up'],
			times: 9,
			since: now - 5 * hour,
			evidence: [1, 2, 3],
		}),
		of('spraying', 2.2, {
			figures: [f('accounts', 40, 6), f('networks', 31)],
			answers: ['slow-down', 'step-up'],
		}),
		of('many-places', 2.6, { by: ada, figures: [f('networks', 7, 3), f('devices', 5, 2)] }),
		of('new-place', 1.4, {
			by: mariam,
			figures: [f('surprise', 5.2), f('km-per-hour', 4210.4, 900), f('days', 120)],
		}),
		of('new-device', 1.1, { by: long, figures: [f('devices', 1, 0.03), f('surprise', 2.3), f('days', 63)] }),
		of('shared-session', 2.1, {
			by: ada,
			figures: [f('devices', 2, 1), f('changed', 3)],
			answers: ['end-sessions', 'revoke-link'],
		}),
		of('factor-removed', 3.1, {
			by: ada,
			figures: [f('acts', 2), f('heat', 3.4)],
			answers: ['step-up', 'end-sessions', 'undo-change'],
		}),
		of('mass-export', 1.9, {
			by: mariam,
			org,
			orgName: 'Works',
			on: `map:${map}`,
			onName: 'Water',
			figures: [f('maps-exported', 40, 5), f('earlier', 12.4), f('heat', 1)],
			answers: ['slow-down', 'end-sessions', 'lock'],
		}),
		of('mass-deletion', 4.8, {
			by: long,
			org,
			orgName: 'Works',
			on: `map:${map}`,
			figures: [f('things-deleted', 900, 60), f('earlier', 0), f('heat', 0)],
			answers: ['lock', 'undo-change', 'end-sessions'],
			evidence: [7, 8, 9],
			done: [{ answer: 'slow-down', at: now - hour, automatic: true }],
		}),
		of('mass-sharing', 1.2, {
			by: ada,
			figures: [f('shared', 31, 7.5), f('earlier', 0), f('heat', 0.2)],
			answers: ['revoke-link', 'undo-change', 'end-sessions'],
		}),
		of('privilege-rise', 2.4, {
			by: ada,
			org,
			orgName: 'Works',
			figures: [f('before', 0, 120), f('heat', 2)],
			answers: ['undo-change', 'step-up'],
		}),
		of('dormant-awake', 1.3, { by: mariam, figures: [f('days', 74.4, 17)], answers: ['step-up', 'lock'] }),
		of('unusual-hours', 1, {
			by: ada,
			figures: [f('hour', 3, 0.2), f('heat', 1)],
			answers: ['step-up'],
			muted: true,
		}),
		of('settings-weaken', 1.6, {
			by: ada,
			on: `org:${org}`,
			onName: 'Works',
			org,
			figures: [f('before', 1, 12), f('heat', 0)],
			answers: ['undo-change', 'step-up'],
		}),
		of('audit-gap', 3.9, { figures: [f('minutes', 75, 60)], answers: [] }),
		of('ops-rate', 1.5, {
			by: { kind: 'visit', alias: 'v1', id: '3'.repeat(26) },
			on: `map:${map}`,
			figures: [f('changes-minute', 412, 90), f('minutes-running', 6, 1)],
			answers: ['slow-down', 'undo-change'],
		}),
	];
	const told: Settings = {
		sensitivity: 1.4,
		off: ['unusual-hours'],
		automatic: ['slow-down'],
		kinds: all.map(({ kind }) => kind),
	};
	const deliveries: Delivery[] = [
		{ name: 'archive', kind: 'jsonl', position: 1_204_881, behind: 0, ageSeconds: 0 },
		{ name: 'siem', kind: 'syslog', position: 1_204_110, behind: 771, ageSeconds: 4300 },
		{
			name: 'pager',
			kind: 'webhook',
			position: 90_021,
			behind: 1_114_860,
			ageSeconds: 260_000,
			problem: 'connect: connection refused',
			since: now - 72 * hour,
		},
	];

	async function pretend(page: Page, alerts: readonly Alert[]): Promise<void> {
		await page.route(/\/site\/alerts\?/, (route) => route.fulfill({ json: { alerts } }));
		await page.route('**/api/v1/site/mutes', (route) =>
			route.fulfill({
				json: {
					mutes: [
						{ kind: 'unusual-hours', by: 'account:a1', until: now + 20 * hour },
						{ kind: 'new-device', until: now + 200 * hour },
					],
				},
			}),
		);
		await page.route('**/answer', (route) =>
			route.fulfill({
				json: {
					done: 3,
					left: [
						{ on: `map:${map}`, name: 'Water', at: now - 4 * hour },
						{ on: `map:${map.replace('k', 'q')}`, at: now - 5 * hour },
						{ on: `org:${org}`, name: 'Works' },
					],
				},
			}),
		);
		await page.route('**/api/v1/site/watch', (route) => route.fulfill({ json: told }));
		await page.route('**/api/v1/site/deliveries', (route) => route.fulfill({ json: { deliveries } }));
		await page.route(/\/site\/audit\?before=\d+&limit=1$/, (route) => {
			const seq = Number(new URL(route.request().url()).searchParams.get('before')) - 1;
			const record: Entry = {
				seq,
				at: now - seq * 60_000,
				act: seq < 5 ? 'signin' : 'map.push',
				by: seq < 5 ? { kind: 'stranger', alias: 'qqqq' } : long,
				result: seq < 5 ? 'refused' : 'ok',
				code: seq < 5 ? 'auth' : '',
				addr: '192.0.2.44',
				on: `map:${map}`,
				counts: { changes: 12, deleted: 30 },
			};
			return route.fulfill({ json: { records: seq === 8 ? [] : [record] } });
		});
	}

	it('is told so that it can be read', async () => {
		const person = await newPerson(browser, { storageState: await operator.context.storageState() });
		const { page } = person;
		await pretend(page, all);
		await watch(page);
		await row(page, 'nothing was recorded').waitFor();
		await inbox(page).getByRole('button', { name: 'Show all 16' }).press('Enter');
		await expect
			.poll(() => page.evaluate(() => document.activeElement?.textContent ?? ''))
			.toContain('signed in with a device');
		const order = (await rows(page).locator('.level').allTextContents()).join(' ');
		expect(order).toMatch(/^(Critical ){4}(Warning ){4}(Notice ?){8}$/);
		expect(await row(page, 'hour that is unusual').textContent()).toContain('muted');
		expect(await rows(page).last().textContent()).toContain('hour that is unusual');
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'all', 2600);
		for (const [name, text] of [
			['deletion', '900 things'],
			['stuffing', 'From one network'],
			['place', 'too far apart'],
			['power', 'power over Works'],
		] as const) {
			await line(page, text).click();
			await row(page, text).getByRole('heading', { name: 'Why this is told' }).waitFor();
			if (name === 'deletion' || name === 'stuffing')
				await row(page, text).getByRole('list', { name: 'The records' }).waitFor();
			expect(await barriers(page)).toEqual([]);
			await shoot(page, name, 1900);
			await line(page, text).click();
		}
		await line(page, '900 things').click();
		const deletion = row(page, '900 things');
		await deletion.getByRole('button', { name: 'Undo it' }).click();
		await deletion.getByText('3 things put back.').waitFor();
		await deletion.getByRole('list', { name: 'Left to do by hand' }).getByText('map “Water”').waitFor();
		const way = deletion.getByRole('link', { name: 'Open its history' }).first();
		expect(await way.getAttribute('href')).toBe(`/maps/${map}/history`);
		expect(await deletion.textContent()).toContain('dealt with');
		await line(page, '900 things').focus();
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('End');
		expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('hour that is unusual');
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'answered', 1900);
		await line(page, '900 things').click();
		for (const [name, title] of [
			['settings', 'What is watched for'],
			['deliveries', 'Where records are sent'],
		] as const) {
			const part = page.getByRole('region', { name: title });
			for (const width of [1280, 360]) {
				await page.setViewportSize({ width, height: 844 });
				await part.screenshot({ path: join(out, `${name}-${width}.png`) });
			}
		}
		expect(wrong(person)).toEqual([]);
		await person.context.close();
	});

	it('is told in German, too', async () => {
		const storageState = await operator.context.storageState();
		const person = await newPerson(browser, { storageState, locale: 'de-DE' });
		const { page } = person;
		await pretend(page, all);
		await page.goto(`${server.address}/site/watch`);
		const lines = page.getByRole('list', { name: 'Hinweise' }).locator('[data-line]');
		await page.getByRole('button', { name: 'Alle 16 zeigen' }).click();
		await lines.filter({ hasText: 'hat an einem Tag 900 Dinge in Maps gelöscht' }).click();
		await page.getByRole('heading', { name: 'Warum das hier steht' }).waitFor();
		await page.getByText('sonst höchstens 60').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'german', 3600);
		expect(wrong(person)).toEqual([]);
		await person.context.close();
	});
});

it('nothing went wrong in the page of those who run the site', () => {
	expect(wrong(operator)).toEqual([]);
});
