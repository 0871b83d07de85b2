// The views: where each is looked at from, and the inputs that make its steps.
import { button, size, wheel } from './browser.mjs';
import { cameraOn } from './contenders.mjs';

const pans = 60; // steps
const panStep = 24; // px
const zooms = 36; // steps in, and as many out
const closest = 1.2; // zoom
const drags = 60; // steps
const dragStep = 4; // px
const warm = 6; // steps before those that count
const tolerance = 0.03; // of a zoom that was to be reached

const lost = { could: 'the page did not answer' };
const middle = { x: size.width / 2, y: size.height / 2 };

// sway is a way there and back again: a share of the steps this way, twice as many that.
const sway = (i, steps) => (i < steps / 4 || i >= (steps * 3) / 4 ? 1 : -1);

function panning(camera) {
	return async (contender, window, scene, patience) => {
		if (!(await contender.look(window, camera(scene), scene, patience))) return lost;
		const events = (count) =>
			Array.from({ length: count }, (_, i) => wheel(middle, panStep * sway(i, count), 0));
		const warmed = await window.steps('wheel', events(warm), patience);
		if (warmed.could) return warmed;
		return window.steps('wheel', events(pans), patience);
	};
}

async function zooming(contender, window, scene, patience) {
	const from = cameraOn(scene.box, scene.stage);
	if (!(await contender.look(window, from, scene, patience))) return lost;
	const least = (await window.ask(contender.zoom)) ?? from.zoom;
	// Some cannot look from as far as the scene is large: they zoom from where they can.
	const at = (i) => least * (closest / least) ** (i / zooms);
	const turn = (a, b) => wheel(middle, 0, contender.turn(at(a), at(b)), true);
	const there = Array.from({ length: zooms }, (_, i) => turn(i, i + 1));
	const back = Array.from({ length: zooms }, (_, i) => turn(zooms - i, zooms - i - 1));
	const result = await window.steps('wheel', [...there, ...back], patience);
	if (result.could || result.steps < result.of) return result;
	const end = await window.ask(contender.zoom);
	if (Math.abs(end / least - 1) > tolerance) result.odd = `ended at zoom ${end}, not ${least}`;
	return result;
}

async function dragging(contender, window, scene, patience) {
	const { box } = scene.cards[0];
	const camera = cameraOn(box, scene.stage);
	if (!(await contender.look(window, camera, scene, patience))) return lost;
	const from = contender.grip(camera, box);
	const way = (count, step) => {
		let { x, y } = from;
		return Array.from({ length: count }, (_, i) => {
			x += step * sway(i, count);
			y += (step * sway(i, count)) / 2;
			return button('mouseMoved', { x, y });
		});
	};
	await window.send({ type: 'mouseMoved', ...from });
	await window.send(button('mousePressed', from));
	const warmed = await window.steps('pointermove', way(warm, dragStep), patience);
	if (warmed.could) return warmed;
	const result = await window.steps('pointermove', way(drags, dragStep), patience);
	const picked = await window.ask(contender.picked);
	await contender.letGo(window, from);
	if (!picked) result.odd = 'nothing was picked up';
	return result;
}

/** Each view: prepares itself in a window and answers what its steps took. */
export const views = {
	fit: panning((scene) => cameraOn(scene.box, scene.stage)),
	near: panning((scene) => cameraOn(scene.box, scene.stage, 1)),
	zooming,
	dragging,
};
