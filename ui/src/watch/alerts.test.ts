import { beforeAll, describe, expect, it, vi } from 'vitest';
import { alertsDe } from '../words/alerts.de';
import { alertsEn } from '../words/alerts.en';
import type { Alert, Figure } from './alertapi';
import {
	allKinds,
	answerOf,
	answersOf,
	arranged,
	byNeed,
	callOf,
	doesOf,
	groupOfKind,
	kindOf,
	once,
	onWhat,
	orgName,
	pressing,
	toldAlert,
	whom,
} from './alerts';
import { type Drawing, rarity, shown, telling } from './figures';

const server = import.meta.glob<string>('../../../internal/watch/*.go', {
	query: '?raw',
	import: 'default',
	eager: true,
});
const table = server['../../../internal/watch/alert.go'] ?? '';

/** The constants of a type or with a beginning in the server's table. */
function names(form: RegExp): string[] {
	return [...table.matchAll(form)].map(([, name]) => name ?? '').sort();
}

const kinds = names(/^\t\w+ +Kind += "([\w-]+)"/gm);
const answers = names(/^\t\w+ +Answer += "([\w-]+)"/gm);
const figures = names(/^\tfig\w+ += "([\w-]+)"/gm);
const severities = names(/^\t\w+ +Severity += "([\w-]+)"/gm);

const languages = [
	['English', alertsEn],
	['German', alertsDe],
] as const;

function alert(more: Partial<Alert> = {}): Alert {
	return {
		id: '1',
		kind: 'stuffing',
		at: 1000,
		since: 1000,
		times: 1,
		score: 1,
		severity: 'notice',
		figures: [],
		evidence: [],
		answers: [],
		...more,
	};
}

const ada = { kind: 'account', alias: 'x', id: 'a', name: 'Ada' } as const;

describe('what the server knows', () => {
	it('is found in its table', () => {
		expect(kinds).toHaveLength(16);
		expect(answers).toHaveLength(6);
		expect(figures.length).toBeGreaterThan(20);
		expect(severities).toEqual(['critical', 'notice', 'warning']);
	});

	it('is in one group each', () => {
		expect([...allKinds].sort()).toEqual(kinds);
		for (const kind of kinds) expect(kindOf(kind)).toBe(kind);
		expect(kindOf('toString')).toBe('other');
		expect(groupOfKind('toString')).toBe('log');
		expect(answerOf('toString')).toBe('other');
	});

	it.each(languages)('has words in %s', (_, t) => {
		const more = (list: readonly string[]): string[] => [...list, 'other'].sort();
		for (const words of [t.alertKinds, t.alertWhat, t.alertLook])
			expect(Object.keys(words).sort()).toEqual(more(kinds));
		expect(Object.keys(t.answerDoes)).toEqual(expect.arrayContaining(more(answers)));
		for (const words of [t.answerNames, t.answerDone, t.answerWas])
			expect(Object.keys(words).sort()).toEqual(more(answers));
		expect(Object.keys(t.alertLevels).sort()).toEqual(severities);
		expect(Object.keys(t.alertFigures)).toEqual(expect.arrayContaining(more(figures)));
		for (const kind of kinds) expect(Object.keys(t.alertSaid)).toContain(kind);
		for (const text of [
			...Object.values(t.alertWhat),
			...Object.values(t.alertLook),
			...Object.values(t.answerDoes),
		])
			expect(text).toMatch(/^\p{Lu}.*[.?]$/u);
	});

	it.each(languages)('is said of one and of many in %s', (_, t) => {
		for (const [kind, say] of Object.entries(t.alertSaid))
			for (const n of [0, 1, 7, 1234.5]) {
				const text = say('Ada', n, 'Works');
				expect(text, kind).toMatch(/^[\p{Lu}\d]/u);
				expect(text, kind).not.toMatch(/[{}]| {2}|undefined|NaN|[.]$/);
			}
		expect(t.alertSaid.stuffing('', 1, '')).not.toBe(t.alertSaid.stuffing('', 2, ''));
	});
});

describe('a sentence', () => {
	const of = (kind: string, figures: Figure[], more: Partial<Alert> = {}): string =>
		toldAlert(alert({ kind, figures, by: ada, ...more }));
	const f = (name: string, value: number, usual = 0): Figure => ({ name, value, usual });

	it('says what the alert was raised for', () => {
		expect(of('stuffing', [f('accounts', 12, 4)])).toBe('From one network, 12 accounts were tried in vain');
		expect(of('many-places', [f('networks', 7, 3)])).toBe('Ada was in 7 networks on one day');
		expect(
			toldAlert(alert({ kind: 'many-places', figures: [f('networks', 7, 3), f('tries', 9)] })),
		).toContain('address was tried in vain from 7');
		expect(of('new-place', [f('surprise', 5), f('km-per-hour', 0, 900)])).toContain('does not fit');
		expect(of('new-place', [f('km-per-hour', 4000, 900)])).toContain('too far apart');
		expect(of('shared-session', [f('devices', 2, 1), f('changed', 1)])).toContain('two devices');
		expect(of('shared-session', [f('changed', 3, 0.2), f('days', 9)])).toContain('from elsewhere');
		expect(of('factor-removed', [f('acts', 0), f('heat', 1)])).toBe(
			'Ada removed a safeguard of their account',
		);
		expect(of('factor-removed', [f('acts', 2), f('heat', 1)])).toContain('then did 2 sensitive things');
		expect(of('mass-export', [f('maps-read', 90, 25)])).toBe('Ada opened 90 maps on one day');
		expect(of('mass-deletion', [f('things-deleted', 900, 60)])).toContain('900 things in maps');
		expect(of('audit-gap', [f('minutes', 45, 15)])).toContain('For 45 minutes');
		expect(of('nothing-known', [])).toContain('Ada: something');
	});

	it('names the organisation', () => {
		const works = { org: '0'.repeat(26), orgName: 'Works' };
		expect(of('privilege-rise', [f('before', 0, 9)], works)).toBe('Ada gave somebody power over Works');
		expect(of('privilege-rise', [f('before', 0, 9)])).toContain('over this site');
		const on = { on: `org:${'0'.repeat(26)}`, onName: 'Works' };
		expect(of('settings-weaken', [], on)).toBe('Ada changed the rules of Works');
		expect(of('privilege-rise', [], { org: '0'.repeat(26) })).toContain('over an organisation');
		expect(orgName(alert())).toBe('');
	});

	it('cannot be altered by a name', () => {
		const by = { ...ada, name: '\ue001 $& {}' };
		expect(of('ops-rate', [f('changes-minute', 200, 90)], { by })).toMatch(/^\ue001 \$& \{\} made 200/);
	});

	it('calls people what they are called', () => {
		expect(whom(alert())).toBe('Somebody');
		expect(whom(alert({ by: { kind: 'account', alias: 'x' } }))).toBe('A forgotten account');
		expect(whom(alert({ by: { kind: 'visit', alias: 'x', id: 'v' } }))).toBe('A visitor');
		expect(callOf(alert({ by: ada }))).toBe('account:x');
		expect(callOf(alert())).toBe('');
	});

	it('offers what can be done about whom it is about', () => {
		const answers = ['slow-down', 'step-up', 'lock', 'undo-change'];
		expect(answersOf(alert({ answers, by: ada }))).toEqual(answers);
		expect(answersOf(alert({ answers }))).toEqual(['slow-down']);
		const visit = { kind: 'visit', alias: 'v', id: 'v' } as const;
		expect(answersOf(alert({ answers, by: visit }))).toEqual(['slow-down', 'undo-change']);
		expect(doesOf(alert(), 'slow-down', true)).toContain('each address there');
		expect(doesOf(alert({ by: visit }), 'undo-change', true)).toContain('link that they came by');
		expect(doesOf(alert({ by: ada, kind: 'mass-deletion' }), 'undo-change', true)).toContain('come back');
		expect(doesOf(alert({ by: ada }), 'revoke-link', false)).toContain('maps in here');
		expect(doesOf(alert(), 'toString', true)).toContain('Look at its documents');
	});

	it('says what it is about, unless nobody could know it', () => {
		expect(onWhat(alert({ on: `map:${'0'.repeat(20)}abcdef`, onName: 'Water' }))).toBe('map “Water”');
		expect(onWhat(alert({ on: `map:${'0'.repeat(20)}abcdef` }))).toBe('map …abcdef');
		expect(onWhat(alert({ on: `map:${'0'.repeat(26)}` }), () => 'Rain')).toBe('map “Rain”');
		expect(onWhat(alert({ on: 'email:hash' }))).toBe('');
	});
});

describe('the order of alerts', () => {
	const list = [
		alert({ id: 'old', at: 1 }),
		alert({ id: 'new', at: 9 }),
		alert({ id: 'warning', at: 2, severity: 'warning' }),
		alert({ id: 'muted', at: 8, severity: 'critical', muted: true }),
		alert({ id: 'critical', at: 3, severity: 'critical' }),
		alert({ id: 'closed', at: 9, severity: 'critical', closed: 9 }),
	];
	const ids = (all: readonly Alert[]): string[] => all.map(({ id }) => id);

	it('begins with what needs somebody', () => {
		expect(ids(arranged(list, byNeed, null))).toEqual([
			'critical',
			'warning',
			'new',
			'old',
			'closed',
			'muted',
		]);
	});

	it('stays while somebody reads, and what is new comes first', () => {
		const places = ['old', 'closed', 'critical', 'warning'];
		expect(ids(arranged(list, byNeed, places))).toEqual([
			'new',
			'muted',
			'old',
			'closed',
			'critical',
			'warning',
		]);
	});

	it('has each once', () => {
		expect(once([alert({ times: 2 }), alert({ id: '2' }), alert()])).toMatchObject([
			{ times: 2 },
			{ id: '2' },
		]);
	});

	it('counts what is open and told', () => {
		expect(pressing(list)).toEqual({ n: 4, worst: 'critical' });
		expect(pressing([])).toEqual({ n: 0, worst: 'notice' });
	});
});

describe('a figure', () => {
	beforeAll(() => {
		vi.stubGlobal('navigator', { languages: ['en'] });
		return () => vi.unstubAllGlobals();
	});

	const of = (name: string, value: number, usual: number, more: Partial<Alert> = {}) =>
		shown({ name, value, usual }, alert(more));

	it('is drawn beside what is usual', () => {
		expect(of('accounts', 12, 4)).toMatchObject({
			text: '12',
			usual: 'usually at most 4',
			drawing: { form: 'bar', value: 1, usual: 1 / 3, beyond: true },
		});
		expect(of('networks', 2, 4).drawing).toEqual({ form: 'bar', value: 0.5, usual: 1, beyond: false });
		expect(of('records', 3, 0)).toMatchObject({
			usual: 'usually none',
			drawing: { usual: 0, beyond: true },
		});
		expect(of('devices', 1, 0.02).usual).toBe('usually none');
	});

	it('is a part, steps, dots or an hour where it means that', () => {
		expect(of('before', 2, 8)).toMatchObject({
			text: 'on 2 of the 8 days that they are known',
			drawing: { form: 'part', value: 0.25 },
		});
		expect(of('before', 0, 0).drawing).toEqual({ form: 'part', value: 0 });
		expect(of('heat', 0, 0)).toMatchObject({ text: 'not at all', drawing: { form: 'steps', on: 0, of: 4 } });
		expect(of('heat', 4, 0)).toMatchObject({ text: 'very much', drawing: { on: 4 } });
		expect(of('surprise', 400, 0).drawing).toMatchObject({ on: 4 });
		expect(of('tries', 9, 0)).toMatchObject({ usual: '', drawing: { form: 'dots', on: 9 } });
		expect(of('tries', 900, 0).drawing).toMatchObject({ form: 'bar', beyond: false });
		expect(of('days', 40, 17, { kind: 'dormant-awake' })).toMatchObject({
			name: 'Days of silence',
			drawing: { form: 'bar', beyond: true },
		});
		expect(of('km-per-hour', 4000, 900)).toMatchObject({
			text: '4,000 km/h',
			usual: 'at most 900 km/h by plane',
		});
		const { drawing } = of('hour', 3, 0.2, { at: Date.UTC(2026, 10, 20, 3, 30) });
		expect(drawing).toEqual({ form: 'hour', hour: new Date(Date.UTC(2026, 10, 20, 3)).getHours() });
	});

	it('stays within its drawing, whatever it is', () => {
		const places = ({ form, ...d }: Drawing): number[] => Object.values(d).map(Number);
		for (const name of [...figures, 'nothing-known'])
			for (const [value, usual] of [
				[0, 0],
				[1e300, 0],
				[1, 1e300],
			] as const) {
				const { drawing, text } = of(name, value, usual);
				expect(text).not.toMatch(/NaN|undefined/);
				if (drawing.form === 'bar') for (const place of places(drawing)) expect(place).toBeLessThanOrEqual(1);
				for (const place of places(drawing)) expect(place).not.toBeNaN();
			}
	});

	it('is left out where it says nothing', () => {
		const all = [
			{ name: 'accounts', value: 9, usual: 4 },
			{ name: 'tries', value: 0, usual: 0 },
			{ name: 'heat', value: 0, usual: 0 },
		];
		expect(telling(alert({ figures: all })).map(({ name }) => name)).toEqual(['accounts', 'heat']);
	});

	it('has a place on the scale of all', () => {
		expect(rarity(1)).toEqual({ place: 0.25, text: '1 of 4' });
		expect(rarity(900)).toEqual({ place: 1, text: '4 of 4' });
	});
});
