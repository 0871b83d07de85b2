// The editors that are compared: how each is opened on the scene, looks at a part of
// it, and how far a turn of the wheel zooms it. What is measured is done by real
// inputs in each; only where the others look from at first is said by their own calls.
import { button, pause, size, wheel } from './browser.mjs';
import { things } from './files.mjs';

const margin = 64; // px around what is fitted
const settle = 400; // ms for a view to come to rest
const bigStep = 0.5; // of a zoom by one turn, as a logarithm
const away = 0.01; // px sideways: a wheel that turns straight zooms ours

/** The camera that shows a box in the middle of a stage, at a zoom or fitted. */
export function cameraOn(box, stage, zoom = 0) {
	const fitted = Math.min(1, (stage.width - margin * 2) / box.w, (stage.height - margin * 2) / box.h);
	const at = zoom || fitted;
	return {
		x: box.x + box.w / 2 - (stage.x + stage.width / 2) / at,
		y: box.y + box.h / 2 - (stage.y + stage.height / 2) / at,
		zoom: at,
	};
}

/** Where a world point is on the page. */
export function onPage(camera, point) {
	return { x: (point.x - camera.x) * camera.zoom, y: (point.y - camera.y) * camera.zoom };
}

const ours = {
	name: 'plectica',
	open: (site, scene) => ({
		address: scene.map,
		trusted: site.product.trusted,
		cookies: site.product.cookies,
	}),
	// As a person does: the whole map by its button, then wheel and wheel.
	async look(window, camera, scene) {
		const { stage } = scene;
		await window.page.locator('.cluster button').nth(3).click();
		await pause(settle);
		const first = cameraOn(scene.box, stage);
		const middle = { x: stage.x + stage.width / 2, y: stage.y + stage.height / 2 };
		const factor = Math.log(camera.zoom / first.zoom);
		const turns = Math.ceil(Math.abs(factor) / bigStep);
		for (let i = 0; i < turns; i++) {
			await window.send(wheel(middle, 0, this.turn(1, Math.exp(factor / turns)), true));
		}
		const now = onPage(camera, { x: scene.box.x + scene.box.w / 2, y: scene.box.y + scene.box.h / 2 });
		await window.send(wheel(middle, middle.x - now.x + away, middle.y - now.y + away));
		await pause(settle);
		return true;
	},
	zoom: () =>
		Number.parseFloat(document.querySelector('.cluster .value')?.lastChild?.textContent ?? '') / 100,
	picked: () => document.querySelectorAll('[role=treeitem][aria-selected=true]').length,
	turn: (from, to) => (-Math.log(to / from) * 100) / 1.5,
	grip: (camera, box) => onPage(camera, { x: box.x + box.w / 4, y: box.y + 20 }),
	// Nothing is to be left changed for the next round.
	async letGo(window, at) {
		await window.page.keyboard.press('Escape');
		await window.send(button('mouseReleased', at));
	},
};

const other = (name, more) => ({
	name,
	open: (site, scene) => {
		const { x, y, zoom } = cameraOn(scene.box, scene.stage);
		const count = things[name]?.(scene) ?? 0;
		const query = new URLSearchParams({ scene: `/scenes/${name}.json`, things: count, x, y, zoom });
		return { address: `${site.files.address}/${name}.html?${query}` };
	},
	async look(window, camera, _scene, patience) {
		const done = await window.ask(
			(where) => {
				globalThis.contender.look(where);
				return true;
			},
			camera,
			patience,
		);
		await pause(settle);
		return done === true;
	},
	zoom: () => globalThis.contender.zoom(),
	picked: () => globalThis.contender.picked(),
	letGo: (window, at) => window.send(button('mouseReleased', at)),
	...more,
});

const excalidraw = other('excalidraw', {
	// A turn adds to the zoom, beyond 100 % a little more.
	turn: (from, to) => -(to - from) / (0.01 + Math.log10(Math.max(1, from)) / 20),
	grip: (camera, box) => onPage(camera, { x: box.x + box.w / 4, y: box.y + 20 }),
});

const headingAbove = 10; // px

const tldraw = other('tldraw', {
	turn: (from, to) => -(to / from - 1) * 100,
	// A frame is held by its name, which is above it.
	grip: (camera, box) => {
		const { x, y } = onPage(camera, box);
		return { x: x + headingAbove, y: y - headingAbove };
	},
});

// Not an editor: what a frame of this size costs by itself.
const floor = other('floor', {
	zoom: () => 1,
	picked: () => 1,
	turn: () => 1,
	grip: () => ({ x: size.width / 2, y: size.height / 2 }),
});

export const contenders = [ours, excalidraw, tldraw, floor];
