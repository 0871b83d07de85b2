// The geometry of the minimap, and how often it is drawn.

import type { MiniArea } from '../core/lens';
import { unit } from '../core/model';
import type { Camera, Point, Rect } from './camera';

/** How the map lies in the minimap: px of the minimap = (px of the world - at) * scale. */
export interface MiniView {
	x: number;
	y: number;
	scale: number;
}

const margin = 8; // px around the map

/** Shows an area of the world whole, in the middle. */
export function miniView(area: Rect, width: number, height: number): MiniView {
	const scale = Math.min(
		(width - 2 * margin) / Math.max(1, area.w),
		(height - 2 * margin) / Math.max(1, area.h),
	);
	return {
		x: area.x + area.w / 2 - width / 2 / scale,
		y: area.y + area.h / 2 - height / 2 / scale,
		scale,
	};
}

/** Where an area of the world lies in the minimap. */
export function inMini(view: MiniView, area: Rect): Rect {
	return {
		x: (area.x - view.x) * view.scale,
		y: (area.y - view.y) * view.scale,
		w: area.w * view.scale,
		h: area.h * view.scale,
	};
}

/** What a camera sees of the world. */
export function seenBy(camera: Camera, width: number, height: number): Rect {
	return { x: camera.x, y: camera.y, w: width / camera.zoom, h: height / camera.zoom };
}

/** The camera of the same zoom that has a point of the minimap in its middle. */
export function cameraAt(view: MiniView, at: Point, camera: Camera, width: number, height: number): Camera {
	return {
		x: view.x + at.x / view.scale - width / 2 / camera.zoom,
		y: view.y + at.y / view.scale - height / 2 / camera.zoom,
		zoom: camera.zoom,
	};
}

/** Whether everything is in sight, so that there is nothing to find. */
export function fits(area: Rect, seen: Rect): boolean {
	return (
		area.x >= seen.x &&
		area.y >= seen.y &&
		area.x + area.w <= seen.x + seen.w &&
		area.y + area.h <= seen.y + seen.h
	);
}

/** An area of the core in px of the world. */
export function areaOf(area: MiniArea): Rect {
	return { x: area.x / unit, y: area.y / unit, w: area.w / unit, h: area.h / unit };
}

/** Calls at most so often; the last wish is always granted. */
export class Pacer {
	private last = Number.NEGATIVE_INFINITY;
	private timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly every: number,
		private readonly run: () => void,
		private readonly now: () => number = () => performance.now(),
	) {}

	/** Wishes for a call. */
	soon(): void {
		if (this.timer !== undefined) return;
		const wait = Math.max(0, this.last + this.every - this.now());
		this.timer = setTimeout(() => {
			this.timer = undefined;
			this.last = this.now();
			this.run();
		}, wait);
	}

	/** Calls no more. */
	stop(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
	}
}
