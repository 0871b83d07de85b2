// The same answers everywhere: the shipped core, in a browser, plays the traces that
// the Go tests of internal/desk record, and must answer what they wrote down. The
// same file is played in Node and natively there.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, openBrowser, type Server, startServer } from './lib';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const testdata = (name: string) => path(`../../internal/desk/testdata/${name}`);

let server: Server;
let browser: Browser;

beforeAll(async () => {
	server = await startServer();
	browser = await openBrowser(server);
});

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** What the core calls of its host, as it is shipped, as a script that defines `host`. */
async function hostScript(): Promise<string> {
	const made = await build({
		configFile: false,
		logLevel: 'silent',
		build: {
			write: false,
			minify: false,
			lib: { entry: path('../src/core/wasi.ts'), formats: ['iife'], name: 'host' },
		},
	});
	const chunk = [made].flat().flatMap((one) => ('output' in one ? one.output : []))[0];
	if (chunk?.type !== 'chunk') throw new Error('the host was not built');
	return chunk.code;
}

// Runs in the page, between the scripts that define host, parse and play.
const runner = `
	const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
	const module = await WebAssembly.compileStreaming(fetch('/core.wasm'));
	const lines = [];
	for (const trace of parse(bytes)) {
		let memory;
		const imports = host.wasiImports(module, { memory: () => memory, env: { GOGC: '400' }, log: console.error });
		const { exports } = await WebAssembly.instantiate(module, imports);
		memory = exports.memory;
		exports._initialize();
		lines.push(play(exports, trace));
	}
	return lines;
`;

describe('recorded traces', () => {
	it('end in the states, messages and drawing lists of the native core', async () => {
		const { page, context } = await newPerson(browser, { ignoreHTTPSErrors: false });
		await page.goto(server.address);
		const player = readFileSync(testdata('play.mjs'), 'utf8').replaceAll('export function', 'function');
		const file = readFileSync(testdata('traces.bin')).toString('base64');
		const lines = await page.evaluate(
			`(async (file) => { ${await hostScript()}\n${player}\n${runner} })('${file}')`,
		);
		const want = readFileSync(testdata('traces.txt'), 'utf8').trimEnd().split('\n');
		expect(want.length).toBeGreaterThan(2);
		expect(lines).toEqual(want);
		await context.close();
	});
});
