// Makes dist/sw.js from src/worker/sw.ts: types stripped, and the list of files
// it keeps put in front. The version is a hash of those files, so a new build
// is a new worker and an unchanged one is not.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const assets = readdirSync(join(dist, 'assets'))
	.filter((name) => /\.(js|css|woff2)$/.test(name))
	.map((name) => `assets/${name}`);
const files = ['index.html', 'core.wasm', 'icon.svg', ...assets].sort();
if (!existsSync(join(dist, 'core.wasm')))
	throw new Error('public/core.wasm is missing: build the core first');

const hash = createHash('sha256');
for (const name of files) {
	hash.update(name);
	hash.update(readFileSync(join(dist, name)));
}
const paths = files.map(address);

// address is what the pages ask for: the core carries its hash, as vite.config.ts
// gave it to them, so that an old worker never hands an old core to a new page.
function address(name) {
	if (name === 'index.html') return '/';
	if (name !== 'core.wasm') return `/${name}`;
	const data = readFileSync(join(dist, name));
	return `/core.wasm?v=${createHash('sha256').update(data).digest('hex').slice(0, 16)}`;
}

const head =
	`const VERSION = ${JSON.stringify(hash.digest('hex').slice(0, 16))};\n` +
	`const SHELL = ${JSON.stringify(paths)};\n`;
const body = ts.transpileModule(readFileSync(join(root, 'src/worker/sw.ts'), 'utf8'), {
	compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
}).outputText;
// A worker is a classic script: the marker that makes the source a module goes.
writeFileSync(join(dist, 'sw.js'), head + body.replace(/^export \{\};?\s*$/m, ''));
