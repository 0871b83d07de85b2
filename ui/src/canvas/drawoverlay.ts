// Draws what lies above the map: selection, handles, drags, and others' cursors.
// Sizes here belong to the screen, so they divide by the zoom.

import { type Brush, box, curve, font, forgetFont, way } from './draw';
import { drawMark, drawMarkedLine, drawMarkedWay } from './drawmarks';
import { eachOp, Handle, Op, px, type Words, word } from './ops';

/** Draws the list of the overlay. */
export function drawOverlay(brush: Brush, list: Int32Array, length: number): void {
	eachOp(list, length, (op, w) => drawOp(brush, op, w));
}

function drawOp(brush: Brush, op: number, w: Words): void {
	switch (op) {
		case Op.select:
			outline(brush, w, colourOf(brush, word(w, 4)), px(w, 5), 2);
			break;
		case Op.handle:
			if (!brush.quiet) drawHandle(brush, w);
			break;
		case Op.cursor:
			drawCursor(brush, w);
			break;
		case Op.ghost:
			drawGhost(brush, w);
			break;
		case Op.drop:
			drawDrop(brush, w);
			break;
		case Op.guide:
			drawGuide(brush, w);
			break;
		case Op.band:
			drawBand(brush, w);
			break;
		case Op.selectLine:
			drawSelectedLine(brush, w);
			break;
		case Op.selectWay:
			drawSelectedWay(brush, w);
			break;
		case Op.editing:
			drawEditing(brush, w);
			break;
		case Op.mark:
			drawMark(brush, w);
			break;
		case Op.markLine:
			drawMarkedLine(brush, w);
			break;
		case Op.markWay:
			drawMarkedWay(brush, w);
			break;
		default:
			break;
	}
}

function colourOf({ palette }: Brush, n: number): string {
	return n === 0 ? palette.accent : (palette.people[(n - 1) % palette.people.length] ?? palette.accent);
}

function outline({ ctx, zoom }: Brush, w: Words, colour: string, radius: number, width: number): void {
	const gap = 2 / zoom;
	box(ctx, px(w, 0) - gap, px(w, 1) - gap, px(w, 2) + gap * 2, px(w, 3) + gap * 2, radius + gap);
	ctx.strokeStyle = colour;
	ctx.lineWidth = width / zoom;
	ctx.stroke();
}

function drawHandle({ ctx, palette, zoom }: Brush, w: Words): void {
	const [x, y, kind] = [px(w, 0), px(w, 1), word(w, 2)];
	const r = (kind === Handle.middle ? 7 : 5) / zoom;
	ctx.beginPath();
	if (kind === Handle.resize) ctx.rect(x - r, y - r, r * 2, r * 2);
	else ctx.arc(x, y, r, 0, Math.PI * 2);
	ctx.fillStyle = palette.paper;
	ctx.fill();
	ctx.strokeStyle = palette.accent;
	ctx.lineWidth = 1.75 / zoom;
	ctx.stroke();
	if (kind !== Handle.middle) return;
	const arm = 3 / zoom;
	ctx.beginPath();
	ctx.moveTo(x - arm, y);
	ctx.lineTo(x + arm, y);
	ctx.moveTo(x, y - arm);
	ctx.lineTo(x, y + arm);
	ctx.stroke();
}

function drawCursor(brush: Brush, w: Words): void {
	const { ctx, palette, zoom } = brush;
	const [x, y, colour] = [px(w, 0), px(w, 1), colourOf(brush, word(w, 2))];
	ctx.save();
	ctx.translate(x, y);
	ctx.scale(1 / zoom, 1 / zoom);
	if (brush.laser(word(w, 3))) {
		drawLaser(ctx, 0, 0);
		ctx.restore();
		return;
	}
	ctx.beginPath();
	ctx.moveTo(0, 0);
	ctx.lineTo(0, 17);
	ctx.lineTo(4.5, 12.8);
	ctx.lineTo(11.5, 12);
	ctx.closePath();
	ctx.fillStyle = colour;
	ctx.fill();
	ctx.strokeStyle = palette.paper;
	ctx.lineWidth = 1.25;
	ctx.stroke();
	tag(ctx, brush.person(word(w, 3)), 12, 15, colour);
	ctx.restore();
}

const laserRings = [
	{ radius: 13, alpha: 0.25 },
	{ radius: 6, alpha: 1 },
] as const; // px

/** Draws the dot that points something out; it is the same in both themes. */
export function drawLaser(ctx: CanvasRenderingContext2D, x: number, y: number): void {
	ctx.fillStyle = '#e5322d';
	for (const { radius, alpha } of laserRings) {
		ctx.globalAlpha = alpha;
		ctx.beginPath();
		ctx.arc(x, y, radius, 0, Math.PI * 2);
		ctx.fill();
	}
	ctx.globalAlpha = 1;
}

// The people's colours carry white text in both themes.
function tag(ctx: CanvasRenderingContext2D, name: string, x: number, y: number, colour: string): void {
	if (name === '') return;
	ctx.font = font(12, 600);
	forgetFont(ctx);
	const width = ctx.measureText(name).width + 12;
	box(ctx, x, y, width, 20, 6);
	ctx.fillStyle = colour;
	ctx.fill();
	ctx.fillStyle = '#ffffff';
	ctx.textBaseline = 'middle';
	ctx.fillText(name, x + 6, y + 10.5);
	ctx.textBaseline = 'alphabetic';
}

function drawGhost({ ctx, palette, zoom }: Brush, w: Words): void {
	box(ctx, px(w, 0), px(w, 1), px(w, 2), px(w, 3), 10);
	ctx.globalAlpha = 0.14;
	ctx.fillStyle = palette.accent;
	ctx.fill();
	ctx.globalAlpha = 0.8;
	ctx.strokeStyle = palette.accent;
	ctx.lineWidth = 1.5 / zoom;
	ctx.stroke();
	ctx.globalAlpha = 1;
}

function drawDrop(brush: Brush, w: Words): void {
	const { ctx, palette } = brush;
	if (word(w, 4) === 0) {
		outline(brush, w, palette.accent, 12, 3);
		return;
	}
	const [width, height] = [px(w, 2), px(w, 3)];
	const thick = 3 / brush.zoom;
	ctx.fillStyle = palette.accent;
	box(ctx, px(w, 0), px(w, 1), Math.max(width, thick), Math.max(height, thick), thick / 2);
	ctx.fill();
}

const guideEnd = 3; // px, half of the stroke across each end

// With what a dragged card is in line. Its ends say how far it reaches.
function drawGuide({ ctx, palette, zoom }: Brush, w: Words): void {
	const [x1, y1, x2, y2] = [px(w, 0), px(w, 1), px(w, 2), px(w, 3)];
	const [across, along] = x1 === x2 ? [guideEnd / zoom, 0] : [0, guideEnd / zoom];
	ctx.beginPath();
	ctx.moveTo(x1, y1);
	ctx.lineTo(x2, y2);
	for (const [x, y] of [
		[x1, y1],
		[x2, y2],
	] as const) {
		ctx.moveTo(x - across, y - along);
		ctx.lineTo(x + across, y + along);
	}
	ctx.strokeStyle = palette.guide;
	ctx.lineWidth = 1 / zoom;
	ctx.stroke();
}

function drawBand({ ctx, palette, zoom }: Brush, w: Words): void {
	ctx.beginPath();
	ctx.moveTo(px(w, 0), px(w, 1));
	ctx.lineTo(px(w, 2), px(w, 3));
	ctx.strokeStyle = palette.accent;
	ctx.lineWidth = 2 / zoom;
	ctx.stroke();
	ctx.beginPath();
	ctx.arc(px(w, 2), px(w, 3), 4 / zoom, 0, Math.PI * 2);
	ctx.fillStyle = palette.accent;
	ctx.fill();
}

function drawSelectedLine(brush: Brush, w: Words): void {
	curve(brush.ctx, w);
	strokeSelected(brush, word(w, 8));
}

function drawSelectedWay(brush: Brush, w: Words): void {
	way(brush.ctx, w, 1);
	strokeSelected(brush, word(w, 0));
}

function strokeSelected(brush: Brush, colour: number): void {
	const { ctx, zoom } = brush;
	ctx.strokeStyle = colourOf(brush, colour);
	ctx.globalAlpha = 0.35;
	ctx.lineWidth = 7 / zoom;
	ctx.lineCap = 'round';
	ctx.stroke();
	ctx.lineCap = 'butt';
	ctx.globalAlpha = 1;
}

function drawEditing(brush: Brush, w: Words): void {
	const colour = colourOf(brush, word(w, 4));
	outline(brush, w, colour, 10, 2);
	const { ctx, zoom } = brush;
	ctx.save();
	ctx.translate(px(w, 0), px(w, 1));
	ctx.scale(1 / zoom, 1 / zoom);
	tag(ctx, brush.person(word(w, 5)), 0, -26, colour);
	ctx.restore();
}
