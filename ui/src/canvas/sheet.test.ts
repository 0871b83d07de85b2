import { describe, expect, it } from 'vitest';
import { type Area, ahead, grow } from './sheet';

const canvas: Area = { left: 0, top: 0, right: 1400, bottom: 1000 };
const stage = (x: number, y: number): Area => ({ left: x, top: y, right: x + 1000, bottom: y + 800 });
const size = (area: Area) => (area.right - area.left) * (area.bottom - area.top);

describe('a stage on its canvas', () => {
	it('draws nothing where everything is there', () => {
		const drawn = { ...canvas };
		expect(grow(drawn, stage(60, 40), canvas)).toEqual([]);
		expect(drawn).toEqual(canvas);
	});

	it('draws as far ahead as the canvas goes', () => {
		const drawn = stage(200, 100);
		expect(grow(drawn, stage(190, 100), canvas)).toEqual([{ left: 0, top: 100, right: 200, bottom: 900 }]);
		expect(grow(drawn, stage(0, 100), canvas)).toEqual([]);
		expect(grow(drawn, stage(10, 130), canvas)).toEqual([{ left: 0, top: 900, right: 1200, bottom: 1000 }]);
	});

	it('has drawn all of it after any way, and no place twice', () => {
		for (const [x, y] of [
			[0, 0],
			[400, 200],
			[0, 200],
			[400, 0],
			[201, 99],
		] as const) {
			const drawn = stage(200, 100);
			const before = size(drawn);
			const parts = grow(drawn, stage(x, y), canvas);
			expect(drawn.left <= x && drawn.right >= x + 1000).toBe(true);
			expect(drawn.top <= y && drawn.bottom >= y + 800).toBe(true);
			expect(parts.reduce((sum, part) => sum + size(part), before)).toBe(size(drawn));
		}
	});

	it('goes on at the other side, with room ahead', () => {
		expect(ahead(-1, 400)).toBe(400);
		expect(ahead(401, 400)).toBe(0);
		expect(ahead(400, 400)).toBe(400);
		expect(ahead(0, 400)).toBe(0);
	});
});
