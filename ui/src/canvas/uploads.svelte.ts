// Files on their way to the server: a few at a time, each with its progress, and what
// failed stays until the person tries again or lets it go.

import { api, Problem, say } from '../api';
import { words } from '../words';
import { type Brought, upload } from './upload';

/** A file on its way. */
export interface Upload {
	id: number;
	name: string;
	size: number;
	/** How much of it is there, 0 to 1. */
	part: number;
	/** Why it did not come; empty while it may. */
	why: string;
	/** Whether trying again can help. */
	again: boolean;
}

interface Job {
	id: number;
	file: File;
	done: (brought: Brought, file: File) => void;
	stop: AbortController;
}

const atOnce = 2;
const mostListed = 200;

/** The files on their way to one map. */
export class Uploads {
	list: readonly Upload[] = $state.raw([]);
	private readonly jobs = new Map<number, Job>();
	private waiting: number[] = [];
	private running = 0;
	private next = 1;
	private most: number | null = null; // bytes; null while the server has not said

	constructor(private readonly map: string) {}

	/** Sends a file and calls back when it is there. */
	add(file: File, done: Job['done']): void {
		const id = this.next++;
		this.jobs.set(id, { id, file, done, stop: new AbortController() });
		const item = { id, name: file.name, size: file.size, part: 0, why: '', again: false };
		this.list = [...this.list, item].slice(-mostListed);
		this.waiting.push(id);
		this.pump();
	}

	/** Tries once more. */
	retry(id: number): void {
		if (!this.jobs.has(id)) return;
		this.change(id, { why: '', part: 0 });
		this.waiting.push(id);
		this.pump();
	}

	/** Gives up a file, on its way or failed. */
	dismiss(id: number): void {
		this.jobs.get(id)?.stop.abort();
		this.jobs.delete(id);
		this.waiting = this.waiting.filter((other) => other !== id);
		this.list = this.list.filter((item) => item.id !== id);
	}

	/** Gives up everything. */
	close(): void {
		for (const { id } of this.list) this.dismiss(id);
	}

	private pump(): void {
		while (this.running < atOnce) {
			const job = this.jobs.get(this.waiting.shift() ?? 0);
			if (!job) return;
			this.running++;
			void this.send(job).finally(() => {
				this.running--;
				this.pump();
			});
		}
	}

	private async send(job: Job): Promise<void> {
		const { id, file, stop } = job;
		try {
			const most = await this.limit();
			if (most > 0 && file.size > most) throw new Problem(413, words.files.tooLarge(fileSize(most)));
			const brought = await upload(this.map, file, (part) => this.change(id, { part }), stop.signal);
			if (stop.signal.aborted) return;
			this.dismiss(id);
			job.done(brought, file);
		} catch (error) {
			if (stop.signal.aborted) return;
			const problem = error instanceof Problem ? error : null;
			this.change(id, {
				why: this.reason(problem, error),
				again: problem === null || canHelp(problem.status),
				part: 0,
			});
		}
	}

	private reason(problem: Problem | null, error: unknown): string {
		if (problem?.offline) return words.files.offline;
		if (problem?.code === 'invalid' && problem.status === 422) return words.files.broken;
		if (problem?.status === 413) return words.files.tooLarge(fileSize(this.most ?? 0));
		return say(error);
	}

	// limit asks once how large a file may be: a large one is refused before it travels.
	private async limit(): Promise<number> {
		this.most ??= (await api.site()).fileBytes;
		return this.most;
	}

	private change(id: number, to: Partial<Upload>): void {
		this.list = this.list.map((item) => (item.id === id ? { ...item, ...to } : item));
	}
}

// Another try changes nothing about what the file or the map is.
function canHelp(status: number): boolean {
	return status !== 413 && status !== 422 && status !== 403;
}

const units = ['KB', 'MB', 'GB'];

/** A number of bytes as people say it. */
export function fileSize(bytes: number): string {
	let [n, unit] = [bytes / 1024, 0];
	for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1024;
	const fine = n < 10 && unit > 0 ? 10 : 1;
	return words.files.size(Math.max(Math.round(n * fine) / fine, 1), units[unit] ?? '');
}
