// Reading and writing the bytes that cross the border to the core: LEB128
// numbers, zigzag for signed ones, strings with their length, 16-byte ids.

/** Bytes of our own memory, which every browser call accepts. */
export type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = new TextEncoder();
const utf8Decoder = new TextDecoder();

/** The length of an identifier in bytes. */
export const idSize = 16;

/** The length of an identifier's text form. */
export const idTextLength = 26;

const alphabet = '0123456789abcdefghijklmnopqrstuv';

/** Builds one message. */
export class Writer {
	private buffer = new Uint8Array(64);
	private length = 0;

	/** One raw byte. */
	u8(v: number): this {
		this.room(1);
		this.buffer[this.length++] = v & 0xff;
		return this;
	}

	/** An unsigned number up to 2^53. */
	uint(v: number): this {
		let rest = v;
		while (rest >= 0x80) {
			this.u8((rest % 0x80) | 0x80);
			rest = Math.floor(rest / 0x80);
		}
		return this.u8(rest);
	}

	/** A signed number, small magnitudes short. */
	int(v: number): this {
		return this.uint(v < 0 ? -v * 2 - 1 : v * 2);
	}

	/** Bytes without a length. */
	raw(v: Uint8Array): this {
		this.room(v.length);
		this.buffer.set(v, this.length);
		this.length += v.length;
		return this;
	}

	/** Bytes after their length. */
	bytes(v: Uint8Array): this {
		return this.uint(v.length).raw(v);
	}

	/** UTF-8 after its length. Lone surrogates become U+FFFD. */
	string(v: string): this {
		return this.bytes(utf8.encode(v));
	}

	/** A count and the numbers. */
	nums(v: readonly number[]): this {
		this.uint(v.length);
		for (const n of v) this.uint(n);
		return this;
	}

	/** The message so far. */
	done(): Bytes {
		return this.buffer.slice(0, this.length);
	}

	private room(n: number): void {
		if (this.length + n <= this.buffer.length) return;
		const bigger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + n));
		bigger.set(this.buffer.subarray(0, this.length));
		this.buffer = bigger;
	}
}

/** Takes a message apart; throws RangeError past its end. */
export class Reader {
	private at = 0;
	private readonly data: Bytes;

	constructor(data: Bytes) {
		this.data = data;
	}

	/** How many bytes are left. */
	get left(): number {
		return this.data.length - this.at;
	}

	/** One raw byte. */
	u8(): number {
		const v = this.data[this.at];
		if (v === undefined) throw new RangeError('message ends early');
		this.at++;
		return v;
	}

	/** An unsigned number. */
	uint(): number {
		let value = 0;
		let scale = 1;
		for (let i = 0; i < 10; i++) {
			const c = this.u8();
			value += (c & 0x7f) * scale;
			if (c < 0x80) return value;
			scale *= 0x80;
		}
		throw new RangeError('number is too long');
	}

	/** A signed number. */
	int(): number {
		const v = this.uint();
		return v % 2 === 0 ? v / 2 : -(v + 1) / 2;
	}

	/** n bytes, copied. */
	raw(n: number): Bytes {
		if (n > this.left) throw new RangeError('message ends early');
		const v = this.data.slice(this.at, this.at + n);
		this.at += n;
		return v;
	}

	/** Bytes after their length. */
	bytes(): Bytes {
		return this.raw(this.uint());
	}

	/** UTF-8 after its length. */
	string(): string {
		return utf8Decoder.decode(this.bytes());
	}

	/** A count and the numbers. */
	nums(): number[] {
		return this.list(() => this.uint());
	}

	/** A count and as many items. */
	list<T>(item: () => T): T[] {
		const n = this.uint();
		if (n > this.left) throw new RangeError('message ends early');
		const out: T[] = [];
		for (let i = 0; i < n; i++) out.push(item());
		return out;
	}
}

/** The text form of 16 bytes; it sorts as the bytes do. */
export function encodeId(id: Uint8Array): string {
	let text = '';
	for (let bit = 0; bit < idTextLength * 5; bit += 5) {
		const at = bit >> 3;
		const pair = ((id[at] ?? 0) << 8) | (id[at + 1] ?? 0);
		text += alphabet[(pair >> (11 - (bit & 7))) & 31] ?? '';
	}
	return text;
}

/** The 16 bytes of a text form, or null when it is not one. */
export function decodeId(text: string): Bytes | null {
	if (text.length !== idTextLength) return null;
	const id = new Uint8Array(idSize);
	for (let i = 0; i < idTextLength; i++) {
		const digit = alphabet.indexOf(text.charAt(i));
		if (digit < 0) return null;
		const bit = i * 5;
		const at = bit >> 3;
		const pair = digit << (11 - (bit & 7));
		id[at] = (id[at] ?? 0) | (pair >> 8);
		if (at + 1 < idSize) id[at + 1] = (id[at + 1] ?? 0) | (pair & 0xff);
	}
	// The last character carries three bits only: any other form is not ours.
	return encodeId(id) === text ? id : null;
}

/** A fresh identifier. */
export function randomId(): Bytes {
	return crypto.getRandomValues(new Uint8Array(idSize));
}
