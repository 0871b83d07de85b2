// Paints the core's drawing lists on two canvases: the map below, what changes
// with every move of the pointer above. It paints only when something changed.

import type { Core } from '../core/core';
import type { Desk } from '../core/desk';
import { Field, type Peer, unit } from '../core/model';
import { drawPins, type Pin } from '../talk/pins';
import { type Palette, palette } from '../theme';
import type { Camera, Point } from './camera';
import { type Brush, drawMap, forgetFont } from './draw';
import { drawLaser, drawOverlay } from './drawoverlay';
import type { Images } from './images';
import { type Area, Sheet } from './sheet';

/** The most texts kept; a large map's far corners are fetched again. */
const textsKept = 20_000;
const beyond = 48; // px around a part in which what casts something into it lies
const fields = 256; // numbers of fields are a byte
const origin: Point = { x: 0, y: 0 };

/** A list copied out of the core: fetching a text may move its memory. */
class Copied {
	list = new Int32Array(1 << 14);
	length = 0;

	take(words: Int32Array): void {
		if (words.length > this.list.length) this.list = new Int32Array(words.length * 2);
		this.list.set(words);
		this.length = words.length;
	}
}

/** Fetches texts once per revision. */
export class TextCache {
	private readonly texts = new Map<number, { rev: number; text: string }>();

	constructor(private readonly desk: Pick<Desk, 'use'>) {}

	get(num: number, field: number, rev: number): string {
		const key = num * fields + field;
		const kept = this.texts.get(key);
		if (kept?.rev === rev) return kept.text;
		if (this.texts.size > textsKept) this.texts.clear();
		const fresh = this.desk.use((core) => core.text(num, field), { text: '', rev });
		this.texts.set(key, { rev, text: fresh.text });
		return fresh.text;
	}

	clear(): void {
		this.texts.clear();
	}
}

/** The two layers of one map. */
export class Painter {
	private readonly sheet: Sheet;
	private readonly above: CanvasRenderingContext2D;
	private readonly copied = new Copied();
	private readonly texts: TextCache;
	private colours: Palette = palette();
	private peers = new Map<number, Peer>();
	private ratio = 1;
	private width = 0;
	private height = 0;
	private used = true; // whether anything is on the canvas above

	constructor(
		private readonly desk: Pick<Desk, 'use'>,
		mapCanvas: HTMLCanvasElement,
		overlayCanvas: HTMLCanvasElement,
		private readonly images: Pick<Images, 'get'>,
	) {
		this.sheet = new Sheet(context(mapCanvas, false));
		this.above = context(overlayCanvas, true);
		this.texts = new TextCache(desk);
	}

	/** Follows the size of the page and the density of its screen. */
	resize(width: number, height: number, ratio: number): void {
		this.width = width;
		this.height = height;
		this.ratio = ratio;
		this.sheet.resize(width, height, ratio);
		this.above.canvas.width = Math.max(1, Math.round(width * ratio));
		this.above.canvas.height = Math.max(1, Math.round(height * ratio));
		for (const ctx of [this.sheet.ctx, this.above]) forgetFont(ctx);
	}

	/** Reads the colours again. */
	recolour(): void {
		this.colours = palette();
	}

	/** Forgets what belongs to a core that is gone. */
	forget(): void {
		this.texts.clear();
	}

	/** Who the others are, for their cursors. */
	setPeers(peers: readonly Peer[]): void {
		this.peers = new Map(peers.map((peer) => [peer.author, peer]));
	}

	/** Tells the core where we look from. */
	look(camera: Camera): void {
		this.view(camera, this.width, this.height);
	}

	private view(camera: Camera, width: number, height: number): void {
		this.desk.use(
			(core) =>
				core.view(
					Math.round(camera.x * unit),
					Math.round(camera.y * unit),
					Math.round(width),
					Math.round(height),
					camera.zoom,
				),
			undefined,
		);
	}

	/** Paints the map. */
	paintMap(camera: Camera): void {
		this.sheet.forget();
		if (!this.fetch((core) => core.frame())) return;
		this.drawFetched(camera, this.sheet.begin(camera));
	}

	/**
	 * Paints the map where only the camera moved: what stays in sight is moved, and
	 * only what comes into sight is drawn. False: it cannot, and nothing was done.
	 */
	moveMap(camera: Camera): boolean {
		const parts = this.sheet.move(camera);
		if (!parts) return false;
		if (!parts.every((part) => this.drawPart(camera, part))) this.sheet.forget();
		if (parts.length > 0) this.look(camera);
		return true;
	}

	// drawPart draws a part of the map as if it were all of it.
	private drawPart(camera: Camera, part: Area): boolean {
		const { x, y, w, h } = this.sheet.onStage(part);
		const corner = { x: camera.x + (x - beyond) / camera.zoom, y: camera.y + (y - beyond) / camera.zoom };
		this.view({ ...corner, zoom: camera.zoom }, Math.ceil(w) + 2 * beyond, Math.ceil(h) + 2 * beyond);
		if (!this.fetch((core) => core.frame())) return false;
		this.drawFetched(camera, part);
		return true;
	}

	private drawFetched(camera: Camera, { left, top, right, bottom }: Area): void {
		const { ctx } = this.sheet;
		ctx.save();
		ctx.setTransform(1, 0, 0, 1, 0, 0);
		ctx.beginPath();
		ctx.rect(left, top, right - left, bottom - top);
		ctx.clip();
		ctx.fillStyle = this.colours.canvas;
		ctx.fillRect(left, top, right - left, bottom - top);
		drawMap(this.brush(ctx, camera, this.sheet.at), this.copied.list, this.copied.length);
		ctx.restore();
		forgetFont(ctx); // restored too
	}

	/** Paints what lies above. */
	paintOverlay(camera: Camera, quiet: boolean): void {
		if (!this.fetch((core) => core.overlay())) return;
		// A canvas that is touched or seen is copied to the screen again, empty or not.
		if (this.copied.length === 0 && !this.used) return;
		const ctx = this.above;
		ctx.setTransform(1, 0, 0, 1, 0, 0);
		ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
		this.use(this.copied.length > 0);
		drawOverlay(this.brush(ctx, camera, origin, quiet), this.copied.list, this.copied.length);
	}

	private use(used: boolean): void {
		if (this.used === used) return;
		this.used = used;
		this.above.canvas.style.visibility = used ? 'visible' : 'hidden';
	}

	private upper(): CanvasRenderingContext2D {
		this.use(true);
		return this.above;
	}

	/** Draws the pins of discussions. */
	paintPins(pins: readonly Pin[], camera: Camera): void {
		if (pins.length === 0) return;
		const ctx = this.upper();
		ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		drawPins(ctx, this.colours, camera, pins, { width: this.width, height: this.height });
	}

	/** Draws what this person's laser points out, in screen px. */
	paintLaser({ x, y }: Point): void {
		const ctx = this.upper();
		ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		drawLaser(ctx, x, y);
	}

	/** Draws the marquee, which only this page knows of, in screen px. */
	paintMarquee(x1: number, y1: number, x2: number, y2: number): void {
		const ctx = this.upper();
		ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		const [x, y] = [Math.min(x1, x2), Math.min(y1, y2)];
		const [w, h] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
		ctx.globalAlpha = 0.1;
		ctx.fillStyle = this.colours.accent;
		ctx.fillRect(x, y, w, h);
		ctx.globalAlpha = 1;
		ctx.strokeStyle = this.colours.accent;
		ctx.lineWidth = 1;
		ctx.strokeRect(x + 0.5, y + 0.5, w, h);
	}

	/** Draws what a pen draws around cards, in screen px. */
	paintLasso(way: readonly Point[]): void {
		const ctx = this.upper();
		ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		ctx.beginPath();
		for (const { x, y } of way) ctx.lineTo(x, y);
		ctx.closePath();
		ctx.globalAlpha = 0.1;
		ctx.fillStyle = this.colours.accent;
		ctx.fill();
		ctx.globalAlpha = 1;
		ctx.strokeStyle = this.colours.accent;
		ctx.lineWidth = 1.5;
		ctx.stroke();
	}

	/** Draws the line of the relation tool, in screen px. */
	paintBand(x1: number, y1: number, x2: number, y2: number): void {
		const ctx = this.upper();
		ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		ctx.beginPath();
		ctx.moveTo(x1, y1);
		ctx.lineTo(x2, y2);
		ctx.strokeStyle = this.colours.accent;
		ctx.lineWidth = 2;
		ctx.stroke();
	}

	// fetch copies a list; false while there is no core to ask.
	private fetch(list: (core: Core) => Int32Array): boolean {
		return this.desk.use((core) => {
			this.copied.take(list(core));
			return true;
		}, false);
	}

	// at is where the stage's corner lies on the canvas, in px of the device.
	private brush(ctx: CanvasRenderingContext2D, camera: Camera, at: Point, quiet = false): Brush {
		const scale = camera.zoom * this.ratio;
		ctx.setTransform(scale, 0, 0, scale, at.x - camera.x * scale, at.y - camera.y * scale);
		// Resizing resets these; setting them each frame costs nothing.
		ctx.fontKerning = 'none';
		ctx.textRendering = 'geometricPrecision';
		ctx.textBaseline = 'alphabetic';
		return {
			ctx,
			palette: this.colours,
			zoom: camera.zoom,
			text: (num, field, rev) => this.texts.get(num, field, rev),
			image: (num, rev, px) => this.images.get(this.texts.get(num, Field.media, rev), px * this.ratio),
			person: (author) => this.peers.get(author)?.name ?? '',
			laser: (author) => this.peers.get(author)?.laser === true,
			quiet,
			alpha: 1,
		};
	}
}

function context(canvas: HTMLCanvasElement, alpha: boolean): CanvasRenderingContext2D {
	const ctx = canvas.getContext('2d', { alpha });
	if (!ctx) throw new Error('this browser cannot draw on a canvas');
	return ctx;
}
