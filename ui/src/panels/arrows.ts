// The arrow keys of things that stand in a row.

/** One on, one back, or 0 for another key: a row runs the way the page is read. */
export function inlineStep(event: KeyboardEvent): number {
	if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return 0;
	return (event.key === 'ArrowRight') === (document.dir !== 'rtl') ? 1 : -1;
}
