// The core stops in the middle of an edit, and a person has a map open twice.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	kept,
	listen,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	rowsAre,
	rowsHold,
	type Server,
	saved,
	startServer,
	writeCard,
} from './lib';

let server: Server;
let browser: Browser;
let ada: Person;
let url: string;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser, { ignoreHTTPSErrors: false });
	// Lets a test stop the core as a trap would, at its next command.
	await ada.context.addInitScript(() => {
		const real = WebAssembly.instantiate;
		const instantiate = async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
			const { exports } = await real(module, imports);
			Object.assign(window, { coreMemory: exports.memory });
			const cmd = exports.cmd as (...args: number[]) => number;
			const wrapped = (...args: number[]) => {
				if (!('stopCore' in window)) return cmd(...args);
				delete (window as { stopCore?: true }).stopCore;
				throw new WebAssembly.RuntimeError('unreachable');
			};
			return { exports: { ...exports, cmd: wrapped } };
		};
		Object.assign(WebAssembly, { instantiate });
	});
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	url = await newMap(ada.page);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

describe('a core that stops', () => {
	it('is replaced, with every edit before it, and the person goes on', async () => {
		const { page } = ada;
		await writeCard(page, 200, 200, 'One');
		await page.evaluate(() => Object.assign(window, { stopCore: true }));
		await page.mouse.dblclick(200, 400);
		await page.getByText('Something stopped unexpectedly').waitFor();
		await rowsAre(page, ['1 One']);
		await writeCard(page, 200, 400, 'Two');
		await rowsHold(page, ['1 One', '1 Two']);
		await saved(page);
		await page.reload();
		await saved(page);
		await rowsHold(page, ['1 One', '1 Two']);
	});

	it('loses nothing that was written without a server', async () => {
		const { page } = ada;
		await server.stop('kill');
		await page.getByTestId('connection').getByText('Offline').waitFor();
		await page.keyboard.press('Shift+1');
		await writeCard(page, 800, 200, 'Three');
		await page.evaluate(() => Object.assign(window, { stopCore: true }));
		await page.mouse.dblclick(800, 400);
		await page.getByText('Something stopped unexpectedly').waitFor();
		await rowsHold(page, ['1 One', '1 Two', '1 Three']);
		await server.start();
		await saved(page);
		await rowsHold(page, ['1 One', '1 Two', '1 Three']);
	});
});

describe('a core without memory', () => {
	// WebAssembly's memory has an end and never shrinks: a core that reached it is given
	// up, a fresh one starts small from the journal, and the person goes on.
	it('TestWasmOOMReinstantiates', async () => {
		const { page } = ada;
		const pages = () =>
			page.evaluate(
				() => (window as unknown as { coreMemory: WebAssembly.Memory }).coreMemory.buffer.byteLength >> 16,
			);
		const before = await pages();
		await page.evaluate(() => {
			const { coreMemory } = window as unknown as { coreMemory: WebAssembly.Memory };
			for (let step = 65536; step >= 1; ) {
				try {
					coreMemory.grow(step); // nothing is left for the core
				} catch {
					step = Math.floor(step / 2);
				}
			}
		});
		const paste = (text: string) =>
			page.evaluate((data) => {
				const clipboard = new DataTransfer();
				clipboard.setData('text/plain', data);
				document.body.dispatchEvent(
					new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }),
				);
			}, text);
		await page.getByText('Something stopped unexpectedly').waitFor({ state: 'hidden' });
		await paste('x'.repeat(3 << 20)); // more than it has left
		await page.getByText('Something stopped unexpectedly').waitFor();
		await rowsHold(page, ['1 One', '1 Two', '1 Three']);
		expect(await pages()).toBeLessThan(2 * before);
		await page.keyboard.press('Shift+1');
		await paste('Pasted later');
		await rowsHold(page, ['1 One', '1 Two', '1 Three', '1 Pasted later']);
		await page.keyboard.press('Delete');
		await rowsHold(page, ['1 One', '1 Two', '1 Three']);
		await saved(page);
	});
});

describe('a map open twice', () => {
	it('keeps both tabs’ edits, also when one is closed without a server', async () => {
		const { page } = ada;
		const second = await ada.context.newPage();
		listen(second, ada.errors);
		await second.goto(url);
		await saved(second);
		await rowsHold(second, ['1 One', '1 Two', '1 Three']);
		await server.stop('kill');
		await second.getByTestId('connection').getByText('Offline').waitFor();
		await writeCard(second, 1000, 600, 'Four');
		await kept(second);
		await second.close();
		await server.start();
		await saved(page);
		// The closed tab's edits are sent by whoever opens the map next.
		const third = await ada.context.newPage();
		await third.goto(url);
		await rowsHold(third, ['1 One', '1 Two', '1 Three', '1 Four']);
		await saved(third);
		await rowsHold(page, ['1 One', '1 Two', '1 Three', '1 Four']);
		expect(await page.getByRole('treeitem').count()).toBe(4);
		await third.close();
	});

	it('sends what several closed tabs left behind', async () => {
		const tabs = [ada.page, await ada.context.newPage(), await ada.context.newPage()];
		for (const tab of tabs.slice(1)) {
			await tab.goto(url);
			await saved(tab);
		}
		await server.stop('kill');
		let x = 200;
		for (const tab of tabs) {
			await tab.getByTestId('connection').getByText('Offline').waitFor();
			await tab.bringToFront();
			await tab.keyboard.press('Escape');
			await tab.keyboard.press('Shift+1');
			await writeCard(tab, x, 600, `Left at ${x}`);
			await kept(tab);
			x += 300;
		}
		const list = await ada.context.newPage();
		for (const tab of tabs) await tab.close();
		await list.goto(`${server.address}/maps`);
		await list.getByText(/\d changes kept here and not sent yet/).waitFor();
		await server.start();
		await list.goto(url);
		ada.page = list;
		await rowsHold(
			list,
			['One', 'Two', 'Three', 'Four', 'Left at 200', 'Left at 500', 'Left at 800'].map((t) => `1 ${t}`),
		);
		await saved(list);
	});

	it('is left everywhere when the person signs out in one tab', async () => {
		const other = await ada.context.newPage();
		await other.goto(`${server.address}/maps`);
		await other.getByRole('button', { name: 'Menu', exact: true }).click();
		await other.getByRole('menuitem', { name: 'Sign out' }).click();
		await other.getByRole('heading', { name: 'Sign in' }).waitFor();
		await ada.page.getByText('You signed out in another tab.').waitFor();
		// Nothing of the account stays in the browser.
		const left = () =>
			other.evaluate(async () => {
				const open = indexedDB.open('plectica');
				await new Promise((resolve) => open.addEventListener('success', resolve));
				const db = open.result;
				const stores = [...db.objectStoreNames];
				const counts = stores.map((name) => db.transaction(name).objectStore(name).count());
				await new Promise((resolve) => setTimeout(resolve, 100));
				db.close();
				return counts.map((count) => count.result);
			});
		await expect.poll(left).toEqual([0, 0, 0]);
	});
});
