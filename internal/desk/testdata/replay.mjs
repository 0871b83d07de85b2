// Feeds a recorded conversation to the core as WebAssembly and prints its state
// hash: node replay.mjs core.wasm vector.bin
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const wasi = new WASI({ version: 'preview1', args: [], env: { GOGC: '400' } });
const module = await WebAssembly.compile(readFileSync(process.argv[2]));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
wasi.initialize(instance);
const core = instance.exports;

const give = (bytes) => {
	const ptr = core.alloc(bytes.length);
	new Uint8Array(core.memory.buffer, ptr, bytes.length).set(bytes);
	return ptr;
};
const must = (status, what) => {
	if (status < 0) throw new Error(`${what}: status ${status}`);
};

const vector = readFileSync(process.argv[3]);
const parts = [];
for (let at = 0; at < vector.length; ) {
	const n = vector.readUInt32LE(at);
	parts.push(vector.subarray(at + 4, at + 4 + n));
	at += 4 + n;
}
const [open, nonce, ...messages] = parts;
must(core.open(give(open), open.length), 'open');
must(core.ready(), 'ready');
must(core.hello(give(nonce), nonce.length, 0), 'hello');
for (const m of messages) must(core.remote(give(m), m.length, 0), 'remote');
must(core.stateHash(), 'stateHash');
const res = new Uint32Array(core.memory.buffer, core.result(), 8);
console.log([...res.slice(0, 4)].map((w) => w.toString(16).padStart(8, '0')).join(' '));
