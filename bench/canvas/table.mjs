// Medians over the rounds, and tables of them.
const ours = 'plectica';
const notEditors = ['floor'];
const asFast = 10; // a frame of ours costs at most this part of the better other's
const asSoon = 4; // ours is open this many times sooner
const mostMemory = 300; // MB of ours with 5,000 cards
const judged = 5000; // cards

/** The value that as many are above as below; a share other than half for others. */
export function percentile(values, share = 0.5) {
	const sorted = values.filter((v) => Number.isFinite(v)).sort((a, b) => a - b);
	return sorted.length === 0
		? Number.NaN
		: sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** What the rounds of each scene, editor and view come to. */
export function summary(results) {
	const rows = [];
	for (const cards of new Set(results.map((r) => r.cards))) {
		for (const name of new Set(results.map((r) => r.name))) {
			const runs = results.filter((r) => r.cards === cards && r.name === name);
			if (runs.length > 0) rows.push({ cards, name, ...row(runs) });
		}
	}
	return rows;
}

function row(runs) {
	const median = (of) => percentile(runs.map(of));
	const views = {};
	for (const view of new Set(runs.flatMap((r) => Object.keys(r.views)))) views[view] = viewOf(runs, view);
	return {
		rounds: runs.length,
		opened: runs.filter((r) => r.open).length,
		openMs: median((r) => r.open?.ms),
		openCpu: median((r) => r.open?.cpu),
		againMs: median((r) => r.again?.ms),
		memory: median((r) => r.memory),
		memoryAfter: median((r) => r.memoryAfter),
		early: runs.some((r) => r.early < r.settled * 0.9),
		errors: [...new Set(runs.flatMap((r) => r.errors ?? []))].slice(0, 3),
		views,
	};
}

function viewOf(runs, view) {
	const all = runs.map((r) => r.views[view]).filter(Boolean);
	const done = all.filter((v) => !v.could);
	const median = (of) => percentile(done.map(of));
	return {
		done: done.length,
		steps: median((v) => v.steps),
		of: median((v) => v.of),
		cpu: median((v) => v.cpu),
		p50: median((v) => percentile(v.between)),
		p95: median((v) => percentile(v.between, 0.95)),
		odd: [...new Set(all.map((v) => v.odd ?? v.could).filter(Boolean))],
	};
}

/** The tables, and how far ours is from what it is to reach. */
export function markdown(rows, views) {
	const out = [];
	for (const cards of new Set(rows.map((r) => r.cards))) {
		const of = rows.filter((r) => r.cards === cards);
		out.push(
			`\n${cards} cards and ${cards * 2} relationships, median of ${of[0].rounds} rounds. A view: processor time`,
		);
		out.push('of the whole browser for a frame / median / p95 of the time between frames, in ms.\n');
		out.push(`| editor | open ms | again ms | CPU ms to open | MB, after the views | ${views.join(' | ')} |`);
		out.push(`|---|---|---|---|---|${views.map(() => '---|').join('')}`);
		for (const r of of) out.push(line(r, views));
		out.push('', ...verdict(of, views, cards));
	}
	const notes = rows.flatMap((r) => notesOf(r).map((note) => `- ${r.cards} cards, ${r.name}: ${note}`));
	if (notes.length > 0) out.push('\nTo know:\n', ...notes);
	return out.join('\n');
}

function line(r, views) {
	const opened = r.opened > 0 ? whole(r.openMs) : 'could not';
	const cells = views.map((view) => cell(r.views[view]));
	return `| ${r.name} | ${opened} | ${whole(r.againMs)} | ${whole(r.openCpu)} | ${whole(r.memory)}, ${whole(r.memoryAfter)} | ${cells.join(' | ')} |`;
}

function cell(v) {
	if (!v || v.done === 0) return 'could not';
	const part = v.steps < v.of ? ` (${v.steps} of ${v.of} steps)` : '';
	return `${v.cpu.toFixed(1)} / ${v.p50.toFixed(1)} / ${v.p95.toFixed(1)}${part}`;
}

function whole(n) {
	return Number.isFinite(n) ? String(Math.round(n)) : '–';
}

function notesOf(r) {
	const notes = Object.entries(r.views).flatMap(([view, v]) => v.odd.map((odd) => `${view}: ${odd}`));
	if (r.opened < r.rounds) notes.push(`opened in ${r.opened} of ${r.rounds} rounds`);
	if (r.early) notes.push('said too early that it was painted');
	return [...notes, ...r.errors];
}

// verdict compares ours with the better of the others.
function verdict(of, views, cards) {
	const own = of.find((r) => r.name === ours);
	const others = of.filter((r) => r.name !== ours && !notEditors.includes(r.name));
	if (!own || others.length === 0) return [];
	const best = (pick) => Math.min(...others.map(pick).filter((v) => Number.isFinite(v)));
	const said = [];
	const say = (what, theirs, own, bar) => {
		if (!Number.isFinite(theirs)) {
			said.push(`- ${what}: none of the others could`);
			return;
		}
		const ratio = theirs / own;
		said.push(
			`- ${what}: ${ratio.toFixed(1)} times${cards === judged ? `, bar ${bar}: ${ratio >= bar ? 'held' : 'missed'}` : ''}`,
		);
	};
	for (const view of views) {
		say(
			`${view}, processor time of the better other by ours`,
			best((r) => r.views[view]?.cpu),
			own.views[view]?.cpu,
			asFast,
		);
	}
	say(
		'opened, time of the faster other by ours',
		best((r) => r.openMs),
		own.openMs,
		asSoon,
	);
	const most = Math.max(own.memory, own.memoryAfter);
	said.push(
		`- memory of ours: ${whole(most)} MB${cards === judged ? `, bar ${mostMemory}: ${most <= mostMemory ? 'held' : 'missed'}` : ''}`,
	);
	return said;
}
