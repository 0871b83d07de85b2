// Files and addresses on cards: pasted, dropped, chosen, seen by others, refused.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	acceptInvitation,
	addMember,
	barriers,
	invite,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	rows,
	rowsHold,
	type Server,
	saved,
	startServer,
	writeCard,
	wrong,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;
let ben: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	ben = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	await acceptInvitation(ben.page, await invite(ada.page, 1), 'Ben', 'ben@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

async function freshMap(page: Page): Promise<string> {
	await page.goto(`${server.address}/maps`);
	return newMap(page);
}

/** A file as a test hands it to the page: bytes, or a picture of one colour. */
type Given =
	| { name: string; type: string; bytes: number[] | string }
	| { name: string; type: string; colour: string; w: number; h: number };

interface Gesture {
	how: 'paste' | 'drop';
	files?: Given[];
	texts?: Record<string, string>;
	at?: [number, number];
}

/** Pastes or drops what a person would, as the browser reports it. */
async function give(page: Page, gesture: Gesture): Promise<void> {
	await page.evaluate(async ({ how, files = [], texts = {}, at = [0, 0] }) => {
		const data = new DataTransfer();
		for (const file of files) {
			let parts: BlobPart[];
			if ('colour' in file) {
				const canvas = new OffscreenCanvas(file.w, file.h);
				const ctx = canvas.getContext('2d');
				if (!ctx) throw new Error('no canvas');
				ctx.fillStyle = file.colour;
				ctx.fillRect(0, 0, file.w, file.h);
				parts = [await canvas.convertToBlob({ type: file.type })];
			} else parts = [typeof file.bytes === 'string' ? file.bytes : new Uint8Array(file.bytes)];
			data.items.add(new File(parts, file.name, { type: file.type }));
		}
		for (const [type, text] of Object.entries(texts)) data.setData(type, text);
		const stage = document.querySelector('.stage') as HTMLElement;
		if (how === 'paste') {
			stage.focus();
			stage.dispatchEvent(
				new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
			);
			return;
		}
		const [clientX, clientY] = at;
		const init = { dataTransfer: data, bubbles: true, cancelable: true, clientX, clientY };
		for (const type of ['dragenter', 'dragover', 'drop']) stage.dispatchEvent(new DragEvent(type, init));
	}, gesture);
}

const red = { name: 'image.png', type: 'image/png', colour: '#ff0000', w: 400, h: 200 };

/** How many red px the map shows. */
async function redness(page: Page): Promise<number> {
	return page.evaluate(() => {
		const canvas = document.querySelector('.stage canvas') as HTMLCanvasElement;
		const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
		let n = 0;
		for (let i = 0; i < pixels.length; i += 4)
			if ((pixels[i] ?? 0) > 220 && (pixels[i + 1] ?? 255) < 60 && (pixels[i + 2] ?? 255) < 60) n++;
		return n;
	});
}

const soon = { timeout: 15_000, interval: 100 };

async function showsRed(page: Page): Promise<void> {
	await expect.poll(() => redness(page), soon).toBeGreaterThan(2000);
}

const panel = (page: Page) => page.getByRole('region', { name: 'Files', exact: true });

describe('files on cards', () => {
	it('an image is pasted, others see it, it is there after a reload', async () => {
		const { page } = ada;
		const url = await freshMap(page);
		await addMember(page, 'ben@example.org', 'view');
		await page.mouse.move(500, 400);
		await give(page, { how: 'paste', files: [red] });
		await rowsHold(page, ['1 Untitled card. Holds image.png']);
		await showsRed(page);
		await saved(page);
		await ben.page.goto(url);
		await showsRed(ben.page);
		await page.reload();
		await showsRed(page);
		expect(wrong(ada)).toEqual([]);
	});

	it('a viewer sees and saves, but brings nothing', async () => {
		const { page } = ben;
		await give(page, { how: 'paste', files: [red] });
		await page.getByText('You may look at this map, but not change it.').first().waitFor();
		await page.getByRole('treeitem').first().focus();
		await panel(page).getByRole('link', { name: 'Save image.png' }).waitFor();
		expect(await panel(page).getByRole('button', { name: 'Add' }).count()).toBe(0);
		expect(
			await panel(page)
				.getByRole('button', { name: /Remove/ })
				.count(),
		).toBe(0);
		const status = await page.evaluate(async () => {
			const map = location.pathname.split('/')[2];
			return (await fetch(`/api/v1/maps/${map}/blobs`, { method: 'POST', body: 'words' })).status;
		});
		expect(status).toBe(403);
	});

	it('files are dropped on a card and on the map, and described, saved, taken away', async () => {
		const { page } = ada;
		await freshMap(page);
		await writeCard(page, 300, 300, 'Rain');
		await page.keyboard.press('Escape');
		await saved(page);
		await give(page, {
			how: 'drop',
			at: [330, 320],
			files: [red, { name: 'plan.pdf', type: 'application/pdf', bytes: '%PDF-1.7 a plan' }],
		});
		const notes = { name: 'notes.txt', type: 'text/plain', bytes: 'notes' };
		await give(page, { how: 'drop', at: [700, 500], files: [notes] });
		await expect.poll(async () => (await rows(page)).length, soon).toBe(2);
		await showsRed(page);
		await page.getByRole('treeitem', { name: 'Rain' }).focus();
		await expect.poll(() => panel(page).getByRole('listitem').count(), soon).toBe(2);
		await panel(page).getByText('PDF document').waitFor();
		await panel(page).getByLabel('Description of image.png').fill('A red field');
		await page.keyboard.press('Enter');
		await rowsHold(page, ['1 Rain. Holds A red field, plan.pdf', '1 notes.txt']);
		const [download] = await Promise.all([
			page.waitForEvent('download'),
			panel(page).getByRole('link', { name: 'Save plan.pdf' }).click(),
		]);
		expect(download.suggestedFilename()).toBe('plan.pdf');
		expect(await barriers(page)).toEqual([]);
		await panel(page).getByRole('button', { name: 'Show image.png in full' }).click();
		const dialog = page.getByRole('dialog', { name: 'image.png' });
		await dialog.getByRole('img', { name: 'A red field' }).waitFor();
		expect(await barriers(page)).toEqual([]);
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'hidden' });
		await panel(page).getByRole('button', { name: 'Remove plan.pdf' }).click();
		await expect.poll(() => panel(page).getByRole('listitem').count(), soon).toBe(1);
		await saved(page);
		expect(wrong(ada)).toEqual([]);
	});

	it('one step of undo takes a pasted image away', async () => {
		const { page } = ada;
		await freshMap(page);
		await give(page, { how: 'paste', files: [red] });
		await showsRed(page);
		await page.locator('.stage').focus();
		await page.keyboard.press('Control+z');
		await expect.poll(() => rows(page), soon).toEqual([]);
	});

	it('copies of cards bring their files to another map', async () => {
		const { page } = ada;
		await freshMap(page);
		await give(page, { how: 'paste', files: [red] });
		await showsRed(page);
		await saved(page);
		const copied = await page.evaluate(() => {
			const data = new DataTransfer();
			const stage = document.querySelector('.stage') as HTMLElement;
			stage.focus();
			stage.dispatchEvent(
				new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }),
			);
			return Object.fromEntries(data.types.map((type) => [type, data.getData(type)]));
		});
		expect(Object.keys(copied)).toContain('text/x-plectica-map');
		await freshMap(page);
		await give(page, { how: 'paste', texts: copied });
		await showsRed(page);
		expect(wrong(ada)).toEqual([]);
	});
});

describe('what is refused or harmless', () => {
	it('too large, broken, and without a connection: said in words, and tried again', async () => {
		const { page } = ada;
		await freshMap(page);
		await page.evaluate(() => {
			const data = new DataTransfer();
			data.items.add(new File([new Uint8Array(50 * 1024 * 1024)], 'huge.png', { type: 'image/png' }));
			const init = { clipboardData: data, bubbles: true, cancelable: true };
			document.querySelector('.stage')?.dispatchEvent(new ClipboardEvent('paste', init));
		});
		const tray = page.getByRole('region', { name: 'Files on their way' });
		await tray.getByText('It is larger than 25 MB, the most that a file may have.').waitFor();
		expect(await barriers(page)).toEqual([]);
		await tray.getByRole('button', { name: 'Let huge.png go' }).click();
		const cut = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82];
		await give(page, { how: 'paste', files: [{ name: 'cut.png', type: 'image/png', bytes: cut }] });
		await tray.getByText(/It cannot be read/).waitFor();
		expect(await tray.getByRole('button', { name: 'Try again' }).count()).toBe(0);
		await tray.getByRole('button', { name: 'Let cut.png go' }).click();
		await ada.context.setOffline(true);
		await give(page, { how: 'paste', files: [red] });
		await tray.getByText(/Files need the connection/).waitFor();
		await ada.context.setOffline(false);
		await tray.getByRole('button', { name: 'Try again' }).click();
		await showsRed(page);
		await tray.waitFor({ state: 'detached' });
	});

	it('pages and scripts never run: a drawing with a script is only saved', async () => {
		const { page } = ada;
		await freshMap(page);
		const html = '<html><script>parent.ran = 1; alert(1)</script><p>Rain &amp; snow</p></html>';
		const svg =
			'<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1"><script>window.ran=1</script></svg>';
		let asked = false;
		page.on('dialog', (dialog) => {
			asked = true;
			void dialog.dismiss();
		});
		await give(page, { how: 'paste', texts: { 'text/html': html } });
		await rowsHold(page, ['1 Rain & snow']);
		await page.keyboard.press('Escape');
		await give(page, {
			how: 'drop',
			at: [700, 500],
			files: [
				{ name: 'photo\u202egnp.svg', type: 'image/svg+xml', bytes: svg },
				{ name: 'photo.png', type: 'image/png', bytes: html },
				{ name: '\u{1f469}\u200d\u{1f680} \u05e9\u05dc\u05d5\u05dd.txt', type: 'text/plain', bytes: 'x' },
			],
		});
		await expect.poll(async () => (await rows(page)).length, soon).toBe(4);
		await saved(page);
		const found = await page.evaluate(async () => {
			const all = [...document.querySelectorAll('[role=treeitem]')].map((row) => row.textContent ?? '');
			return { all, ran: 'ran' in window };
		});
		expect(found.ran || asked).toBe(false);
		expect(found.all.join()).not.toContain('\u202e');
		expect(found.all).toContain('photognp.svg');
		await page.getByRole('treeitem', { name: 'photo.png' }).focus();
		await panel(page).getByText('Text file').waitFor();
		const address = await panel(page).getByRole('link', { name: /Save/ }).getAttribute('href');
		const answer = await page.evaluate(async (url) => {
			const { headers } = await fetch(url);
			const names = ['content-type', 'content-disposition', 'content-security-policy'];
			return names.map((name) => headers.get(name));
		}, address ?? '');
		expect(answer).toEqual(['application/octet-stream', 'attachment', "default-src 'none'; sandbox"]);
	});

	it('what others write about a file breaks no map', async () => {
		const { page } = ada;
		await freshMap(page);
		const hash = 'ab'.repeat(32);
		const odd = { [hash]: '<script>alert(1)</script>', x: 'image/png|1' };
		const gone = { [hash]: 'image/png|400|300|9|1|gone.png|' };
		const map = {
			format: 'plectica-map',
			version: 1,
			title: 'Odd',
			cards: [
				{ id: '04000000000000000000000000', order: 'V', title: 'Odd', media: odd },
				{ id: '08000000000000000000000000', order: 'W', x: 300, title: 'Gone', media: gone },
			],
		};
		const id = await page.evaluate(async (text) => {
			const headers = { 'content-type': 'application/json' };
			const answer = await fetch('/api/v1/maps/import', { method: 'POST', body: text, headers });
			return ((await answer.json()) as { id: string }).id;
		}, JSON.stringify(map));
		await page.goto(`${server.address}/maps/${id}`);
		await page.getByRole('treeitem', { name: 'Odd' }).focus();
		await expect.poll(() => panel(page).getByText('A file this version cannot read').count(), soon).toBe(2);
		await page.getByRole('treeitem', { name: 'Gone' }).focus();
		await panel(page)
			.getByText(/It cannot be shown just now/)
			.waitFor();
	});
});

describe('addresses on cards', () => {
	it('a pasted address is a card, and on a card its link; others are refused', async () => {
		const { page } = ada;
		await freshMap(page);
		await give(page, { how: 'paste', texts: { 'text/plain': 'https://www.example.org/rain/of%20may' } });
		await rowsHold(page, ['1 example.org/rain/of may']);
		const link = page.getByRole('textbox', { name: 'Link', exact: true });
		await expect.poll(() => link.inputValue()).toBe('https://www.example.org/rain/of%20may');
		await give(page, { how: 'paste', texts: { 'text/plain': 'https://example.org/snow' } });
		await expect.poll(() => link.inputValue()).toBe('https://example.org/snow');
		const follow = page.getByRole('link', { name: 'Open the link' });
		expect(await follow.getAttribute('rel')).toContain('noopener noreferrer');
		await link.fill('javascript:alert(1)');
		await page.keyboard.press('Enter');
		const why = page.getByText('Only addresses that begin with');
		await why.waitFor();
		expect(await link.inputValue()).toBe('javascript:alert(1)');
		expect(await barriers(page)).toEqual([]);
		await link.fill('map:0123');
		await page.keyboard.press('Enter');
		await why.waitFor({ state: 'detached' });
		expect(await follow.count()).toBe(0);
		await link.fill('example.org');
		await page.keyboard.press('Enter');
		await expect.poll(() => link.inputValue()).toBe('https://example.org/');
	});

	it('the sign on a card opens its link in a tab that learns nothing of this one', async () => {
		const { page, context } = ada;
		await freshMap(page);
		await page.mouse.move(400, 300);
		await give(page, { how: 'paste', texts: { 'text/plain': `${server.address}/signin` } });
		await expect.poll(async () => (await rows(page)).length, soon).toBe(1);
		await page.keyboard.press('Escape');
		const [tab] = await Promise.all([context.waitForEvent('page'), clickSign(page)]);
		await tab.waitForURL(/signin|maps/);
		expect(await tab.evaluate(() => window.opener)).toBeNull();
		expect(await tab.evaluate(() => document.referrer)).toBe('');
		await tab.close();
	});
});

/** Clicks along the lower end of the card whose corner is at 400, 300, until the pointer
 * says that it is over its sign. */
async function clickSign(page: Page): Promise<void> {
	for (let x = 700; x > 400; x -= 4) {
		await page.mouse.move(x, 338);
		const cursor = await page.evaluate(() => document.querySelector<HTMLElement>('.stage')?.style.cursor);
		if (cursor !== 'pointer') continue;
		await page.mouse.click(x - 2, 338);
		return;
	}
	throw new Error('no sign of a link');
}
