// The canvas of the map, larger than the stage: a map that is moved is not painted
// anew, its canvas is moved, and only what comes into sight beyond is drawn. All
// places and lengths here are in px of the device, from the canvas's corner.

import { type Camera, type Point, type Rect, shiftOf } from './camera';

const beside = 1 / 8; // of the stage's sides, painted ahead of a move
const leastKept = 0.5; // of the stage; where less stays in sight all is painted anew

/** A part of the canvas. */
export interface Area {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** The parts that are to be drawn for a stage's new place; what is drawn grows by them. */
export function grow(drawn: Area, wanted: Area, canvas: Area): Area[] {
	const parts: Area[] = [];
	if (wanted.left < drawn.left) {
		parts.push({ ...drawn, left: canvas.left, right: drawn.left });
		drawn.left = canvas.left;
	}
	if (wanted.right > drawn.right) {
		parts.push({ ...drawn, left: drawn.right, right: canvas.right });
		drawn.right = canvas.right;
	}
	if (wanted.top < drawn.top) {
		parts.push({ ...drawn, top: canvas.top, bottom: drawn.top });
		drawn.top = canvas.top;
	}
	if (wanted.bottom > drawn.bottom) {
		parts.push({ ...drawn, top: drawn.bottom, bottom: canvas.bottom });
		drawn.bottom = canvas.bottom;
	}
	return parts;
}

/** Where a stage that would leave the canvas goes on: at the other side, with room ahead. */
export function ahead(at: number, room: number): number {
	if (at < 0) return room;
	return at > room ? 0 : at;
}

/** The canvas of one map. */
export class Sheet {
	private readonly spare = document.createElement('canvas'); // holds the picture while it is moved
	private ratio = 1;
	private stage = { w: 1, h: 1 };
	private margin: Point = { x: 0, y: 0 };
	private drawn: Area = { left: 0, top: 0, right: 0, bottom: 0 };
	private anchor: Camera | null = null; // that of the last whole painting
	private origin: Point = { x: 0, y: 0 }; // the stage's corner in it
	private corner: Point = { x: 0, y: 0 }; // the stage's corner now

	constructor(readonly ctx: CanvasRenderingContext2D) {}

	/** Where the stage's corner lies. */
	get at(): Point {
		return this.corner;
	}

	/** Follows the size of the stage, in css px, and the density of its screen. */
	resize(width: number, height: number, ratio: number): void {
		this.ratio = ratio;
		this.stage = { w: Math.max(1, Math.round(width * ratio)), h: Math.max(1, Math.round(height * ratio)) };
		this.margin = { x: Math.round(this.stage.w * beside), y: Math.round(this.stage.h * beside) };
		const { canvas } = this.ctx;
		canvas.width = this.stage.w + 2 * this.margin.x;
		canvas.height = this.stage.h + 2 * this.margin.y;
		canvas.style.width = `${canvas.width / ratio}px`;
		canvas.style.height = `${canvas.height / ratio}px`;
		this.forget();
	}

	/** What was drawn is of no use any more. */
	forget(): void {
		this.anchor = null;
	}

	/** Begins anew with a camera: the part to be drawn is the stage's own. */
	begin(camera: Camera): Area {
		this.anchor = camera;
		this.origin = this.margin;
		this.place(this.margin);
		this.drawn = this.around(this.margin);
		return this.drawn;
	}

	/** Moves to a camera: the parts to be drawn, or null where all has to be. */
	move(camera: Camera): Area[] | null {
		const by = this.anchor && shiftOf(this.anchor, camera, this.ratio);
		if (!by) return null;
		const wanted = { x: this.origin.x - by.x, y: this.origin.y - by.y };
		const at = { x: ahead(wanted.x, 2 * this.margin.x), y: ahead(wanted.y, 2 * this.margin.y) };
		const [x, y] = [at.x - wanted.x, at.y - wanted.y];
		if ((x !== 0 || y !== 0) && !this.bringBack(x, y)) return null;
		this.place(at);
		const { width, height } = this.ctx.canvas;
		return grow(this.drawn, this.around(at), { left: 0, top: 0, right: width, bottom: height });
	}

	// bringBack moves the picture on the canvas; false where too little of it would stay.
	private bringBack(x: number, y: number): boolean {
		const { canvas } = this.ctx;
		const kept = {
			left: Math.max(0, this.drawn.left + x),
			top: Math.max(0, this.drawn.top + y),
			right: Math.min(canvas.width, this.drawn.right + x),
			bottom: Math.min(canvas.height, this.drawn.bottom + y),
		};
		const [w, h] = [kept.right - kept.left, kept.bottom - kept.top];
		if (w < this.stage.w * leastKept || h < this.stage.h * leastKept) return false;
		this.blit(x, y);
		this.drawn = kept;
		this.origin = { x: this.origin.x + x, y: this.origin.y + y };
		return true;
	}

	// By way of another canvas: drawn on itself, one is copied twice.
	private blit(x: number, y: number): void {
		const { ctx, spare } = this;
		if (spare.width !== ctx.canvas.width || spare.height !== ctx.canvas.height) {
			spare.width = ctx.canvas.width;
			spare.height = ctx.canvas.height;
		}
		const other = spare.getContext('2d', { alpha: false });
		other?.drawImage(ctx.canvas, 0, 0);
		ctx.setTransform(1, 0, 0, 1, 0, 0);
		ctx.drawImage(spare, x, y);
	}

	private around({ x, y }: Point): Area {
		return { left: x, top: y, right: x + this.stage.w, bottom: y + this.stage.h };
	}

	private place(at: Point): void {
		this.corner = at;
		this.ctx.canvas.style.transform = `translate(${-at.x / this.ratio}px, ${-at.y / this.ratio}px)`;
	}

	/** A part as the stage has it, in css px from the stage's corner. */
	onStage({ left, top, right, bottom }: Area): Rect {
		const { ratio, corner } = this;
		return {
			x: (left - corner.x) / ratio,
			y: (top - corner.y) / ratio,
			w: (right - left) / ratio,
			h: (bottom - top) / ratio,
		};
	}
}
