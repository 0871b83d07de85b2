// Plays recorded traces on the core's exports: the same calls that the tests beside
// this file make natively, and the same sum of all answers. It runs in Node and in
// a page.

const decoder = new TextDecoder();

/** Takes a file of traces apart: names and calls. */
export function parse(file) {
	const bytes = new Uint8Array(file); // Node's buffers slice without a copy
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 0;
	const next = () => {
		const n = view.getUint32(at, true);
		at += 4 + n;
		return bytes.subarray(at - n, at);
	};
	const traces = [];
	while (at < bytes.length) traces.push({ name: decoder.decode(next()), calls: next() });
	return traces;
}

/** Plays one trace on a fresh instance and returns the line that stands for it. */
export function play(core, { name, calls }) {
	let sum = 2166136261;
	let words = 0;
	const mix = (bytes) => {
		const n = bytes.length;
		for (const b of [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24]) sum = Math.imul(sum ^ b, 16777619);
		for (const b of bytes) sum = Math.imul(sum ^ b, 16777619);
	};
	const mixInts = (...list) => mix(new Uint8Array(new Int32Array(list).buffer));
	const res = () => new Int32Array(core.memory.buffer, core.result(), 8);
	const memory = (at, n) => new Uint8Array(core.memory.buffer, at >>> 0, n);
	const must = (status) => {
		if (status < 0) throw new Error(`${name}: a call ended with status ${status}`);
		return status;
	};
	const give = (bytes) => {
		const at = core.alloc(bytes.length);
		memory(at, bytes.length).set(bytes);
		return at;
	};
	const bytesAt = (i) => memory(res()[i], res()[i + 1]).slice();
	const list = (status) => {
		must(status);
		mix(memory(res()[0], res()[1] * 4));
		words += res()[1];
	};
	const answers = {
		1: (input) => must(core.open(give(input), input.length)),
		2: () => must(core.ready()),
		3(input, ints) {
			must(core.hello(give(input.subarray(4)), input.length - 4, ints[0]));
			mix(bytesAt(0));
		},
		4(input, ints) {
			must(core.remote(give(input.subarray(4)), input.length - 4, ints[0]));
			mixInts(res()[0]);
			mix(bytesAt(1));
			mix(bytesAt(3));
		},
		5(input) {
			must(core.cmd(give(input), input.length));
			mixInts(res()[0], res()[1], res()[6]);
			mix(bytesAt(2));
			mix(bytesAt(4));
		},
		6: (_, ints) => must(core.persisted(ints[0])),
		7(_, ints) {
			must(core.outbox(ints[0]));
			mix(bytesAt(0));
		},
		8(input, ints) {
			const zoom = new DataView(input.buffer, input.byteOffset).getFloat32(16, true);
			must(core.view(ints[0], ints[1], ints[2], ints[3], zoom));
			list(core.frame());
		},
		9: (_, ints) => must(core.fold(ints[0], ints[1])),
		10(input) {
			must(core.select(give(input), input.length / 4));
			list(core.overlay());
		},
		11(_, ints) {
			must(core.drag(...ints));
			list(core.overlay());
		},
		12(_, ints) {
			must(core.describe(ints[0]));
			mix(bytesAt(0));
		},
		13(_, ints) {
			must(core.tree(ints[0], ints[1]));
			mix(bytesAt(0));
		},
		14() {
			must(core.checkpoint());
			mix(bytesAt(0));
		},
		15(_, ints) {
			const num = must(core.hit(...ints));
			mixInts(num, res()[0], res()[1]);
		},
		16: () => must(core.lost()),
		17(_, ints) {
			must(core.bounds(ints[0]));
			mixInts(...res().slice(0, 4));
		},
		18: (_, ints) => must(core.look(ints[0], ints[1])),
		19(_, ints) {
			const reads = [
				() => core.points(),
				() => core.loops(8),
				() => core.gaps(),
				() => core.counts(ints[1]),
				() => core.cards(),
				() => core.back(ints[1]),
				() => core.threads(),
				() => core.stops(),
				() => core.facets(),
			];
			const read = reads[ints[0]];
			if (!read) return list(core.mini());
			must(read());
			mix(bytesAt(0));
		},
		20(_, ints) {
			must(core.show(ints[0]));
			mixInts(...res().slice(0, 4));
		},
		45(input) {
			must(core.lens(give(input), input.length));
			mixInts(res()[0]);
			list(core.found());
			list(core.frame());
		},
		46(input) {
			const status = core.find(give(input), input.length);
			mixInts(res()[2]);
			list(status);
		},
	};
	const history = {
		47(input) {
			must(core.past(give(input), input.length));
			mixInts(res()[0]);
		},
		48(input, ints) {
			must(core.advance(give(input.subarray(4)), input.length - 4, ints[0]));
			mixInts(res()[0]);
			mix(bytesAt(1));
		},
		49(input) {
			must(core.compare(give(input), input.length));
			mixInts(res()[0]);
			must(core.changes());
			mix(bytesAt(0));
			must(core.state());
			mix(bytesAt(0));
		},
	};
	Object.assign(answers, history);
	const view = new DataView(calls.buffer, calls.byteOffset, calls.byteLength);
	for (let at = 0; at < calls.length; ) {
		const n = view.getUint32(at + 1, true);
		const input = calls.slice(at + 5, at + 5 + n);
		answers[calls[at]](input, new Int32Array(input.buffer, 0, n >> 2));
		at += 5 + n;
	}
	must(core.stateHash());
	const hex = (v) => (v >>> 0).toString(16).padStart(8, '0');
	return `${name} ${[...res().slice(0, 4)].map(hex).join('')} ${hex(sum)} ${words}`;
}
