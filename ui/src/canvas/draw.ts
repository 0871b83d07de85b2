// Draws the map's own layer: cards, texts, relationships and badges. The context
// is in world px; what must keep its size on screen divides by the zoom.

import type { Palette } from '../theme';
import type { Shown } from './images';
import { Badge, CardFlag, eachOp, Op, px, TextStyle, type Words, word } from './ops';

/** What drawing needs beside the list. */
export interface Brush {
	ctx: CanvasRenderingContext2D;
	palette: Palette;
	zoom: number;
	text(num: number, field: number, rev: number): string;
	/** The image a card shows, for so many px on screen. */
	image(num: number, rev: number, px: number): Shown;
	person(author: number): string;
	/** Whether somebody's cursor points something out. */
	laser(author: number): boolean;
	/** Whether a title is being typed: handles would only be in the way. */
	quiet: boolean;
	/** How much of what is drawn now shows, 0 to 1. */
	alpha: number;
}

const fontFamily = 'Inter, system-ui, sans-serif';
const lineWidths = [1.5, 1, 1.75, 2.5, 3.5, 5];
const dashes: number[][] = [[], [8, 6], [2, 5]];
const arrowLength = 9;
const arrowHalf = 4.5;
const smallestStroke = 0.75; // px on screen
const badgeRadius = 8;
const farLines = 0.2; // zoom; the core makes lines straight below it
const mostTogether = 64; // lines of a path: a longer one takes longer than its parts

/** Draws the list of the static layer. */
export function drawMap(brush: Brush, list: Int32Array, length: number): void {
	if (brush.zoom >= farLines) {
		eachOp(list, length, (op, w) => drawOp(brush, op, w));
		return;
	}
	const far = new FarLines(brush);
	eachOp(list, length, (op, w) => {
		if (op === Op.line) far.add(w);
		else {
			far.end();
			drawOp(brush, op, w);
		}
	});
	far.end();
}

// From far out there are thousands of lines: those that look alike and follow each
// other are one path. They are faint, or they would hide what they connect.
class FarLines {
	private like = -1;
	private count = 0;

	constructor(private readonly brush: Brush) {}

	add(w: Words): void {
		const { ctx } = this.brush;
		const [style, weight, dash] = [word(w, 4), word(w, 5), word(w, 6)];
		const like = (style << 8) | (weight << 4) | dash;
		if (like !== this.like || this.count === mostTogether) {
			this.end();
			pen(this.brush, style, weight, dash);
			ctx.beginPath();
			this.like = like;
		}
		ctx.moveTo(px(w, 0), px(w, 1));
		ctx.lineTo(px(w, 2), px(w, 3));
		this.count++;
	}

	end(): void {
		if (this.count === 0) return;
		const { ctx, alpha } = this.brush;
		ctx.globalAlpha = 0.4 * alpha;
		ctx.stroke();
		ctx.globalAlpha = alpha;
		ctx.setLineDash(dashes[0] ?? []);
		this.like = -1;
		this.count = 0;
	}
}

function drawOp(brush: Brush, op: number, w: Words): void {
	switch (op) {
		case Op.card:
			drawCard(brush, w);
			break;
		case Op.text:
			drawText(brush, w);
			break;
		case Op.bar:
			drawBar(brush, w);
			break;
		case Op.line:
			drawLine(brush, w);
			break;
		case Op.curve:
			drawCurve(brush, w);
			break;
		case Op.way:
			drawWay(brush, w);
			break;
		case Op.arrow:
			drawArrow(brush, w);
			break;
		case Op.badge:
			drawBadge(brush, w);
			break;
		case Op.alpha:
			brush.alpha = word(w, 0) / 255;
			brush.ctx.globalAlpha = brush.alpha;
			break;
		case Op.sight:
			drawSight(brush, w);
			break;
		case Op.image:
			drawImage(brush, w);
			break;
		default:
			break; // of a newer core
	}
}

/** A rounded rectangle as the current path. */
export function box(
	ctx: CanvasRenderingContext2D,
	x: number,
	y: number,
	w: number,
	h: number,
	r: number,
): void {
	ctx.beginPath();
	ctx.roundRect(x, y, w, h, Math.max(0, Math.min(r, w / 2, h / 2)));
}

/** A stroke's width that stays visible far out. */
export function strokeWidth(width: number, zoom: number): number {
	return Math.max(width, smallestStroke / zoom);
}

function drawCard(brush: Brush, w: Words): void {
	const { ctx, palette, zoom } = brush;
	const [x, y, width, height] = [px(w, 0), px(w, 1), px(w, 2), px(w, 3)];
	const colours = palette.cards[word(w, 4)] ?? palette.cards[0];
	if (!colours) return;
	const flags = word(w, 6);
	const open = (flags & CardFlag.whole) !== 0 && (flags & CardFlag.folded) === 0;
	ctx.fillStyle = open ? colours.whole : colours.fill;
	const radius = px(w, 5);
	if (flags & CardFlag.flat) {
		ctx.fillRect(x, y, width, height);
		if (flags & CardFlag.seen) drawSeen(brush, x, y, width, height, radius, flags);
		return;
	}
	if (flags & CardFlag.root) drawShadow(brush, x, y, width, height, radius, ctx.fillStyle);
	box(ctx, x, y, width, height, radius);
	ctx.fill();
	ctx.strokeStyle = colours.edge;
	ctx.lineWidth = strokeWidth(1, zoom);
	const dashed = (flags & CardFlag.placeholder) !== 0;
	if (dashed) ctx.setLineDash([5, 4]);
	ctx.stroke();
	if (dashed) ctx.setLineDash([]);
	if (flags & CardFlag.folded) drawStack(ctx, x, y, width, height, radius);
	if (flags & CardFlag.seen) drawSeen(brush, x, y, width, height, radius, flags);
}

// What an open eye looks at has a ring, a double one where much is made of it:
// strength alone would not be seen by everybody.
function drawSeen(
	{ ctx, palette, zoom }: Brush,
	x: number,
	y: number,
	w: number,
	h: number,
	r: number,
	flags: number,
): void {
	ctx.strokeStyle = palette.sight;
	ctx.lineWidth = strokeWidth(1.5, zoom);
	const rings = flags & CardFlag.high ? [3, 6] : [3];
	for (const gap of rings) {
		box(ctx, x - gap, y - gap, w + gap * 2, h + gap * 2, r + gap);
		ctx.stroke();
	}
}

// Two faint steps look like a blur and cost a hundredth of one.
function drawShadow(
	{ ctx, palette, alpha }: Brush,
	x: number,
	y: number,
	w: number,
	h: number,
	r: number,
	fill: string | CanvasGradient | CanvasPattern,
): void {
	ctx.fillStyle = palette.shade;
	ctx.globalAlpha = 0.035 * alpha;
	box(ctx, x - 2, y + 1, w + 4, h + 5, r + 2);
	ctx.fill();
	ctx.globalAlpha = 0.06 * alpha;
	box(ctx, x - 0.5, y + 1, w + 1, h + 1.5, r + 0.5);
	ctx.fill();
	ctx.globalAlpha = alpha;
	ctx.fillStyle = fill;
}

// A folded whole shows the edge of what lies under it, not colour alone.
function drawStack(
	ctx: CanvasRenderingContext2D,
	x: number,
	y: number,
	w: number,
	h: number,
	r: number,
): void {
	ctx.beginPath();
	ctx.moveTo(x + r, y + h + 3);
	ctx.lineTo(x + w - r, y + h + 3);
	ctx.stroke();
}

/** The font of a size in px. */
export function font(size: number, weight: number): string {
	return `${weight} ${size}px ${fontFamily}`;
}

function drawText(brush: Brush, w: Words): void {
	const { ctx, palette } = brush;
	const style = word(w, 8);
	const kind = style & ~TextStyle.squeeze;
	const text = brush.text(w.num, word(w, 1), word(w, 0)).slice(word(w, 2), word(w, 3));
	const wanted = font(px(w, 7), kind === TextStyle.whole ? 600 : 400);
	// Setting a font parses it, even the same one.
	if (fonts.get(ctx) !== wanted) {
		fonts.set(ctx, wanted);
		ctx.font = wanted;
	}
	ctx.fillStyle = inkOf(palette, kind);
	if (style & TextStyle.squeeze) ctx.fillText(text, px(w, 4), px(w, 5), px(w, 6));
	else ctx.fillText(text, px(w, 4), px(w, 5));
}

const fonts = new WeakMap<CanvasRenderingContext2D, string>();

/** Forgets which font a context has: resizing a canvas resets it. */
export function forgetFont(ctx: CanvasRenderingContext2D): void {
	fonts.delete(ctx);
}

function inkOf(palette: Palette, kind: number): string {
	if (kind === TextStyle.body || kind === TextStyle.label) return palette.soft;
	return kind === TextStyle.placeholder ? palette.faint : palette.ink;
}

function drawBar({ ctx, palette, alpha }: Brush, w: Words): void {
	ctx.fillStyle = palette.faint;
	ctx.globalAlpha = 0.35 * alpha;
	ctx.fillRect(px(w, 0), px(w, 1), px(w, 2), px(w, 3));
	ctx.globalAlpha = alpha;
}

const imageRadius = 6;

// The image of a card, or its place: flat while it comes, crossed where there is none.
function drawImage(brush: Brush, w: Words): void {
	const { ctx, palette, zoom, alpha } = brush;
	const [x, y, width, height, rev] = [px(w, 0), px(w, 1), px(w, 2), px(w, 3), word(w, 4)];
	const shown = rev === 0 ? 'loading' : brush.image(w.num, rev, Math.max(width, height) * zoom);
	box(ctx, x, y, width, height, imageRadius);
	if (typeof shown !== 'string') {
		ctx.save();
		ctx.clip();
		ctx.imageSmoothingQuality = 'high';
		ctx.drawImage(shown, x, y, width, height);
		ctx.restore();
		return;
	}
	ctx.globalAlpha = 0.16 * alpha;
	ctx.fillStyle = palette.faint;
	ctx.fill();
	ctx.globalAlpha = alpha;
	if (rev === 0) return;
	ctx.strokeStyle = palette.faint;
	ctx.lineWidth = strokeWidth(1, zoom);
	ctx.stroke();
	drawPicture(ctx, x + width / 2, y + height / 2, shown === 'missing');
}

// The sign of a picture: a hill and a sun, struck out where the picture is missing.
function drawPicture(ctx: CanvasRenderingContext2D, x: number, y: number, missing: boolean): void {
	ctx.lineWidth = 1.5;
	strokes(ctx, x, y, [
		[-9, 7, -9, -7, 9, -7, 9, 7, -9, 7],
		[-9, 4, -3, -2, 2, 3, 5, 0, 9, 4],
		...(missing ? [[-12, 10, 12, -10]] : []),
	]);
}

function pen({ ctx, palette, zoom }: Brush, style: number, weight: number, dash: number): void {
	ctx.strokeStyle = palette.cards[style]?.line ?? palette.soft;
	ctx.lineWidth = strokeWidth(lineWidths[weight] ?? 1.5, zoom);
	ctx.setLineDash(dashes[dash] ?? []);
}

function drawLine(brush: Brush, w: Words): void {
	const { ctx } = brush;
	pen(brush, word(w, 4), word(w, 5), word(w, 6));
	ctx.beginPath();
	ctx.moveTo(px(w, 0), px(w, 1));
	ctx.lineTo(px(w, 2), px(w, 3));
	ctx.stroke();
	ctx.setLineDash([]);
}

/** A cubic curve as the current path, from eight words. */
export function curve(ctx: CanvasRenderingContext2D, w: Words): void {
	ctx.beginPath();
	ctx.moveTo(px(w, 0), px(w, 1));
	ctx.bezierCurveTo(px(w, 2), px(w, 3), px(w, 4), px(w, 5), px(w, 6), px(w, 7));
}

function drawCurve(brush: Brush, w: Words): void {
	pen(brush, word(w, 8), word(w, 9), word(w, 10));
	curve(brush.ctx, w);
	brush.ctx.stroke();
	brush.ctx.setLineDash([]);
}

const cornerRadius = 8;

/** A way with rounded corners as the current path; its points begin at a word. */
export function way(ctx: CanvasRenderingContext2D, w: Words, first: number): void {
	const last = w.count - 2;
	ctx.beginPath();
	ctx.moveTo(px(w, first), px(w, first + 1));
	for (let i = first + 2; i < last; i += 2)
		ctx.arcTo(px(w, i), px(w, i + 1), px(w, i + 2), px(w, i + 3), radiusAt(w, i));
	ctx.lineTo(px(w, last), px(w, last + 1));
}

// A corner is no rounder than the shorter of its sides allows.
function radiusAt(w: Words, i: number): number {
	const before = Math.abs(px(w, i) - px(w, i - 2)) + Math.abs(px(w, i + 1) - px(w, i - 1));
	const after = Math.abs(px(w, i + 2) - px(w, i)) + Math.abs(px(w, i + 3) - px(w, i + 1));
	return Math.min(cornerRadius, before / 2, after / 2);
}

function drawWay(brush: Brush, w: Words): void {
	pen(brush, word(w, 0), word(w, 1), word(w, 2));
	way(brush.ctx, w, 3);
	brush.ctx.stroke();
	brush.ctx.setLineDash([]);
}

function drawArrow({ ctx, palette }: Brush, w: Words): void {
	const [x, y, dx, dy] = [px(w, 0), px(w, 1), word(w, 2), word(w, 3)];
	const length = Math.hypot(dx, dy);
	if (length === 0) return;
	const [ux, uy] = [dx / length, dy / length];
	const grow = 1 + (lineWidths[word(w, 5)] ?? 1.5) * 0.12;
	const [back, half] = [arrowLength * grow, arrowHalf * grow];
	ctx.fillStyle = palette.cards[word(w, 4)]?.line ?? palette.soft;
	ctx.beginPath();
	ctx.moveTo(x, y);
	ctx.lineTo(x - ux * back - uy * half, y - uy * back + ux * half);
	ctx.lineTo(x - ux * back + uy * half, y - uy * back - ux * half);
	ctx.closePath();
	ctx.fill();
}

function drawBadge(brush: Brush, w: Words): void {
	const { ctx, palette } = brush;
	const [x, y, kind, n] = [px(w, 0), px(w, 1), word(w, 2), word(w, 3)];
	ctx.strokeStyle = ctx.fillStyle = palette.soft;
	ctx.lineWidth = 1.5;
	ctx.lineCap = ctx.lineJoin = 'round';
	switch (kind) {
		case Badge.open:
			strokes(ctx, x, y, [[-4, -2, 0, 2, 4, -2]]);
			break;
		case Badge.folded:
		case Badge.merged:
			drawCount(brush, x, y, n);
			break;
		case Badge.plus:
			drawSign(brush, x, y, true);
			break;
		case Badge.minus:
			drawSign(brush, x, y, false);
			break;
		case Badge.delay:
			strokes(ctx, x, y, [
				[-2, -5, -2, 5],
				[2, -5, 2, 5],
			]);
			break;
		case Badge.eye:
			drawEye(brush, x, y, true);
			break;
		case Badge.shut:
			drawEye(brush, x, y, false);
			break;
		case Badge.link:
			strokes(ctx, x, y, [
				[-3, 3, 3, -3],
				[-1, -3, 3, -3, 3, 1],
			]);
			break;
		case Badge.toMap: // two sheets and the way between
			strokes(ctx, x, y, [
				[-5, -4, -5, 1, 0, 1, 0, -4, -5, -4],
				[1, -1, 5, -1, 5, 4, 0, 4, 0, 3],
			]);
			break;
		case Badge.files:
			drawClip(ctx, x - 4, y);
			small(ctx, n > 99 ? '99+' : String(n), x + 5, y, palette.soft);
			break;
		case Badge.body:
			strokes(ctx, x, y, [
				[-4, -3, 4, -3],
				[-4, 0, 4, 0],
				[-4, 3, 1, 3],
			]);
			break;
		default:
			break;
	}
	ctx.lineCap = 'butt';
	ctx.lineJoin = 'miter';
}

function strokes(ctx: CanvasRenderingContext2D, x: number, y: number, lines: number[][]): void {
	ctx.beginPath();
	for (const line of lines) {
		for (let i = 0; i + 1 < line.length; i += 2) {
			const [px1, py1] = [x + (line[i] ?? 0), y + (line[i + 1] ?? 0)];
			if (i === 0) ctx.moveTo(px1, py1);
			else ctx.lineTo(px1, py1);
		}
	}
	ctx.stroke();
}

function drawCount({ ctx, palette }: Brush, x: number, y: number, n: number): void {
	const text = n > 999 ? '999+' : String(n);
	const width = Math.max(20, 10 + text.length * 7);
	box(ctx, x - width / 2, y - badgeRadius, width, badgeRadius * 2, badgeRadius);
	ctx.fillStyle = palette.paper;
	ctx.fill();
	ctx.strokeStyle = palette.faint;
	ctx.lineWidth = 1;
	ctx.stroke();
	small(ctx, text, x, y, palette.soft);
}

function drawSign({ ctx, palette }: Brush, x: number, y: number, plus: boolean): void {
	box(ctx, x - badgeRadius, y - badgeRadius, badgeRadius * 2, badgeRadius * 2, badgeRadius);
	ctx.fillStyle = palette.paper;
	ctx.fill();
	ctx.stroke();
	strokes(
		ctx,
		x,
		y,
		plus
			? [
					[-3.5, 0, 3.5, 0],
					[0, -3.5, 0, 3.5],
				]
			: [[-3.5, 0, 3.5, 0]],
	);
}

// An open eye looks; a shut one shows its lid and lashes.
function drawEye({ ctx, palette }: Brush, x: number, y: number, open: boolean): void {
	box(ctx, x - 11, y - badgeRadius, 22, badgeRadius * 2, badgeRadius);
	ctx.fillStyle = palette.paper;
	ctx.fill();
	ctx.strokeStyle = open ? palette.sight : palette.faint;
	ctx.lineWidth = open ? 1.5 : 1;
	ctx.stroke();
	ctx.strokeStyle = ctx.fillStyle = open ? palette.sight : palette.soft;
	ctx.lineWidth = 1.5;
	if (!open) {
		ctx.beginPath();
		ctx.moveTo(x - 6, y - 1);
		ctx.quadraticCurveTo(x, y + 5, x + 6, y - 1);
		ctx.stroke();
		strokes(ctx, x, y, [
			[-4, 1.5, -5.5, 3.5],
			[0, 2.5, 0, 5],
			[4, 1.5, 5.5, 3.5],
		]);
		return;
	}
	ctx.beginPath();
	ctx.moveTo(x - 7, y);
	ctx.quadraticCurveTo(x, y - 8, x + 7, y);
	ctx.quadraticCurveTo(x, y + 8, x - 7, y);
	ctx.stroke();
	ctx.beginPath();
	ctx.arc(x, y, 2, 0, Math.PI * 2);
	ctx.fill();
}

const sightDots = [0.1, 5]; // round dots: no relationship looks like this
const sightWidths = [2, 2, 1.5, 2, 2, 3]; // by level: plain, faded, dim, in hand, seen, high
const sightEnd = 4; // radius of the ring at what is looked at

// The line from an eye to what it looks at: dots that end in a ring.
function drawSight({ ctx, palette, zoom }: Brush, w: Words): void {
	curve(ctx, w);
	ctx.strokeStyle = palette.sight;
	ctx.lineWidth = strokeWidth(sightWidths[word(w, 8)] ?? 2, zoom);
	ctx.lineCap = 'round';
	ctx.setLineDash(sightDots);
	ctx.stroke();
	ctx.setLineDash(dashes[0] ?? []);
	ctx.lineCap = 'butt';
	ctx.beginPath();
	ctx.arc(px(w, 6), px(w, 7), sightEnd, 0, Math.PI * 2);
	ctx.fillStyle = palette.paper;
	ctx.fill();
	ctx.lineWidth = strokeWidth(1.5, zoom);
	ctx.stroke();
}

// A paper clip: files that are not shown.
function drawClip(ctx: CanvasRenderingContext2D, x: number, y: number): void {
	ctx.beginPath();
	ctx.moveTo(x + 2.5, y - 2.5);
	ctx.lineTo(x + 2.5, y + 2);
	ctx.arc(x, y + 2, 2.5, 0, Math.PI);
	ctx.lineTo(x - 2.5, y - 3.5);
	ctx.arc(x - 0.75, y - 3.5, 1.75, Math.PI, 0);
	ctx.lineTo(x + 1, y + 1.5);
	ctx.stroke();
}

/** A short text in the middle of a point. */
export function small(
	ctx: CanvasRenderingContext2D,
	text: string,
	x: number,
	y: number,
	colour: string,
): void {
	ctx.font = font(11, 600);
	forgetFont(ctx);
	ctx.fillStyle = colour;
	ctx.textAlign = 'center';
	ctx.textBaseline = 'middle';
	ctx.fillText(text, x, y + 0.5);
	ctx.textAlign = 'left';
	ctx.textBaseline = 'alphabetic';
}
