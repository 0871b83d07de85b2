// What a person can do with the open map: one place for pointer, keys, toolbar
// and panels, so that every drag has its command.

import type { Backlink } from '../api';
import { type Bytes, Reader } from '../core/bytes';
import * as command from '../core/commands';
import type { DeskCalls } from '../core/desk';
import { noFilter } from '../core/lens';
import { type Description, Emphasis, Field, numberOf, type PointRow, Type, textOf } from '../core/model';
import { mapTarget, type Target } from '../maplink';
import type { Join, MapState, Tool } from '../panels/mapstate.svelte';
import { words } from '../words';
import type { Point } from './camera';
import { Content } from './content';
import { Lenses } from './lens';
import type { Stage } from './stage';

/** The clipboard's own type; plain text goes beside it. */
export const fragmentType = 'text/x-plectica';

const nudge = 8 * 64; // 1/64 px
const colours = 16;
const mostZoom = 4; // of a card that fills the screen
const joinDistance = 280; // px to a new card that something is joined to
const mostJoined = 99; // cards related to one at once: a sketch has at most 200 items
const mostDepth = 256; // of wholes around a card
const mostLines = 5000; // of text that becomes cards: the core takes no more
const sheetId = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)); // what holds for the map

/** Commands of one open map. */
export class Editor {
	/** What this person singled out. */
	readonly lens: Lenses;
	/** Opens the map that a card is linked to; the page knows how. */
	opensMap: (num: number) => void = () => undefined;
	/** Puts the address of a card on the clipboard; the page knows its own. */
	copiesLink: (num: number) => void = () => undefined;
	/** Opens the map that a card of it leads here from. */
	opensFrom: (link: Backlink) => void = () => undefined;
	/** Files and addresses. */
	readonly content: Content;
	private ids: Bytes[] = []; // of the selection: numbers die with their core

	constructor(
		readonly desk: DeskCalls,
		readonly state: MapState,
		readonly stage: Stage,
	) {
		this.lens = new Lenses(
			desk,
			state,
			stage,
			(num) => this.jump(num),
			(nums) => this.select(nums),
		);
		this.content = new Content(this);
	}

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
		this.lens.prune();
	}

	/** A new core: finds the selection again by its ids. */
	rebuilt(): void {
		this.state.editing = null;
		this.state.joining = null;
		const nums = this.desk.use((core) => this.ids.map((id) => core.lookup(id)), []);
		this.select(nums.filter((num) => num > 0));
		this.lens.rebuilt();
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

	/** A title to show: an object without one has a name all the same. */
	name(num: number): string {
		return this.title(num) || words.common.untitledCard;
	}

	/** Chooses a tool. */
	setTool(tool: Tool): void {
		this.state.tool = tool;
		this.state.joining = null;
	}

	/** Joins the selected object to the next one that is pointed at: by a relationship,
	 * or by looking at it. */
	startJoin(as: Join): void {
		const from = this.state.selection[0] ?? 0;
		this.setTool(as);
		if (from !== 0) this.state.joining = { from, as };
	}

	/** Ends what startJoin began. */
	finishJoin(to: number): void {
		const { joining } = this.state;
		this.setTool('select');
		if (!joining || !this.describe(to)) return;
		if (joining.as === 'relation') this.relate(joining.from, to);
		else this.look(joining.from, [to], Emphasis.normal);
	}

	/** Ends what startJoin began with a new card of this title. */
	finishJoinNew(title: string): void {
		const { joining } = this.state;
		this.setTool('select');
		if (!joining || this.describe(joining.from)?.type !== Type.card) return;
		const card = {
			kind: 'card',
			in: 0,
			title: '',
			layout: -1,
			card: 0,
			placeholder: false,
			x: 0,
			y: 0,
		} as const;
		this.sketch([
			{ ...card, card: joining.from },
			{ ...card, title, x: joinDistance },
			joining.as === 'relation'
				? { kind: 'line', a: 0, b: 1, direction: 1 }
				: { kind: 'view', a: 0, b: 1, emphasis: Emphasis.normal },
		]);
	}

	/** Looks for a card by its words, and does something with it. */
	seek(take: (num: number) => void): void {
		this.state.palette = { cardsOnly: true, placeholder: words.palette.cardsPlaceholder, first: '', take };
	}

	/** Lets a card look at others, or away. */
	look(point: number, views: readonly number[], emphasis: number): void {
		this.run(command.look(point, views, emphasis));
	}

	/** The map that a card is linked to, or null. */
	linkedMap(num: number): Target | null {
		const d = num === 0 ? null : this.describe(num);
		return d ? mapTarget(textOf(d, Field.link)) : null;
	}

	/** Whether a card looks at others. */
	isPoint(num: number): boolean {
		return this.points().some((point) => point.num === num);
	}

	/** The points of the map, in its order. */
	points(): PointRow[] {
		return this.desk.use((core) => core.points(), []);
	}

	/** Opens or shuts an eye, for this person only. */
	toggleEye(num: number): void {
		const point = this.points().find((p) => p.num === num);
		if (point) this.setEye(num, !point.open);
	}

	/** Opens or shuts an eye, for this person only. */
	setEye(num: number, open: boolean): void {
		this.desk.use((core) => core.look(num, open ? 1 : 0), undefined);
		this.state.looks++;
		this.stage.paintSoon();
	}

	/** Shuts all eyes, for this person only. */
	shutEyes(): void {
		for (const point of this.points()) if (point.open) this.setEye(point.num, false);
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

	/** Makes a structure around a card that is there, or at the middle of the screen. */
	sketch(items: readonly command.SketchItem[]): void {
		this.stage.settle();
		const at = this.stage.worldUnits({ x: this.stage.width / 2, y: this.stage.height / 3 });
		const reply = this.run(command.sketch(0, at.x, at.y, items))?.reply;
		if (!reply || reply.length === 0) return;
		const made = new Reader(reply).nums();
		const kept = items.flatMap((item) => (item.kind === 'card' && item.card !== 0 ? [item.card] : []));
		this.select(made.length > 0 ? made.slice(0, 1) : kept.slice(0, 1));
		this.stage.fitSelection([...kept, ...made], 1);
	}

	/** Whether a card leads anywhere. */
	leads(num: number): boolean {
		return this.linkedMap(num) !== null || this.content.href(num) !== null;
	}

	/** Opens where a card leads: another map in this place, an address in a tab of its own. */
	openLink(num: number): void {
		if (this.linkedMap(num)) this.opensMap(num);
		else this.content.open(num);
	}

	/** Whether the map's relationships run in right angles. */
	get orthogonal(): boolean {
		const num = this.desk.use((core) => core.lookup(sheetId), 0);
		const sheet = num === 0 ? null : this.describe(num);
		return sheet !== null && numberOf(sheet, Field.routing, 0) === 1;
	}

	/** Lets the map's relationships run in right angles, or in curves again. */
	toggleOrthogonal(): void {
		this.run(command.sheet(Field.routing, this.orthogonal ? 0 : 1));
	}

	/** Lines cards up, or spreads them. */
	align(how: number): void {
		this.run(command.align(this.cards(), how));
	}

	/** Arranges the selected cards, or the parts of the selected whole. */
	tidy(how: number): void {
		this.run(command.tidy(this.cards(), how));
	}

	/** Puts the selected card into the sibling before it. */
	indent(): void {
		const num = this.single(Type.card);
		const row = this.before(num);
		if (row !== 0) this.run(command.reparent([num], row, 0));
	}

	// before returns the sibling before a card, or 0.
	private before(num: number): number {
		const d = num === 0 ? null : this.describe(num);
		if (!d || d.index === 0) return 0;
		return this.desk.use((core) => core.sibling(num, -1), 0);
	}

	/** Turns a switch of the selected objects around. */
	flip(field: number): void {
		const first = this.describe(this.state.selection[0] ?? 0);
		if (first) this.set(this.state.selection, field, numberOf(first, field, 0) === 1 ? 0 : 1);
	}

	/** The colour after that of the first selected object. */
	nextColour(): number {
		const first = this.describe(this.state.selection[0] ?? 0);
		return first ? (numberOf(first, Field.colour, 0) + 1) % colours : 0;
	}

	/** The one selected card, if it has parts. */
	whole(): Description | null {
		const d = this.describe(this.single(Type.card));
		return d?.hasParts ? d : null;
	}

	/** Selects everything on the map itself. */
	selectAll(): void {
		const box = this.desk.use((core) => core.bounds(0), null);
		if (!box) return;
		this.select(this.desk.use((core) => core.lasso(box.x, box.y, box.x + box.w, box.y + box.h), []));
	}

	/** The object in a direction from the selection, or 0. */
	near(direction: number): number {
		return this.desk.use((core) => core.near(this.state.selection.at(-1) ?? 0, direction), 0);
	}

	/** Fills the screen with a card. */
	zoomInto(num: number): void {
		this.select([num]);
		this.stage.fit(num, mostZoom);
	}

	/** Goes from the selected card to the whole around it. */
	zoomOut(): void {
		const whole = this.describe(this.state.selection[0] ?? 0)?.whole ?? 0;
		if (whole === 0) {
			this.select([]);
			this.stage.fit();
		} else this.zoomInto(whole);
	}

	/** Goes to a card wherever it is: unfolds what hides it. */
	jump(num: number): void {
		const wholes: number[] = [];
		for (let d = this.describe(num); d && d.whole !== 0 && wholes.length < mostDepth; ) {
			wholes.unshift(d.whole);
			d = this.describe(d.whole);
		}
		// From the outermost on: what a folded whole hides does not say that it is folded.
		for (const whole of wholes)
			if (this.describe(whole)?.folded) this.desk.use((core) => core.fold(whole, 0), undefined);
		this.state.folds++;
		this.select([num]);
		this.stage.goTo(num);
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

	/** Relates all selected cards to one, at once. */
	relateAll(to: number): void {
		const from = this.cards()
			.filter((num) => num !== to)
			.slice(0, mostJoined);
		if (from.length === 0) return;
		const there = (card: number) =>
			({ kind: 'card', in: 0, title: '', layout: -1, card, placeholder: false, x: 0, y: 0 }) as const;
		const lines = from.map((_, a) => ({ kind: 'line', a, b: from.length, direction: 1 }) as const);
		this.run(command.sketch(0, 0, 0, [...from.map(there), there(to), ...lines]));
	}

	/** Folds or unfolds all selected wholes, for this person only. */
	foldAll(fold: boolean): void {
		for (const num of this.cards())
			if (this.describe(num)?.hasParts) this.desk.use((core) => core.fold(num, fold ? 1 : 0), undefined);
		this.state.folds++;
		this.stage.paintSoon();
	}

	/** Selects all cards of the first selected card's colour. */
	selectLike(): void {
		const first = this.describe(this.cards()[0] ?? 0);
		if (first) this.select(this.lens.find({ ...noFilter, colours: [numberOf(first, Field.colour, 0)] }));
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
		const next = this.near(direction);
		if (next === 0 || next === this.state.selection.at(-1)) return;
		this.select([next]);
		this.stage.reveal(next);
	}

	/** Selects the next card in a direction too, or one less on the way back. */
	extend(direction: number): void {
		this.extendTo(this.near(direction));
	}

	/** Selects a card too; the one selected before it is the way back. */
	extendTo(num: number): void {
		const { selection } = this.state;
		if (num === 0) return;
		this.select(
			selection.at(-2) === num ? selection.slice(0, -1) : [...selection.filter((n) => n !== num), num],
		);
		this.stage.reveal(num);
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
	paste(fragment: string, text: string, point = this.content.middle()): void {
		const place = this.describe(this.single(Type.card))?.place ?? 0;
		const at = place === 0 ? this.stage.worldUnits(point) : { x: 0, y: 0 };
		const data = fragment === '' ? null : fromBase64(fragment);
		if (data) this.selectReply(this.run(command.paste(place, at.x, at.y, data))?.reply);
		else if (linesOf(text) > mostLines) this.state.say(words.map.outlineTooLong(linesOf(text), mostLines));
		else if (text.trim() !== '')
			this.selectReply(this.run(command.pasteOutline(place, at.x, at.y, text))?.reply);
	}

	/** Runs a command that makes an object and returns its number, or -1. */
	make(data: Bytes): number {
		return this.run(data)?.made ?? -1;
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

function linesOf(text: string): number {
	return text.split('\n').filter((line) => line.trim() !== '').length;
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
