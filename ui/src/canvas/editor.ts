// What a person can do with the open map: one place for pointer, keys, toolbar
// and panels, so that every drag has its command.

import { type Bytes, Reader } from '../core/bytes';
import * as command from '../core/commands';
import type { Desk } from '../core/desk';
import { type Description, Field, Type } from '../core/model';
import type { MapState, Tool } from '../panels/mapstate.svelte';
import type { Point } from './camera';
import type { Stage } from './stage';

/** The clipboard's own type; plain text goes beside it. */
export const fragmentType = 'text/x-plectica';

const nudge = 8 * 64; // 1/64 px

/** Commands of one open map. */
export class Editor {
	private ids: Bytes[] = []; // of the selection: numbers die with their core

	constructor(
		readonly desk: Desk,
		readonly state: MapState,
		readonly stage: Stage,
	) {}

	/** Selects exactly these. */
	select(nums: readonly number[]): void {
		this.state.selection = nums;
		this.ids = this.desk.use((core) => nums.map((num) => core.ident(num)), this.ids);
		this.desk.use((core) => core.select(nums), undefined);
		this.stage.paintSoon();
	}

	/** Adds to the selection or takes from it. */
	toggle(num: number): void {
		const { selection } = this.state;
		this.select(selection.includes(num) ? selection.filter((n) => n !== num) : [...selection, num]);
	}

	/** Drops what is gone from the selection. */
	prune(): void {
		const { selection, editing } = this.state;
		const living = selection.filter((num) => this.describe(num) !== null);
		if (living.length < selection.length) this.select(living);
		if (editing && this.describe(editing.num) === null) this.state.editing = null;
	}

	/** A new core: finds the selection again by its ids. */
	rebuilt(): void {
		this.state.editing = null;
		this.state.relatingFrom = 0;
		const nums = this.desk.use((core) => this.ids.map((id) => core.lookup(id)), []);
		this.select(nums.filter((num) => num > 0));
	}

	/** Everything of an object. */
	describe(num: number): Description | null {
		return this.desk.use((core) => core.describe(num), null);
	}

	/** A card's title, or a relationship's: the title of its card. */
	title(num: number): string {
		const d = this.describe(num);
		if (!d) return '';
		const card = d.type === Type.relationship ? d.cardOn : num;
		return card === 0 ? '' : this.desk.use((core) => core.text(card, 1).text, '');
	}

	/** Chooses a tool. */
	setTool(tool: Tool): void {
		this.state.tool = tool;
		this.state.relatingFrom = 0;
	}

	/** A new card at a point of the map, or inside a card, opened for typing. */
	createAt(at: Point, place = 0): void {
		this.stage.settle();
		const world = this.stage.worldUnits(at);
		const [x, y] = place === 0 ? [world.x, world.y] : [0, 0];
		this.open(this.run(command.create(place, 0, x, y, ''))?.made ?? -1);
	}

	/** A new card in the middle of the screen. */
	createHere(): void {
		this.createAt({ x: this.stage.width / 2, y: this.stage.height / 2 });
	}

	/** A new card beside, inside or around the selected one. */
	createNear(where: number): void {
		const num = this.single(Type.card);
		if (num !== 0) this.open(this.run(command.createNear(num, where))?.made ?? -1);
	}

	/** The card of a relationship, made on demand, opened for typing. */
	cardOn(relationship: number): void {
		const d = this.describe(relationship);
		if (!d) return;
		const card = d.cardOn !== 0 ? d.cardOn : (this.run(command.cardOn(relationship, ''))?.made ?? -1);
		this.open(card);
	}

	/** Selects a new card and opens its title; nothing where none was made. */
	open(num: number): void {
		if (num <= 0) return;
		this.select([num]);
		this.stage.reveal(num);
		this.state.editing = { num, all: true };
		this.state.tool = 'select';
	}

	/** Opens a title for typing; a relationship's is that of its card. */
	edit(num: number, all = true): void {
		if (!this.state.editable) return;
		const d = this.describe(num);
		if (d?.type === Type.relationship) this.cardOn(num);
		else if (d?.type === Type.card) this.state.editing = { num, all };
	}

	/** Draws a relationship and selects it. */
	relate(a: number, b: number): void {
		const made = this.run(command.relate(a, b, 1))?.made ?? -1;
		if (made > 0) this.select([made]);
	}

	/** Turns a relationship around. */
	swapEnds(line: Description): void {
		this.run(command.ends(line.num, line.b, line.a));
	}

	/** Deletes the selection. */
	remove(): void {
		const nums = this.state.selection;
		if (nums.length === 0) return;
		const next = this.describe(nums[0] ?? 0)?.whole ?? 0;
		if (this.run(command.remove(nums))) this.select(next === 0 ? [] : [next]);
	}

	undo(): void {
		if (this.state.editable) this.desk.runStep(command.undo());
	}

	redo(): void {
		if (this.state.editable) this.desk.runStep(command.redo());
	}

	/** Copies the selection beside itself. */
	duplicate(): void {
		const nums = this.state.selection;
		if (nums.length > 0) this.selectReply(this.run(command.duplicate(nums))?.reply);
	}

	/** A new whole around the selection. */
	wrap(): void {
		const nums = this.cards();
		if (nums.length > 0) this.open(this.run(command.wrap(nums))?.made ?? -1);
	}

	/** Lets the selected whole's parts take its place. */
	unwrap(): void {
		const num = this.single(Type.card);
		if (num === 0) return;
		if (this.run(command.unwrap(num))) this.select([]);
	}

	/** Moves the selected card among its siblings, or one level up. */
	reorder(delta: number): void {
		const num = this.single(Type.card);
		if (num !== 0) this.run(command.reorder(num, delta));
	}

	/** Takes the selected card out of its whole. */
	outdent(): void {
		const num = this.single(Type.card);
		const whole = num === 0 ? 0 : (this.describe(num)?.whole ?? 0);
		if (whole === 0) return;
		this.run(command.reparent([num], this.describe(whole)?.place ?? 0, 0));
	}

	/** Shifts freehand cards a little. */
	nudge(dx: number, dy: number): void {
		const nums = this.cards();
		if (nums.length > 0) this.run(command.shift(nums, dx * nudge, dy * nudge));
	}

	/** Folds or unfolds, for this person only. */
	toggleFold(num = this.single(Type.card)): void {
		const d = num === 0 ? null : this.describe(num);
		if (!d?.hasParts) return;
		this.desk.use((core) => core.fold(num, d.folded ? 0 : 1), undefined);
		this.state.folds++;
		this.stage.paintSoon();
	}

	/** Writes one register of the selected objects. */
	set(nums: readonly number[], field: number, value: number | string | null, entry = ''): void {
		this.run(command.set(nums, field, value, entry));
	}

	/** Moves the selection in a direction. */
	move(direction: number): void {
		const from = this.state.selection.at(-1) ?? 0;
		const next = this.desk.use((core) => core.near(from, direction), 0);
		if (next === 0 || next === from) return;
		this.select([next]);
		this.stage.reveal(next);
	}

	/** The clipboard's content of the selection, or null. */
	copy(): { fragment: string; text: string } | null {
		const nums = this.state.selection;
		if (nums.length === 0) return null;
		const result = this.desk.run(command.copy(nums));
		if (!result || result.reply.length === 0) return null;
		return { fragment: toBase64(result.reply), text: nums.map((num) => this.title(num)).join('\n') };
	}

	/** Inserts what was copied here, or makes cards of plain text. */
	paste(fragment: string, text: string): void {
		const place = this.describe(this.single(Type.card))?.place ?? 0;
		const middle = this.stage.worldUnits({ x: this.stage.width / 2, y: this.stage.height / 2 });
		const at = place === 0 ? middle : { x: 0, y: 0 };
		const data = fragment === '' ? null : fromBase64(fragment);
		if (data) this.selectReply(this.run(command.paste(place, at.x, at.y, data))?.reply);
		else if (text.trim() !== '')
			this.selectReply(this.run(command.pasteOutline(place, at.x, at.y, text))?.reply);
	}

	/** The saved default of folding, for everybody. */
	saveFold(num: number, folded: boolean): void {
		this.set([num], Field.collapsed, folded ? 1 : 0);
	}

	/** The selected cards. */
	cards(): number[] {
		return this.state.selection.filter((num) => this.describe(num)?.type === Type.card);
	}

	/** The one selected object of a type, or 0. */
	single(type: number): number {
		const { selection } = this.state;
		const num = selection.length === 1 ? (selection[0] ?? 0) : 0;
		return num !== 0 && this.describe(num)?.type === type ? num : 0;
	}

	private run(data: Bytes) {
		return this.state.editable ? this.desk.run(data) : null;
	}

	private selectReply(reply: Bytes | undefined): void {
		if (!reply || reply.length === 0) return;
		this.select(new Reader(reply).nums());
	}
}

function toBase64(data: Uint8Array): string {
	let text = '';
	for (const byte of data) text += String.fromCharCode(byte);
	return btoa(text);
}

function fromBase64(text: string): Bytes | null {
	try {
		return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
	} catch {
		return null;
	}
}
