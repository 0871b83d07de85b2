// The pins of discussions on the canvas: how they are drawn, and which is pointed at.

import type { Camera, Point } from '../canvas/camera';
import { font, forgetFont } from '../canvas/draw';
import { unit } from '../core/model';
import type { Palette } from '../theme';

/** A discussion as it stands on the canvas. */
export interface Pin {
	num: number;
	x: number; // 1/64 px
	y: number;
	count: number; // messages
	unread: boolean;
	settled: boolean;
	open: boolean;
}

const radius = 12; // px on the screen
const lift = 10; // px its middle lies beside and above its spot
const dotZoom = 0.3; // below it a pin is a dot
const dot = 4; // px
const reach = 16; // px around the middle that count as a hit
const several = 99; // more are not counted

// Where a pin's middle is on the screen.
function middle(pin: Pin, camera: Camera): Point {
	const off = camera.zoom < dotZoom ? 0 : lift;
	return {
		x: (pin.x / unit - camera.x) * camera.zoom + off,
		y: (pin.y / unit - camera.y) * camera.zoom - off,
	};
}

/** The pin under a point of the screen, or 0. The one drawn last is on top. */
export function pinAt(pins: readonly Pin[], camera: Camera, at: Point): number {
	for (let i = pins.length - 1; i >= 0; i--) {
		const pin = pins[i];
		if (!pin) continue;
		const m = middle(pin, camera);
		if (Math.hypot(m.x - at.x, m.y - at.y) <= reach) return pin.num;
	}
	return 0;
}

/** Draws the pins; the context counts px of the screen. */
export function drawPins(
	ctx: CanvasRenderingContext2D,
	palette: Palette,
	camera: Camera,
	pins: readonly Pin[],
	size: { width: number; height: number },
): void {
	for (const pin of pins) {
		const m = middle(pin, camera);
		if (m.x < -reach || m.y < -reach || m.x > size.width + reach || m.y > size.height + reach) continue;
		if (camera.zoom < dotZoom) drawDot(ctx, palette, m, pin);
		else drawPin(ctx, palette, m, pin);
	}
}

function drawDot(ctx: CanvasRenderingContext2D, palette: Palette, m: Point, pin: Pin): void {
	ctx.beginPath();
	ctx.arc(m.x, m.y, pin.open ? dot * 1.5 : dot, 0, Math.PI * 2);
	ctx.fillStyle = pin.unread || pin.open ? palette.accent : palette.paper;
	ctx.fill();
	ctx.strokeStyle = palette.accent;
	ctx.lineWidth = 1.5;
	ctx.stroke();
}

// A round bubble whose corner points at its spot.
function drawPin(ctx: CanvasRenderingContext2D, palette: Palette, m: Point, pin: Pin): void {
	const full = pin.unread || pin.open;
	ctx.beginPath();
	ctx.moveTo(m.x - radius, m.y + radius);
	ctx.lineTo(m.x - radius, m.y);
	ctx.arc(m.x, m.y, radius, Math.PI, Math.PI / 2);
	ctx.closePath();
	ctx.fillStyle = full ? palette.accent : palette.paper;
	ctx.fill();
	ctx.strokeStyle = full ? palette.paper : palette.accent;
	ctx.lineWidth = 1.5;
	ctx.stroke();
	ctx.fillStyle = full ? palette.onAccent : palette.accent;
	if (pin.settled) {
		ctx.beginPath();
		ctx.moveTo(m.x - 5, m.y);
		ctx.lineTo(m.x - 1.5, m.y + 4);
		ctx.lineTo(m.x + 5.5, m.y - 4);
		ctx.strokeStyle = ctx.fillStyle;
		ctx.lineWidth = 2;
		ctx.stroke();
		return;
	}
	ctx.font = font(11, 600);
	forgetFont(ctx);
	ctx.textAlign = 'center';
	ctx.textBaseline = 'middle';
	ctx.fillText(pin.count > several ? '…' : String(pin.count), m.x, m.y + 0.5);
	ctx.textAlign = 'start';
	ctx.textBaseline = 'alphabetic';
}
