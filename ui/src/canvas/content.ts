// What cards hold beside words: files and addresses. One place for the panel, the
// clipboard, what is dropped on the canvas, and the commands.

import { api, say } from '../api';
import type { Bytes } from '../core/bytes';
import * as command from '../core/commands';
import {
	type CardFiles,
	cleanName,
	filesOf,
	lastRank,
	leadingRank,
	type MediaItem,
	writeMedia,
} from '../core/media';
import { Field, Type, textOf, unit } from '../core/model';
import { keptLink } from '../maplink';
import { safeHref } from '../panels/markdown';
import { bareLink, linkTitle, mapLink, textOfHtml } from '../panels/weblinks';
import { words } from '../words';
import type { Point } from './camera';
import type { Editor } from './editor';
import type { Brought } from './upload';
import { Uploads } from './uploads.svelte';

/** The map a fragment of the clipboard comes from. */
export const sourceType = 'text/x-plectica-map';

const mostAtOnce = 100; // files dropped or chosen together
const mostAdopted = 1000; // files asked for at once
const columns = 4; // of the cards that several files become
const stepX = 260; // px between them
const stepY = 250;
const mostFound = 5000; // cards looked at for files after a paste

/** Where files go: to a card, or as cards to a place of the world in 1/64 px. */
type Target = { card: Bytes; rank: number } | { x: number; y: number };

/** Files and addresses of one open map. */
export class Content {
	readonly uploads: Uploads;

	constructor(private readonly editor: Editor) {
		this.uploads = new Uploads(editor.state.id);
	}

	/** Stops what is on its way. */
	close(): void {
		this.uploads.close();
	}

	/** The files of a card. */
	files(num: number): CardFiles {
		const card = this.editor.describe(num);
		return card ? filesOf(card) : { items: [], unknown: [] };
	}

	/** Brings files to a card, or with 0 makes cards of them at a point of the stage. */
	bring(files: readonly File[], num: number, at: Point): void {
		const { editor } = this;
		if (files.length === 0) return;
		if (!editor.state.editable) {
			editor.state.say(words.refusals.permission);
			return;
		}
		if (files.length > mostAtOnce) editor.state.say(words.files.tooMany(mostAtOnce));
		const card = num === 0 ? null : editor.desk.use((core) => core.ident(num), null);
		const world = editor.stage.worldUnits(at);
		const rank = lastRank(this.files(num).items); // in the order they were given, however they come
		editor.stage.settle();
		files.slice(0, mostAtOnce).forEach((file, i) => {
			const target = card
				? { card, rank: rank + i }
				: {
						x: world.x + (i % columns) * stepX * unit,
						y: world.y + Math.floor(i / columns) * stepY * unit,
					};
			this.uploads.add(file, (brought) => this.place(brought, file, target, files.length === 1));
		});
	}

	// place puts what came on its card. One that is gone meanwhile gets a successor:
	// what was brought is not lost.
	private place(brought: Brought, file: File, target: Target, select: boolean): void {
		const { editor } = this;
		const { hash, kind, size, w, h } = brought;
		const num = 'card' in target ? editor.desk.use((core) => core.lookup(target.card), 0) : 0;
		if (num !== 0 && 'card' in target) {
			if (this.files(num).items.some((item) => item.hash === hash)) return;
			const item = { kind, w, h, size, rank: target.rank, name: file.name, alt: '' };
			editor.set([num], Field.media, writeMedia(item), hash);
			return;
		}
		const { x, y } = 'card' in target ? editor.stage.worldUnits(this.middle()) : target;
		const value = writeMedia({ kind, w, h, size, rank: lastRank([]), name: file.name, alt: '' });
		const registers = [{ field: Field.media, entry: hash, value }];
		const made = editor.make(command.content(0, 0, x, y, titleOf(file, kind), registers));
		if (select && made > 0) editor.select([made]);
	}

	/** Lets the person choose files for the selected card, or for new ones. */
	pick(num = this.editor.single(Type.card)): void {
		const input = document.createElement('input');
		input.type = 'file';
		input.multiple = true;
		input.addEventListener('change', () => this.bring([...(input.files ?? [])], num, this.middle()));
		input.click();
	}

	/** Writes the description of a file. */
	describe(num: number, item: MediaItem, alt: string): void {
		this.editor.set([num], Field.media, writeMedia({ ...item, alt }), item.hash);
	}

	/** Shows an image on its card instead of the others. */
	lead(num: number, item: MediaItem): void {
		const rank = leadingRank(this.files(num).items);
		this.editor.set([num], Field.media, writeMedia({ ...item, rank }), item.hash);
	}

	/** Takes a file off a card. */
	remove(num: number, hash: string): void {
		this.editor.set([num], Field.media, null, hash);
	}

	/** What can be opened of a card: the address of its link, or null. */
	href(num: number): string | null {
		const card = this.editor.describe(num);
		const link = card ? textOf(card, Field.link) : '';
		return link.startsWith(mapLink) ? null : safeHref(link);
	}

	/** Opens the link of a card in a tab of its own, which learns nothing of this page. */
	open(num: number): void {
		const href = this.href(num);
		if (href === null) this.editor.state.say(words.links.notOpened);
		else window.open(href, '_blank', 'noopener,noreferrer');
	}

	/** Shows the first image of a card in full. */
	view(num: number): void {
		const first = this.files(num).items[0];
		if (first) this.editor.state.viewing = { num, hash: first.hash };
	}

	/** Takes what the clipboard or a drop holds: files, an address, or words. False when
	 * there is nothing of the kind. */
	take(data: DataTransfer, num: number, at: Point, dropped = false): boolean {
		const plain = data.getData('text/plain');
		const html = data.getData('text/html');
		const files = filesIn(data);
		// A spreadsheet gives its cells as a picture too: there the words are meant.
		if (files.length > 0 && (plain.trim() === '' || html === '')) {
			this.bring(files, num, at);
			return true;
		}
		const text = plain.trim() === '' ? textOfHtml(html) : plain;
		const link = bareLink(text);
		if (link !== null) this.link(link, num, at);
		else if (text.trim() !== '') this.editor.paste('', text, dropped ? at : undefined);
		return link !== null || text.trim() !== '';
	}

	private link(link: string, num: number, at: Point): void {
		const { editor } = this;
		const kept = keptLink(link, location.origin);
		if (num !== 0) {
			editor.set([num], Field.link, kept);
			return;
		}
		editor.stage.settle();
		const world = editor.stage.worldUnits(at);
		const registers = [{ field: Field.link, entry: '', value: kept }];
		const made = editor.make(command.content(0, 0, world.x, world.y, linkTitle(link), registers));
		if (made > 0) editor.select([made]);
	}

	/** All cards of the map, to tell later which are new. */
	cards(): ReadonlySet<number> {
		return new Set(this.editor.desk.use((core) => core.cards(), []).map((row) => row.num));
	}

	/** Brings along the files of cards that were pasted from another map. */
	async adopt(from: string, before: ReadonlySet<number>): Promise<void> {
		const fresh = [...this.cards()].filter((num) => !before.has(num)).slice(0, mostFound);
		const hashes = [...new Set(fresh.flatMap((num) => this.files(num).items.map((item) => item.hash)))];
		if (hashes.length === 0) return;
		try {
			const { adopted } = await api.adoptFiles(this.editor.state.id, from, hashes.slice(0, mostAdopted));
			if (adopted.length < hashes.length) this.editor.state.say(words.files.notAllAdopted);
		} catch (error) {
			this.editor.state.say(words.files.notAdopted(say(error)), { sticky: true });
		}
		this.editor.stage.paintSoon();
	}

	/** The middle of what is seen of the map. */
	middle(): Point {
		return { x: this.editor.stage.width / 2, y: this.editor.stage.height / 2 };
	}
}

// Folders come as files that cannot be read: they are left out.
function filesIn(data: DataTransfer): File[] {
	const folders = [...data.items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory).length;
	const files = [...data.files];
	return folders > 0 ? files.filter((file) => file.size > 0 && file.type !== '') : files;
}

const nameless = /^(image|grafik|bild|screenshot)\.(png|jpe?g|gif|webp)$/i; // what browsers call what has no name

// An image speaks for itself where it came without a name of its own.
function titleOf(file: File, kind: string): string {
	const name = cleanName(file.name);
	if (nameless.test(name)) return '';
	return kind.startsWith('image/') ? name.replace(/\.[a-z0-9]{1,5}$/i, '') : name;
}
