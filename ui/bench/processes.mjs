// Processor time of a browser: of all its processes, as Linux counts it.
import { readdirSync, readFileSync } from 'node:fs';

const tick = 10; // ms of processor time per unit of /proc/<pid>/stat on Linux

/** A process and all its descendants: their ids and ms used. */
export function processes(root) {
	const parents = new Map();
	const used = new Map();
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		try {
			const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
			const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			parents.set(Number(name), Number(fields[1]));
			used.set(Number(name), (Number(fields[11]) + Number(fields[12])) * tick);
		} catch {
			// ended meanwhile
		}
	}
	const inside = (pid) => {
		for (let at = pid; at; at = parents.get(at)) if (at === root) return true;
		return false;
	};
	return [...used].filter(([pid]) => inside(pid)).map(([pid, ms]) => ({ pid, ms }));
}

/** The processor time of a process and all its descendants, in ms. */
export function cpu(root) {
	return processes(root).reduce((sum, { ms }) => sum + ms, 0);
}
