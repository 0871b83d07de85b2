// Where the map is looked at from. The mathematics is pure; Motion moves a
// camera over time and jumps where people asked for less movement.

/** The world point (px) at the top left of the screen, and px per world px. */
export interface Camera {
	x: number;
	y: number;
	zoom: number;
}

/** A point, in screen or world px. */
export interface Point {
	x: number;
	y: number;
}

/** A rectangle in px. */
export interface Rect extends Point {
	w: number;
	h: number;
}

export const smallestZoom = 0.02;
export const largestZoom = 4;
const fitMargin = 64; // px on screen
const duration = 260; // ms of an animated move
const friction = 0.0045; // of inertia, per ms
const almost = 0.001; // of a px, beyond which a picture would blur
const slowest = 0.02; // px per ms; below it inertia ends

/** Keeps a zoom within bounds. */
export function clampZoom(zoom: number): number {
	return Math.min(largestZoom, Math.max(smallestZoom, zoom));
}

/** The world point under a screen point. */
export function toWorld(camera: Camera, at: Point): Point {
	return { x: camera.x + at.x / camera.zoom, y: camera.y + at.y / camera.zoom };
}

/** The screen point of a world point. */
export function toScreen(camera: Camera, at: Point): Point {
	return { x: (at.x - camera.x) * camera.zoom, y: (at.y - camera.y) * camera.zoom };
}

/** Zooms so that the world point under a screen point stays there. */
export function zoomAt(camera: Camera, at: Point, zoom: number): Camera {
	const next = clampZoom(zoom);
	const world = toWorld(camera, at);
	return { x: world.x - at.x / next, y: world.y - at.y / next, zoom: next };
}

/** Moves by screen px. */
export function panBy(camera: Camera, dx: number, dy: number): Camera {
	return { x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom, zoom: camera.zoom };
}

/** How far a picture moves when its camera does, in device px; null where it does more
 * than move, or not by whole px. */
export function shiftOf(from: Camera, to: Camera, ratio: number): Point | null {
	if (from.zoom !== to.zoom) return null;
	const [x, y] = [(from.x - to.x) * to.zoom * ratio, (from.y - to.y) * to.zoom * ratio];
	const whole = { x: Math.round(x), y: Math.round(y) };
	return Math.hypot(x - whole.x, y - whole.y) < almost ? whole : null;
}

/** Two fingers moved: their middle carries the map, their distance zooms it. */
export function pinch(camera: Camera, before: [Point, Point], after: [Point, Point]): Camera {
	const from = middle(before);
	const to = middle(after);
	const spread = distance(before);
	const moved = panBy(camera, to.x - from.x, to.y - from.y);
	return spread === 0 ? moved : zoomAt(moved, to, (camera.zoom * distance(after)) / spread);
}

function middle([a, b]: [Point, Point]): Point {
	return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance([a, b]: [Point, Point]): number {
	return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Shows a rectangle of the world in the middle, at most at a zoom. */
export function fit(target: Rect, width: number, height: number, most = 1): Camera {
	const zoom = clampZoom(
		Math.min(
			most,
			Math.max(1, width - fitMargin * 2) / Math.max(1, target.w),
			Math.max(1, height - fitMargin * 2) / Math.max(1, target.h),
		),
	);
	return {
		x: target.x + target.w / 2 - width / 2 / zoom,
		y: target.y + target.h / 2 - height / 2 / zoom,
		zoom,
	};
}

/** Moves as little as needed to bring a rectangle into view. */
export function reveal(camera: Camera, target: Rect, width: number, height: number, margin = 40): Camera {
	const at = toScreen(camera, target);
	const w = target.w * camera.zoom;
	const h = target.h * camera.zoom;
	return panBy(camera, needed(at.x, w, width, margin), needed(at.y, h, height, margin));
}

function needed(at: number, size: number, room: number, margin: number): number {
	if (size > room - margin * 2) return at > room - margin || at + size < margin ? margin - at : 0;
	if (at < margin) return margin - at;
	if (at + size > room - margin) return room - margin - at - size;
	return 0;
}

/** How much a wheel event zooms. */
export function wheelZoom(deltaY: number, deltaMode: number): number {
	const px = deltaMode === 1 ? deltaY * 16 : deltaMode === 2 ? deltaY * 400 : deltaY;
	// One notch must not throw the person out of the map.
	return Math.exp(-Math.max(-60, Math.min(60, px)) * 0.01);
}

/** Between two cameras, t in 0..1; zoom grows evenly to the eye. */
export function between(a: Camera, b: Camera, t: number): Camera {
	if (t >= 1) return b;
	const eased = 1 - (1 - t) ** 3;
	const zoom = a.zoom * (b.zoom / a.zoom) ** eased;
	return { x: a.x + (b.x - a.x) * eased, y: a.y + (b.y - a.y) * eased, zoom };
}

/** Moves a camera over time. */
export class Motion {
	camera: Camera = { x: 0, y: 0, zoom: 1 };
	private from: Camera | null = null;
	private to: Camera | null = null;
	private startedAt = 0;
	private speed: Point | null = null; // px per ms
	private steppedAt = 0;
	private rest: Point = { x: 0, y: 0 }; // of pans, less than a px of the device

	/** reduced says whether less movement is wished, ratio how many px of the device a px has. */
	constructor(
		private readonly reduced: () => boolean,
		private readonly ratio: () => number,
	) {}

	/** Whether the next frame will differ. */
	get moving(): boolean {
		return this.to !== null || this.speed !== null;
	}

	/** Jumps. */
	set(camera: Camera): void {
		this.camera = camera;
		this.stop();
	}

	/** Moves by screen px: whole ones of the device, so that a picture only moves. */
	pan(dx: number, dy: number): void {
		this.stop();
		this.slide(dx, dy);
	}

	/** Glides, or jumps where less movement is wished. */
	glide(to: Camera, now: number): void {
		if (this.reduced()) {
			this.set(to);
			return;
		}
		this.speed = null;
		this.from = this.camera;
		this.to = to;
		this.startedAt = now;
	}

	/** Lets the map run on after a throw. */
	fling(speed: Point, now: number): void {
		if (this.reduced() || Math.hypot(speed.x, speed.y) < slowest * 4) return;
		this.speed = speed;
		this.steppedAt = now;
	}

	/** Stands still. */
	stop(): void {
		this.from = this.to = this.speed = null;
	}

	/** Advances to a time. */
	step(now: number): void {
		if (this.from && this.to) {
			const t = (now - this.startedAt) / duration;
			this.camera = between(this.from, this.to, t);
			if (t >= 1) this.stop();
		}
		if (this.speed) this.drift(this.speed, now);
	}

	private drift(speed: Point, now: number): void {
		const dt = Math.min(50, now - this.steppedAt);
		this.steppedAt = now;
		this.slide(speed.x * dt, speed.y * dt);
		const keep = Math.exp(-friction * dt);
		const next = { x: speed.x * keep, y: speed.y * keep };
		this.speed = Math.hypot(next.x, next.y) < slowest ? null : next;
	}

	private slide(dx: number, dy: number): void {
		const ratio = this.ratio();
		const wanted = { x: dx + this.rest.x, y: dy + this.rest.y };
		const [x, y] = [Math.round(wanted.x * ratio) / ratio, Math.round(wanted.y * ratio) / ratio];
		this.rest = { x: wanted.x - x, y: wanted.y - y };
		this.camera = panBy(this.camera, x, y);
	}
}
