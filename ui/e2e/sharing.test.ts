// Organisations, teams and folders; who can come to a map and why; links for people
// without an account. In several browsers at once.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	acceptInvitation,
	barriers,
	invite,
	makeFirstAccount,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	rowsAre,
	type Server,
	saved,
	startServer,
	writeCard,
} from './lib';

// Pictures to be looked at, where somebody asks for them.
const folder = process.env.SCREENS;
async function shot(page: Page, name: string): Promise<void> {
	if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

let server: Server;
let browser: Browser;
let ada: Person;
let ben: Person;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
	ben = await newPerson(browser);
	await acceptInvitation(ben.page, await invite(ada.page, 1), 'Ben', 'ben@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const middle = { x: 420, y: 240 };

const place = (page: Page, name: string) =>
	page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name, exact: true });

describe('an organisation', () => {
	it('is made, and its maker owns it', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps`);
		await page.getByRole('button', { name: 'New organisation…' }).click();
		await page.getByLabel('Name of the organisation').fill('Acme');
		await page.getByLabel('Everyone in it').selectOption('none');
		await page.getByRole('button', { name: 'Create', exact: true }).click();
		await page.getByRole('heading', { name: 'Acme' }).waitFor();
		await page.getByText('ada@example.org').first().waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'org');
	});

	it('invites somebody by a link, who belongs from then on', async () => {
		const { page } = ada;
		const form = page.locator('form', { hasText: 'Invite people' });
		await form.getByLabel('E-mail address').fill('ben@example.org');
		await form.getByRole('button', { name: 'Invite', exact: true }).click();
		const link = await page.getByLabel('Invitation link').inputValue();
		expect(link).toContain('/join#');
		await ben.page.goto(link);
		await ben.page.getByText('Ada invites you to Acme.').waitFor();
		expect(await barriers(ben.page)).toEqual([]);
		await ben.page.getByRole('button', { name: 'Accept' }).click();
		await ben.page.getByRole('heading', { name: 'Acme' }).waitFor();
		await page.reload();
		await page.getByText('ben@example.org').first().waitFor();
	});

	it('has folders, and maps in them', async () => {
		const { page } = ada;
		await place(page, 'All maps')
			.or(page.getByRole('link', { name: 'All maps' }))
			.first()
			.click();
		await place(page, 'Acme').click();
		await page.getByRole('button', { name: 'More about Acme' }).click();
		await page.getByRole('menuitem', { name: 'New folder' }).click();
		await page.getByLabel('Name of the folder').fill('Plans');
		await page.getByRole('button', { name: 'Create', exact: true }).click();
		await place(page, 'Plans').click();
		await page.getByText('No maps here yet.').waitFor();
		await page.getByRole('button', { name: 'New map' }).click();
		await page.getByTestId('connection').getByText('Saved').waitFor();
		const { x, y } = middle;
		await writeCard(page, x, y, 'Rivers');
		await saved(page);
		await page.getByRole('link', { name: 'All maps' }).click();
		await place(page, 'Plans').click();
		await page.getByRole('link', { name: 'Untitled map' }).waitFor();
		await shot(page, 'folder');
		expect(await barriers(page)).toEqual([]);
	});

	it('shows its people nothing they were not given', async () => {
		await ben.page.goto(`${server.address}/maps`);
		await place(ben.page, 'Acme').click();
		await ben.page.getByText('No maps here yet.').waitFor();
		expect(await place(ben.page, 'Plans').count()).toBe(0);
	});

	it('gives a team a role in a folder, and what lies in it follows at once', async () => {
		const { page } = ada;
		await page.getByRole('link', { name: 'Untitled map' }).waitFor();
		await page.goto(page.url()); // the page of the folder, as an address
		const folder = page.url();
		await place(page, 'Acme').click();
		await page.getByRole('button', { name: 'More about Acme' }).click();
		await page.getByRole('menuitem', { name: 'People and rules…' }).click();
		await page.getByRole('button', { name: 'New team' }).click();
		await page.getByLabel('Name of the team').fill('Water');
		await page.getByRole('button', { name: 'Create', exact: true }).click();
		await page.getByRole('button', { name: /^Water/ }).click();
		await page.getByLabel('Add somebody').selectOption({ label: 'Ben (ben@example.org)' });
		await page
			.getByRole('list', { name: 'In Water' })
			.getByText('ben@example.org', { exact: true })
			.waitFor();
		await page.goto(folder);
		await page.getByRole('button', { name: 'More about Plans' }).click();
		await page.getByRole('menuitem', { name: 'Who can come to this folder…' }).click();
		await page.getByLabel('E-mail address, name or team').fill('Water');
		await page
			.getByRole('dialog')
			.getByRole('combobox', { name: 'Role', exact: true })
			.selectOption('comment');
		await page.getByRole('button', { name: 'Add', exact: true }).click();
		await page.getByRole('list', { name: 'People with a role here' }).getByText('Water').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'folder-access');
		await page.keyboard.press('Escape');

		await ben.page.goto(`${server.address}/maps`);
		await place(ben.page, 'Plans').click();
		await ben.page.getByRole('link', { name: 'Untitled map' }).click();
		await ben.page.getByTestId('connection').getByText('Comment only').waitFor();
		await rowsAre(ben.page, ['1 Rivers']);
		expect(await ben.page.getByRole('button', { name: 'New card' }).isDisabled()).toBe(true);
	});

	it('says who can see a map and why', async () => {
		const { page } = ada;
		await page.getByRole('link', { name: 'Untitled map' }).click();
		await page.getByTestId('connection').getByText('Saved').waitFor();
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByText('Team · from Plans').waitFor();
		await dialog.getByText('from Acme').first().waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'share');
		await page.keyboard.press('Escape');
	});

	it('takes a role away, and the open map follows within a second', async () => {
		const { page } = ada;
		await page.getByRole('link', { name: 'All maps' }).click();
		await place(page, 'Plans').click();
		await page.getByRole('button', { name: 'More about Plans' }).click();
		await page.getByRole('menuitem', { name: 'Who can come to this folder…' }).click();
		const told = ben.page.getByRole('alert').getByText('no longer shared');
		await page.getByRole('button', { name: 'Remove Water' }).click();
		const began = Date.now();
		await told.waitFor();
		expect(Date.now() - began).toBeLessThan(1000);
		await page.keyboard.press('Escape');
	});

	it('moves a map out of a folder', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'More about Untitled map' }).click();
		await page.getByRole('menuitem', { name: 'Move to…' }).click();
		await shot(page, 'move');
		await page.getByRole('dialog').getByRole('button', { name: 'My maps' }).click();
		await page.getByText('No maps here yet.').waitFor();
		await place(page, 'My maps').click();
		await page.getByRole('link', { name: 'Untitled map' }).waitFor();
	});
});

describe('a link', () => {
	let address: string;
	let guest: Person;

	it('is made with a password, and shown once', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps`);
		await newMap(page);
		const { x, y } = middle;
		await writeCard(page, x, y, 'For everybody');
		await saved(page);
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		await page.getByRole('button', { name: 'New link…' }).click();
		await page.getByLabel('Whoever has it').selectOption('edit');
		await page.getByLabel('Password', { exact: true }).fill('open sesame');
		await page.getByLabel('What it is for').fill('the workshop');
		await shot(page, 'link-new');
		await page.getByRole('button', { name: 'Make the link' }).click();
		address = await page.getByRole('textbox', { name: 'The link' }).inputValue();
		expect(address).toContain('/open#');
		await page.getByText('with a password').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'links');
	});

	it('lets somebody in who has no account, with the password alone', async () => {
		guest = await newPerson(browser);
		await guest.page.goto(address);
		await guest.page.getByLabel('This link asks for a password.').fill('wrong one');
		await guest.page.getByRole('button', { name: 'Open the map' }).click();
		await guest.page.getByRole('alert').getByText('password is wrong').waitFor();
		await guest.page.getByLabel('This link asks for a password.').fill('open sesame');
		await guest.page.getByRole('button', { name: 'Open the map' }).click();
		await guest.page.getByLabel('Your name').fill('Gwen');
		expect(await barriers(guest.page)).toEqual([]);
		await shot(guest.page, 'visitor-name');
		await guest.page.getByRole('button', { name: 'Take part' }).click();
		await rowsAre(guest.page, ['1 For everybody']);
		expect(new URL(guest.page.url()).hash).toBe('');
		await shot(guest.page, 'visitor');
	});

	it('lets them edit, under the name they gave', async () => {
		const { x, y } = middle;
		await writeCard(guest.page, x + 220, y + 140, 'From Gwen');
		await rowsAre(ada.page, ['1 For everybody', '1 From Gwen']);
		await ada.page.keyboard.press('Escape');
		await ada.page.getByRole('button', { name: /Gwen/ }).first().waitFor();
	});

	it('ends when it is withdrawn, in the middle of it', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		await page.getByRole('button', { name: 'Withdraw the link: the workshop' }).click();
		const began = Date.now();
		await guest.page.getByRole('alert').waitFor();
		expect(Date.now() - began).toBeLessThan(1000);
		await shot(guest.page, 'visitor-ended');
		await guest.page.goto(address);
		await guest.page.getByRole('alert').getByText('unknown, has ended or was withdrawn').waitFor();
	});
});
