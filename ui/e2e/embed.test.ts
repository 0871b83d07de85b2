// A map in a page of another site, by a browser that sends no cookies there.

import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	barriers,
	makeFirstAccount,
	newPerson,
	openBrowser,
	type Person,
	rowsAre,
	type Server,
	saved,
	startServer,
	writeCard,
	wrong,
} from './lib';

// Pictures to be looked at, where somebody asks for them.
const folder = process.env.SCREENS;
async function shot(page: Page, name: string): Promise<void> {
	if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

const wiki = 'https://wiki.example';
const blog = 'https://blog.example';
// A page of a name on the internet asks for one on this machine, which is a matter of its
// own for newer browsers.
const flags = ['--test-third-party-cookie-phaseout', '--disable-features=LocalNetworkAccessChecks'];

let server: Server;
let browser: Browser;
let ada: Person;
let org = '';
let map = '';
let code = '';

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server, flags);
	ada = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	org = (await ask<{ id: string }>('POST', 'orgs', { name: 'Acme', everyone: 'none' })).id;
	await allow([wiki]);
	const home = { kind: 'org', id: org };
	map = (await ask<{ id: string }>('POST', 'maps', { title: 'Rivers', home })).id;
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

// ask sends a request as Ada's page would.
async function ask<T>(method: string, path: string, body: unknown): Promise<T> {
	return ada.page.evaluate(
		async ([how, where, what]) => {
			const response = await fetch(`/api/v1/${where}`, {
				method: how as string,
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(what),
			});
			if (!response.ok) throw new Error(await response.text());
			return response.json();
		},
		[method, path, body] as const,
	) as Promise<T>;
}

const allow = (embeds: string[]) =>
	ask('PUT', `orgs/${org}`, {
		name: 'Acme',
		second: false,
		links: 'edit',
		guests: true,
		networks: [],
		embeds,
	});

/** Somebody who reads a page of another site that shows the map. */
async function reader(site: string): Promise<Person & { sent: string[] }> {
	const person = await newPerson(browser);
	const sent: string[] = [];
	person.page.on('request', (request) => sent.push(request.url()));
	person.page.on('websocket', (socket) => sent.push(socket.url()));
	await person.page.route(`${site}/**`, (route) =>
		route.fulfill({
			contentType: 'text/html',
			body: `<!doctype html><title>A wiki</title><h1>About rivers</h1><p>Words of the wiki.</p>${code}`,
		}),
	);
	await person.page.goto(`${site}/page`);
	return { ...person, sent };
}

async function frameOf(page: Page): Promise<Frame> {
	const element = await page.waitForSelector('iframe');
	const frame = await element.contentFrame();
	if (!frame) throw new Error('no frame');
	return frame;
}

const rowsIn = (frame: Frame, wanted: string[]) => rowsAre(frame as unknown as Page, wanted);

describe('an embedded map', () => {
	it('is a line to copy, where a link is made and the organisation allows it', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps/${map}`);
		await saved(page);
		await writeCard(page, 420, 240, 'Source');
		await saved(page);
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		await page.getByRole('button', { name: 'New link…' }).click();
		await page.getByRole('button', { name: 'Make the link' }).click();
		code = await page.getByLabel('To show the map in another page').inputValue();
		expect(code).toContain(`<iframe src="${server.address}/embed/${map}#`);
		await page.getByText('It works in pages of https://wiki.example').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'embed-code');
		await page.keyboard.press('Escape');
	});

	it('shows itself in a page of an allowed site, live, without a cookie', async () => {
		const person = await reader(wiki);
		const frame = await frameOf(person.page);
		await rowsIn(frame, ['1 Source']);
		await frame.getByRole('heading', { name: 'Rivers' }).waitFor();
		await writeCard(ada.page, 700, 400, 'Mouth');
		await rowsIn(frame, ['1 Source', '1 Mouth']);
		await shot(person.page, 'embed');
		expect(await person.context.cookies(server.address)).toEqual([]);
		const secret = code.match(/#([\w-]+)"/)?.[1] ?? 'none';
		expect(person.sent.some((url) => url.includes('/socket'))).toBe(true);
		for (const url of person.sent) {
			expect(url.split('#')[0]).not.toContain(secret);
			expect(url.split('#')[0]).not.toMatch(/[?&](ticket|key|secret)=|[\w-]{43}/);
		}
		expect(wrong(person)).toEqual([]);
	});

	it('cannot be edited there', async () => {
		const person = await reader(wiki);
		const frame = await frameOf(person.page);
		await rowsIn(frame, ['1 Source', '1 Mouth']);
		const box = await person.page.locator('iframe').boundingBox();
		await person.page.mouse.dblclick((box?.x ?? 0) + 40, (box?.y ?? 0) + (box?.height ?? 0) - 20);
		await person.page.keyboard.type('n');
		expect(await frame.getByRole('textbox').count()).toBe(0);
		await rowsIn(frame, ['1 Source', '1 Mouth']);
	});

	it('opens by itself in a page of its own', async () => {
		const person = await reader(wiki);
		const frame = await frameOf(person.page);
		const popup = person.page.waitForEvent('popup');
		await frame.getByRole('link', { name: 'Open in Plectica' }).click();
		const page = await popup;
		await rowsAre(page, ['1 Source', '1 Mouth']);
		expect(new URL(page.url()).pathname).toBe(`/maps/${map}`);
	});

	it('is refused by the browser in a page of any other site', async () => {
		const person = await reader(blog);
		await expect.poll(() => person.errors.join(' '), { timeout: 10_000 }).toContain('frame-ancestors');
		const frame = await frameOf(person.page);
		expect(await frame.getByRole('heading', { name: 'Rivers' }).or(frame.getByRole('treeitem')).count()).toBe(
			0,
		);
		await shot(person.page, 'embed-refused');
	});

	it('goes within a second of the site, and of the link', async () => {
		const person = await reader(wiki);
		let frame = await frameOf(person.page);
		await rowsIn(frame, ['1 Source', '1 Mouth']);
		let began = Date.now();
		await allow([blog]);
		await expect.poll(() => person.errors.join(' '), { interval: 20 }).toContain('frame-ancestors');
		expect(Date.now() - began).toBeLessThan(1000);
		expect(await (await frameOf(person.page)).getByRole('treeitem').count()).toBe(0);

		await allow([wiki]);
		await person.page.reload();
		frame = await frameOf(person.page);
		await rowsIn(frame, ['1 Source', '1 Mouth']);
		const { links } = await ada.page.evaluate(
			async (id) => (await fetch(`/api/v1/maps/${id}/links`)).json() as Promise<{ links: { id: string }[] }>,
			map,
		);
		began = Date.now();
		await ada.page.evaluate(
			([id, link]) => fetch(`/api/v1/maps/${id}/links/${link}`, { method: 'DELETE' }).then(() => undefined),
			[map, links[0]?.id] as const,
		);
		await frame.getByRole('alert').getByText('not shown here any more').waitFor();
		expect(Date.now() - began).toBeLessThan(1000);
		await shot(person.page, 'embed-ended');
	});
});
