// Signing in with another site: a new account, an account that is linked, and what is said
// when it does not work.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { type Provider, startProvider } from './provider';

// Pictures to be looked at, where somebody asks for them.
const folder = process.env.SCREENS;
async function shot(page: Page, name: string): Promise<void> {
	if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

let server: Server;
let provider: Provider;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
	// The provider speaks with the certificate that the server made for this machine.
	const settings: Record<string, string> = {};
	server = await startServer(settings);
	await server.stop();
	const tls = server.data;
	provider = await startProvider(readFileSync(join(tls, 'leaf.pem'), 'utf8'));
	const config = join(server.data, 'test.toml');
	writeFileSync(
		config,
		`[[provider]]\nid = "example"\nname = "Example ID"\nissuer = "${provider.issuer}"\nclient_id = "plectica"\nallow_private = true\n`,
	);
	Object.assign(settings, {
		PLECTICA_CONFIG: config,
		SSL_CERT_FILE: join(tls, 'ca.crt'),
	});
	await server.start();
	browser = await openBrowser(server);
	ada = await newPerson(browser);
	await makeFirstAccount(server, ada.page, 'Ada', 'ada@example.org');
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
	provider?.close();
});

const goOn = (page: Page) => page.getByRole('button', { name: 'Go on with Example ID' });
const onMaps = (page: Page) => page.getByRole('heading', { name: 'Maps' }).waitFor();

describe('another site', () => {
	let eve: Person;

	it('is seen to answer by those who run this one', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/site`);
		const list = page.getByRole('list', { name: 'Sign-in with other sites' });
		await list.getByText('answers', { exact: true }).waitFor();
		await shot(page, 'site-provider');
		await page.getByLabel('Who may create an account').selectOption('open');
		await page.getByText('Saved.').waitFor();
	});

	it('makes an account, without a password', async () => {
		eve = await newPerson(browser);
		const { page } = eve;
		provider.who = { sub: 'eve', email: 'eve@example.org', email_verified: true, name: 'Eve' };
		await page.goto(`${server.address}/signin?then=/account`);
		await goOn(page).waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'signin-provider');
		await goOn(page).click();
		await page.getByText('You sign in without one.').waitFor();
		expect(page.url()).toBe(`${server.address}/account`);
		await page.getByRole('list', { name: 'Linked sign-ins' }).getByText('Example ID').waitFor();
		await shot(page, 'account-provider');
	});

	it('stays the way in until there is another', async () => {
		const { page } = eve;
		await page.getByRole('button', { name: 'Unlink Example ID' }).click();
		await page.getByRole('alert').getByText('last way').waitFor();
		await page.getByRole('button', { name: 'Set a password' }).click();
		await page.getByLabel('New password', { exact: true }).fill(password);
		await page.getByRole('button', { name: 'Save', exact: true }).last().click();
		await page.getByText('The new password is set').waitFor();
		await page.getByRole('button', { name: 'Unlink Example ID' }).click();
		await page.getByRole('button', { name: 'Link Example ID' }).waitFor();
		await page.getByRole('button', { name: 'Link Example ID' }).click();
		await page.getByRole('list', { name: 'Linked sign-ins' }).getByText('eve@example.org').waitFor();
		await eve.context.close();
	});

	it('is linked to an account with the same address by its owner alone', async () => {
		const other = await newPerson(browser);
		const { page } = other;
		provider.who = { sub: 'ada', email: 'ada@example.org', email_verified: true, name: 'Ada' };
		await page.goto(`${server.address}/signin`);
		await goOn(page).click();
		await page.getByText('An account with this address exists.').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'signin-link');
		await page.getByLabel('E-mail address').fill('ada@example.org');
		await page.getByLabel('Password', { exact: true }).fill(password);
		await page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await onMaps(page);
		await page.goto(`${server.address}/account`);
		await page.getByRole('list', { name: 'Linked sign-ins' }).getByText('Example ID').waitFor();
		await other.context.close();

		const again = await newPerson(browser);
		await again.page.goto(`${server.address}/signin`);
		await goOn(again.page).click();
		await onMaps(again.page);
		await again.context.close();
	});

	it('is not linked to two accounts', async () => {
		const { page } = await newPerson(browser);
		await page.goto(`${server.address}/signin?then=/account`);
		await page.getByLabel('E-mail address').fill('eve@example.org');
		await page.getByLabel('Password', { exact: true }).fill(password);
		await page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await page.getByRole('button', { name: 'Unlink Example ID' }).click();
		provider.who = { sub: 'ada', email: 'ada@example.org', email_verified: true, name: 'Ada' };
		await page.getByRole('button', { name: 'Link Example ID' }).click();
		await page.getByRole('alert').getByText('belongs to another account').waitFor();
		expect(page.url()).toBe(`${server.address}/account`);
		await page.context().close();
	});

	it('says why when it does not work', async () => {
		const { page } = await newPerson(browser);
		await page.goto(`${server.address}/signin`);
		provider.who = { sub: 'mal', email: 'mal@example.org', email_verified: false, name: 'Mal' };
		await goOn(page).click();
		await page.getByRole('alert').getByText('does not vouch').waitFor();
		provider.who = null;
		await goOn(page).click();
		await page.getByRole('alert').waitFor();
		await shot(page, 'signin-refused');
		await page.context().close();
	});
});
