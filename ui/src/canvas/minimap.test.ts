import { afterEach, expect, test, vi } from 'vitest';
import { cameraAt, fits, inMini, miniView, Pacer, seenBy } from './minimap';

const area = { x: -500, y: 100, w: 2000, h: 400 };

test('the whole map lies in the minimap', () => {
	const view = miniView(area, 200, 132);
	const box = inMini(view, area);
	expect(box.x).toBeCloseTo(8);
	expect(box.w).toBeCloseTo(184);
	expect(box.y + box.h / 2).toBeCloseTo(66);
});

test('a point of the minimap becomes the middle of the view', () => {
	const view = miniView(area, 200, 132);
	const camera = cameraAt(view, { x: 40, y: 66 }, { x: 0, y: 0, zoom: 0.5 }, 1000, 600);
	const seen = inMini(view, seenBy(camera, 1000, 600));
	expect(seen.x + seen.w / 2).toBeCloseTo(40);
	expect(seen.y + seen.h / 2).toBeCloseTo(66);
	expect(camera.zoom).toBe(0.5);
});

test('what is all in sight needs no minimap', () => {
	expect(fits(area, { x: -600, y: 0, w: 2200, h: 600 })).toBe(true);
	expect(fits(area, { x: -400, y: 0, w: 2200, h: 600 })).toBe(false);
	expect(fits(area, { x: -600, y: 0, w: 2200, h: 400 })).toBe(false);
});

afterEach(() => {
	vi.useRealTimers();
});

test('it is drawn at most ten times a second, and once more at the end', () => {
	vi.useFakeTimers();
	let drawn = 0;
	const pacer = new Pacer(
		100,
		() => drawn++,
		() => Date.now(),
	);
	for (let ms = 0; ms < 1000; ms += 5) {
		pacer.soon();
		vi.advanceTimersByTime(5);
	}
	expect(drawn).toBeLessThanOrEqual(11);
	expect(drawn).toBeGreaterThanOrEqual(9);
	const before = drawn;
	pacer.soon();
	vi.advanceTimersByTime(1000);
	expect(drawn - before).toBeLessThanOrEqual(1);
	pacer.soon();
	pacer.stop();
	const stopped = drawn;
	vi.advanceTimersByTime(1000);
	expect(drawn).toBe(stopped);
});
