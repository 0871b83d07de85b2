import { describe, expect, it } from 'vitest';
import { decodeId, encodeId, Reader, randomId, Writer } from './bytes';

describe('numbers', () => {
	const unsigned = [0, 1, 127, 128, 300, 16383, 16384, 2 ** 31, 2 ** 32, 2 ** 52 + 1];
	it.each(unsigned)('uint %d comes back', (v) => {
		expect(new Reader(new Writer().uint(v).done()).uint()).toBe(v);
	});
	it.each([0, -1, 1, -64, 64, -65, 8191, -(2 ** 40)])('int %d comes back', (v) => {
		expect(new Reader(new Writer().int(v).done()).int()).toBe(v);
	});
	it('is zigzag LEB128', () => {
		expect([...new Writer().uint(300).int(-1).int(1).done()]).toEqual([0xac, 2, 1, 2]);
	});
});

describe('strings and bytes', () => {
	it('come back, with the length in bytes', () => {
		const text = 'Löss 🌊';
		const data = new Writer().string(text).u8(9).done();
		expect(data[0]).toBe(10);
		const r = new Reader(data);
		expect(r.string()).toBe(text);
		expect(r.u8()).toBe(9);
		expect(r.left).toBe(0);
	});
	it('grow past the first buffer', () => {
		const big = new Uint8Array(1000).fill(7);
		expect(new Reader(new Writer().bytes(big).done()).bytes()).toEqual(big);
	});
	it('fail past the end', () => {
		expect(() => new Reader(new Uint8Array([5, 1])).bytes()).toThrow(RangeError);
		expect(() => new Reader(new Uint8Array([0x80])).uint()).toThrow(RangeError);
		expect(() => new Reader(new Uint8Array([200, 1])).nums()).toThrow(RangeError);
	});
});

describe('identifiers', () => {
	it('have the known text form', () => {
		expect(encodeId(new Uint8Array(16))).toBe('0'.repeat(26));
		expect(encodeId(new Uint8Array(16).fill(0xff))).toBe(`${'v'.repeat(25)}s`);
	});
	it('come back', () => {
		for (let i = 0; i < 50; i++) {
			const id = randomId();
			expect(decodeId(encodeId(id))).toEqual(id);
		}
	});
	it('sort as their bytes do', () => {
		const a = encodeId(new Uint8Array([1, ...new Array<number>(15).fill(0xff)]));
		const b = encodeId(new Uint8Array([2, ...new Array<number>(15).fill(0)]));
		expect(a < b).toBe(true);
	});
	it.each(['', 'x'.repeat(26), '0'.repeat(25), `${'0'.repeat(25)}1`])('refuse %j', (text) => {
		expect(decodeId(text)).toBeNull();
	});
});
