// Writes .br and .gz beside every file worth it, once, so that the server never
// compresses: it picks the copy the browser accepts.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const worth = /\.(js|css|svg|wasm|html)$/;
const least = 1024; // bytes; below it a copy costs more than it saves

function brotli(data) {
	return brotliCompressSync(data, {
		params: {
			[constants.BROTLI_PARAM_QUALITY]: 11,
			[constants.BROTLI_PARAM_LGWIN]: 22,
			[constants.BROTLI_PARAM_SIZE_HINT]: data.length,
		},
	});
}

function walk(folder) {
	for (const name of readdirSync(folder)) {
		const path = join(folder, name);
		if (statSync(path).isDirectory()) walk(path);
		else if (worth.test(name) && name !== 'placeholder.html') compress(path);
	}
}

function compress(path) {
	const data = readFileSync(path);
	if (data.length < least) return;
	const br = brotli(data);
	writeFileSync(`${path}.br`, br);
	writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
	if (path.endsWith('core.wasm')) console.log(`core.wasm: ${br.length} bytes brotli`);
}

walk(dist);
