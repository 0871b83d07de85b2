// Opens one scene in this product's editor and in others, in the same browser without
// a GPU, and measures each: time and processor time to open and of a frame, and
// memory. A table goes to standard output, everything that was measured to JSON.
// Development only, for a quiet machine; `make bench-canvas`.
//
//   CARDS=1000,5000 ROUNDS=3 ONLY=plectica,tldraw VIEWS=fit,near OUT=file.json SHOTS=folder
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { pause, Window } from './browser.mjs';
import { contenders } from './contenders.mjs';
import { excalidrawFile, tldrawFile } from './files.mjs';
import { makeScene, nativeFile } from './scene.mjs';
import { importMap, startFiles, startProduct } from './site.mjs';
import { markdown, summary } from './table.mjs';
import { views } from './views.mjs';

const openPatience = 120_000; // ms
const viewPatience = 60_000;
const rest = 2000; // ms after opening, before memory is read
const perCard = 2; // relationships

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const list = (name, otherwise) => (process.env[name] ?? otherwise).split(',').filter(Boolean);

const scenes = list('CARDS', '1000,5000,10000,20000').map(Number);
const rounds = Number(process.env.ROUNDS ?? 3);
const asked = list('ONLY', contenders.map((c) => c.name).join(','));
const askedViews = list('VIEWS', Object.keys(views).join(','));
const out = process.env.OUT ?? path('dist/results.json');
const shots = process.env.SHOTS;

// measure opens the scene in one editor and goes through the views.
async function measure(contender, site, scene) {
	const { address, trusted, cookies } = contender.open(site, scene);
	const window = await Window.open({ trusted, cookies });
	const found = { views: {} };
	try {
		found.open = await window.show(address, openPatience);
		if (!found.open) return found;
		found.early = await picture(window);
		await pause(rest);
		found.memory = window.memory();
		found.settled = await picture(window);
		await shoot(window, contender, scene, 'open');
		for (const name of askedViews) {
			found.views[name] = await views[name](contender, window, scene, viewPatience);
			await shoot(window, contender, scene, name);
		}
		found.memoryAfter = window.memory();
		found.again = await window.show(address, openPatience);
		return found;
	} finally {
		found.errors = window.errors.slice(0, 5);
		await window.close();
	}
}

// picture is how much there is to see, as the size of a picture of it: a page that
// says too early that it is painted gives itself away.
async function picture(window) {
	return (await window.page.screenshot({ timeout: viewPatience }).catch(() => [])).length;
}

async function shoot(window, contender, { cards }, name) {
	if (!shots) return;
	mkdirSync(shots, { recursive: true });
	const file = `${shots}/${contender.name}-${cards.length}-${name}.png`;
	await window.page.screenshot({ path: file, timeout: viewPatience }).catch(() => undefined);
}

// prepare makes the scene, and a map and files of it.
async function prepare(count, product, values) {
	const scene = await makeScene(count, count * perCard);
	const { map, stage } = await importMap(product, nativeFile(scene, `${count} cards`));
	values.set('/scenes/excalidraw.json', JSON.stringify(excalidrawFile(scene)));
	values.set('/scenes/tldraw.json', JSON.stringify(tldrawFile(scene)));
	values.set('/scenes/floor.json', '{}');
	return { ...scene, map, stage };
}

async function main() {
	await build({ configFile: path('vite.config.mjs') });
	const values = new Map();
	const files = await startFiles(
		[
			['/excalidraw/', path('node_modules/@excalidraw/excalidraw/dist/prod/')],
			['/', path('dist/')],
		],
		values,
	);
	const product = await startProduct();
	const results = [];
	const chosen = contenders.filter(({ name }) => asked.includes(name));
	try {
		for (const cards of scenes) {
			const scene = await prepare(cards, product, values);
			for (let round = 0; round < rounds; round++) {
				// Another goes first in each round: what the machine does hits each alike.
				for (let i = 0; i < chosen.length; i++) {
					const contender = chosen[(i + round) % chosen.length];
					console.error(`${cards} cards, round ${round + 1}: ${contender.name}`);
					const found = await measure(contender, { files, product }, scene);
					results.push({ cards, round, name: contender.name, ...found });
					writeFileSync(out, JSON.stringify({ results, summary: summary(results) }, null, '\t'));
				}
			}
		}
	} finally {
		await product.end();
		await files.end();
	}
	console.log(markdown(summary(results), askedViews));
}

await main();
