// The words about who did what: the pages of the audit log.

import { actsEn } from './acts.en';
import type { WordsOf } from './word';

const count = new Intl.NumberFormat('en');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

const minute = 60; // seconds

export const watchEn = {
	...actsEn,

	watch: {
		title: 'Who did what',
		open: 'Open the log',
		openHint: 'Everything that is done on this site is recorded: sign-ins, maps, shares, settings.',
		when: 'When',
		whenHint: 'All records of this while, whatever is searched for below.',
		countedFrom: (when: string) => `Counted from ${when} on: before that there are too many.`,
		chart: 'Records over time',
		chartKeys: 'Arrow keys move between bars, with Shift they choose several. Enter lists what is in them.',
		counts: (records: number, bad: number) =>
			`${many(records, 'record', 'records')}${bad === 0 ? '' : `, ${count.format(bad)} refused or failed`}`,
		legendGood: 'went well',
		legendBad: 'refused or failed',
		from: 'From',
		records: 'Records',
		whole: 'List all of it',
		closer: 'Look closer',
		further: 'Back to the whole while',
		list: 'What was done',
		live: 'Live',
		paused: 'Paused',
		liveHint: 'New records appear as they come.',
		connecting: 'Connecting…',
		lost: 'Connection lost, trying again…',
		fresh: (n: number, more: boolean) =>
			more ? `More than ${count.format(n)} new records` : `${many(n, 'new record', 'new records')}`,
		toLive: 'Go on live',
		search: 'Who, or on what',
		searchHint: 'A name, an e-mail address, or the address of a map',
		suggestions: 'Suggestions',
		nobody: 'Nobody is called that.',
		byThem: (name: string) => `Done by ${name}`,
		onThem: (name: string) => `Done to ${name}`,
		onThing: (thing: string) => `Done on ${thing}`,
		inSession: 'In one session',
		byChip: (name: string) => `by ${name}`,
		onChip: (thing: string) => `on ${thing}`,
		notBy: 'By anybody again',
		notOn: 'On anything again',
		notSession: 'In any session again',
		what: 'What',
		whatHint: 'What pages fetch by themselves is left out, until you choose it.',
		onlyBad: 'Only refused or failed',
		everything: 'Everything',
		reset: 'Show everything again',
		none: 'Nothing was done that fits.',
		noneYet: 'Nothing that fits so far. There are earlier records to look through.',
		wider: 'Look through the last 90 days',
		gone: 'Earlier records are there no more: they had their time.',
		begin: 'Nothing earlier in this while.',
		first: 'Nothing earlier.',
		earlier: 'Show earlier',
		searching: 'Searching…',
		cutNew: 'Newer records were taken off this page.',
		toNewest: 'Back to the newest',
		refused: (sentence: string, why: string) => `${sentence}, refused${why === '' ? '' : `: ${why}`}`,
		failed: (sentence: string, why: string) => `${sentence}, which failed${why === '' ? '' : `: ${why}`}`,
		unknown: (who: string, act: string) => `${who}: ${act}`,
		quoted: (name: string) => `“${name}”`,
		end: (id: string) => `…${id}`,
		via: (browser: string, device: string) => `${browser} on ${device}`,
		unfold: (n: number) => `Show all ${count.format(n)} one by one`,
		details: 'All that is known',
		moreBy: 'Everything by them',
		moreOn: 'Everything on this',
		moreOnMap: 'Everything on this map',
		moreSession: 'Everything in this session',
		proof: 'Download the proof',
		proofHint:
			'It lets you show somebody else that this record is in the log as it stands here. They check it with the log’s key and a small program of its own: “auditproof -key KEY -proof FILE”.',
		proofFile: (seq: number) => `plectica-record-${seq}.json`,
	},

	watchSpans: {
		hour: 'Last hour',
		day: 'Last day',
		week: 'Last week',
		month: 'Last month',
		quarter: 'Last 90 days',
	},

	watchGroups: {
		signins: 'Sign-ins',
		opened: 'Maps opened',
		changes: 'Changes',
		exports: 'Exports',
		sharing: 'Sharing',
		accounts: 'Accounts',
		orgs: 'Organisations',
		site: 'Site settings',
		server: 'Server',
		looks: 'Pages and lists',
	},

	watchWho: {
		visit: 'A visitor',
		stranger: 'Somebody',
		server: 'The server',
		command: 'Somebody at the server itself',
		forgotten: 'Somebody who was forgotten',
		account: 'Somebody with an account',
	},

	watchThings: {
		map: (which: string) => (which === '' ? 'a map' : `map ${which}`),
		folder: (which: string) => (which === '' ? 'a folder' : `folder ${which}`),
		org: (which: string) => (which === '' ? 'an organisation' : `organisation ${which}`),
		team: (which: string) => (which === '' ? 'a team' : `team ${which}`),
		account: (which: string) => (which === '' ? 'an account' : `account ${which}`),
		session: (which: string) => (which === '' ? 'a sign-in' : `sign-in ${which}`),
		token: (which: string) => (which === '' ? 'a token' : `token ${which}`),
		email: (which: string) => (which === '' ? 'an address' : `address ${which}`),
		other: (which: string) => (which === '' ? 'something' : which),
	},

	watchWhy: {
		password: 'wrong address or password',
		factor: 'the second factor was wrong',
		internal: 'a fault of the server',
		permission: 'no right to it',
		cycle: 'it would lie inside itself',
		gone: 'it was deleted',
		conflict: 'it had changed meanwhile',
		limit: 'a limit was reached',
		schema: 'it does not fit a map',
		stale: 'it came too late',
		invalid: 'the request was not understood',
		not_found: 'not there, or not for them',
		auth: 'not signed in',
		busy: 'too much at once',
		lost: 'the outcome is unknown',
	},

	watchCounts: {
		alike: (n: number) => `${count.format(n)} records alike`,
		times: (n: number) => many(n, 'time', 'times'),
		changes: (n: number) => many(n, 'change', 'changes'),
		made: (n: number) => `${count.format(n)} made`,
		deleted: (n: number) => `${count.format(n)} deleted`,
		seconds: (n: number) =>
			n < minute ? many(n, 'second', 'seconds') : many(Math.round(n / minute), 'minute', 'minutes'),
		waits: 'the second factor is still to come',
	},

	watchFacts: {
		when: 'When',
		act: 'Act',
		result: 'Result',
		code: 'Why',
		by: 'By',
		on: 'On',
		org: 'Organisation',
		addr: 'Address',
		agent: 'Browser',
		device: 'Device',
		session: 'Session',
		request: 'Request',
		counts: 'Counts',
		seq: 'Number in the log',
		nobody: 'nobody signed in',
		forgotten: 'forgotten',
	},

	watchResults: {
		ok: 'went well',
		refused: 'refused',
		failed: 'failed',
	},

	watchProof: {
		title: 'Proof',
		hint: 'Each record is bound to all before it, and the server signs how far the log is. Whoever keeps a checkpoint elsewhere, an auditor for example, can tell later whether anything of it was altered.',
		orgHint:
			'Not even whoever runs this site can alter these records without its being found by who keeps a checkpoint elsewhere. “plectica witness”, run on a machine of yours with a token of yours, keeps one all the time and says when the log was cut or is another one.',
		size: (n: number) => `${many(n, 'record', 'records')} so far.`,
		origin: (name: string) => `The log is called ${name}.`,
		key: 'The key that checkpoints are checked with',
		checkpoint: 'Download a checkpoint',
		checkpointHint: 'Checked with “plectica audit verify --checkpoint FILE”.',
		file: (size: number) => `plectica-checkpoint-${size}.txt`,
	},

	watchOrg: {
		title: 'What was done here',
		hint: 'What people did in this organisation and with its maps. Only its owners see it.',
	},

	watchOwn: {
		title: 'What was done in your name',
		hint: 'Is something here that you did not do? Change your password and end your other sign-ins.',
	},
};

export type WatchWords = WordsOf<typeof watchEn>;
