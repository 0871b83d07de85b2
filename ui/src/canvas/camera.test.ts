import { describe, expect, it } from 'vitest';
import {
	between,
	type Camera,
	fit,
	Motion,
	panBy,
	pinch,
	reveal,
	shiftOf,
	toScreen,
	toWorld,
	wheelZoom,
	zoomAt,
} from './camera';

const camera: Camera = { x: 100, y: -50, zoom: 0.5 };

describe('points', () => {
	it('go to the world and back', () => {
		const at = { x: 33, y: 77 };
		const back = toScreen(camera, toWorld(camera, at));
		expect(back.x).toBeCloseTo(at.x);
		expect(back.y).toBeCloseTo(at.y);
	});
});

describe('a picture', () => {
	it('moves by whole px of the device when the camera does', () => {
		expect(shiftOf(camera, panBy(camera, -24, 7), 1)).toEqual({ x: -24, y: 7 });
		expect(shiftOf(camera, panBy(camera, 1, 0.5), 2)).toEqual({ x: 2, y: 1 });
	});
	it('would blur between two px, and is not the same after a zoom', () => {
		expect(shiftOf(camera, panBy(camera, 0.5, 0), 1)).toBeNull();
		expect(shiftOf(camera, zoomAt(camera, { x: 0, y: 0 }, 0.6), 1)).toBeNull();
	});
});

describe('zoom', () => {
	it('keeps the point under the pointer', () => {
		const at = { x: 200, y: 300 };
		const world = toWorld(camera, at);
		const after = toWorld(zoomAt(camera, at, 2), at);
		expect(after.x).toBeCloseTo(world.x);
		expect(after.y).toBeCloseTo(world.y);
	});
	it('stays within bounds', () => {
		expect(zoomAt(camera, { x: 0, y: 0 }, 1000).zoom).toBe(4);
		expect(zoomAt(camera, { x: 0, y: 0 }, 0).zoom).toBe(0.02);
	});
	it('is limited for a wild wheel', () => {
		expect(wheelZoom(-100_000, 0)).toBeLessThan(2);
		expect(wheelZoom(3, 1)).toBeLessThan(1);
	});
});

describe('pinch', () => {
	it('is a pan when the distance stays', () => {
		const moved = pinch(
			camera,
			[
				{ x: 0, y: 0 },
				{ x: 10, y: 0 },
			],
			[
				{ x: 5, y: 7 },
				{ x: 15, y: 7 },
			],
		);
		expect(moved).toEqual(panBy(camera, 5, 7));
	});
	it('keeps the middle and scales by the distance', () => {
		const moved = pinch(
			camera,
			[
				{ x: 0, y: 0 },
				{ x: 10, y: 0 },
			],
			[
				{ x: -5, y: 0 },
				{ x: 15, y: 0 },
			],
		);
		expect(moved.zoom).toBeCloseTo(1);
		expect(toWorld(moved, { x: 5, y: 0 }).x).toBeCloseTo(toWorld(camera, { x: 5, y: 0 }).x);
	});
});

describe('fit and reveal', () => {
	it('puts the map in the middle, never larger than life', () => {
		const fitted = fit({ x: 0, y: 0, w: 100, h: 100 }, 1000, 800);
		expect(fitted.zoom).toBe(1);
		expect(toScreen(fitted, { x: 50, y: 50 })).toEqual({ x: 500, y: 400 });
	});
	it('shows all of a large map', () => {
		const fitted = fit({ x: -5000, y: 0, w: 10_000, h: 100 }, 1000, 800);
		expect(toScreen(fitted, { x: -5000, y: 0 }).x).toBeGreaterThan(0);
		expect(toScreen(fitted, { x: 5000, y: 0 }).x).toBeLessThan(1000);
	});
	it('does not move for what is seen already', () => {
		const still = reveal({ x: 0, y: 0, zoom: 1 }, { x: 100, y: 100, w: 50, h: 50 }, 500, 500);
		expect(still).toEqual({ x: 0, y: 0, zoom: 1 });
	});
	it('moves just enough', () => {
		const moved = reveal({ x: 0, y: 0, zoom: 1 }, { x: 600, y: 100, w: 50, h: 50 }, 500, 500);
		expect(toScreen(moved, { x: 650, y: 0 }).x).toBeCloseTo(460);
	});
});

describe('motion', () => {
	it('ends where it was sent', () => {
		const motion = new Motion(
			() => false,
			() => 1,
		);
		motion.glide({ x: 10, y: 20, zoom: 2 }, 0);
		motion.step(100);
		expect(motion.moving).toBe(true);
		motion.step(1000);
		expect(motion.camera).toEqual({ x: 10, y: 20, zoom: 2 });
		expect(motion.moving).toBe(false);
	});
	it('jumps where less movement is wished', () => {
		const motion = new Motion(
			() => true,
			() => 1,
		);
		motion.glide({ x: 10, y: 20, zoom: 2 }, 0);
		motion.fling({ x: 5, y: 5 }, 0);
		expect(motion.camera.zoom).toBe(2);
		expect(motion.moving).toBe(false);
	});
	it('comes to rest', () => {
		const motion = new Motion(
			() => false,
			() => 1,
		);
		motion.fling({ x: 2, y: 0 }, 0);
		for (let now = 16; now < 10_000; now += 16) motion.step(now);
		expect(motion.moving).toBe(false);
	});
	it('goes by whole px of the device, and loses nothing of the way', () => {
		const motion = new Motion(
			() => false,
			() => 2,
		);
		for (let i = 0; i < 10; i++) {
			const before = motion.camera;
			motion.pan(-0.37, 0.61);
			expect(shiftOf(before, motion.camera, 2)).not.toBeNull();
		}
		expect(Math.abs(motion.camera.x - 3.7)).toBeLessThanOrEqual(0.25);
		expect(Math.abs(motion.camera.y + 6.1)).toBeLessThanOrEqual(0.25);
		motion.fling({ x: 1.234, y: -0.777 }, 0);
		for (let now = 16; now < 200; now += 16) {
			const before = motion.camera;
			motion.step(now);
			expect(shiftOf(before, motion.camera, 2)).not.toBeNull();
		}
	});
	it('interpolates between its ends', () => {
		const half = between({ x: 0, y: 0, zoom: 1 }, { x: 10, y: 0, zoom: 4 }, 0.5);
		expect(half.zoom).toBeGreaterThan(1);
		expect(half.zoom).toBeLessThan(4);
	});
});
