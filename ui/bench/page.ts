// The page of the painter's bench: draws one scene with the product's painter and
// with a naive one, which draws everything in full detail in every frame.

import '../src/fonts.css';
import '../src/tokens.css';
import { type Camera, fit } from '../src/canvas/camera';
import { drawMap } from '../src/canvas/draw';
import { Painter } from '../src/canvas/painter';
import { rectOf } from '../src/canvas/stage';
import { Core } from '../src/core/core';
import { palette } from '../src/theme';
import { fill } from './scene';

const [width, height] = [1400, 900];

/** What the script asks of the page. */
interface Bench {
	load(cards: number, relationships: number): Promise<{ list: number; words: number }>;
	run(painter: 'ours' | 'naive', view: 'fit' | 'mid' | 'near', frames: number): Promise<number>;
}

declare global {
	interface Window {
		bench: Bench;
	}
}

let core: Core;
let painter: Painter;
let whole: Camera;
let everything = new Int32Array(0);
const texts = new Map<string, string>();

function canvas(id: string): HTMLCanvasElement {
	const found = document.getElementById(id);
	if (!(found instanceof HTMLCanvasElement)) throw new Error(`no canvas ${id}`);
	found.style.width = `${width}px`;
	found.style.height = `${height}px`;
	return found;
}

// The maps of the bench hold no images.
const noImages = { get: () => 'missing' as const };

async function load(cards: number, relationships: number): Promise<{ list: number; words: number }> {
	const response = await fetch('/core.wasm');
	core = await Core.make(await WebAssembly.compile(await response.arrayBuffer()));
	fill(core, cards, relationships);
	await Promise.all([document.fonts.load('400 16px Inter'), document.fonts.load('600 16px Inter')]);
	painter = new Painter({ use: (f) => f(core) }, canvas('map'), canvas('above'), noImages);
	painter.resize(width, height, 1);
	const box = core.bounds(0);
	whole = fit(rectOf(box), width, height, 1);
	// A window as large as the map, at 100 %: nothing is left out, nothing simplified.
	core.view(box.x - 64, box.y - 64, Math.ceil(box.w / 64) + 4, Math.ceil(box.h / 64) + 4, 1);
	everything = core.frame().slice();
	return { list: everything.length, words: Math.round(whole.zoom * 1000) };
}

function cameraOf(view: 'fit' | 'mid' | 'near', frame: number): Camera {
	const sway = Math.sin(frame / 20) * 40;
	if (view === 'fit') return { ...whole, x: whole.x + sway / whole.zoom };
	const zoom = view === 'near' ? 1 : 0.35;
	const middle = { x: whole.x + width / 2 / whole.zoom, y: whole.y + height / 2 / whole.zoom };
	return { x: middle.x - width / 2 / zoom + sway / zoom, y: middle.y - height / 2 / zoom, zoom };
}

function paintAll(ctx: CanvasRenderingContext2D, camera: Camera): void {
	const { zoom } = camera;
	ctx.setTransform(1, 0, 0, 1, 0, 0);
	ctx.fillStyle = colours.canvas;
	ctx.fillRect(0, 0, width, height);
	ctx.setTransform(zoom, 0, 0, zoom, -camera.x * zoom, -camera.y * zoom);
	ctx.fontKerning = 'none';
	ctx.textRendering = 'geometricPrecision';
	const brush = {
		ctx,
		palette: colours,
		zoom,
		text,
		image: noImages.get,
		person: () => '',
		quiet: false,
		laser: () => false,
		alpha: 1,
	};
	drawMap(brush, everything, everything.length);
}

function text(num: number, field: number): string {
	const key = `${num} ${field}`;
	let found = texts.get(key);
	if (found === undefined) {
		found = core.text(num, field === 2 ? 2 : 1).text;
		texts.set(key, found);
	}
	return found;
}

const colours = palette();

// run paints frames and answers the median time between them in ms.
async function run(which: 'ours' | 'naive', view: 'fit' | 'mid' | 'near', frames: number): Promise<number> {
	const ctx = canvas('map').getContext('2d', { alpha: false });
	if (!ctx) throw new Error('no context');
	const times: number[] = [];
	let last = performance.now();
	for (let i = 0; i < frames; i++) {
		const camera = cameraOf(view, i);
		if (which === 'ours') {
			painter.look(camera);
			painter.paintMap(camera);
		} else paintAll(ctx, camera);
		const now = await new Promise<number>((resolve) => {
			requestAnimationFrame(() => resolve(performance.now()));
		});
		times.push(now - last);
		last = now;
	}
	times.sort((a, b) => a - b);
	return times[times.length >> 1] ?? 0;
}

window.bench = { load, run };
