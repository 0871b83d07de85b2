// Mouse, pen and fingers on the stage: select, marquee, drag, relate, pan, pinch.
// The core decides what a drag does; here is only which gesture it is.

import { Drag, DragMod, type Hit, Part } from '../core/border';
import { Writer } from '../core/bytes';
import { unit } from '../core/model';
import type { Join, Tool } from '../panels/mapstate.svelte';
import { pinAt } from '../talk/pins';
import { type Point, pinch, toWorld, wheelZoom, zoomAt } from './camera';
import type { Editor } from './editor';
import { Handle } from './ops';
import type { Stage } from './stage';

type Gesture =
	| { kind: 'none' }
	| { kind: 'press'; at: Point; hit: Hit; add: boolean; touch: boolean }
	| { kind: 'pan'; last: Point; trail: { at: Point; time: number }[] }
	| { kind: 'drag' }
	| { kind: 'marquee'; from: Point; add: boolean; before: readonly number[] }
	| { kind: 'relate'; at: Point }
	| { kind: 'lasso'; way: Point[]; add: boolean; before: readonly number[] }
	| { kind: 'pinch' };

const threshold = 4; // px before a press becomes a drag
const touchThreshold = 8;
const mouseTolerance = 6; // px around thin things
const touchTolerance = 14;
const doubleMs = 400;
const doublePx = 8;
const presenceMs = 50; // at most 20 cursors a second
const palmMs = 700; // after a pen was near, a touch is the hand that holds it
const lassoStep = 4; // px between the points of a lasso
const mostLasso = 2000; // points
const nothing: Hit = { num: 0, part: 0, handle: 0 };
const nowhere = -(2 ** 30); // 1/64 px of the world, where nothing lies
const flingMs = 80; // the last part of a pan that counts for its speed

/** What a pointer does with discussions. */
export interface PinHost {
	/** Shows one. */
	open(num: number): void;
	/** Begins one of an object, or of a spot (0), in 1/64 px of the world. */
	begin(num: number, x: number, y: number): void;
}

/** Listens to pointers on one stage. */
export class Pointers {
	private gesture: Gesture = { kind: 'none' };
	private readonly down = new Map<number, Point>();
	private lastTap: { at: Point; time: number } | null = null;
	private penAt = Number.NEGATIVE_INFINITY; // when a pen was last near
	private spaceHeld = false;
	private sentAt = 0;
	private lastAt: Point | null = null;
	private later: ReturnType<typeof setTimeout> | undefined;
	private hovered = 0;
	private readonly stop = new AbortController();

	constructor(
		private readonly stage: Stage,
		private readonly editor: Editor,
		private readonly pins: PinHost,
	) {
		const { root } = stage;
		const { signal } = this.stop;
		root.addEventListener('pointerdown', (e) => this.onDown(e), { signal });
		root.addEventListener('pointermove', (e) => this.onMove(e), { signal });
		root.addEventListener('pointerup', (e) => this.onUp(e), { signal });
		root.addEventListener('pointercancel', (e) => this.onCancel(e), { signal });
		root.addEventListener('pointerleave', () => this.sendPresence(null), { signal });
		root.addEventListener('wheel', (e) => this.onWheel(e), { signal, passive: false });
		// The focus is given by hand in onDown: the mouse events a finger leaves behind
		// would take it away from the title that was just opened.
		root.addEventListener('mousedown', (e) => isField(e.target) || e.preventDefault(), { signal });
		root.addEventListener('contextmenu', (e) => isField(e.target) || e.preventDefault(), { signal });
	}

	/** Stops listening. */
	close(): void {
		clearTimeout(this.later);
		this.stop.abort();
	}

	/** Where the pointer is on the stage, or null. */
	get place(): Point | null {
		return this.lastAt;
	}

	/** Space is held: the pointer pans. */
	set space(held: boolean) {
		this.spaceHeld = held;
		this.setCursor(held ? 'grab' : 'default');
	}

	/** Breaks off what is going on; true when there was something. */
	cancel(): boolean {
		const { kind } = this.gesture;
		if (kind === 'drag') this.editor.desk.use((core) => core.drag(Drag.cancel, 0, 0, 0), null);
		this.idle();
		return kind !== 'none';
	}

	// isPalm reports whether a touch comes from the hand that holds a pen. A pen that
	// comes down ends what its hand had begun.
	private isPalm(event: PointerEvent): boolean {
		if (event.pointerType === 'touch') return event.timeStamp - this.penAt < palmMs;
		if (event.pointerType === 'pen') {
			this.penAt = event.timeStamp;
			if (event.type === 'pointerdown' && this.down.size > 0) {
				this.cancel();
				this.down.clear();
			}
		}
		return false;
	}

	private onDown(event: PointerEvent): void {
		if (isField(event.target) || this.isPalm(event)) return;
		const at = this.stage.at(event);
		this.stage.root.setPointerCapture(event.pointerId);
		this.stage.motion.stop();
		this.down.set(event.pointerId, at);
		if (this.down.size === 2) {
			this.cancel();
			this.gesture = { kind: 'pinch' };
			return;
		}
		if (this.down.size > 2) return;
		// What is being typed ends where the person clicks elsewhere.
		this.editor.state.editing = null;
		this.stage.root.focus({ preventScroll: true });
		this.gesture = this.begin(event, at);
	}

	private begin(event: PointerEvent, at: Point): Gesture {
		const { tool, joining, presenting } = this.editor.state;
		if (event.button === 1 || this.spaceHeld || tool === 'hand') {
			this.unhover();
			return { kind: 'pan', last: at, trail: [] };
		}
		if (event.button !== 0) return { kind: 'none' };
		const touch = event.pointerType === 'touch';
		// Who presents shows the map and does not change it.
		if (presenting) return { kind: 'press', at, hit: nothing, add: false, touch };
		const pin = tool === 'select' ? pinAt(this.stage.pins, this.stage.camera, at) : 0;
		if (pin !== 0) {
			this.pins.open(pin);
			return { kind: 'none' };
		}
		const hit = this.hit(at, touch ? touchTolerance : mouseTolerance);
		if (joining) {
			this.finishJoin(hit.num);
			return { kind: 'none' };
		}
		const add = event.shiftKey || event.ctrlKey || event.metaKey;
		return { kind: 'press', at, hit, add, touch };
	}

	private onMove(event: PointerEvent): void {
		if (this.isPalm(event)) return;
		const at = this.stage.at(event);
		this.pointOut(at);
		this.sendPresence(at);
		if (!this.down.has(event.pointerId)) {
			if (event.pointerType === 'mouse') this.hover(at);
			return;
		}
		if (this.gesture.kind === 'pinch') this.movePinch(event.pointerId, at);
		this.down.set(event.pointerId, at);
		switch (this.gesture.kind) {
			case 'press':
				this.movePress(this.gesture, at, event);
				break;
			case 'pan':
				this.movePan(this.gesture, at, event.timeStamp);
				break;
			case 'drag':
				this.drag(Drag.move, at, event);
				break;
			case 'marquee':
				this.moveMarquee(this.gesture, at);
				break;
			case 'lasso':
				this.moveLasso(this.gesture, at);
				break;
			case 'relate':
				this.stage.marquee = { from: this.gesture.at, to: at };
				this.stage.paintAbove();
				break;
			case 'none':
			case 'pinch':
				break;
		}
	}

	private movePress(press: Gesture & { kind: 'press' }, at: Point, event: PointerEvent): void {
		const moved = Math.hypot(at.x - press.at.x, at.y - press.at.y);
		if (moved < (press.touch ? touchThreshold : threshold)) return;
		const { state } = this.editor;
		const { num, part } = press.hit;
		if (state.presenting) {
			this.gesture = { kind: 'pan', last: press.at, trail: [] };
			return;
		}
		if (isJoin(state.tool) && num !== 0) {
			state.joining = { from: num, as: state.tool };
			this.gesture = { kind: 'relate', at: press.at };
			return;
		}
		if (num === 0 || !state.editable) {
			this.gesture = this.onGround(press, event);
			if (this.gesture.kind === 'lasso') this.moveLasso(this.gesture, at);
			return;
		}
		const selected = state.selection.includes(num);
		// A finger that slides over cards moves the view, unless it holds a selected one.
		if (press.touch && !selected && part !== Part.handle) {
			this.gesture = { kind: 'pan', last: press.at, trail: [] };
			return;
		}
		if (!selected && part !== Part.handle) this.editor.select(press.add ? [...state.selection, num] : [num]);
		this.gesture = { kind: 'drag' };
		this.drag(Drag.start, press.at, event);
		this.drag(Drag.move, at, event);
	}

	// On the ground a finger pans, a mouse draws a frame, and a pen whatever it draws.
	private onGround(press: Gesture & { kind: 'press' }, event: PointerEvent): Gesture {
		const { add, at } = press;
		const before = this.editor.state.selection;
		if (press.touch) return { kind: 'pan', last: at, trail: [] };
		if (event.pointerType === 'pen') return { kind: 'lasso', way: [at], add, before };
		return { kind: 'marquee', from: at, add, before };
	}

	private moveLasso(lasso: Gesture & { kind: 'lasso' }, at: Point): void {
		const last = lasso.way.at(-1);
		if (last && Math.hypot(at.x - last.x, at.y - last.y) < lassoStep) return;
		if (lasso.way.length < mostLasso) lasso.way.push(at);
		this.stage.lasso = lasso.way;
		const inside = this.inside(lasso.way.map((p) => this.stage.worldUnits(p)));
		const kept = lasso.add ? lasso.before.filter((num) => !inside.includes(num)) : [];
		this.editor.select([...kept, ...inside]);
	}

	// inside returns the cards whose middle lies in what was drawn.
	private inside(way: readonly Point[]): number[] {
		const xs = way.map((p) => p.x);
		const ys = way.map((p) => p.y);
		const area = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
		return this.editor.desk.use((core) => {
			return core.lasso(...area).filter((num) => {
				const { x, y, w, h } = core.bounds(num);
				return encloses(way, { x: x + w / 2, y: y + h / 2 });
			});
		}, []);
	}

	private movePan(pan: Gesture & { kind: 'pan' }, at: Point, time: number): void {
		this.stage.pan(at.x - pan.last.x, at.y - pan.last.y);
		pan.last = at;
		pan.trail = [...pan.trail.filter((p) => time - p.time < flingMs), { at, time }];
		this.setCursor('grabbing');
	}

	private movePinch(id: number, at: Point): void {
		const [first, second] = [...this.down.entries()];
		if (!first || !second) return;
		const before: [Point, Point] = [first[1], second[1]];
		const after: [Point, Point] = [first[0] === id ? at : first[1], second[0] === id ? at : second[1]];
		this.stage.jump(pinch(this.stage.camera, before, after));
	}

	private moveMarquee(marquee: Gesture & { kind: 'marquee' }, at: Point): void {
		this.stage.marquee = { from: marquee.from, to: at };
		const from = this.stage.worldUnits(marquee.from);
		const to = this.stage.worldUnits(at);
		const [x1, x2] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
		const [y1, y2] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
		const inside = this.editor.desk.use((core) => core.lasso(x1, y1, x2, y2), []);
		const kept = marquee.add ? marquee.before.filter((num) => !inside.includes(num)) : [];
		this.editor.select([...kept, ...inside]);
	}

	// drag returns what a drop made, or -1.
	private drag(phase: number, at: Point, event: PointerEvent): number {
		const world = this.stage.worldUnits(at);
		const mods =
			(event.altKey ? DragMod.noReparent : 0) | (event.ctrlKey || event.metaKey ? DragMod.noSnap : 0);
		const result = this.editor.desk.use((core) => core.drag(phase, world.x, world.y, mods), null);
		const made = phase === Drag.drop ? (this.editor.desk.take(result)?.made ?? -1) : -1;
		if (made > 0) this.editor.select([made]);
		this.stage.paintAbove();
		return made;
	}

	private onUp(event: PointerEvent): void {
		// A palm that lifts never came down.
		if (!this.down.delete(event.pointerId)) return;
		const at = this.stage.at(event);
		const { gesture } = this;
		if (gesture.kind === 'pinch') {
			// The finger that stays goes on panning.
			const rest = [...this.down.values()][0];
			this.gesture = rest ? { kind: 'pan', last: rest, trail: [] } : { kind: 'none' };
			return;
		}
		this.idle();
		if (gesture.kind === 'drag') this.drag(Drag.drop, at, event);
		else if (gesture.kind === 'relate') this.finishJoin(this.hit(at, mouseTolerance).num);
		else if (gesture.kind === 'press') this.click(gesture, event);
		else if (gesture.kind === 'pan') this.endPan(gesture, event);
		this.hover(at);
	}

	private endPan(pan: Gesture & { kind: 'pan' }, event: PointerEvent): void {
		const first = pan.trail[0];
		const last = pan.trail.at(-1);
		if (!first || !last) return;
		const ms = last.time - first.time;
		if (ms <= 0 || event.timeStamp - last.time > flingMs) return;
		this.stage.fling({ x: (last.at.x - first.at.x) / ms, y: (last.at.y - first.at.y) / ms });
	}

	private onCancel(event: PointerEvent): void {
		if (!this.down.delete(event.pointerId)) return;
		this.cancel();
	}

	private click(press: Gesture & { kind: 'press' }, event: PointerEvent): void {
		const { editor } = this;
		if (editor.state.presenting) return;
		const { at, hit, add } = press;
		const double = this.isDouble(at, event.timeStamp);
		if (editor.state.tool === 'card') {
			if (editor.state.editable)
				editor.createAt(at, hit.part === Part.body || hit.part === Part.title ? hit.num : 0);
			return;
		}
		if (editor.state.tool === 'comment') {
			const world = this.stage.worldUnits(at);
			this.pins.begin(hit.num, world.x, world.y);
			return;
		}
		if (isJoin(editor.state.tool)) {
			editor.select(hit.num === 0 ? [] : [hit.num]);
			editor.startJoin(editor.state.tool);
			return;
		}
		if (hit.part === Part.fold) editor.toggleFold(hit.num);
		else if (hit.part === Part.eye) editor.toggleEye(hit.num);
		else if (hit.part === Part.link && !add) editor.openLink(hit.num);
		else if (hit.part === Part.handle) this.clickHandle(press, event);
		else if (double) this.doubleClick(at, hit);
		else if (hit.part === Part.middle && editor.state.selection.includes(hit.num)) editor.cardOn(hit.num);
		else if (hit.num === 0) editor.select(add ? editor.state.selection : []);
		else if (add) editor.toggle(hit.num);
		else editor.select([hit.num]);
	}

	// Every handle that is dragged can also be clicked: the core takes a drag that
	// never moved for it.
	private clickHandle(press: Gesture & { kind: 'press' }, event: PointerEvent): void {
		const { hit, at } = press;
		if (!this.editor.state.editable) return;
		if (hit.handle === Handle.middle) {
			this.editor.cardOn(hit.num);
			return;
		}
		this.drag(Drag.start, at, event);
		const made = this.drag(Drag.drop, at, event);
		if (made > 0) this.editor.open(made);
	}

	private doubleClick(at: Point, hit: Hit): void {
		const { editor } = this;
		if (!editor.state.editable) return;
		if (hit.num === 0) editor.createAt(at);
		else {
			editor.select([hit.num]);
			editor.edit(hit.num);
		}
	}

	// Own counting: the browser's double click differs between mouse and finger.
	private isDouble(at: Point, time: number): boolean {
		const last = this.lastTap;
		const double =
			last !== null &&
			time - last.time < doubleMs &&
			Math.hypot(at.x - last.at.x, at.y - last.at.y) < doublePx;
		this.lastTap = double ? null : { at, time };
		return double;
	}

	private finishJoin(to: number): void {
		this.editor.finishJoin(to);
		this.stage.paintAbove();
	}

	private onWheel(event: WheelEvent): void {
		event.preventDefault();
		const at = this.stage.at(event);
		if (event.ctrlKey || event.metaKey || isMouseWheel(event)) {
			// A trackpad's pinch comes in small steps.
			const gain = event.ctrlKey && Math.abs(event.deltaY) < 50 ? 1.5 : 0.2;
			const factor = wheelZoom(event.deltaY * gain, event.deltaMode);
			this.stage.jump(zoomAt(this.stage.camera, at, this.stage.camera.zoom * factor));
		} else {
			const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
			this.unhover();
			this.stage.pan(-dx, -dy);
		}
		this.sendPresence(at);
	}

	private hover(at: Point): void {
		if (this.spaceHeld || this.editor.state.tool === 'hand') this.setCursor('grab');
		else if (this.editor.state.presenting) this.setCursor('default');
		else if (this.editor.state.tool !== 'select') this.setCursor('crosshair');
		else if (pinAt(this.stage.pins, this.stage.camera, at) !== 0) this.setCursor('pointer');
		else {
			const hit = this.hit(at, mouseTolerance);
			this.setCursor(cursorOf(hit));
			// The card under the pointer shows its handles.
			if (hit.num !== this.hovered) this.stage.paintAbove();
			this.hovered = hit.num;
		}
	}

	// While the map moves, nothing is under the pointer: handles that move along would
	// be painted in every frame, and nobody could take hold of them.
	private unhover(): void {
		if (this.hovered === 0) return;
		this.hovered = 0;
		this.editor.desk.use((core) => core.hit(nowhere, nowhere, 0), nothing);
		this.stage.paintAbove();
	}

	private setCursor(cursor: string): void {
		const { style } = this.stage.root;
		if (style.cursor !== cursor) style.cursor = cursor;
	}

	private hit(at: Point, tolerance: number): Hit {
		const world = this.stage.worldUnits(at);
		const reach = this.stage.lengthUnits(tolerance);
		return this.editor.desk.use((core) => core.hit(world.x, world.y, reach), nothing);
	}

	// pointOut moves this person's laser, which others see with the cursor.
	private pointOut(at: Point | null): void {
		const laser = this.editor.state.presenting?.laser ? at : null;
		if (laser === this.stage.laser) return;
		this.stage.laser = laser;
		this.stage.paintAbove();
	}

	/** Tells others at once, as when typing begins or ends. */
	announce(): void {
		this.sentAt = 0;
		this.pointOut(this.lastAt);
		this.sendPresence(this.lastAt);
	}

	private sendPresence(at: Point | null): void {
		this.lastAt = at;
		const now = performance.now();
		clearTimeout(this.later);
		const wait = this.sentAt + presenceMs - now;
		if (at && wait > 0) {
			// The last place of a movement is sent too: it is where the cursor rests.
			this.later = setTimeout(() => this.sendPresence(at), wait);
			return;
		}
		this.sentAt = now;
		const { editing, following, presenting } = this.editor.state;
		const laser = at !== null && presenting?.laser === true;
		const world = at ? toWorld(this.stage.camera, at) : { x: 0, y: 0 };
		const data = new Writer()
			.u8((at ? 1 : 0) | (laser ? 2 : 0) | (following ? 4 : 0))
			.int(Math.round(world.x * unit))
			.int(Math.round(world.y * unit));
		this.editor.desk.presence(
			data
				.uint(editing?.num ?? 0)
				.uint(presenting?.stop ?? 0)
				.done(),
		);
	}

	private idle(): void {
		this.gesture = { kind: 'none' };
		this.stage.marquee = null;
		this.stage.lasso = null;
		this.stage.paintAbove();
	}
}

/** Whether a closed line goes around a point. */
export function encloses(way: readonly Point[], at: Point): boolean {
	let inside = false;
	for (let i = 0, j = way.length - 1; i < way.length; j = i++) {
		const [a, b] = [way[i], way[j]];
		if (!a || !b || a.y > at.y === b.y > at.y) continue;
		if (at.x < ((b.x - a.x) * (at.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
	}
	return inside;
}

function isJoin(tool: Tool): tool is Join {
	return tool === 'relation' || tool === 'view';
}

function isField(target: EventTarget | null): boolean {
	return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}

// A mouse wheel moves in whole notches; a trackpad in small or sideways steps.
function isMouseWheel(event: WheelEvent): boolean {
	if (event.deltaMode !== 0) return true;
	return (
		event.deltaX === 0 && !event.shiftKey && Math.abs(event.deltaY) >= 50 && Number.isInteger(event.deltaY)
	);
}

function cursorOf(hit: Hit): string {
	switch (hit.part) {
		case Part.handle:
			return hit.handle === Handle.resize ? 'nwse-resize' : 'crosshair';
		case Part.fold:
		case Part.line:
		case Part.middle:
		case Part.eye:
		case Part.link:
			return 'pointer';
		default:
			return 'default';
	}
}
