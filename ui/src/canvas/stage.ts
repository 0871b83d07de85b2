// The stage: canvases, camera and the loop that paints when something changed.

import type { DeskCalls } from '../core/desk';
import { type Box, type Peer, unit } from '../core/model';
import type { MapState } from '../panels/mapstate.svelte';
import type { Pin } from '../talk/pins';
import { onTheme } from '../theme';
import {
	type Camera,
	clampZoom,
	fit,
	Motion,
	type Point,
	type Rect,
	reveal,
	toWorld,
	zoomAt,
} from './camera';
import { Images } from './images';
import { Painter } from './painter';

const panelWidth = 320; // px of a drawer and of the details: tokens.css has the same
const barHeight = 72; // px of the bar of a presentation, and the room around it
const narrow = 720; // px of a stage on which panels lie above the map, not beside it
const settleMs = 200; // after which a map that was moved is at rest
const readable = 0.6; // zoom at which a card that is jumped to can be read

/** A rectangle drawn while the pointer is down, in screen px. */
export interface Marquee {
	from: Point;
	to: Point;
}

/** One map on the screen. */
export class Stage {
	readonly motion = new Motion(
		() => matchMedia('(prefers-reduced-motion: reduce)').matches,
		() => devicePixelRatio,
	);
	/** The marquee, or the line of the relation tool. */
	marquee: Marquee | null = null;
	/** What a pen draws around cards, in screen px. */
	lasso: readonly Point[] | null = null;
	width = 1;
	height = 1;
	/** The pins of discussions. */
	pins: readonly Pin[] = [];
	/** Where this person's laser is, on the screen. */
	laser: Point | null = null;
	/** The person moved the view. */
	onMoved: () => void = () => undefined;
	/** Times of the last painted frames in ms, newest last, for measurements. */
	readonly paintTimes: number[] = [];
	private readonly painter: Painter;
	private readonly images: Images;
	private readonly observer: ResizeObserver;
	private readonly stopTheme: () => void;
	private mapDirty = true;
	private moved = false; // the camera alone
	private overlayDirty = true;
	private settling: ReturnType<typeof setTimeout> | undefined;
	private frameId = 0;
	private seen: Camera | null = null;
	private fitted = false;
	private shown = false;
	private led: { box: Box; most: number } | null = null; // what somebody else's view shows
	private leading = false;

	constructor(
		readonly desk: DeskCalls,
		readonly state: MapState,
		readonly root: HTMLElement,
		mapCanvas: HTMLCanvasElement,
		overlayCanvas: HTMLCanvasElement,
	) {
		this.images = new Images(state.id, this.paintSoon);
		this.painter = new Painter(desk, mapCanvas, overlayCanvas, this.images);
		this.observer = new ResizeObserver(() => this.resize());
		this.observer.observe(root);
		this.stopTheme = onTheme(() => {
			this.painter.recolour();
			this.paintSoon();
		});
		// Subsets of the font arrive when a text first needs them.
		document.fonts.addEventListener('loadingdone', this.paintSoon);
		this.resize();
	}

	/** Stops painting. */
	close(): void {
		cancelAnimationFrame(this.frameId);
		clearTimeout(this.settling);
		this.images.close();
		this.observer.disconnect();
		this.stopTheme();
		document.fonts.removeEventListener('loadingdone', this.paintSoon);
	}

	/** Both layers are painted with the next frame. */
	readonly paintSoon = (): void => {
		this.mapDirty = this.overlayDirty = true;
		this.schedule();
	};

	// The map lies elsewhere on the screen, and is otherwise the same.
	private moveSoon(): void {
		this.moved = this.overlayDirty = true;
		this.schedule();
	}

	/** Only the upper layer is painted with the next frame. */
	paintAbove(): void {
		this.overlayDirty = true;
		this.schedule();
	}

	/** A new core: numbers and revisions mean something else now. */
	rebuilt(): void {
		this.painter.forget();
		this.seen = null;
		this.paintSoon();
	}

	/** Who the others are. */
	setPeers(peers: readonly Peer[]): void {
		this.painter.setPeers(peers);
		this.paintAbove();
	}

	/** The camera of this moment. */
	get camera(): Camera {
		return this.motion.camera;
	}

	/** A pointer's place on the stage. */
	at(event: { clientX: number; clientY: number }): Point {
		const rect = this.root.getBoundingClientRect();
		return { x: event.clientX - rect.left, y: event.clientY - rect.top };
	}

	/** A screen point in 1/64 px of the world. */
	worldUnits(at: Point): Point {
		const world = toWorld(this.camera, at);
		return { x: Math.round(world.x * unit), y: Math.round(world.y * unit) };
	}

	/** A length on screen in 1/64 px of the world. */
	lengthUnits(px: number): number {
		return Math.round((px / this.camera.zoom) * unit);
	}

	/** Jumps to a camera. */
	jump(camera: Camera): void {
		this.own();
		this.motion.set(camera);
		this.moveSoon();
	}

	/** Glides to a camera. */
	glide(camera: Camera): void {
		this.own();
		this.motion.glide(camera, performance.now());
		this.moveSoon();
	}

	// The view is moved by the person, who is led no longer.
	private own(): void {
		if (this.leading) return;
		this.led = null;
		this.onMoved();
	}

	/** Shows what a stop or another person shows: an area just so, or enlarged up to a zoom. */
	lead(box: Box, most: number): void {
		this.settle();
		this.leading = true;
		this.led = { box, most };
		this.glide(this.leadCamera(box, most));
		this.leading = false;
	}

	/** The view is nobody else's any more: it stays as it is. */
	unlead(): void {
		this.led = null;
	}

	private leadCamera(box: Box, most: number): Camera {
		const area = rectOf(box);
		if (most !== Number.POSITIVE_INFINITY) return this.fitting(area, most);
		const { left, width, height } = this.open();
		const zoom = clampZoom(Math.min(width / area.w, height / area.h));
		return {
			x: area.x + area.w / 2 - (left + width / 2) / zoom,
			y: area.y + area.h / 2 - height / 2 / zoom,
			zoom,
		};
	}

	/** What of the map is seen, in 1/64 px. */
	seenBox(): Box {
		const { left, width } = this.open();
		const from = this.worldUnits({ x: left, y: 0 });
		return { ...from, w: this.lengthUnits(width), h: this.lengthUnits(this.height) };
	}

	/** Whether all of the map is in sight. */
	seesAll(): boolean {
		const all = this.desk.use((core) => core.bounds(0), null);
		const seen = this.seenBox();
		if (!all || all.x < seen.x || all.y < seen.y) return false;
		return all.x + all.w <= seen.x + seen.w && all.y + all.h <= seen.y + seen.h;
	}

	/** Brings a point of the world, in 1/64 px, to the middle. */
	centre(x: number, y: number): void {
		const { left, width } = this.open();
		const { zoom } = this.camera;
		this.settle();
		this.glide({ x: x / unit - (left + width / 2) / zoom, y: y / unit - this.height / 2 / zoom, zoom });
	}

	/** Lets the map run on after a throw, in px per ms. */
	fling(speed: Point): void {
		this.motion.fling(speed, performance.now());
		this.schedule();
	}

	/** Moves by screen px. */
	pan(dx: number, dy: number): void {
		this.settle();
		this.own();
		this.motion.pan(dx, dy);
		this.moveSoon();
	}

	/** Zooms around the middle. */
	zoomBy(factor: number): void {
		this.zoomTo(this.camera.zoom * factor);
	}

	/** Zooms around the middle to a value. */
	zoomTo(zoom: number): void {
		this.settle();
		this.glide(zoomAt(this.camera, { x: this.width / 2, y: this.height / 2 }, zoom));
	}

	/** Shows the whole map, or what is selected. */
	fit(num = 0, most = 1): void {
		const box = this.desk.use((core) => core.bounds(num), null);
		if (box && box.w > 0) this.glide(this.fitting(rectOf(box), most));
	}

	/** Shows all selected objects. */
	fitSelection(nums: readonly number[], most = 2): void {
		const boxes = nums
			.map((num) => this.desk.use((core) => core.bounds(num), null))
			.filter((box) => box !== null);
		if (boxes.length === 0) return;
		const left = Math.min(...boxes.map((b) => b.x));
		const top = Math.min(...boxes.map((b) => b.y));
		const w = Math.max(...boxes.map((b) => b.x + b.w)) - left;
		const h = Math.max(...boxes.map((b) => b.y + b.h)) - top;
		this.glide(this.fitting(rectOf({ x: left, y: top, w, h }), most));
	}

	/** Brings an object into view, moving as little as needed. */
	reveal(num: number): void {
		const box = this.desk.use((core) => core.bounds(num), null);
		if (!box) return;
		const { left, width } = this.open();
		const shifted = { ...this.camera, x: this.camera.x + left / this.camera.zoom };
		const moved = reveal(shifted, rectOf(box), width, this.height);
		const camera = { ...moved, x: moved.x - left / moved.zoom };
		if (camera.x !== this.camera.x || camera.y !== this.camera.y) this.glide(camera);
	}

	/** Goes to an object: moves there, and zooms in where it would be too small to read. */
	goTo(num: number): void {
		const box = this.desk.use((core) => core.bounds(num), null);
		if (!box) return;
		this.settle();
		const { zoom } = this.camera;
		const least = Math.max(zoom, readable);
		const wanted = this.fitting(rectOf(box), least);
		if (zoom >= readable && wanted.zoom >= zoom) this.reveal(num);
		else this.glide(wanted);
	}

	// fitting is the camera that shows an area in the part of the stage no panel covers.
	private fitting(area: Rect, most: number): Camera {
		const { left, width, height } = this.open();
		const camera = fit(area, width, height, most);
		return { ...camera, x: camera.x - left / camera.zoom };
	}

	// open is the part of the stage that no panel covers.
	private open(): { left: number; width: number; height: number } {
		const { drawer, inspectorOpen, presenting, selection } = this.state;
		const height = presenting ? Math.max(1, this.height - barHeight) : this.height;
		if (this.width <= narrow || presenting) return { left: 0, width: this.width, height };
		const left = drawer ? panelWidth : 0;
		const right = inspectorOpen && selection.length > 0 ? panelWidth : 0;
		return { left, width: this.width - left - right, height };
	}

	/** The first look at a map: a small one is centred at 100 %, only a large one is fitted. */
	firstLook(): void {
		if (this.fitted) return;
		const box = this.desk.use((core) => core.bounds(0), null);
		if (!box || box.w === 0) {
			this.jump({ x: -this.width / 2, y: -this.height / 2, zoom: 1 });
			return;
		}
		this.fitted = true;
		this.jump(fit(rectOf(box), this.width, this.height, 1));
	}

	/** The view is the person's from now on: no first look moves it any more. */
	settle(): void {
		this.fitted = true;
	}

	private resize(): void {
		const rect = this.root.getBoundingClientRect();
		this.width = Math.max(1, rect.width);
		this.height = Math.max(1, rect.height);
		this.painter.resize(this.width, this.height, devicePixelRatio);
		this.seen = null;
		if (this.led) this.motion.set(this.leadCamera(this.led.box, this.led.most));
		this.mapDirty = this.overlayDirty = true;
		// In this very frame: a resized canvas is blank.
		cancelAnimationFrame(this.frameId);
		this.frame(performance.now());
	}

	private schedule(): void {
		if (this.frameId === 0) this.frameId = requestAnimationFrame((now) => this.frame(now));
	}

	private frame(now: number): void {
		this.frameId = 0;
		const start = performance.now();
		if (this.motion.moving) {
			this.motion.step(now);
			this.moved = this.overlayDirty = true;
		}
		const camera = this.camera;
		if (this.seen !== camera) {
			this.seen = camera;
			this.painter.look(camera);
			this.state.zoom = camera.zoom;
		}
		const painted = this.mapDirty || this.moved;
		if (painted) this.paintMap(camera);
		if (this.overlayDirty) {
			this.painter.paintOverlay(camera, this.state.editing !== null || this.state.presenting !== null);
			if (!this.state.presenting) this.painter.paintPins(this.pins, camera);
			if (this.laser) this.painter.paintLaser(this.laser);
			if (this.marquee) this.paintMarquee(this.marquee);
			if (this.lasso) this.painter.paintLasso(this.lasso);
			if (this.state.dropOn !== 0) this.paintTarget(camera, this.state.dropOn);
		}
		if (painted) this.state.moved++;
		if (painted && this.fitted && !this.shown) {
			this.shown = true;
			performance.mark('map-shown'); // how long opening took, for whoever measures
		}
		this.mapDirty = this.moved = this.overlayDirty = false;
		this.measured(performance.now() - start);
		if (this.motion.moving) this.schedule();
	}

	// A map that moved and came to rest is painted anew: seen from far, lines that cross
	// are faint together, and which are drawn together depends on what is drawn.
	private paintMap(camera: Camera): void {
		clearTimeout(this.settling);
		this.settling = undefined;
		if (this.mapDirty || !this.painter.moveMap(camera)) this.painter.paintMap(camera);
		else this.settling = setTimeout(this.paintSoon, settleMs);
	}

	// A card under what is dragged here from elsewhere.
	private paintTarget(camera: Camera, num: number): void {
		const box = this.desk.use((core) => core.bounds(num), null);
		if (!box || box.w === 0) return;
		const { x, y, w, h } = rectOf(box);
		const [left, top] = [(x - camera.x) * camera.zoom, (y - camera.y) * camera.zoom];
		this.painter.paintMarquee(left - 4, top - 4, left + w * camera.zoom + 4, top + h * camera.zoom + 4);
	}

	private paintMarquee({ from, to }: Marquee): void {
		if (this.state.joining) this.painter.paintBand(from.x, from.y, to.x, to.y);
		else this.painter.paintMarquee(from.x, from.y, to.x, to.y);
	}

	private measured(ms: number): void {
		this.paintTimes.push(ms);
		if (this.paintTimes.length > 600) this.paintTimes.splice(0, 300);
	}
}

/** A box of the core in px. */
export function rectOf(box: Box): Rect {
	return { x: box.x / unit, y: box.y / unit, w: box.w / unit, h: box.h / unit };
}
