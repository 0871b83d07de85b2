// Who did what, as operators see it live and searched, owners of an organisation what was
// done in it, and people what was done in their name.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from '../src/watch/api';
import {
	acceptInvitation,
	barriers,
	invite,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	type Server,
	saved,
	startServer,
	writeCard,
} from './lib';

const out = fileURLToPath(new URL('./out/watch/', import.meta.url));
const mostRows = 500;

let server: Server;
let browser: Browser;
let ada: Person;
let ben: Person;

beforeAll(async () => {
	mkdirSync(out, { recursive: true });
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	ben = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const list = (page: Page) => page.getByRole('list', { name: 'What was done' });
const rows = (page: Page) => list(page).locator(':scope > li');
const row = (page: Page, text: string | RegExp) => rows(page).filter({ hasText: text });
const live = (page: Page) => page.getByRole('switch', { name: 'Live' });
const chart = (page: Page) => page.getByRole('slider', { name: 'Records over time' });

async function watch(page: Page, search = ''): Promise<void> {
	await page.goto(`${server.address}/site/watch${search}`);
	await page.getByText('New records appear as they come.').or(page.getByText('Paused')).first().waitFor();
	await rows(page).first().waitFor();
}

async function isLive(page: Page, on: boolean): Promise<void> {
	await expect.poll(() => live(page).getAttribute('aria-checked')).toBe(String(on));
}

/** Pictures of the page for whoever looks, and whether all of it fits. */
async function shoot(page: Page, name: string, tall = 1500): Promise<void> {
	for (const [size, width] of [
		['wide', 1280],
		['phone', 390],
	] as const) {
		await page.setViewportSize({ width, height: 844 });
		expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width);
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			const clip = { x: 0, y: 0, width, height: tall };
			await page.screenshot({ path: join(out, `${name}-${size}-${colorScheme}.png`), fullPage: true, clip });
		}
	}
	await page.setViewportSize({ width: 1280, height: 800 });
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
	await page.screenshot({
		path: join(out, `${name}-forced.png`),
		fullPage: true,
		clip: { x: 0, y: 0, width: 1280, height: tall },
	});
	await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
}

describe('the log of a site', () => {
	let map = '';

	it('is a page of its own', async () => {
		const { page } = ada;
		const link = await invite(page, 1);
		await acceptInvitation(ben.page, link, 'Ben', 'ben@example.org');
		await page.goto(`${server.address}/site`);
		await page.getByRole('link', { name: 'Open the log' }).click();
		await page.getByRole('heading', { name: 'Who did what' }).waitFor();
		await row(page, 'created the first account').waitFor();
		await isLive(page, true);
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'early');
	});

	it('shows what others do as they do it', async () => {
		const { page } = ada;
		map = (await newMap(ben.page)).split('/').at(-1) ?? '';
		await writeCard(ben.page, 500, 300, 'Rain');
		await saved(ben.page);
		await row(page, 'Ben created map').waitFor();
		await row(page, `Ben opened map …${map.slice(-6)}`).waitFor();
		await row(page, 'Ben changed map').first().waitFor();
		const shown = await rows(page).first().locator('time').getAttribute('datetime');
		expect(Date.now() - Date.parse(shown ?? '')).toBeLessThan(30_000);
	});

	it('marks what was refused', async () => {
		const { page } = ada;
		const stranger = await newPerson(browser);
		await stranger.page.goto(`${server.address}/signin`);
		await stranger.page.getByLabel('E-mail address').fill('ben@example.org');
		await stranger.page.getByLabel('Password', { exact: true }).fill('not the password');
		await stranger.page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await stranger.page.getByRole('alert').waitFor();
		const refused = row(page, 'tried to sign in, refused: wrong address or password');
		await refused.waitFor();
		await refused.getByText('refused: wrong address').waitFor();
		await refused.getByText(/127\.0\.0\.1.*Chrome on Linux/).waitFor();
		await stranger.context.close();
	});

	it('holds what comes while it is paused, and says how much', async () => {
		const { page } = ada;
		await live(page).click();
		await isLive(page, false);
		const before = await rows(page).count();
		await ben.page.goto(`${server.address}/maps`);
		await newMap(ben.page);
		await page.getByText(/\d new records?/).waitFor();
		expect(await rows(page).count()).toBe(before);
		await page.getByRole('button', { name: 'Go on live' }).click();
		await expect.poll(() => row(page, 'Ben created map').count()).toBe(2);
		await isLive(page, true);
	});

	it('is held while somebody scrolls down', async () => {
		const { page } = ada;
		const top = await list(page).evaluate((all) => all.getBoundingClientRect().top + scrollY);
		await page.evaluate((y) => scrollTo(0, y + 200), top);
		await isLive(page, false);
		expect(await live(page).isVisible()).toBe(true);
		await page.evaluate(() => scrollTo(0, 0));
		await isLive(page, true);
	});

	it('finds a person, and the address is what is looked for', async () => {
		const { page } = ada;
		const field = page.getByRole('combobox', { name: 'Who, or on what' });
		await field.fill('ben@');
		await page.getByRole('option', { name: /Done by Ben/ }).waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'finding', 1000);
		await field.press('Enter');
		await page.getByRole('button', { name: /^by Ben/ }).waitFor();
		await isLive(page, false);
		await expect.poll(() => row(page, 'Ada').count()).toBe(0);
		expect(await row(page, 'Ben created map').count()).toBe(2);
		const there = page.url();
		expect(there).toMatch(/\?by=[0-9a-v]{26}$/);
		await page.goBack();
		await row(page, 'created the first account').waitFor();
		expect(await page.getByRole('button', { name: /^by Ben/ }).count()).toBe(0);
		await page.goto(there);
		await page.getByRole('button', { name: /^by Ben/ }).waitFor();
		await row(page, 'Ben created map').first().waitFor();
		expect(await row(page, 'Ada').count()).toBe(0);
		await page.getByRole('button', { name: /^by Ben/ }).click();
		await row(page, 'created the first account').waitFor();
	});

	it('finds kinds of acts, what went wrong, and a map by its address', async () => {
		const { page } = ada;
		await watch(page);
		await page.getByRole('button', { name: 'Sign-ins', exact: true }).click();
		await expect.poll(() => row(page, 'created').count()).toBe(0);
		await row(page, 'tried to sign in').waitFor();
		expect(page.url()).toContain('what=signins');
		await page.getByRole('button', { name: 'Show everything again' }).click();
		await page.getByLabel('Only refused or failed').check();
		await expect.poll(() => row(page, 'Ada created').count()).toBe(0);
		for (const text of await rows(page).allTextContents()) expect(text).toMatch(/, refused|, which failed/);
		await page.getByRole('button', { name: 'Show everything again' }).click();
		await page
			.getByRole('combobox', { name: 'Who, or on what' })
			.fill(`${server.address}/maps/${map}?something`);
		await page.getByRole('option', { name: /Done on map …/ }).click();
		await page.getByRole('button', { name: /^on map …/ }).waitFor();
		await expect.poll(() => row(page, 'Ada').count()).toBe(0);
		for (const text of await rows(page).allTextContents()) expect(text).toContain(map.slice(-6));
		await page.getByRole('button', { name: 'Go on live' }).click();
		await ben.page.goto(`${server.address}/maps/${map}`);
		await saved(ben.page);
		await expect.poll(() => row(page, 'Ben opened map').count()).toBe(2);
	});

	it('is narrowed by its chart, with a pointer and with keys', async () => {
		const { page } = ada;
		await watch(page, '?while=hour');
		const box = await chart(page).boundingBox();
		if (!box) throw new Error('no chart');
		await page.mouse.move(box.x + box.width * 0.2, box.y + 60);
		await page.mouse.down();
		await page.mouse.move(box.x + box.width * 0.4, box.y + 60, { steps: 5 });
		await page.mouse.up();
		await page.getByText('Nothing was done that fits.').waitFor();
		expect(page.url()).toMatch(/part=\d+-\d+/);
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'narrowed', 1100);
		await page.getByRole('button', { name: 'Look closer' }).click();
		await page.getByRole('button', { name: 'Back to the whole while' }).click();
		await row(page, 'Ben created map').first().waitFor();
		await chart(page).focus();
		await page.keyboard.press('End');
		for (let i = 0; i < 5; i++) await page.keyboard.press('Shift+ArrowLeft');
		expect(await chart(page).getAttribute('aria-valuetext')).toMatch(/ – .*: \d+ records?/);
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: 'List all of it' }).waitFor();
		await row(page, 'Ben created map').first().waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'List all of it' }).waitFor({ state: 'detached' });
		expect(
			await page.getByRole('table', { name: 'Records over time' }).getByRole('row').count(),
		).toBeGreaterThan(1);
	});

	it('tells all of a record, and proves it', async () => {
		const { page } = ada;
		await watch(page, '?what=signins&bad=1');
		const refused = row(page, 'tried to sign in');
		await refused.getByRole('button', { name: /tried to sign in/ }).click();
		await refused.getByText('signin', { exact: true }).waitFor();
		await refused.getByText(/HeadlessChrome/).waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'opened');
		const saving = page.waitForEvent('download');
		await refused.getByRole('button', { name: 'Download the proof' }).click();
		const download = await saving;
		expect(download.suggestedFilename()).toMatch(/^plectica-record-\d+\.json$/);
		const proof = JSON.parse(readFileSync(await download.path(), 'utf8'));
		expect(JSON.parse(proof.record)).toMatchObject({ act: 'signin', res: 'refused' });
		expect(proof.checkpoint).toContain(proof.origin);
		expect(proof.size).toBeGreaterThan(proof.seq);
		await refused.getByRole('button', { name: 'Everything by them' }).click();
		await page.getByRole('button', { name: /^by Somebody/ }).waitFor();
		expect(page.url()).toContain('by=stranger:');
		await row(page, 'Somebody opened a page of the web interface')
			.or(row(page, 'tried to'))
			.first()
			.waitFor();
	});

	it('says how far it is, and gives a checkpoint', async () => {
		const { page } = ada;
		const part = page.getByRole('region', { name: 'Proof' });
		await part.getByText(/\d+ records so far\./).waitFor();
		expect(await part.getByLabel('The key that checkpoints are checked with').inputValue()).toContain('+');
		const saving = page.waitForEvent('download');
		await part.getByRole('button', { name: 'Download a checkpoint' }).click();
		const text = readFileSync(await (await saving).path(), 'utf8');
		expect(text.split('\n')[1]).toMatch(/^\d+$/);
		expect(text).toContain('\n— ');
	});

	it('stays bounded in a burst', async () => {
		const { page } = ada;
		await watch(page);
		await page.getByRole('button', { name: 'Everything', exact: true }).click();
		await page.getByRole('button', { name: 'Go on live' }).click();
		await isLive(page, true);
		// No two after another say the same, or they would be one row.
		const burst = (who: Page) =>
			who.evaluate(async () => {
				let good = 0;
				for (let i = 0; i < 250; i++)
					for (const path of ['maps', 'orgs']) good += Number((await fetch(`/api/v1/${path}`)).ok);
				return good;
			});
		await ben.page.goto(`${server.address}/maps`);
		const other = await ada.context.newPage();
		await other.goto(`${server.address}/maps`);
		expect(await Promise.all([burst(ben.page), burst(other)])).toEqual([500, 500]);
		const held = async () =>
			(await rows(page).allTextContents()).reduce(
				(n, text) => n + Number(/([\d,]+) records alike/.exec(text)?.[1] ?? 1),
				0,
			);
		await expect.poll(held, { timeout: 20_000 }).toBe(mostRows);
		expect(await rows(page).count()).toBeGreaterThan(mostRows / 2);
		await isLive(page, true);
		await page.getByRole('button', { name: 'Show earlier' }).click();
		await page.getByText('Newer records were taken off this page.').waitFor();
		expect(await held()).toBe(mostRows);
		await page.getByRole('button', { name: 'Back to the newest' }).click();
		await page.getByText('Newer records were taken off this page.').waitFor({ state: 'detached' });
		await other.close();
	});
});

describe('who runs nothing', () => {
	it('has no page of it', async () => {
		const { page } = ben;
		await page.goto(`${server.address}/site/watch`);
		await page.getByText('Only those who run this site').waitFor();
		expect(await list(page).count()).toBe(0);
		const statuses = await page.evaluate(async () => {
			const ask = async (path: string) => (await fetch(`/api/v1/site/audit${path}`)).status;
			return [
				await ask(''),
				await ask('/timeline?since=1&until=99999'),
				await ask('/proof?record=0'),
				await ask('/live'),
			];
		});
		expect(statuses).toEqual([403, 403, 403, 403]);
	});

	it('sees what was done in their own name', async () => {
		const { page } = ben;
		await page.evaluate(async () => {
			const { maps } = await (await fetch('/api/v1/maps')).json();
			const headers = { 'content-type': 'application/json' };
			for (let i = 0; i < 10; i++)
				await fetch(`/api/v1/maps/${maps[0].id}/links`, { method: 'POST', headers, body: '{"role":"view"}' });
		});
		await page.goto(`${server.address}/account`);
		const own = page.getByRole('region', { name: 'What was done in your name' });
		await own
			.getByText(/Ben made a link to map “.+”/)
			.first()
			.waitFor();
		expect(await own.getByText('Ada').count()).toBe(0);
		expect(await own.getByRole('button', { name: 'Download the proof' }).count()).toBe(0);
		const before = await own.getByRole('listitem').count();
		await own.getByRole('button', { name: 'Show earlier' }).click();
		await expect.poll(() => own.getByRole('listitem').count()).toBeGreaterThan(before);
		await own.scrollIntoViewIfNeeded();
		expect(await barriers(page)).toEqual([]);
		await page.setViewportSize({ width: 390, height: 844 });
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
		await own.screenshot({ path: join(out, 'own-phone.png') });
		await page.setViewportSize({ width: 1280, height: 800 });
		await own.screenshot({ path: join(out, 'own-wide.png') });
	});

	it('sees what was done in an organisation of theirs, and nothing else', async () => {
		const { page } = ben;
		const org = await page.evaluate(async () => {
			const send = async (method: string, path: string, body: unknown) =>
				(
					await fetch(`/api/v1/${path}`, {
						method,
						headers: { 'content-type': 'application/json' },
						body: JSON.stringify(body),
					})
				).json();
			const { id } = await send('POST', 'orgs', { name: 'Works' });
			const { maps } = await (await fetch('/api/v1/maps')).json();
			await send('PUT', `maps/${maps[0].id}/home`, { home: { kind: 'org', id } });
			await send('PATCH', `maps/${maps[0].id}`, { title: 'Water' });
			return id as string;
		});
		await page.goto(`${server.address}/orgs/${org}/people`);
		const here = page.getByRole('region', { name: 'What was done here' });
		await here.getByText('Ben renamed map “Water”').waitFor();
		expect(await here.getByText('Ada').count()).toBe(0);
		expect(await here.getByText('signed').count()).toBe(0);
		// As it is done, over time, and proven.
		await here.getByText('New records appear as they come.').waitFor();
		await page.evaluate(async () => {
			const { maps } = await (await fetch('/api/v1/maps')).json();
			await fetch(`/api/v1/maps/${maps[0].id}/duplicate`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ title: 'Copy' }),
			});
		});
		await here.getByText('Ben copied map “Water”').waitFor();
		expect(await here.getByText(/^\d+ records/).count()).toBeGreaterThan(0);
		const [proven] = await Promise.all([
			page.waitForEvent('download'),
			(async () => {
				await here.getByText('Ben renamed map “Water”').click();
				await here.getByRole('button', { name: 'Download the proof' }).click();
			})(),
		]);
		expect(proven.suggestedFilename()).toMatch(/^plectica-record-\d+\.json$/);
		await here.getByRole('combobox').fill('be');
		await here.getByRole('option', { name: /Done by Ben/ }).click();
		await here.getByRole('button', { name: /^by Ben/ }).waitFor();
		await here.getByText('Ben renamed map “Water”').waitFor();
		expect(await barriers(page)).toEqual([]);
		await here.screenshot({ path: join(out, 'org-wide.png') });
		await page.setViewportSize({ width: 390, height: 844 });
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
		await here.screenshot({ path: join(out, 'org-phone.png') });
		await page.setViewportSize({ width: 1280, height: 800 });
		const status = await ada.page.evaluate(
			async (id) => (await fetch(`/api/v1/orgs/${id}/audit`)).status,
			org,
		);
		expect(status).not.toBe(200);
	});
});

describe('a site of many people', () => {
	const names = [
		'Ada',
		'Ben',
		'Chloé',
		'Fatima',
		'مريم الفارسي',
		'山田太郎',
		`Maximiliane-${'Wolkenstein'.repeat(6)}`,
	];
	const acts: readonly [string, Partial<Entry>][] = [
		['signin', { session: '0a1b2c3d' }],
		['map.open', { on: `map:${'0'.repeat(20)}k3v9qa` }],
		[
			'map.push',
			{ on: `map:${'0'.repeat(20)}k3v9qa`, counts: { changes: 12, made: 3, deleted: 1, ops: 40 } },
		],
		['signin', { result: 'refused', code: 'auth', by: { kind: 'stranger', alias: 'qqqq' } }],
		['map.access.give', { on: `map:${'0'.repeat(20)}m7d2xx` }],
		['map.export', { on: `map:${'0'.repeat(20)}m7d2xx`, result: 'refused', code: 'not_found' }],
		['people.lock', { on: `account:${'0'.repeat(26)}`, onName: 'مريم الفارسي' }],
		['map.link.make', { on: `map:${'0'.repeat(20)}m7d2xx` }],
		['map.close', { on: `map:${'0'.repeat(20)}k3v9qa`, counts: { changes: 4, seconds: 1300 } }],
		['backup.made', { by: { kind: 'server', alias: '' }, result: 'failed', code: 'internal' }],
		['some.act.of.a.later.server', {}],
		['account.forgot', { by: { kind: 'stranger', alias: 'qqqq' }, counts: { times: 12 } }],
		[
			'map.open',
			{ by: { kind: 'visit', alias: 'v', id: '0'.repeat(26) }, on: `map:${'0'.repeat(20)}k3v9qa` },
		],
		['org.change', { by: { kind: 'account', alias: 'gone' }, on: `org:${'0'.repeat(20)}w1w2w3` }],
	];
	const agents = [
		'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
		'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
		`\u001b[31mred\u001b[0m‮evil${'x'.repeat(180)}`,
		'مرحبا بالعالم',
	];

	it('is told so that it can be read', async () => {
		const { page } = ada;
		const records = Array.from({ length: 40 }, (_, i): Entry => {
			const [act, more] = acts[i % acts.length] ?? ['signin', {}];
			return {
				seq: 10_000_000 - i,
				at: Date.now() - i * i * 40_000,
				act,
				by: { kind: 'account', alias: `a${i % 7}`, id: '0'.repeat(26), name: names[i % 7] ?? '' },
				result: 'ok',
				addr: i % 3 === 0 ? '2001:db8:85a3:8d3:1319:8a2e:370:7348' : '192.0.2.44',
				agent: agents[i % agents.length] ?? '',
				...more,
			};
		});
		const [found, counts] = [/\/site\/audit\?/, '**/api/v1/site/audit/timeline?*'];
		await page.route(found, (route) => route.fulfill({ json: { records, next: 5 } }));
		await page.route(counts, (route) => {
			const p = new URL(route.request().url()).searchParams;
			const [since, until, n] = ['since', 'until', 'parts'].map((key) => Number(p.get(key))) as [
				number,
				number,
				number,
			];
			const parts = Array.from({ length: n }, (_, i) => {
				const at = Math.round(since + ((until - since) * i) / n);
				const busy = Math.max(0, Math.sin(((i + 20) / n) * Math.PI * 2)) ** 2;
				return {
					at,
					records: Math.round(busy * 900 + (i % 7)),
					bad: i % 11 === 0 ? Math.round(busy * 90) + 2 : 0,
				};
			});
			return route.fulfill({ json: { parts } });
		});
		await watch(page);
		await row(page, 'some.act.of.a.later.server').first().waitFor();
		expect(await barriers(page)).toEqual([]);
		await shoot(page, 'full', 2600);
		// Where writing runs to the left, too.
		await page.setViewportSize({ width: 390, height: 844 });
		await page.evaluate(() => {
			document.documentElement.dir = 'rtl';
		});
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
		await page.screenshot({ path: join(out, 'rtl-phone.png') });
		await page.setViewportSize({ width: 1280, height: 800 });
		await page.screenshot({ path: join(out, 'rtl-wide.png') });
		await page.evaluate(() => {
			document.documentElement.dir = 'ltr';
		});
		await row(page, 'restored').or(rows(page).nth(2)).first().getByRole('button').first().click();
		await page.getByText('evil').first().waitFor();
		await shoot(page, 'full-opened', 1800);
		for (const span of ['hour', 'week', 'quarter']) {
			await page.goto(`${server.address}/site/watch?while=${span}`);
			await chart(page).waitFor();
			await chart(page).screenshot({ path: join(out, `chart-${span}.png`) });
		}
		await page.evaluate(() => localStorage.setItem('plectica.language', 'de'));
		await page.goto(`${server.address}/site/watch`);
		await page.getByText('Neue Einträge erscheinen').waitFor();
		await page.getByRole('list', { name: 'Was geschah' }).getByRole('listitem').first().waitFor();
		await page.setViewportSize({ width: 390, height: 844 });
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
		await page.screenshot({
			path: join(out, 'german-phone.png'),
			fullPage: true,
			clip: { x: 0, y: 0, width: 390, height: 2600 },
		});
		await page.setViewportSize({ width: 1280, height: 800 });
		await page.evaluate(() => localStorage.removeItem('plectica.language'));
		await page.unroute(found);
		await page.unroute(counts);
	});
});

it('nothing went wrong in the pages', () => {
	const known = /the server responded with a status of 4\d\d/; // what a test asked for
	for (const { errors } of [ada, ben]) expect(errors.filter((text) => !known.test(text))).toEqual([]);
});
