// The scene as the files of the others: rectangles with their texts bound to them, in
// groups or frames where they lie in one another, and arrows bound to both their ends.
import { createBindingId, createShapeId, createTLSchema, toRichText } from '@tldraw/tlschema';
import { getIndices } from '@tldraw/utils';
import { generateNKeysBetween } from 'fractional-indexing';

const nunito = 6; // Excalidraw's number of the font that is most like ours
const lineHeight = 1.25;
const arrowGap = 1; // px between an arrow and what it is bound to
const textScale = 0.78; // tldraw's small letters are 18 px

/** The number of things that a file of each has. */
export const things = {
	excalidraw: ({ cards, relationships }) => cards.length * 2 + relationships.length,
	tldraw: ({ cards, relationships }) => cards.length + relationships.length,
};

/** The scene as Excalidraw keeps it. */
export function excalidrawFile(scene) {
	const { cards, relationships } = scene;
	const elements = [];
	const bound = cards.map((card) => [{ type: 'text', id: `t${card.at}` }]);
	relationships.forEach(({ a, b }, i) => {
		bound[a].push({ type: 'arrow', id: `r${i}` });
		bound[b].push({ type: 'arrow', id: `r${i}` });
	});
	for (const card of cards) {
		const groupIds = groupsOf(cards, card.parts > 0 ? card.at : card.parent);
		elements.push(rectangle(card, groupIds, bound[card.at]), label(card, groupIds));
	}
	relationships.forEach((one, i) => {
		elements.push(arrow(cards, one, i));
	});
	const indices = generateNKeysBetween(null, null, elements.length);
	elements.forEach((element, i) => {
		element.index = indices[i];
	});
	return { type: 'excalidraw', version: 2, elements, appState: { viewBackgroundColor: '#ffffff' } };
}

// groupsOf lists a whole and those around it, the innermost first.
function groupsOf(cards, whole) {
	const ids = [];
	for (let at = whole; at >= 0; at = cards[at].parent) ids.push(`g${at}`);
	return ids;
}

function element(type, id, box, groupIds, seed) {
	return {
		id,
		type,
		...box,
		angle: 0,
		strokeColor: '#1e1e1e',
		backgroundColor: 'transparent',
		fillStyle: 'solid',
		strokeWidth: 1,
		strokeStyle: 'solid',
		roughness: 0,
		opacity: 100,
		groupIds,
		frameId: null,
		roundness: null,
		seed: seed + 1,
		version: 1,
		versionNonce: seed + 1,
		isDeleted: false,
		boundElements: null,
		updated: 1,
		link: null,
		locked: false,
	};
}

const fills = ['#ffffff', '#ffe3e3', '#d3f9d8', '#d0ebff', '#fff3bf'];

function rectangle(card, groupIds, boundElements) {
	const { x, y, w, h } = card.box;
	return {
		...element('rectangle', `c${card.at}`, { x, y, width: w, height: h }, groupIds, card.at * 2),
		backgroundColor: card.parts > 0 ? '#f1f3f5' : fills[card.colour % fills.length],
		roundness: { type: 3 },
		boundElements,
	};
}

function label(card, groupIds) {
	const { lines } = card;
	const { size } = lines[0];
	const width = Math.max(...lines.map((line) => line.w));
	const height = lines.length * size * lineHeight;
	const x = Math.min(...lines.map((line) => line.x));
	return {
		...element('text', `t${card.at}`, { x, y: lines[0].y, width, height }, groupIds, card.at * 2 + 1),
		fontSize: size,
		fontFamily: nunito,
		text: lines.map((line) => line.text.trim()).join('\n'),
		originalText: card.title,
		textAlign: card.parts > 0 ? 'left' : 'center',
		verticalAlign: card.parts > 0 ? 'top' : 'middle',
		containerId: `c${card.at}`,
		autoResize: true,
		lineHeight,
	};
}

function arrow(cards, { a, b }, i) {
	const [from, to] = ends(cards[a].box, cards[b].box);
	const [dx, dy] = [to.x - from.x, to.y - from.y];
	const box = { x: from.x, y: from.y, width: Math.abs(dx), height: Math.abs(dy) };
	const binding = (at) => ({ elementId: `c${at}`, focus: 0, gap: arrowGap });
	return {
		...element('arrow', `r${i}`, box, groupsOf(cards, around(cards, a, b)), i),
		roundness: { type: 2 },
		points: [
			[0, 0],
			[dx, dy],
		],
		lastCommittedPoint: null,
		startBinding: binding(a),
		endBinding: binding(b),
		startArrowhead: null,
		endArrowhead: 'arrow',
		elbowed: false,
	};
}

// ends are where the line between the middles of two boxes leaves them.
function ends(a, b) {
	const middle = ({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2 });
	const [from, to] = [middle(a), middle(b)];
	return [border(a, from, to), border(b, to, from)];
}

function border({ w, h }, from, to) {
	const [dx, dy] = [to.x - from.x, to.y - from.y];
	const part = Math.min(
		dx === 0 ? 1 : (w / 2 + arrowGap) / Math.abs(dx),
		dy === 0 ? 1 : (h / 2 + arrowGap) / Math.abs(dy),
		1,
	);
	return { x: from.x + dx * part, y: from.y + dy * part };
}

// around is the smallest whole that two cards lie in, or -1.
function around(cards, a, b) {
	const wholes = new Set();
	for (let at = cards[a].parent; at >= 0; at = cards[at].parent) wholes.add(at);
	for (let at = cards[b].parent; at >= 0; at = cards[at].parent) if (wholes.has(at)) return at;
	return -1;
}

/** The scene as tldraw keeps it. */
export function tldrawFile(scene) {
	const { cards, relationships } = scene;
	const page = 'page:page';
	const store = {
		'document:document': {
			id: 'document:document',
			typeName: 'document',
			name: '',
			gridSize: 10,
			meta: {},
		},
		[page]: { id: page, typeName: 'page', name: 'Page 1', index: 'a1', meta: {} },
	};
	const inside = new Map();
	const put = (record, whole) => {
		store[record.id] = record;
		const kept = inside.get(whole);
		if (kept) kept.push(record);
		else inside.set(whole, [record]);
	};
	const card = (at) => createShapeId(`c${at}`);
	const parentOf = (whole) => (whole < 0 ? page : card(whole));
	for (const one of cards) put(shape(one, cards[one.parent], card(one.at), parentOf(one.parent)), one.parent);
	relationships.forEach(({ a, b }, i) => {
		const id = createShapeId(`r${i}`);
		const whole = around(cards, a, b);
		put(tldrawArrow(id, cards, { a, b }, cards[whole], parentOf(whole)), whole);
		for (const [terminal, at] of [
			['start', a],
			['end', b],
		]) {
			const binding = createBindingId(`r${i}-${terminal}`);
			store[binding] = {
				id: binding,
				typeName: 'binding',
				type: 'arrow',
				fromId: id,
				toId: card(at),
				props: {
					terminal,
					normalizedAnchor: { x: 0.5, y: 0.5 },
					isExact: false,
					isPrecise: false,
					snap: 'none',
				},
				meta: {},
			};
		}
	});
	for (const records of inside.values()) {
		const indices = getIndices(records.length);
		records.forEach((record, i) => {
			record.index = indices[i];
		});
	}
	return { store, schema: createTLSchema().serialize() };
}

function record(id, type, parentId, x, y, props) {
	return {
		id,
		typeName: 'shape',
		type,
		x,
		y,
		rotation: 0,
		index: 'a1',
		parentId,
		isLocked: false,
		opacity: 1,
		props,
		meta: {},
	};
}

const colours = ['black', 'light-red', 'light-green', 'light-blue', 'yellow'];

function shape(card, whole, id, parentId) {
	const { w, h } = card.box;
	const [x, y] = [card.box.x - (whole?.box.x ?? 0), card.box.y - (whole?.box.y ?? 0)];
	if (card.parts > 0) return record(id, 'frame', parentId, x, y, { w, h, name: card.title, color: 'black' });
	return record(id, 'geo', parentId, x, y, {
		geo: 'rectangle',
		dash: 'solid',
		url: '',
		w,
		h,
		growY: 0,
		scale: textScale,
		flipX: false,
		flipY: false,
		labelColor: 'black',
		color: colours[card.colour % colours.length],
		fill: 'solid',
		size: 's',
		font: 'sans',
		align: 'middle',
		verticalAlign: 'middle',
		richText: toRichText(card.title),
	});
}

function tldrawArrow(id, cards, { a, b }, whole, parentId) {
	const [from, to] = ends(cards[a].box, cards[b].box);
	return record(id, 'arrow', parentId, from.x - (whole?.box.x ?? 0), from.y - (whole?.box.y ?? 0), {
		kind: 'arc',
		labelColor: 'black',
		color: 'grey',
		fill: 'none',
		dash: 'solid',
		size: 's',
		arrowheadStart: 'none',
		arrowheadEnd: 'arrow',
		font: 'sans',
		start: { x: 0, y: 0 },
		end: { x: to.x - from.x, y: to.y - from.y },
		bend: 0,
		richText: toRichText(''),
		labelPosition: 0.5,
		scale: 1,
		elbowMidPoint: 0.5,
	});
}
