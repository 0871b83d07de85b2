// The words about what the watch noticed: the inbox of alerts, its settings, and where records
// are sent.

import type { WordsOf } from './word';

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

const times = (n: number): string => (n === 2 ? 'twice' : `${count.format(n)} times`);

const minute = 60; // seconds
const hour = 60 * minute;
const day = 24 * hour;

function span(seconds: number): string {
	if (seconds < 90) return many(Math.max(1, Math.round(seconds)), 'second', 'seconds');
	if (seconds < 90 * minute) return many(Math.round(seconds / minute), 'minute', 'minutes');
	if (seconds < 2 * day) return many(Math.round(seconds / hour), 'hour', 'hours');
	return many(Math.round(seconds / day), 'day', 'days');
}

export const alertsEn = {
	alerts: {
		title: 'Noticed',
		hint: 'What in the log is unlike what is usual here. It proves nothing: look, then decide.',
		orgTitle: 'Noticed here',
		orgHint: 'What is unlike what is usual in this organisation. It proves nothing: look, then decide.',
		list: 'Alerts',
		which: 'Which alerts',
		toDo: 'Open',
		every: 'All',
		nothing: 'Nothing was noticed.',
		nothingEver: 'Nothing was ever noticed.',
		watched: (on: number, all: number) =>
			on === all
				? `${many(all, 'kind', 'kinds')} of trouble are watched for, all the time:`
				: `${count.format(on)} of ${many(all, 'kind', 'kinds')} of trouble are watched for, all the time:`,
		watchedNone: 'Nothing is watched for: all kinds are switched off below.',
		open: (n: number, more: boolean) => `${more ? 'More than ' : ''}${many(n, 'open alert', 'open alerts')}`,
		openShort: (n: number, more: boolean) => `${count.format(n)}${more ? '+' : ''}`,
		isNew: 'new',
		fresh: (n: number) => many(n, 'new alert', 'new alerts'),
		earlier: 'Show earlier alerts',
		loading: 'Looking…',
		ended: 'No earlier alerts.',
		somebody: 'Somebody',
		forgotten: 'A forgotten account',
		often: (n: number) => `noticed ${times(n)}`,
		since: (when: string) => `since ${when}`,
		muted: 'muted',
		closed: 'dealt with',
		closedBy: (who: string, when: string) => `Dealt with by ${who}, ${when}.`,
		closedWhen: (when: string) => `Dealt with, ${when}.`,
		inOrg: (org: string) => `in ${org}`,
		why: 'Why this is told',
		figures: 'The numbers',
		figuresHint:
			'As they were when this was last told. Beside each what is usual: for this account, or where it is about none, for this site.',
		rare: 'How unusual all of it is',
		rareIs: (score: number) => `${count.format(score)} of 4`,
		rareMost: '4 of 4',
		rareScale: 'From 2 a warning, from 3 critical.',
		look: 'What to look at',
		evidence: 'The records',
		evidenceNone: 'No single record stands for it.',
		evidenceGap: 'No record tells of it: it is about records that are not there.',
		showAll: (n: number) => `Show all ${count.format(n)}`,
		evidenceGone: (n: number) =>
			`${many(n, 'more record is', 'more records are')} there no more, or not to be seen here.`,
		evidenceLoading: 'Getting the records…',
		evidenceAll: 'Everything by them in the log',
		answers: 'What you can do',
		noAnswers: 'Nothing can be done about it from here.',
		close: 'Mark as dealt with',
		closeHint: 'It leaves the list. If it becomes worse, it is told again.',
		reopen: 'Open again',
		reopenHint: 'What was done about it stays done.',
		mute: 'Mute…',
		muteThem: (who: string, span: string) => `This about ${who}: ${span}`,
		muteAll: (span: string) => `This about anybody: ${span}`,
		muteHint: 'What is muted is noticed and kept, and nobody is told of it.',
		nowMuted: (kind: string, until: string) => `“${kind}” is muted until ${until}.`,
		mutes: 'Muted',
		muteOf: (kind: string, who: string) => `${kind}, about ${who}`,
		muteOfAll: (kind: string) => `${kind}, about anybody`,
		until: (when: string) => `until ${when}`,
		tellAgain: 'Tell again',
		tellAgainWhat: (what: string) => `Tell again: ${what}`,
		told: (kind: string) => `“${kind}” is told again.`,
		done: 'What was done about it',
		doneBy: (what: string, who: string) => `${what}, by ${who}`,
		doneAuto: (what: string) => `${what}, by the server itself`,
		left: 'Left to do by hand',
		leftHint: 'These cannot be put back from here.',
		leftMore: 'And more: the log has everything they did.',
		leftSite: 'who may sign up here',
		leftHistory: 'Open its history',
		leftOpen: 'Open',
		leftAsOf: (when: string) => `as it was before ${when}`,
		unlock: 'Unlock the account',
		unlockHint: 'They can sign in again. Later it is done under “People”.',
		unlocked: 'The account is unlocked again.',
		toPeople: 'To the people of this site',
	},

	alertLevels: {
		notice: 'Notice',
		warning: 'Warning',
		critical: 'Critical',
	},

	alertKinds: {
		stuffing: 'Many accounts tried',
		spraying: 'Accounts tried from many places',
		'many-places': 'One account in many places',
		'new-place': 'Sign-in from a new place',
		'new-device': 'Sign-in with a new device',
		'shared-session': 'One sign-in, two devices',
		'factor-removed': 'Account less guarded',
		'mass-export': 'Much copied',
		'mass-deletion': 'Much deleted',
		'mass-sharing': 'Much shared',
		'privilege-rise': 'Power given',
		'dormant-awake': 'Used after a long silence',
		'unusual-hours': 'Used at an unusual hour',
		'settings-weaken': 'Rules changed',
		'audit-gap': 'Gap in the log',
		'ops-rate': 'Faster than by hand',
		other: 'Something of a newer sort',
	},

	alertSaid: {
		stuffing: (_who: string, n: number, _on: string) =>
			`From one network, ${many(n, 'account was', 'accounts were')} tried in vain`,
		spraying: (_who: string, n: number, _on: string) =>
			`From many networks, ${many(n, 'account was', 'accounts were')} tried in vain, a few times each`,
		'many-places': (who: string, n: number, _on: string) =>
			`${who} was in ${many(n, 'network', 'networks')} on one day`,
		'many-places-tried': (_who: string, n: number, _on: string) =>
			`One e-mail address was tried in vain from ${many(n, 'network', 'networks')}`,
		'new-place': (who: string, _n: number, _on: string) => `${who} signed in from a place that does not fit`,
		'new-place-fast': (who: string, _n: number, _on: string) =>
			`${who} was in two places too far apart to travel between`,
		'new-device': (who: string, _n: number, _on: string) =>
			`${who} signed in with a device never seen before`,
		'shared-session': (who: string, _n: number, _on: string) => `${who} has a sign-in that two devices use`,
		'shared-session-moves': (who: string, _n: number, _on: string) =>
			`${who} has a sign-in or token that is used from elsewhere than before`,
		'factor-removed': (who: string, _n: number, _on: string) => `${who} removed a safeguard of their account`,
		'factor-removed-used': (who: string, n: number, _on: string) =>
			`${who} removed a safeguard of their account, then did ${many(n, 'sensitive thing', 'sensitive things')}`,
		'mass-export': (who: string, n: number, _on: string) =>
			`${who} took copies of ${many(n, 'map', 'maps')} on one day`,
		'mass-export-read': (who: string, n: number, _on: string) =>
			`${who} opened ${many(n, 'map', 'maps')} on one day`,
		'mass-deletion': (who: string, n: number, _on: string) =>
			`${who} deleted ${many(n, 'map or folder', 'maps and folders')} on one day`,
		'mass-deletion-things': (who: string, n: number, _on: string) =>
			`${who} deleted ${many(n, 'thing', 'things')} in maps on one day`,
		'mass-sharing': (who: string, _n: number, _on: string) =>
			`${who} gave many links, invitations and rights on one day`,
		'privilege-rise': (who: string, _n: number, _on: string) => `${who} gave somebody power over this site`,
		'privilege-rise-org': (who: string, _n: number, org: string) =>
			`${who} gave somebody power over ${org === '' ? 'an organisation' : org}`,
		'dormant-awake': (who: string, n: number, _on: string) =>
			`${who} is back after ${many(Math.round(n), 'day', 'days')} of silence`,
		'unusual-hours': (who: string, _n: number, _on: string) => `${who} was active at an hour that is unusual`,
		'settings-weaken': (who: string, _n: number, _on: string) => `${who} changed who may sign up here`,
		'settings-weaken-org': (who: string, _n: number, org: string) =>
			`${who} changed the rules of ${org === '' ? 'an organisation' : org}`,
		'audit-gap': (_who: string, n: number, _on: string) =>
			`${many(n, 'record is', 'records are')} missing from the log`,
		'audit-gap-silent': (_who: string, n: number, _on: string) =>
			`For ${many(Math.round(n), 'minute', 'minutes')} nothing was recorded, or the log was not signed`,
		'ops-rate': (who: string, n: number, _on: string) =>
			`${who} made ${many(n, 'change', 'changes')} in one minute, faster than hands can`,
		other: (who: string, _n: number, _on: string) => `${who}: something that this page has no words for yet`,
	},

	alertWhat: {
		stuffing:
			'Somebody tries the accounts of many people from one network, as with a list of stolen passwords.',
		spraying: 'Many accounts are tried, few times each and from many networks, as with one common password.',
		'many-places':
			'An account is in more networks on one day than one person is, as when a password is passed on.',
		'new-place':
			'A sign-in comes from a network or country that is unlike the account, or too far away too soon.',
		'new-device': 'A sign-in comes from a browser or program that the account never used.',
		'shared-session': 'A sign-in or token is used from another device than its own, as when it was stolen.',
		'factor-removed':
			'A second factor or a linked account was removed, and what matters was done soon after.',
		'mass-export': 'An account copies, exports or opens many more maps on one day than it usually does.',
		'mass-deletion': 'An account deletes many more maps, or things in maps, on one day than it usually does.',
		'mass-sharing':
			'An account gives many more links, invitations and rights on one day than it usually does.',
		'privilege-rise': 'Somebody who seldom does so gives power over an organisation or the site.',
		'dormant-awake': 'An account that was silent for weeks is used again.',
		'unusual-hours': 'An account is used at an hour of the day far from when it usually is.',
		'settings-weaken':
			'Somebody who seldom does so changes what a sign-in needs, or the rules of an organisation.',
		'audit-gap': 'Records are missing, none came for unusually long, or the log is no longer signed.',
		'ops-rate': 'Maps are changed faster, minute by minute, than hands can.',
		other: 'The server knows a kind of alert that this page does not know yet.',
	},

	alertLook: {
		stuffing:
			'An office or a school can look like this on a Monday: then many also get in. Did one of the tries succeed? Look for sign-ins from the same address.',
		spraying:
			'Did one of the tries succeed? Is a second factor asked of everybody who has something to lose?',
		'many-places': 'Is the password shared? Somebody who travels, or a phone on a train, can look like this.',
		'new-place':
			'Ask them, by another way than this site, whether it was them. A journey or a new provider explains it.',
		'new-device': 'Ask them, by another way than this site, whether it was them. A new computer explains it.',
		'shared-session':
			'If it was not them, something took the sign-in off their computer, and is perhaps still there. A program that moved to another machine explains it.',
		'factor-removed':
			'Was it them, with a new phone? If not, end the sign-ins first, then set the account up anew with them.',
		'mass-export':
			'Is somebody leaving, or is it a backup? What was taken cannot be taken back: who else has the account?',
		'mass-deletion':
			'Was it tidying up? Deleted maps can be brought back for 30 days, things in maps from the history.',
		'mass-sharing': 'Is it an event with many guests? Look at whom the links and rights are for.',
		'privilege-rise': 'Ask whoever gave it, by another way than this site, whether they did.',
		'dormant-awake': 'Somebody back from leave looks like this. Lock accounts that nobody needs.',
		'unusual-hours': 'By itself it means little: people work when they like. Is anything else odd?',
		'settings-weaken': 'Compare the settings with what was agreed.',
		'audit-gap':
			'Run “plectica audit verify” on the server, and compare the log with what witnesses have. Who was at the machine?',
		'ops-rate':
			'A program of theirs explains it: it should have a token of its own. If not, look at what it changed.',
		other: 'The records tell what was done.',
	},

	alertFigures: {
		accounts: 'Accounts tried in vain',
		tries: 'Tries in vain',
		'tries-stuffing': 'Further tries, of no known account',
		networks: 'Networks',
		devices: 'Devices',
		'devices-new-device': 'New devices on that day',
		surprise: 'How little the place fits',
		'km-per-hour': 'Speed between the places',
		'maps-exported': 'Maps copied that day',
		'maps-read': 'Maps opened that day',
		'maps-deleted': 'Maps and folders deleted that day',
		'things-deleted': 'Things deleted that day',
		shared: 'Links, invitations and rights that day; a link for anybody counts twice',
		earlier: 'Too many already on the days before',
		heat: 'How unlike itself the account was lately',
		acts: 'Sensitive things done since',
		days: 'Days the account is known',
		'days-dormant-awake': 'Days of silence',
		'days-shared-session': 'Days this sign-in is used',
		hour: 'Hour of the day',
		records: 'Records missing',
		minutes: 'Minutes without a record or signature',
		'changes-minute': 'Changes in one minute',
		'minutes-running': 'Minutes in a row',
		before: 'Days on which they did such a thing before',
		changed: 'Changes of device or network',
		other: 'A number of a newer sort',
	},

	alertNumbers: {
		plain: (n: number) => count.format(n),
		speed: (n: number) => `${count.format(Math.round(n))} km/h`,
		usual: (n: string) => `usually at most ${n}`,
		usualNone: 'usually none',
		usualSpeed: (n: string) => `at most ${n} by plane`,
		unknown: 'not known',
		of: (n: number, all: number) =>
			`on ${count.format(n)} of the ${many(all, 'day', 'days')} that they are known`,
		hour: (when: string, days: number) =>
			`around ${when} your time; so far used then on ${days < 0.5 ? 'no day' : many(Math.round(days), 'day', 'days')}`,
		level0: 'not at all',
		level1: 'a little',
		level2: 'clearly',
		level3: 'much',
		level4: 'very much',
		legendUsual: 'usual',
		legendMore: 'more than usual',
	},

	answerNames: {
		'end-sessions': 'End all their sign-ins',
		'step-up': 'Ask who they are',
		lock: 'Lock the account',
		'revoke-link': 'End links and tokens',
		'undo-change': 'Undo it',
		'slow-down': 'Slow it down',
		other: 'Something that this page has no words for yet',
	},

	answerDoes: {
		'end-sessions': 'The account is signed out everywhere. Whoever knows its password can sign in again.',
		'step-up': 'The account is signed out everywhere, and the next sign-in has to show more than a password.',
		lock: 'The account is signed out everywhere, and nobody can sign in until you unlock it.',
		'revoke-link': 'Links that they made since the day before stop working, and the token it was done with.',
		'revoke-link-org': 'Links to maps in here that they made since the day before stop working.',
		'revoke-link-visit': 'The link that they came by stops working.',
		'undo-change': 'What they did is put back. What cannot be is listed for you.',
		'undo-change-mass-deletion':
			'Deleted maps come back. Maps in which things were deleted are listed for you, with their history.',
		'undo-change-mass-sharing':
			'Links that they made stop working. Rights and invitations are listed for you to take back.',
		'undo-change-privilege-rise':
			'Who was made to run this site no longer does. Rights in organisations are listed for you to take back.',
		'undo-change-settings-weaken':
			'What was changed is listed for you, with the way there: settings are put back by hand.',
		'undo-change-ops-rate':
			'The maps are listed for you, with their history from before: they are put back by hand.',
		'undo-change-visit': 'The link that they came by stops working.',
		'slow-down':
			'What they ask for is answered slower for an hour: enough for a person, too slow for a program.',
		'slow-down-network':
			'For an hour each address there may try a password a few times, then once in twenty seconds. Browsers that an account knows go on as ever.',
		other: 'The server offers it. Look at its documents before you choose it.',
	},

	answerDone: {
		'end-sessions': (_n: number) => 'Signed out everywhere.',
		'step-up': (_n: number) => 'Signed out. The next sign-in has to show more than a password.',
		lock: (_n: number) => 'The account is locked.',
		'revoke-link': (n: number) =>
			n === 0
				? 'No link or token was left to end.'
				: `${many(n, 'link or token', 'links and tokens')} ended.`,
		'undo-change': (n: number) =>
			n === 0 ? 'Nothing could be put back from here.' : `${many(n, 'thing', 'things')} put back.`,
		'slow-down': (_n: number) => 'Slower answers for an hour.',
		other: (_n: number) => 'Done.',
	},

	answerWas: {
		'end-sessions': 'Sign-ins ended',
		'step-up': 'Asked who they are',
		lock: 'Account locked',
		'revoke-link': 'Links and tokens ended',
		'undo-change': 'Put back',
		'slow-down': 'Slowed down',
		other: 'Something done',
	},

	muteSpans: {
		day: 'for a day',
		week: 'for a week',
		month: 'for 30 days',
	},

	watching: {
		title: 'What is watched for',
		hint: 'How much you want to hear of. Whatever you choose, all of it stays in the log.',
		much: 'How much is told',
		fewer: 'Fewer',
		fewerHint: 'Only warnings and critical alerts.',
		usual: 'As usual',
		usualHint: 'On a site of a thousand people some nine a day that mean nothing.',
		more: 'More',
		moreHint: 'Also what is less rare: several times as many, most of them harmless.',
		exact: (n: number) => `It was set to ${count.format(n)} elsewhere; 1 is usual.`,
		kinds: 'Kinds',
		kindsHint: 'What is switched off is not told, here or by mail.',
		kindsOn: (on: number, all: number) =>
			on === all
				? `All ${count.format(all)} kinds are on`
				: `${count.format(on)} of ${many(all, 'kind', 'kinds')} on`,
		automatic: 'Done without asking',
		automaticHint:
			'At a warning, before anybody looks. Somebody who makes an account look strange can have its owner asked or slowed in this way, and no more.',
		stepUp: 'Ask who they are',
		stepUpHint:
			'An account that is unlike itself is signed out and has to show who it is, with a code by mail or a second factor.',
		slowDown: 'Answer slower',
		slowDownHint:
			'For an hour an account that does too much goes about as fast as by hand, and from a network that tries many accounts few passwords can be tried.',
		save: 'Save',
		saved: 'Saved.',
		signins: 'Sign-ins',
		maps: 'Maps',
		power: 'Rights and rules',
		log: 'The log itself',
	},

	deliveries: {
		title: 'Where records are sent',
		hint: 'Copies of the log elsewhere: what was sent cannot be taken back by whoever gets hold of this server.',
		none: 'Records are kept on this server only. Places to send them to are named in the configuration, each as [[deliver]].',
		picture: 'How far behind a place is, from now back.',
		upToDate: 'up to date',
		behind: (records: number, seconds: number) =>
			`${many(records, 'record', 'records')} behind, the oldest ${span(seconds)} old`,
		sent: (n: number) => `${many(n, 'record', 'records')} sent so far`,
		good: 'As it should be:',
		late: 'Behind:',
		wrong: 'Not as it should be:',
		problem: (why: string) => `Nothing gets there: ${why}`,
		problemSince: (why: string, when: string) => `Nothing gets there since ${when}: ${why}`,
		retried: 'It is tried again by itself, and nothing is lost meanwhile.',
		syslog: 'Syslog',
		webhook: 'Webhook',
		jsonl: 'Files',
		other: 'Elsewhere',
	},
};

export type AlertWords = WordsOf<typeof alertsEn>;
