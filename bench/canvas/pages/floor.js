// The least a canvas can cost: each step clears one of the window's size.
const canvas = document.querySelector('canvas');
canvas.width = innerWidth;
canvas.height = innerHeight;
const ctx = canvas.getContext('2d', { alpha: false });
let turn = 0;
let asked = false;

function paint() {
	asked = false;
	turn++;
	ctx.fillStyle = turn % 2 === 0 ? '#fff' : '#fefefe';
	ctx.fillRect(0, 0, canvas.width, canvas.height);
}

function soon() {
	if (!asked) requestAnimationFrame(paint);
	asked = true;
}

canvas.addEventListener(
	'wheel',
	(event) => {
		event.preventDefault();
		soon();
	},
	{ passive: false },
);
canvas.addEventListener('pointermove', soon);
paint();
globalThis.contender = { ready: () => turn > 0, look: soon };
