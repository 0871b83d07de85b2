// Where letters stand in a line: on the canvas the core says it, in the page the
// browser does. The title's editor is moved by the difference, so that a title
// stays where it is when its editor opens.

const capHeight = 0.727; // of the size, in Inter; as the core places its baselines

/** How far the first baseline of a line lies below its top on the canvas, in px. */
export function canvasBaseline(size: number, lineHeight: number): number {
	return (lineHeight + size * capHeight) / 2;
}

const measured = new Map<string, number>();

/** The same in the page, measured once for each kind of line. */
export function pageBaseline(size: number, lineHeight: number, weight: number): number {
	const key = `${size} ${lineHeight} ${weight}`;
	const known = measured.get(key);
	if (known !== undefined) return known;
	const line = document.createElement('div');
	const mark = document.createElement('span');
	Object.assign(line.style, {
		position: 'absolute',
		top: '0',
		left: '0',
		visibility: 'hidden',
		fontFamily: 'Inter, system-ui, sans-serif',
		fontSize: `${size}px`,
		fontWeight: String(weight),
		lineHeight: `${lineHeight}px`,
		textRendering: 'geometricPrecision', // as the editor has it: it changes the metrics
	});
	Object.assign(mark.style, { display: 'inline-block', width: '1px', height: '0' });
	line.append('x', mark);
	document.body.append(line);
	const found = mark.getBoundingClientRect().bottom - line.getBoundingClientRect().top;
	line.remove();
	// Before the font is there the answer is another font's.
	if (document.fonts.check(`${weight} ${size}px Inter`)) measured.set(key, found);
	return found;
}
