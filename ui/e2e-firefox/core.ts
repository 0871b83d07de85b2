// Reads the core of an open map in a page, in any browser: the page keeps what it
// instantiates. Each function runs in the page and must not name anything of here.

/** What the tests call of the core. */
interface Exports {
	memory: WebAssembly.Memory;
	result(): number;
	stateHash(): number;
	frame(): number;
	text(num: number, field: number): number;
}

declare global {
	interface Window {
		/** The instances of the page, newest last. */
		cores: Exports[];
	}
}

/** Runs before the page's own scripts: keeps the instances it makes. */
export function keepCores(): void {
	const instantiate = WebAssembly.instantiate as (m: WebAssembly.Module, i: unknown) => Promise<unknown>;
	window.cores = [];
	const kept = async (module: WebAssembly.Module, imports: unknown) => {
		const made = (await instantiate(module, imports)) as WebAssembly.Instance;
		window.cores.push(made.exports as unknown as Exports);
		return made;
	};
	WebAssembly.instantiate = kept as typeof WebAssembly.instantiate;
}

/** The hash of the committed state. */
export function stateHash(): string {
	const core = window.cores.at(-1);
	if (!core) throw new Error('no core was made');
	core.stateHash();
	const words = new Uint32Array(core.memory.buffer, core.result(), 4);
	return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** A line of text on the map: its width in px by the core's table and by the browser. */
export interface Line {
	text: string;
	font: string;
	table: number;
	browser: number;
}

/** Measures every line of a title that is painted. */
export async function measure(): Promise<Line[]> {
	const core = window.cores.at(-1);
	const ctx = document.createElement('canvas').getContext('2d');
	if (!core || !ctx) throw new Error('no core, or no canvas');
	const unit = 64; // parts of a px
	const [textOp, wholeTitle, head] = [2, 1, 2];
	const res = (i: number) => new Int32Array(core.memory.buffer, core.result(), 8)[i] ?? 0;
	core.frame();
	const list = new Int32Array(core.memory.buffer, res(0), res(1)).slice();
	const lines: Line[] = [];
	for (let at = 0; at < list.length; ) {
		const words = list.slice(at, at + ((list[at] ?? 0) >>> 8));
		if (words.length < head) throw new Error('a list that does not move on');
		at += words.length;
		if (((words[0] ?? 0) & 0xff) !== textOp) continue;
		const [, num = 0, , field = 0, from = 0, to = 0, , , width = 0, size = 0, style = 0] = words;
		core.text(num, field);
		const bytes = new Uint8Array(core.memory.buffer, res(0), res(1)).slice();
		const text = new TextDecoder().decode(bytes).slice(from, to).trimEnd();
		const font = `${style === wholeTitle ? 600 : 400} ${size / unit}px Inter`;
		await document.fonts.load(font, text);
		ctx.font = font;
		ctx.fontKerning = 'none';
		ctx.textRendering = 'geometricPrecision';
		lines.push({ text, font, table: width / unit, browser: ctx.measureText(text).width });
	}
	return lines;
}
