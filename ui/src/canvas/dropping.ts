// Files, addresses and words that are dragged onto the canvas from elsewhere.

import { Part } from '../core/border';
import { words } from '../words';
import type { Content } from './content';
import type { Editor } from './editor';

const tolerance = 6; // px around thin things
const kinds = ['Files', 'text/plain', 'text/html', 'text/uri-list'];

/** Listens to drops on one stage. */
export class Dropping {
	private readonly stop = new AbortController();

	constructor(
		private readonly editor: Editor,
		private readonly content: Content,
	) {
		const { root } = editor.stage;
		const { signal } = this.stop;
		root.addEventListener('dragenter', (e) => this.onOver(e), { signal });
		root.addEventListener('dragover', (e) => this.onOver(e), { signal });
		root.addEventListener('dragleave', (e) => this.onLeave(e), { signal });
		root.addEventListener('drop', (e) => this.onDrop(e), { signal });
		// Beside the canvas a dropped file would replace the page.
		addEventListener('dragover', (e) => this.refuse(e), { signal });
		addEventListener('drop', (e) => this.refuse(e), { signal });
	}

	/** Stops listening. */
	close(): void {
		this.stop.abort();
	}

	private onOver(event: DragEvent): void {
		if (!event.dataTransfer || !this.takes(event.dataTransfer)) return;
		event.preventDefault();
		event.stopPropagation();
		const { state } = this.editor;
		event.dataTransfer.dropEffect = state.editable ? 'copy' : 'none';
		const over = this.cardAt(event);
		state.dropping = !state.editable
			? words.refusals.permission
			: over === 0
				? words.files.dropHere
				: words.files.dropOn(this.editor.name(over));
		this.mark(over);
	}

	private onLeave(event: DragEvent): void {
		if (event.relatedTarget instanceof Node && this.editor.stage.root.contains(event.relatedTarget)) return;
		this.end();
	}

	private onDrop(event: DragEvent): void {
		if (!event.dataTransfer || !this.takes(event.dataTransfer)) return;
		event.preventDefault();
		event.stopPropagation();
		const num = this.cardAt(event);
		this.end();
		if (!this.editor.state.editable) this.editor.state.say(words.refusals.permission);
		else this.content.take(event.dataTransfer, num, this.editor.stage.at(event), true);
	}

	private refuse(event: DragEvent): void {
		if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
	}

	private end(): void {
		this.editor.state.dropping = '';
		this.mark(0);
	}

	// mark outlines the card that what is dragged would go to.
	private mark(num: number): void {
		const { state, stage } = this.editor;
		if (state.dropOn === num) return;
		state.dropOn = num;
		stage.paintAbove();
	}

	private cardAt(event: DragEvent): number {
		const { stage, desk } = this.editor;
		const world = stage.worldUnits(stage.at(event));
		const hit = desk.use((core) => core.hit(world.x, world.y, stage.lengthUnits(tolerance)), null);
		if (!hit || hit.part === Part.line || hit.part === Part.middle || hit.part === Part.handle) return 0;
		return hit.num;
	}

	// Who presents shows the map and does not change it.
	private takes(data: DataTransfer): boolean {
		return this.editor.state.presenting === null && kinds.some((type) => data.types.includes(type));
	}
}
