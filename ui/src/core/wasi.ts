// The few calls a Go program makes of its host. There are no files: everything
// not listed answers "not implemented".

const success = 0;
const badFile = 8;
const notImplemented = 52;

const subscriptionSize = 48;
const eventSize = 32;

/** What the shim needs to know. */
export interface WasiHost {
	memory: () => WebAssembly.Memory;
	env: Record<string, string>;
	log: (line: string) => void;
}

/** Thrown when the program ends itself. */
export class Exit extends Error {
	constructor(readonly code: number) {
		super(`the core ended with code ${code}`);
	}
}

type Call = (...args: number[]) => number;
type BigCall = (...args: (number | bigint)[]) => number;

/** Answers every import of the module that belongs to WASI. */
export function wasiImports(module: WebAssembly.Module, host: WasiHost): WebAssembly.Imports {
	const known = calls(host);
	const imports: WebAssembly.Imports = {};
	for (const item of WebAssembly.Module.imports(module)) {
		if (item.kind !== 'function') continue;
		const group = imports[item.module] ?? {};
		group[item.name] = known[item.name] ?? (() => notImplemented);
		imports[item.module] = group;
	}
	return imports;
}

function calls(host: WasiHost): Record<string, Call | BigCall> {
	const view = () => new DataView(host.memory().buffer);
	const bytes = (at: number, n: number) => new Uint8Array(host.memory().buffer, at, n);
	const environment = Object.entries(host.env).map(([key, value]) =>
		new TextEncoder().encode(`${key}=${value}\0`),
	);
	const args = [new TextEncoder().encode('core\0')];
	return {
		args_get: (list: number, at: number) => putList(args, list, at),
		args_sizes_get: (count: number, size: number) => putSizes(args, count, size),
		environ_get: (list: number, at: number) => putList(environment, list, at),
		environ_sizes_get: (count: number, size: number) => putSizes(environment, count, size),
		clock_time_get: (clock: number | bigint, _precision: number | bigint, at: number | bigint) => {
			const ms = Number(clock) === 0 ? Date.now() : performance.now();
			view().setBigUint64(Number(at), BigInt(Math.round(ms * 1e6)), true);
			return success;
		},
		random_get: (at: number, n: number) => {
			// getRandomValues takes at most 65,536 bytes at a time.
			for (let done = 0; done < n; done += 65536) {
				crypto.getRandomValues(bytes(at + done, Math.min(65536, n - done)));
			}
			return success;
		},
		fd_write: (fd: number, list: number, count: number, written: number) => write(fd, list, count, written),
		poll_oneoff: (subscriptions: number, events: number, n: number, count: number) => {
			// Every wait is over at once: nothing in the page may block.
			for (let i = 0; i < n; i++) {
				const event = events + i * eventSize;
				bytes(event, eventSize).fill(0);
				view().setBigUint64(event, view().getBigUint64(subscriptions + i * subscriptionSize, true), true);
			}
			view().setUint32(count, n, true);
			return success;
		},
		sched_yield: () => success,
		fd_fdstat_get: (fd: number, at: number) => {
			if (fd > 2) return badFile;
			bytes(at, 24).fill(0);
			view().setUint8(at, 2); // a character device
			return success;
		},
		fd_fdstat_set_flags: (fd: number) => (fd > 2 ? badFile : success),
		fd_prestat_get: () => badFile,
		fd_prestat_dir_name: () => badFile,
		fd_close: () => success,
		proc_exit: (code: number) => {
			throw new Exit(code);
		},
	};

	function putList(items: Uint8Array[], list: number, at: number): number {
		let next = at;
		items.forEach((item, i) => {
			view().setUint32(list + i * 4, next, true);
			bytes(next, item.length).set(item);
			next += item.length;
		});
		return success;
	}

	function putSizes(items: Uint8Array[], count: number, size: number): number {
		view().setUint32(count, items.length, true);
		view().setUint32(
			size,
			items.reduce((sum, item) => sum + item.length, 0),
			true,
		);
		return success;
	}

	function write(fd: number, list: number, count: number, written: number): number {
		if (fd !== 1 && fd !== 2) return badFile;
		let total = 0;
		let text = '';
		for (let i = 0; i < count; i++) {
			const at = view().getUint32(list + i * 8, true);
			const n = view().getUint32(list + i * 8 + 4, true);
			text += new TextDecoder().decode(bytes(at, n));
			total += n;
		}
		host.log(text.trimEnd());
		view().setUint32(written, total, true);
		return success;
	}
}
