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

// The middle button holds the ground, as in all of them: a turn of the wheel would
// cost more than what it moves.
function panning(camera) {
	return async (contender, window, scene, patience) => {
		if (!(await contender.look(window, camera(scene), scene, patience))) return lost;
		const way = (count) => path(middle, count, panStep, 0, 'middle');
		await window.send({ type: 'mouseMoved', ...middle });
		await window.send(button('mousePressed', middle, 'middle'));
		const warmed = await window.steps('pointermove', way(warm), patience);
		const result = warmed.could ? warmed : await window.steps('pointermove', way(pans), patience);
		await window.send(button('mouseReleased', middle, 'middle'));
		return result;
	};
}

// path goes away from a place and back, and as far to the other side.
function path(from, count, stepX, stepY, held) {
	let { x, y } = from;
	return Array.from({ length: count }, (_, i) => {
		x += stepX * sway(i, count);
		y += stepY * sway(i, count);
		return button('mouseMoved', { x, y }, held);
	});
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
	const way = (count) => path(from, count, dragStep, dragStep / 2, 'left');
	await window.send({ type: 'mouseMoved', ...from });
	await window.send(button('mousePressed', from));
	const warmed = await window.steps('pointermove', way(warm), patience);
	if (warmed.could) return warmed;
	const result = await window.steps('pointermove', way(drags), patience);
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
