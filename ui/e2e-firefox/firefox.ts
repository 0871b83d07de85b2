// Debian's Firefox, driven by WebDriver BiDi, and what tests do in it.

import puppeteer, { type Browser, type KeyInput, type Page } from 'puppeteer-core';
import { expect } from 'vitest';

const firefoxPath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const patience = 15_000; // ms for anything a test waits for
const poll = { timeout: patience, interval: 50 };

/** Opens the system's Firefox, which takes the test server's certificate. */
export async function openFirefox(): Promise<Browser> {
	return puppeteer.launch({
		browser: 'firefox',
		executablePath: firefoxPath,
		headless: true,
		acceptInsecureCerts: true,
		defaultViewport: { width: 1280, height: 800 },
	});
}

/** A page of it, and what it reports as wrong. */
export async function newPage(browser: Browser): Promise<{ page: Page; errors: string[] }> {
	const page = await browser.newPage();
	page.setDefaultTimeout(patience);
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error') errors.push(message.text());
	});
	return { page, errors };
}

/** Clicks what has a name, as assistive programs hear it. */
export async function click(page: Page, role: string, name: string): Promise<void> {
	await page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click();
}

/** Fills a field by its label. */
export async function fill(page: Page, label: string, text: string): Promise<void> {
	await page.locator(`::-p-xpath(//input[@id=//label[normalize-space()="${label}"]/@for])`).fill(text);
}

/** Waits for what has a name. */
export async function appears(page: Page, role: string, name: string): Promise<void> {
	await page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`);
}

/** Waits until the page says that everything is saved. */
export async function saved(page: Page): Promise<void> {
	const said = () =>
		page.evaluate(() => document.querySelector('[data-testid=connection]')?.textContent?.trim() ?? '');
	await expect.poll(said, poll).toBe('Saved');
}

/** Presses keys that belong together: the last one while the others are held. */
export async function chord(page: Page, ...keys: KeyInput[]): Promise<void> {
	const last = keys.at(-1);
	if (!last) return;
	const held = keys.slice(0, -1);
	for (const key of held) await page.keyboard.down(key);
	await page.keyboard.press(last);
	for (const key of held.reverse()) await page.keyboard.up(key);
}

/** Types a title into the editor that just opened. */
export async function write(page: Page, title: string): Promise<void> {
	await page.waitForSelector('::-p-aria([name="Title of the card"][role="textbox"])');
	await page.keyboard.type(title);
	await page.keyboard.press('Enter');
}

/** Waits until the mirror tree has exactly these cards: depth and title. */
export async function rowsAre(page: Page, wanted: string[]): Promise<void> {
	const rows = () =>
		page.evaluate(() =>
			Array.from(document.querySelectorAll('[role=treeitem]'))
				.map((row) => `${row.getAttribute('aria-level')} ${row.textContent ?? ''}`)
				.filter((row) => !/^\d+ Relationship /.test(row))
				.map((row) => row.replace(/\. Relates to.*/, '')),
		);
	await expect.poll(rows, poll).toEqual(wanted);
}

/** Waits until something is true in the page. */
export async function becomes<T extends (string | number | boolean)[]>(
	page: Page,
	what: (...given: T) => boolean,
	...given: T
): Promise<void> {
	const asked = what as (...given: unknown[]) => boolean;
	await expect.poll(() => page.evaluate(asked, ...given), poll).toBe(true);
}

/** Chooses the first card that is offered for words, whose first letter may open the list. */
export async function choose(page: Page, words: string): Promise<void> {
	await page.keyboard.type(words.slice(0, 1));
	await page.waitForSelector('[role=combobox]');
	await page.keyboard.type(words.slice(1));
	await becomes(
		page,
		(wanted) => document.querySelector('[role=option]')?.textContent?.includes(wanted) === true,
		words,
	);
	await page.keyboard.press('Enter');
	await becomes(page, () => document.querySelector('dialog[open]') === null);
}
