// What the pages come from: the product's own server, with an account, and a plain
// one for the pages of the others.
import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createProbe } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { pause, Window } from './browser.mjs';

const program = fileURLToPath(new URL('../../bin/plectica', import.meta.url));
const startPatience = 20_000; // ms
const stopPatience = 10_000;

async function freePort() {
	return new Promise((resolve, reject) => {
		const probe = createProbe();
		probe.on('error', reject);
		probe.listen(0, '127.0.0.1', () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});
}

/** Starts the product with fresh data and an account. */
export async function startProduct() {
	const data = mkdtempSync(join(tmpdir(), 'plectica-canvas-'));
	const port = await freePort();
	const address = `https://localhost:${port}`;
	const child = spawn(program, ['serve'], {
		env: {
			...process.env,
			PLECTICA_DATA: data,
			PLECTICA_LISTEN: `127.0.0.1:${port}`,
			PLECTICA_OPS_LISTEN: '',
		},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const end = async () => {
		if (child.exitCode === null) {
			const ended = new Promise((resolve) => {
				child.once('exit', resolve);
			});
			child.kill('SIGTERM');
			const late = setTimeout(() => child.kill('SIGKILL'), stopPatience);
			await ended;
			clearTimeout(late);
		}
		rmSync(data, { recursive: true, force: true });
	};
	try {
		const link = await firstLink(child);
		const trusted = await keyOf(port);
		return { address, trusted, end, ...(await signUp(address, trusted, link)) };
	} catch (error) {
		await end();
		throw error;
	}
}

async function firstLink(child) {
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8');
		stream.on('data', (text) => {
			output = (output + text).slice(-10_000);
		});
	}
	const until = Date.now() + startPatience;
	while (Date.now() < until && child.exitCode === null) {
		const found = /https:\/\/\S+\/first#\S+/.exec(output);
		if (found) return new URL(found[0]);
		await pause(50);
	}
	throw new Error(`the server did not start:\n${output}`);
}

// keyOf returns the hash of the server's public key, as Chromium takes it.
async function keyOf(port) {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: 'localhost', port, rejectUnauthorized: false }, () => {
			const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
			socket.destroy();
			const der = publicKey.export({ type: 'spki', format: 'der' });
			resolve(createHash('sha256').update(der).digest('base64'));
		});
		socket.once('error', reject);
	});
}

// signUp makes the first account in a browser, as a person does.
async function signUp(address, trusted, link) {
	const window = await Window.open({ trusted });
	const { page, context } = window;
	try {
		await page.goto(`${address}${link.pathname}${link.hash}`);
		await page.getByLabel('Your name').fill('Ada');
		await page.getByLabel('E-mail address').fill('ada@example.org');
		await page.getByLabel('Password', { exact: true }).fill('a long enough pass phrase');
		await page.getByRole('button', { name: 'Create the first account' }).click();
		await page.getByRole('heading', { name: 'Maps' }).waitFor();
		return { cookies: await context.cookies() };
	} finally {
		await window.close();
	}
}

/** Imports a map's file and returns the address of the map, and where a map is on the page. */
export async function importMap({ address, trusted, cookies }, file) {
	const window = await Window.open({ trusted, cookies });
	try {
		await window.page.goto(address);
		const id = await window.page.evaluate(async (body) => {
			const answer = await fetch('/api/v1/maps/import', {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body,
			});
			if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
			return (await answer.json()).id;
		}, JSON.stringify(file));
		const map = `${address}/maps/${id}`;
		await window.page.goto(map);
		const stage = await window.page.locator('.stage').boundingBox();
		return { map, stage };
	} finally {
		await window.close();
	}
}

const kinds = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.json': 'application/json',
	'.svg': 'image/svg+xml',
	'.woff2': 'font/woff2',
};

/** Serves folders of files, each below a path, and values as JSON; kept by browsers. */
export async function startFiles(folders, values) {
	const server = createServer((request, response) => {
		const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
		const headers = { 'cache-control': 'max-age=3600' };
		const value = values.get(path);
		if (value !== undefined) {
			response.writeHead(200, { ...headers, 'content-type': kinds['.json'] }).end(value);
			return;
		}
		for (const [below, folder] of folders) {
			if (!path.startsWith(below)) continue;
			const file = join(folder, path.slice(below.length));
			if (!existsSync(file) || !statSync(file).isFile()) continue;
			const kind = kinds[extname(file)] ?? 'application/octet-stream';
			response.writeHead(200, { ...headers, 'content-type': kind });
			createReadStream(file).pipe(response);
			return;
		}
		response.writeHead(404).end();
	});
	await new Promise((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return {
		address: `http://localhost:${server.address().port}`,
		end: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => {
				server.close(resolve);
			});
		},
	};
}
