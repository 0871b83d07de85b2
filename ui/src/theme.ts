// The theme: follows the system unless the person chose, and gives the canvas
// the colours the style sheets use, so both change together.

/** What a person may choose. */
export type Choice = 'system' | 'light' | 'dark';

const key = 'plectica.theme';
const cards = 16;
const people = 12;

/** The colours of one card token. */
export interface CardColours {
	fill: string;
	whole: string; // of a card with parts: calmer, so that the parts stand out
	edge: string;
	line: string;
}

/** The colours of a comparison. */
export interface Marks {
	added: string;
	removed: string;
	changed: string;
	moved: string;
}

/** Colours the painter needs, resolved. */
export interface Palette {
	canvas: string;
	paper: string;
	ink: string;
	soft: string;
	faint: string;
	accent: string;
	onAccent: string;
	shade: string;
	sight: string; // of perspectives
	guide: string; // of what is dragged into line
	marks: Marks; // of what differs from how it was
	cards: CardColours[];
	people: string[];
}

/** The person's choice. */
export function themeChoice(): Choice {
	try {
		const stored = localStorage.getItem(key);
		return stored === 'light' || stored === 'dark' ? stored : 'system';
	} catch {
		return 'system'; // there is no storage
	}
}

/** Applies and remembers a choice. */
export function chooseTheme(choice: Choice): void {
	if (choice === 'system') localStorage.removeItem(key);
	else localStorage.setItem(key, choice);
	applyTheme();
}

/** Puts the remembered choice on the page. */
export function applyTheme(): void {
	const choice = themeChoice();
	if (choice === 'system') delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = choice;
	for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();

/** Calls back when colours may have changed; returns how to stop. */
export function onTheme(listener: () => void): () => void {
	const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((q) => matchMedia(q));
	listeners.add(listener);
	for (const query of queries) query.addEventListener('change', listener);
	return () => {
		listeners.delete(listener);
		for (const query of queries) query.removeEventListener('change', listener);
	};
}

/** Reads the palette from the style sheets. */
export function palette(): Palette {
	if (matchMedia('(forced-colors: active)').matches) return forcedPalette();
	const style = getComputedStyle(document.documentElement);
	const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
	const canvas = colour('canvas');
	return {
		canvas,
		paper: colour('paper'),
		ink: colour('ink'),
		soft: colour('ink-soft'),
		faint: colour('ink-faint'),
		accent: colour('accent'),
		onAccent: colour('on-accent'),
		shade: colour('card-shade'),
		sight: colour('sight'),
		guide: colour('guide'),
		marks: {
			added: colour('good'),
			removed: colour('danger'),
			changed: colour('warn'),
			moved: colour('accent'),
		},
		cards: numbered(cards, 0, (i) => {
			const fill = colour(`card-${i}`);
			return {
				fill,
				whole: mix(fill, canvas, 0.5),
				edge: colour(`card-${i}-edge`),
				line: colour(`card-${i}-line`),
			};
		}),
		people: numbered(people, 1, (i) => colour(`person-${i}`)),
	};
}

// In forced colours the system's few colours say everything; tokens all look alike.
function forcedPalette(): Palette {
	const card = { fill: 'Canvas', whole: 'Canvas', edge: 'CanvasText', line: 'CanvasText' };
	return {
		canvas: 'Canvas',
		paper: 'Canvas',
		ink: 'CanvasText',
		soft: 'CanvasText',
		faint: 'GrayText',
		accent: 'Highlight',
		onAccent: 'HighlightText',
		shade: 'Canvas',
		sight: 'Highlight',
		guide: 'Highlight',
		marks: { added: 'CanvasText', removed: 'CanvasText', changed: 'CanvasText', moved: 'CanvasText' },
		cards: numbered(cards, 0, () => card),
		people: numbered(people, 1, () => 'Highlight'),
	};
}

function numbered<T>(n: number, from: number, make: (i: number) => T): T[] {
	return Array.from({ length: n }, (_, i) => make(from + i));
}

/** Mixes two colours: #rrggbb, or #rgb, which builds make of it where they can. */
export function mix(a: string, b: string, part: number): string {
	const from = channels(a);
	const to = channels(b);
	if (!from || !to) return a;
	const mixed = from.map((v, i) => Math.round(v + ((to[i] ?? v) - v) * part));
	return `#${mixed.map((v) => v.toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): number[] | null {
	const long = colour.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
	const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(long);
	return match ? match.slice(1).map((v) => Number.parseInt(v, 16)) : null;
}
