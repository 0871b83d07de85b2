// Accounts: signing in in steps, one's own page, and the page of those who run the site.
// The server prints its letters, so that their links can be followed.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
	App,
	barriers,
	fillAccount,
	invite,
	newMap,
	newPerson,
	openBrowser,
	type Person,
	password,
	type Server,
	saved,
	startServer,
} from './lib';

// Pictures to be looked at, where somebody asks for them: wide and narrow, light and dark.
const folder = process.env.SCREENS;
async function shot(page: Page, name: string): Promise<void> {
	if (!folder) return;
	const before = page.viewportSize();
	for (const [size, width] of [
		['wide', 1280],
		['phone', 390],
	] as const) {
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png`, fullPage: true });
		}
	}
	if (before) await page.setViewportSize(before);
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

let server: Server;
let browser: Browser;
let ada: Person;
let ben: Person;

beforeAll(async () => {
	server = await startServer({ PLECTICA_MAIL_DRIVER: 'log' });
	browser = await openBrowser(server);
	ada = await newPerson(browser);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const enough = 15_000; // ms

// The link in the newest letter to an address that leads to a page.
async function letter(to: string, page: string): Promise<string> {
	const sign = new RegExp(
		`Mail to [^\n]*${to.replaceAll('.', '\\.')}[^\n]*\n\\s+(https://\\S+${page}#\\S+)`,
		'g',
	);
	const found = await vi.waitUntil(() => [...server.output().matchAll(sign)].at(-1)?.[1], {
		timeout: enough,
	});
	const { pathname, hash } = new URL(found);
	return server.address + pathname + hash;
}

const letters = (to: string): number => server.output().split(`Mail to ${to}`).length - 1;

// A key in the person's device, which answers whatever asks it.
async function giveKey({ context, page }: Person): Promise<void> {
	const cdp = await context.newCDPSession(page);
	await cdp.send('WebAuthn.enable', { enableUI: false });
	await cdp.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			protocol: 'ctap2',
			transport: 'internal',
			hasResidentKey: true,
			hasUserVerification: true,
			isUserVerified: true,
			automaticPresenceSimulation: true,
		},
	});
}

const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

async function openAccount(page: Page): Promise<void> {
	await page.goto(`${server.address}/account`);
	await part(page, 'Profile').waitFor();
}

async function signIn(page: Page, email: string, word = password): Promise<void> {
	await page.goto(`${server.address}/signin`);
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(word);
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function leave(page: Page): Promise<void> {
	await openAccount(page);
	await page.getByRole('button', { name: 'Sign out' }).click();
}

async function signOut(page: Page): Promise<void> {
	await leave(page);
	await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
}

const onMaps = (page: Page) => page.getByRole('heading', { name: 'Maps' }).waitFor();

describe('an address', () => {
	it('is proven by a link in a mail', async () => {
		const { page } = ada;
		const link = new URL(server.firstLink);
		await page.goto(`${server.address}${link.pathname}${link.hash}`);
		await fillAccount(page, 'Ada', 'ada@example.org');
		await page.getByRole('button', { name: 'Create the first account' }).click();
		await onMaps(page);
		await openAccount(page);
		await page.getByText('not proven yet', { exact: true }).waitFor();
		await shot(page, 'account-new');
		const before = letters('ada@example.org'); // a later one replaces the first
		await page.getByRole('button', { name: 'Send a mail to prove it' }).click();
		await expect.poll(() => letters('ada@example.org'), { timeout: enough }).toBeGreaterThan(before);

		await page.goto(await letter('ada@example.org', '/verify'));
		await page.getByText('It is proven now').waitFor();
		expect(new URL(page.url()).hash).toBe('');
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'verify');
		await openAccount(page);
		await page.getByText('proven', { exact: true }).waitFor();
		expect(await page.getByRole('button', { name: 'Send a mail to prove it' }).count()).toBe(0);
	});

	it('is not proven twice by the same link', async () => {
		const { page } = ada;
		await page.goto(await letter('ada@example.org', '/verify'));
		await page.getByRole('alert').waitFor();
		await shot(page, 'verify-used');
	});

	it('is changed by a link that goes to the new one', async () => {
		const { page } = ada;
		await openAccount(page);
		await page.getByRole('button', { name: 'Change the address' }).click();
		await page.getByLabel('New e-mail address').fill('ada@maps.example');
		await shot(page, 'account-email');
		await page.getByRole('button', { name: 'Change the address' }).click();
		await page.getByText('Open the link in it to change the address').waitFor();
		await page.goto(await letter('ada@maps.example', '/email'));
		await page.getByText('has the new address').waitFor();
		await openAccount(page);
		await part(page, 'Profile').getByText('ada@maps.example').waitFor();
	});

	it('belongs to a name, which can be changed', async () => {
		const { page } = ada;
		await page.getByLabel('Name', { exact: true }).fill('Ada L.');
		await part(page, 'Profile').getByRole('button', { name: 'Save' }).click();
		await page.getByText('Saved.').waitFor();
		await page.goto(`${server.address}/maps`);
		await page.getByText('Ada L.').waitFor();
	});
});

describe('a password', () => {
	it('is changed by who knows it', async () => {
		const { page } = ada;
		await openAccount(page);
		await page.getByRole('button', { name: 'Change the password' }).click();
		await page.getByLabel('The password you have').fill('not the right one at all');
		await page.getByLabel('New password', { exact: true }).fill('another long pass phrase');
		await page.getByRole('button', { name: 'Save', exact: true }).last().click();
		await page.getByRole('alert').waitFor();
		await shot(page, 'account-password');
		await page.getByLabel('The password you have').fill(password);
		await page.getByRole('button', { name: 'Save', exact: true }).last().click();
		await page.getByText('The new password is set').waitFor();
		await signOut(page);
		await signIn(page, 'ada@maps.example', 'another long pass phrase');
		await onMaps(page);
	});

	it('that was forgotten is set anew by a mail', async () => {
		const { page } = ada;
		await signOut(page);
		await shot(page, 'signin');
		expect(await barriers(page)).toEqual([]);
		await page.getByRole('link', { name: 'Forgot the password?' }).click();
		await page.getByLabel('E-mail address').fill('ada@maps.example');
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'forgot');
		await page.getByRole('button', { name: 'Send the link' }).click();
		await page.getByText('If ada@maps.example belongs to an account').waitFor();
		await page.goto(await letter('ada@maps.example', '/reset'));
		await page.getByLabel('New password', { exact: true }).fill(password);
		expect(new URL(page.url()).hash).toBe('');
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'reset');
		await page.getByRole('button', { name: 'Save and sign in' }).click();
		await onMaps(page);
	});

	it('that was forgotten is never told to be somebody’s', async () => {
		const other = await newPerson(browser);
		await other.page.goto(`${server.address}/forgot`);
		await other.page.getByLabel('E-mail address').fill('nobody@example.org');
		await other.page.getByRole('button', { name: 'Send the link' }).click();
		await other.page.getByText('If nobody@example.org belongs to an account').waitFor();
		expect(letters('nobody@example.org')).toBe(0);
		await other.context.close();
	});
});

describe('signing in', () => {
	it('leads on to where somebody was going, on this site alone', async () => {
		const { page } = await newPerson(browser);
		await page.goto(`${server.address}/account`);
		await page.getByLabel('E-mail address').waitFor();
		expect(new URL(page.url()).searchParams.get('then')).toBe('/account');
		for (const [then, path] of [
			['//evil.example', '/maps'],
			['/\\evil.example', '/maps'],
			['/account', '/account'],
		] as const) {
			await page.goto(`${server.address}/signin?then=${encodeURIComponent(then)}`);
			await page.getByLabel('E-mail address').fill('ada@maps.example');
			await page.getByLabel('Password', { exact: true }).fill(password);
			await page.getByRole('button', { name: 'Sign in', exact: true }).click();
			await page.waitForURL(server.address + path);
			await signOut(page);
		}
		await page.context().close();
	});

	it('says why it did not work elsewhere, in words of its own', async () => {
		const { page } = await newPerson(browser);
		await page.goto(`${server.address}/signin?failed=unverified`);
		await page.getByRole('alert').getByText('does not vouch').waitFor();
		await page.goto(`${server.address}/signin?failed=You%20won`);
		await page.getByRole('alert').getByText('The sign-in did not work').waitFor();
		await page.context().close();
	});
});

describe('two steps', () => {
	let app: App;
	let codes: string[] = [];
	let before: Person; // signed in before there was a second step

	it('are set up with an app', async () => {
		const { page } = ada;
		before = await newPerson(browser);
		await signIn(before.page, 'ada@maps.example');
		await onMaps(before.page);
		await openAccount(page);
		await page.getByRole('button', { name: 'Set up' }).click();
		await page.getByRole('img', { name: 'The key for the app' }).waitFor();
		app = new App(await page.getByLabel('Or type this key').inputValue());
		await shot(page, 'account-app');
		expect(await barriers(page)).toEqual([]);
		const field = page.getByLabel('Then the six digits');
		await field.fill('000000');
		await page.getByRole('alert').waitFor();
		await field.fill(await app.code());
		const dialog = page.getByRole('dialog', { name: 'Your recovery codes' });
		await dialog.waitFor();
		codes = await dialog.getByRole('listitem').allTextContents();
		expect(new Set(codes).size).toBeGreaterThan(7);
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'recovery-codes');
		const saving = page.waitForEvent('download');
		await dialog.getByRole('button', { name: 'Save as a file' }).click();
		expect((await saving).suggestedFilename()).toBe('plectica-recovery-codes.txt');
		await dialog.getByRole('button', { name: 'I have kept them' }).click();
		await page.getByText('It is set up').waitFor();
		await page.getByText(`${codes.length} codes left.`).waitFor();
		await shot(page, 'account-strong');
	});

	it('ask for a code after the password', async () => {
		const { page } = ada;
		await signOut(page);
		await signIn(page, 'ada@maps.example');
		const field = page.getByLabel('Code from your authenticator app');
		await field.waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'second-code');
		await field.fill('000000');
		await page.getByRole('alert').waitFor();
		expect(await field.inputValue()).toBe('');
		await field.fill(await app.code()); // goes on by itself
		await onMaps(page);
	});

	it('are still waited for when the page is loaded again', async () => {
		const { page } = ada;
		await signOut(page);
		await signIn(page, 'ada@maps.example');
		await page.getByLabel('Code from your authenticator app').waitFor();
		await page.reload();
		await page.getByRole('heading', { name: 'One more step' }).waitFor();
	});

	it('take a recovery code, once', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
		await shot(page, 'second-recovery');
		await page.getByLabel('One of your recovery codes').fill(codes[0] ?? '');
		await page.getByRole('button', { name: 'Go on' }).click();
		await onMaps(page);
		await openAccount(page);
		await page.getByText(`${codes.length - 1} codes left.`).waitFor();
	});

	it('are asked for before more is changed, and what was asked for is then done', async () => {
		const { page } = before;
		await openAccount(page);
		await page.getByRole('button', { name: 'New token' }).click();
		await page.getByLabel('What it is for').fill('a script');
		await page.getByRole('button', { name: 'Make the token' }).click();
		const dialog = page.getByRole('dialog', { name: 'Show that it is you' });
		await dialog.waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'confirm-code');
		await dialog.getByRole('button', { name: 'Cancel' }).click();
		await page.getByRole('alert').getByText('Nothing was changed').waitFor();
		await page.getByRole('button', { name: 'Make the token' }).click();
		await dialog.getByRole('button', { name: 'Use your password instead' }).click();
		await dialog.getByLabel('Your password').fill(password);
		await dialog.getByRole('button', { name: 'Confirm' }).click();
		await dialog.getByRole('alert').getByText('second factor').waitFor();
		await dialog.getByRole('button', { name: 'Use a code' }).click();
		await dialog.getByLabel('Code from your authenticator app').fill(await app.code());
		await page.getByRole('textbox', { name: 'The token' }).waitFor();
		await page.getByRole('button', { name: 'Withdraw the token: a script' }).click();
		await page.getByText('No tokens.').waitFor();
		await before.context.close();
	});

	it('come with new recovery codes at any time', async () => {
		const { page } = ada;
		await page.getByRole('button', { name: 'New codes' }).click();
		const dialog = page.getByRole('dialog', { name: 'Your recovery codes' });
		await dialog.waitFor();
		expect(await dialog.getByRole('listitem').allTextContents()).not.toContain(codes[1]);
		await page.keyboard.press('Escape');
		await page.getByText(`${codes.length} codes left.`).waitFor();
	});

	it('end when the app is removed', async () => {
		const { page } = ada;
		await part(page, 'Authenticator app').getByRole('button', { name: 'Remove' }).click();
		await part(page, 'Authenticator app').getByText('whoever knows your password').waitFor();
		await part(page, 'Authenticator app').getByRole('button', { name: 'Remove' }).click();
		await part(page, 'Authenticator app').getByRole('button', { name: 'Set up' }).waitFor();
	});
});

describe('a passkey', () => {
	it('is made and named', async () => {
		const { page } = ada;
		await giveKey(ada);
		await openAccount(page);
		await page.getByRole('button', { name: 'Add a passkey' }).click();
		await page.getByLabel('Name of the passkey').fill('My laptop');
		await shot(page, 'account-passkey-new');
		await page.getByRole('button', { name: 'Create the passkey' }).click();
		await page
			.getByRole('dialog')
			.or(page.getByRole('list', { name: 'Passkeys' }))
			.first()
			.waitFor();
		if (await page.getByRole('dialog').isVisible())
			await page.getByRole('button', { name: 'I have kept them' }).click();
		await page.getByRole('list', { name: 'Passkeys' }).getByText('My laptop').waitFor();
		await page.getByRole('button', { name: 'More about My laptop' }).click();
		await page.getByRole('menuitem', { name: 'Rename' }).click();
		await page.getByRole('dialog').getByLabel('Name of the passkey').fill('Laptop');
		await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
		await page.getByRole('list', { name: 'Passkeys' }).getByText('Laptop', { exact: true }).waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'account-passkeys');
	});

	it('signs in from the field for the address, without a word', async () => {
		const { page } = ada;
		await leave(page); // the page asks the key, which may answer before anybody sees the page
		await onMaps(page);
	}, 30_000);

	it('signs in by its button', async () => {
		const { page } = ada;
		// From here on the page does not ask quietly: the key would always be faster.
		await page.addInitScript(() => {
			PublicKeyCredential.isConditionalMediationAvailable = async () => false;
		});
		await signOut(page);
		await shot(page, 'signin-passkey');
		await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
		await onMaps(page);
	});

	it('is the second step after a password', async () => {
		const { page } = ada;
		await signOut(page);
		await signIn(page, 'ada@maps.example');
		await page.getByText('Confirm with your fingerprint').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'second-passkey');
		await page.getByRole('button', { name: 'Use a passkey', exact: true }).click();
		await onMaps(page);
	});

	it('is removed', async () => {
		const { page } = ada;
		await openAccount(page);
		await page.getByRole('button', { name: 'More about Laptop' }).click();
		await page.getByRole('menuitem', { name: 'Remove' }).click();
		await page.getByText('No passkeys yet.').waitFor();
	});
});

describe('devices', () => {
	it('are listed, and one that is ended is out within a second', async () => {
		const { page } = ada;
		const other = await newPerson(browser);
		await signIn(other.page, 'ada@maps.example');
		await onMaps(other.page);
		await newMap(other.page);
		await openAccount(page);
		const list = page.getByRole('list', { name: 'Where you are signed in' });
		await list.getByText('This device').waitFor();
		await shot(page, 'account-devices');
		const connection = other.page.getByTestId('connection');
		await connection.getByText('Saved', { exact: true }).waitFor({ state: 'attached' });
		await list
			.getByRole('button', { name: /^End the sign-in/ })
			.first()
			.click();
		const began = Date.now();
		await connection.getByText('Saved', { exact: true }).waitFor({ state: 'detached' });
		expect(Date.now() - began).toBeLessThan(1000);
		await shot(other.page, 'map-ended');
		await other.page.goto(`${server.address}/maps`);
		await other.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
		await other.context.close();
	});

	it('are ended all together, but for this one', async () => {
		const { page } = ada;
		const others = await Promise.all([newPerson(browser), newPerson(browser)]);
		for (const { page: theirs } of others) {
			await signIn(theirs, 'ada@maps.example');
			await onMaps(theirs);
		}
		await openAccount(page);
		await page.getByRole('button', { name: 'End all others' }).click();
		await page.getByText('All other sign-ins have ended.').waitFor();
		for (const { page: theirs, context } of others) {
			await theirs.goto(`${server.address}/maps`);
			await theirs.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
			await context.close();
		}
	});
});

describe('a token', () => {
	it('lets a program read, until it is withdrawn', async () => {
		const { page } = ada;
		await openAccount(page);
		await page.getByRole('button', { name: 'New token' }).click();
		await page.getByLabel('What it is for').fill('the backup');
		await page.getByLabel('It works for').selectOption('30');
		await shot(page, 'account-token-new');
		await page.getByRole('button', { name: 'Make the token' }).click();
		const token = await page.getByRole('textbox', { name: 'The token' }).inputValue();
		expect(token).toMatch(/^plec_/);
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'account-token');
		const program = await browser.newContext({ ignoreHTTPSErrors: true });
		const ask = (path: string) =>
			program.request.get(`${server.address}/api/v1/${path}`, {
				headers: { authorization: `Bearer ${token}` },
			});
		expect((await ask('maps')).status()).toBe(200);
		expect((await ask('account')).status()).toBe(403);
		await openAccount(page);
		expect(await page.getByRole('textbox', { name: 'The token' }).count()).toBe(0);
		await page.getByRole('button', { name: 'Withdraw the token: the backup' }).click();
		await page.getByText('No tokens.').waitFor();
		expect((await ask('maps')).status()).toBe(401);
		await program.close();
	});
});

describe('those who run the site', () => {
	beforeAll(async () => {
		ben = await newPerson(browser);
		await ada.page.goto(`${server.address}/maps`);
		const link = await invite(ada.page, 1);
		await ben.page.goto(link);
		await fillAccount(ben.page, 'Ben', 'ben@example.org');
		await ben.page.getByRole('button', { name: 'Create account' }).click();
		await ben.page.getByText('A mail is on its way to ben@example.org').waitFor();
		expect(new URL(ben.page.url()).hash).toBe('');
		expect(await barriers(ben.page)).toEqual([]);
		await shot(ben.page, 'welcome');
		await ben.page.getByRole('button', { name: 'Go on' }).click();
		await onMaps(ben.page);
		// Nobody is found by an address that is not proven.
		await ben.page.goto(await letter('ben@example.org', '/verify'));
		await ben.page.getByText('It is proven now').waitFor();
		await ben.page.goto(`${server.address}/maps`);
		await onMaps(ben.page);
	});

	const open = async (page: Page) => {
		await page.goto(`${server.address}/site`);
		await page.getByRole('list', { name: 'People' }).getByText('ben@example.org').waitFor();
	};
	const forBen = async (page: Page, item: string) => {
		await page.getByRole('button', { name: 'More about Ben' }).click();
		await page.getByRole('menuitem', { name: item }).click();
	};

	it('see everybody, and find somebody', async () => {
		const { page } = ada;
		await open(page);
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'site');
		await page.getByLabel('Search by name or address').fill('BEN');
		await page.getByText('ada@maps.example').first().waitFor({ state: 'detached' });
		await page.getByLabel('Search by name or address').fill('nobody');
		await page.getByText('Nobody found.').waitFor();
		await page.getByLabel('Search by name or address').fill('');
		await page.getByText('ben@example.org').waitFor();
	});

	it('lock somebody, who is out at once, and let them in again', async () => {
		const { page } = ada;
		await newMap(ben.page);
		await forBen(page, 'Lock the account');
		const began = Date.now();
		await ben.page
			.getByTestId('connection')
			.getByText('Saved', { exact: true })
			.waitFor({ state: 'detached' });
		expect(Date.now() - began).toBeLessThan(1000);
		await page.getByText('Ben is locked').waitFor();
		await shot(page, 'site-locked');
		await signIn(ben.page, 'ben@example.org');
		await ben.page.getByRole('alert').waitFor();
		await forBen(page, 'Unlock the account');
		await page.getByText('Ben can sign in again').waitFor();
		await signIn(ben.page, 'ben@example.org');
		await onMaps(ben.page);
	});

	it('make a link for a new password', async () => {
		const { page } = ada;
		await forBen(page, 'Make a link for a new password');
		const link = await page.getByLabel('Link for Ben').inputValue();
		expect(link).toContain('/reset#');
		await shot(page, 'site-reset');
		await ben.page.goto(link);
		await ben.page.getByLabel('New password', { exact: true }).fill(password);
		await ben.page.getByRole('button', { name: 'Save and sign in' }).click();
		await onMaps(ben.page);
	});

	it('let somebody run the site, and no longer', async () => {
		const { page } = ada;
		await forBen(page, 'Let them run the site');
		await page.getByText('Ben runs the site, too.').waitFor();
		await ben.page.goto(`${server.address}/site`);
		await ben.page.getByRole('list', { name: 'People' }).getByText('ada@maps.example').waitFor();
		await forBen(page, 'No longer let them run the site');
		await page.getByText('Ben no longer runs the site.').waitFor();
		await ben.page.goto(`${server.address}/site`);
		await ben.page.getByText('Only those who run this site').waitFor();
	});

	it('try whether mail goes out, and say who may sign up', async () => {
		const { page } = ada;
		const before = letters('ada@maps.example');
		await page.getByRole('button', { name: 'Send me a test mail' }).click();
		await page.getByText('A test mail is on its way').waitFor();
		await expect.poll(() => letters('ada@maps.example'), { timeout: enough }).toBe(before + 1);
		await page.getByLabel('Who may create an account').selectOption('open');
		await page.getByText('Saved.').waitFor();
		await page.reload();
		await expect.poll(() => page.getByLabel('Who may create an account').inputValue()).toBe('open');
		const guest = await newPerson(browser);
		await guest.page.goto(`${server.address}/signup`);
		await guest.page.getByLabel('Your name').waitFor();
		await shot(guest.page, 'signup');
		await guest.context.close();
		await page.getByLabel('Who may create an account').selectOption('invitation');
	});

	it('are asked for more where more is needed, and told the way there', async () => {
		const { page } = ben;
		await page.goto(`${server.address}/maps`);
		await page.getByRole('button', { name: 'New organisation…' }).click();
		await page.getByLabel('Name of the organisation').fill('Acme');
		await page.getByRole('button', { name: 'Create', exact: true }).click();
		await page.getByText('A second factor is needed').click();
		await page.getByRole('button', { name: 'Save the rules' }).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByText('no second factor yet').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'confirm-none');
		await dialog.getByRole('link', { name: 'To your account' }).click();
		await part(page, 'Passkeys').waitFor();
	});

	it('invite by a mail, which proves the address of who comes', async () => {
		const { page } = ben;
		await page.goto(`${server.address}/maps`);
		await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Acme' }).click();
		await page.getByRole('button', { name: 'More about Acme' }).click();
		await page.getByRole('menuitem', { name: 'People and rules…' }).click();
		const form = page.locator('form', { hasText: 'Invite people' });
		await form.getByLabel('E-mail address').fill('cy@example.org');
		await form.getByRole('button', { name: 'Invite', exact: true }).click();
		const link = await letter('cy@example.org', '/join');
		await shot(page, 'org-invited');
		const guest = await newPerson(browser);
		await guest.page.goto(link);
		await guest.page.getByText('Ben invites you to Acme.').waitFor();
		await guest.page.getByRole('button', { name: 'Create an account' }).click();
		expect(await guest.page.getByLabel('E-mail address').inputValue()).toBe('cy@example.org'); // and stays
		await guest.page.getByLabel('Your name').fill('Cy');
		await guest.page.getByLabel('Password', { exact: true }).fill(password);
		await guest.page.getByRole('button', { name: 'Create account' }).click();
		await guest.page
			.getByRole('navigation', { name: 'Places' })
			.getByRole('link', { name: 'Acme' })
			.waitFor();
		await openAccount(guest.page);
		await part(guest.page, 'Profile').getByText('proven', { exact: true }).waitFor();
		await guest.context.close();
	});

	it('may ask others for a second factor once they have one', async () => {
		const { page } = ben;
		await page.goto(`${server.address}/account`);
		await giveKey(ben);
		await page.getByRole('button', { name: 'Add a passkey' }).click();
		await page.getByRole('button', { name: 'Create the passkey' }).click();
		await page.getByRole('button', { name: 'I have kept them' }).click();
		await page.goto(`${server.address}/maps`);
		await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Acme' }).click();
		await page.getByRole('button', { name: 'More about Acme' }).click();
		await page.getByRole('menuitem', { name: 'People and rules…' }).click();
		await page.getByText('A second factor is needed').click();
		await page.getByRole('button', { name: 'Save the rules' }).click();
		await page.getByText('Saved.').waitFor();
	});
});

describe('a map', () => {
	it('is handed over', async () => {
		const { page } = ada;
		await page.goto(`${server.address}/maps`);
		const address = await newMap(page);
		await page.getByRole('button', { name: 'Share', exact: true }).click();
		await page.getByPlaceholder('E-mail address').fill('ben@example.org');
		await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('view');
		await page.getByRole('button', { name: 'Add', exact: true }).click();
		await page.getByRole('button', { name: 'Hand over to Ben' }).waitFor();
		await shot(page, 'share-owner');
		await page.getByRole('button', { name: 'Hand over to Ben' }).click();
		await page.getByRole('dialog', { name: 'Hand over to Ben' }).getByText('no longer an owner').waitFor();
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'hand-over');
		await page.getByRole('button', { name: 'Hand it over' }).click();
		await page.getByRole('dialog', { name: 'Hand over to Ben' }).waitFor({ state: 'detached' });
		await page.getByRole('combobox', { name: 'Role of Ben' }).waitFor({ state: 'detached' });
		await shot(page, 'handed-over');
		await ben.page.goto(address);
		await saved(ben.page);
		await ben.page.getByRole('button', { name: 'Share', exact: true }).click();
		await ben.page.getByRole('combobox', { name: 'Role of Ada L.' }).waitFor();
		expect(await ben.page.getByRole('combobox', { name: 'Role of Ada L.' }).inputValue()).toBe('edit');
	});
});

describe('the end of an account', () => {
	it('takes its maps along first, then all of it', async () => {
		const cleo = await newPerson(browser);
		await ada.page.goto(`${server.address}/maps`);
		const { page } = cleo;
		await page.goto(await invite(ada.page, 1));
		await fillAccount(page, 'Cleo', 'cleo@example.org');
		await page.getByRole('button', { name: 'Create account' }).click();
		await page.getByRole('button', { name: 'Go on' }).click();
		await onMaps(page);
		await newMap(page);
		await openAccount(page);
		await page.getByRole('button', { name: 'Delete my account…' }).click();
		const saving = page.waitForEvent('download');
		await page.getByRole('link', { name: 'Download Untitled map' }).click();
		expect((await saving).suggestedFilename()).toMatch(/\.json$/);
		const last = page.getByRole('button', { name: 'Delete for good' });
		expect(await last.isDisabled()).toBe(true);
		await page.getByLabel('Type cleo@example.org').fill('cleo@example.org');
		expect(await barriers(page)).toEqual([]);
		await shot(page, 'account-delete');
		await last.click();
		await page.getByText('Your account is deleted.').waitFor();
		await shot(page, 'account-gone');
		await signIn(page, 'cleo@example.org');
		await page.getByRole('alert').waitFor();
		await cleo.context.close();
	});

	it('is refused to the last who runs the site', async () => {
		const { page } = ada;
		await openAccount(page);
		await page.getByRole('button', { name: 'Delete my account…' }).click();
		await page.getByLabel('Type ada@maps.example').fill('ada@maps.example');
		await page.getByRole('button', { name: 'Delete for good' }).click();
		await part(page, 'Delete the account').getByRole('alert').waitFor();
		await shot(page, 'account-delete-refused');
	});
});

it('nothing went wrong in the page', () => {
	const known = /the server responded with a status of 4\d\d/; // what a test asked for
	expect(ada.errors.filter((text) => !known.test(text))).toEqual([]);
});
