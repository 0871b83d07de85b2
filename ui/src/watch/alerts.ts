// Alerts as a page shows them: in words, in order, and put together with what came since.

import { words } from '../words';
import type { Alert, Figure, Severity } from './alertapi';
import { type Piece, type Titles, thingName } from './telling';

/** The kinds, in the groups in which they are chosen. */
export const kindGroups = {
	signins: [
		'stuffing',
		'spraying',
		'many-places',
		'new-place',
		'new-device',
		'shared-session',
		'factor-removed',
		'dormant-awake',
		'unusual-hours',
	],
	maps: ['mass-export', 'mass-deletion', 'mass-sharing', 'ops-rate'],
	power: ['privilege-rise', 'settings-weaken'],
	log: ['audit-gap'],
} as const;

/** The name of a group. */
export type KindGroup = keyof typeof kindGroups;

/** A kind that this page knows, or other. */
export type Kind = (typeof kindGroups)[KindGroup][number] | 'other';

/** Those that this page knows. */
export const allKinds: readonly Kind[] = Object.values(kindGroups).flat();

/** The group in which a kind is chosen. */
export function groupOfKind(kind: string): KindGroup {
	const groups = Object.keys(kindGroups) as KindGroup[];
	return groups.find((group) => kindGroups[group].some((k) => k === kind)) ?? 'log';
}

/** The kind as this page knows it. */
export function kindOf(kind: string): Kind {
	return allKinds.find((k) => k === kind) ?? 'other';
}

/** What may be done that this page knows, or other. */
export type Answer = keyof typeof words.answerNames;

/** The answer as this page knows it. */
export function answerOf(answer: string): Answer {
	return Object.hasOwn(words.answerNames, answer) ? (answer as Answer) : 'other';
}

// What needs somebody with an account, whom it is done to or undone of.
const personal: readonly string[] = ['end-sessions', 'step-up', 'lock'];

/** The answers that there can be: some need an account, and none undoes what nobody did. */
export function answersOf({ answers, by }: Alert): string[] {
	if (!by) return answers.filter((answer) => answer === 'slow-down');
	const account = by.kind === 'account' && by.id;
	return account ? answers : answers.filter((answer) => !personal.includes(answer));
}

/** What an answer to an alert will do, as exactly as words are for it. */
export function doesOf(a: Alert, answer: string, site: boolean): string {
	const all: Record<string, string> = words.answerDoes;
	const about = a.by?.kind === 'visit' ? 'visit' : a.by ? (site ? '' : 'org') : 'network';
	const keys = [`${answer}-${about}`, `${answer}-${a.kind}`].filter((key) => Object.hasOwn(all, key));
	return all[keys[0] ?? answerOf(answer)] ?? words.answerDoes.other;
}

/** The number of a figure, or null. */
export function figure(a: Alert, name: string): Figure | null {
	return a.figures.find((f) => f.name === name) ?? null;
}

/** The sentences there are. */
export type Sentence = keyof typeof words.alertSaid;

// What an alert says depends on what it was raised for.
function sentenceOf(a: Alert): Sentence {
	const kind = kindOf(a.kind);
	const is = (name: string): boolean => (figure(a, name)?.value ?? 0) > 0;
	const speed = figure(a, 'km-per-hour');
	switch (kind) {
		case 'many-places':
			return a.by ? kind : 'many-places-tried';
		case 'new-place':
			return speed && speed.value > speed.usual ? 'new-place-fast' : kind;
		case 'shared-session':
			return is('devices') ? kind : 'shared-session-moves';
		case 'factor-removed':
			return is('acts') ? 'factor-removed-used' : kind;
		case 'mass-export':
			return figure(a, 'maps-read') ? 'mass-export-read' : kind;
		case 'mass-deletion':
			return figure(a, 'things-deleted') ? 'mass-deletion-things' : kind;
		case 'privilege-rise':
			return a.org ? 'privilege-rise-org' : kind;
		case 'settings-weaken':
			return a.org || a.on?.startsWith('org:') ? 'settings-weaken-org' : kind;
		case 'audit-gap':
			return figure(a, 'minutes') ? 'audit-gap-silent' : kind;
		default:
			return kind;
	}
}

/** The figure whose number stands in the sentence of a kind: of factor-removed what was done
 * since, of all others the first. */
function numberOf(a: Alert): number {
	return (a.kind === 'factor-removed' ? figure(a, 'acts') : a.figures[0])?.value ?? 0;
}

// Stand for the names until the sentence is cut into pieces.
const whoMark = '\ue000';
const onMark = '\ue001';

/** Tells what was noticed; names stand out. */
export function tellAlert(a: Alert): Piece[] {
	const org = orgName(a);
	const names: Record<string, string> = { [whoMark]: whom(a), [onMark]: org };
	const say = words.alertSaid[sentenceOf(a)];
	return say(whoMark, numberOf(a), org === '' ? '' : onMark)
		.split(/([\ue000\ue001])/)
		.filter((text) => text !== '')
		.map((text) => ({ text: names[text] ?? text, name: Object.hasOwn(names, text) }));
}

/** The same as one text. */
export function toldAlert(a: Alert): string {
	return tellAlert(a)
		.map(({ text }) => text)
		.join('');
}

/** Whom an alert is about. */
export function whom({ by }: Alert): string {
	const t = words.alerts;
	if (!by) return t.somebody;
	if (by.kind !== 'account')
		return Object.hasOwn(words.watchWho, by.kind) ? words.watchWho[by.kind] : t.somebody;
	if (!by.id) return t.forgotten;
	return by.name || words.watchWho.account;
}

/** By what somebody is muted and looked for, or "". */
export function callOf({ by }: Alert): string {
	return by && by.alias !== '' ? `${by.kind}:${by.alias}` : '';
}

/** What the organisation is called that an alert is about; "": none, or it is not known. */
export function orgName(a: Alert): string {
	return a.orgName ?? (a.on?.startsWith('org:') ? (a.onName ?? '') : '');
}

/** What an alert is about beside whom, or "". */
export function onWhat(a: Alert, titles: Titles = () => ''): string {
	const [sort = '', id = ''] = (a.on ?? '').split(':');
	// Of what was done to many things, the last alone says nothing.
	if (sort === '' || sort === 'email' || sort === 'org' || a.kind.startsWith('mass-')) return '';
	return thingName(sort, id, (map) => a.onName ?? titles(map));
}

const ranks: Record<Severity, number> = { critical: 0, warning: 1, notice: 2 };

/** What needs somebody comes first: the most severe, of these the newest; what is muted or
 * dealt with comes last. */
export function byNeed(a: Alert, b: Alert): number {
	const quiet = (v: Alert): number => Number((v.muted ?? false) || (v.closed ?? 0) > 0);
	return quiet(a) - quiet(b) || rankOf(a) - rankOf(b) || b.at - a.at;
}

function rankOf({ severity }: Alert): number {
	return Object.hasOwn(ranks, severity) ? ranks[severity] : ranks.notice;
}

/** How many want somebody, and how badly. */
export function pressing(list: readonly Alert[]): { n: number; worst: Severity } {
	const open = list.filter((a) => !a.closed && !a.muted);
	const worst = (['critical', 'warning'] as const).find((s) => open.some((a) => a.severity === s));
	return { n: open.length, worst: worst ?? 'notice' };
}

/** Puts alerts in order. While somebody reads, what is there keeps its place and what is new
 * comes first. */
export function arranged(
	list: readonly Alert[],
	order: (a: Alert, b: Alert) => number,
	places: readonly string[] | null,
): Alert[] {
	const sorted = [...list].sort(order);
	if (!places) return sorted;
	const at = new Map(places.map((id, i) => [id, i]));
	return sorted.sort((a, b) => (at.get(a.id) ?? -1) - (at.get(b.id) ?? -1));
}

/** Alerts of which some come twice; the first counts. */
export function once(list: readonly Alert[]): Alert[] {
	const seen = new Set<string>();
	return list.filter(({ id }) => !seen.has(id) && seen.add(id));
}
