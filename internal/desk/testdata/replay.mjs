// Plays traces on the core in Node and prints a line for each:
// node replay.mjs core.wasm traces.bin
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';
import { parse, play } from './play.mjs';

const module = await WebAssembly.compile(readFileSync(process.argv[2]));
for (const trace of parse(readFileSync(process.argv[3]))) {
	const wasi = new WASI({ version: 'preview1', args: [], env: { GOGC: '10' } }); // collecting often: it reads the tables that were kept
	const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
	wasi.initialize(instance);
	console.log(play(instance.exports, trace));
}
