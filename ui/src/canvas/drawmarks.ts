// Draws how cards and relationships differ from how they were: by a colour, by the kind of
// line and by a sign, so that none of them is needed alone.

import type { Marks } from '../theme';
import { type Brush, box, curve, font, forgetFont, way } from './draw';
import { Mark, px, type Words, word } from './ops';

interface Look {
	colour: keyof Marks;
	sign: string;
	dash: number[]; // px on screen
}

const added: Look = { colour: 'added', sign: '+', dash: [] };
const removed: Look = { colour: 'removed', sign: '−', dash: [6, 4] };
const changed: Look = { colour: 'changed', sign: '✎', dash: [2, 3] };
const moved: Look = { colour: 'moved', sign: '↔', dash: [10, 3, 2, 3] };

const gap = 4; // px between a card and its mark
const stroke = 2.5;
const signRadius = 9;
const leastRadius = 6;
const leastSign = 26; // px of a card that has room for signs

// Far out signs are smaller, or they would hide what they are about.
function radiusOf(zoom: number): number {
	return Math.max(leastRadius, signRadius * Math.min(1, zoom));
}

function looksOf(kind: number): Look[] {
	if (kind & Mark.added) return [added];
	if (kind & Mark.removed) return [removed];
	return [...(kind & Mark.changed ? [changed] : []), ...(kind & Mark.moved ? [moved] : [])];
}

/** Draws a mark around a card. */
export function drawMark(brush: Brush, w: Words): void {
	const { ctx, zoom } = brush;
	const [x, y, width, height] = [px(w, 0), px(w, 1), px(w, 2), px(w, 3)];
	const looks = looksOf(word(w, 4));
	looks.forEach((look, i) => {
		const off = (gap + i * (stroke + 1)) / zoom;
		box(ctx, x - off, y - off, width + off * 2, height + off * 2, px(w, 5) + off);
		pen(brush, look);
		ctx.stroke();
		ctx.setLineDash([]);
	});
	if (width * zoom < leastSign) return;
	looks.forEach((look, i) => {
		sign(brush, look, x - gap / zoom + i * 2 * (radiusOf(zoom) / zoom), y - gap / zoom);
	});
}

/** Draws a mark over a relationship. */
export function drawMarkedLine(brush: Brush, w: Words): void {
	curve(brush.ctx, w);
	const at = (i: number) => (px(w, i) + 3 * px(w, i + 2) + 3 * px(w, i + 4) + px(w, i + 6)) / 8;
	strokeLine(brush, word(w, 8), at(0), at(1));
}

/** Draws a mark over a relationship in right angles. */
export function drawMarkedWay(brush: Brush, w: Words): void {
	way(brush.ctx, w, 1);
	const corners = Math.floor((w.count - 1) / 2);
	const i = 1 + 2 * Math.max(0, Math.floor(corners / 2) - 1);
	strokeLine(brush, word(w, 0), (px(w, i) + px(w, i + 2)) / 2, (px(w, i + 1) + px(w, i + 3)) / 2);
}

function strokeLine(brush: Brush, kind: number, x: number, y: number): void {
	const { ctx } = brush;
	const [look] = looksOf(kind);
	if (!look) return;
	pen(brush, look);
	ctx.globalAlpha = 0.75;
	ctx.stroke();
	ctx.globalAlpha = 1;
	ctx.setLineDash([]);
	sign(brush, look, x, y);
}

function pen({ ctx, palette, zoom }: Brush, { colour, dash }: Look): void {
	ctx.strokeStyle = palette.marks[colour];
	ctx.lineWidth = stroke / zoom;
	ctx.setLineDash(dash.map((n) => n / zoom));
}

function sign({ ctx, palette, zoom }: Brush, { colour, sign: text }: Look, x: number, y: number): void {
	ctx.save();
	ctx.translate(x, y);
	ctx.scale(1 / zoom, 1 / zoom);
	ctx.beginPath();
	const radius = radiusOf(zoom);
	ctx.arc(0, 0, radius, 0, Math.PI * 2);
	ctx.fillStyle = palette.marks[colour];
	ctx.fill();
	ctx.strokeStyle = palette.paper;
	ctx.lineWidth = 1.5;
	ctx.stroke();
	ctx.font = font(Math.round((radius * 4) / 3), 600);
	forgetFont(ctx);
	ctx.fillStyle = palette.paper;
	ctx.textAlign = 'center';
	ctx.textBaseline = 'middle';
	ctx.fillText(text, 0, 1);
	ctx.restore();
	forgetFont(ctx);
}
