// Die Worte darüber, wer was getan hat: die Seiten des Protokolls.

import { actsDe } from './acts.de';
import type { WatchWords } from './watch.en';

const count = new Intl.NumberFormat('de');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

const minute = 60; // Sekunden

export const watchDe: WatchWords = {
	...actsDe,

	watch: {
		title: 'Wer was getan hat',
		open: 'Protokoll öffnen',
		openHint:
			'Alles, was auf dieser Site geschieht, wird festgehalten: Anmeldungen, Maps, Freigaben, Einstellungen.',
		when: 'Wann',
		whenHint: 'Alle Einträge dieser Zeit, wonach auch immer unten gesucht wird.',
		countedFrom: (when) => `Gezählt ab ${when}: Davor sind es zu viele.`,
		chart: 'Einträge im Lauf der Zeit',
		chartKeys:
			'Pfeiltasten gehen von Balken zu Balken, mit der Umschalttaste wählen sie mehrere. Die Eingabetaste listet auf, was darin ist.',
		counts: (records, bad) =>
			`${many(records, 'Eintrag', 'Einträge')}${bad === 0 ? '' : `, davon ${count.format(bad)} abgelehnt oder misslungen`}`,
		legendGood: 'gelungen',
		legendBad: 'abgelehnt oder misslungen',
		from: 'Von',
		records: 'Einträge',
		whole: 'Alles auflisten',
		closer: 'Näher ansehen',
		further: 'Zurück zum ganzen Zeitraum',
		list: 'Was geschah',
		live: 'Live',
		paused: 'Angehalten',
		liveHint: 'Neue Einträge erscheinen, sobald sie kommen.',
		connecting: 'Verbindet …',
		lost: 'Verbindung verloren, neuer Versuch …',
		fresh: (n, more) =>
			more ? `Mehr als ${count.format(n)} neue Einträge` : many(n, 'neuer Eintrag', 'neue Einträge'),
		toLive: 'Live weiter',
		search: 'Wer, oder woran',
		searchHint: 'Ein Name, eine E-Mail-Adresse oder die Adresse einer Map',
		suggestions: 'Vorschläge',
		nobody: 'So heißt niemand.',
		byThem: (name) => `Getan von ${name}`,
		onThem: (name) => `Betrifft ${name}`,
		onThing: (thing) => `Betrifft ${thing}`,
		inSession: 'In einer Anmeldung',
		byChip: (name) => `von ${name}`,
		onChip: (thing) => `betrifft ${thing}`,
		notBy: 'Wieder von allen',
		notOn: 'Wieder alles betreffend',
		notSession: 'Wieder in allen Anmeldungen',
		what: 'Was',
		whatHint: 'Was Seiten von selbst abrufen, fehlt hier, bis Sie es wählen.',
		onlyBad: 'Nur Abgelehntes und Misslungenes',
		everything: 'Alles',
		reset: 'Wieder alles zeigen',
		none: 'Nichts geschah, das dazu passt.',
		noneYet: 'Bis hierher nichts Passendes. Frühere Einträge können noch durchsucht werden.',
		wider: 'In den letzten 90 Tagen suchen',
		gone: 'Frühere Einträge gibt es nicht mehr: Ihre Zeit war um.',
		begin: 'Nichts Früheres in dieser Zeit.',
		first: 'Nichts Früheres.',
		earlier: 'Frühere zeigen',
		searching: 'Sucht …',
		cutNew: 'Neuere Einträge stehen nicht mehr auf dieser Seite.',
		toNewest: 'Zurück zu den neuesten',
		refused: (sentence, why) => `${sentence}, abgelehnt${why === '' ? '' : `: ${why}`}`,
		failed: (sentence, why) => `${sentence}, misslungen${why === '' ? '' : `: ${why}`}`,
		unknown: (who, act) => `${who}: ${act}`,
		quoted: (name) => `»${name}«`,
		end: (id) => `…${id}`,
		via: (browser, device) => `${browser} auf ${device}`,
		unfold: (n) => `Alle ${count.format(n)} einzeln zeigen`,
		details: 'Alles, was bekannt ist',
		moreBy: 'Alles von dort',
		moreOn: 'Alles dazu',
		moreOnMap: 'Alles zu dieser Map',
		moreSession: 'Alles in dieser Anmeldung',
		proof: 'Beweis herunterladen',
		proofHint:
			'Damit können Sie anderen zeigen, dass dieser Eintrag so im Protokoll steht wie hier. Geprüft wird das mit dem Schlüssel des Protokolls und einem kleinen eigenen Programm: »auditproof -key SCHLÜSSEL -proof DATEI«.',
		proofFile: (seq) => `plectica-eintrag-${seq}.json`,
	},

	watchSpans: {
		hour: 'Letzte Stunde',
		day: 'Letzter Tag',
		week: 'Letzte Woche',
		month: 'Letzter Monat',
		quarter: 'Letzte 90 Tage',
	},

	watchGroups: {
		signins: 'Anmeldungen',
		opened: 'Geöffnete Maps',
		changes: 'Änderungen',
		exports: 'Exporte',
		sharing: 'Freigaben',
		accounts: 'Konten',
		orgs: 'Organisationen',
		site: 'Einstellungen der Site',
		server: 'Der Server',
		looks: 'Seiten und Listen',
	},

	watchWho: {
		visit: 'Ein Gast',
		stranger: 'Jemand',
		server: 'Der Server',
		command: 'Jemand am Server selbst',
		forgotten: 'Jemand, der vergessen wurde,',
		account: 'Jemand mit einem Konto',
	},

	watchThings: {
		map: (which) => (which === '' ? 'eine Map' : `die Map ${which}`),
		folder: (which) => (which === '' ? 'einen Ordner' : `den Ordner ${which}`),
		org: (which) => (which === '' ? 'eine Organisation' : `die Organisation ${which}`),
		team: (which) => (which === '' ? 'ein Team' : `das Team ${which}`),
		account: (which) => (which === '' ? 'ein Konto' : `das Konto ${which}`),
		session: (which) => (which === '' ? 'eine Anmeldung' : `die Anmeldung ${which}`),
		token: (which) => (which === '' ? 'ein Token' : `das Token ${which}`),
		email: (which) => (which === '' ? 'eine Adresse' : `die Adresse ${which}`),
		other: (which) => (which === '' ? 'etwas' : which),
	},

	watchWhy: {
		password: 'Adresse oder Passwort falsch',
		factor: 'der zweite Faktor war falsch',
		internal: 'ein Fehler des Servers',
		permission: 'kein Recht dazu',
		cycle: 'es läge in sich selbst',
		gone: 'es war gelöscht',
		conflict: 'es hatte sich inzwischen geändert',
		limit: 'eine Grenze war erreicht',
		schema: 'es passt in keine Map',
		stale: 'es kam zu spät',
		invalid: 'die Anfrage war nicht zu verstehen',
		not_found: 'gibt es nicht, oder war nicht zugänglich',
		auth: 'nicht angemeldet',
		busy: 'zu viel auf einmal',
		lost: 'der Ausgang ist unbekannt',
	},

	watchCounts: {
		alike: (n) => `${count.format(n)} gleiche Einträge`,
		times: (n) => `${count.format(n)}-mal`,
		changes: (n) => many(n, 'Änderung', 'Änderungen'),
		made: (n) => `${count.format(n)} neu`,
		deleted: (n) => `${count.format(n)} gelöscht`,
		seconds: (n) =>
			n < minute ? many(n, 'Sekunde', 'Sekunden') : many(Math.round(n / minute), 'Minute', 'Minuten'),
		waits: 'der zweite Faktor steht noch aus',
	},

	watchFacts: {
		when: 'Wann',
		act: 'Tat',
		result: 'Ausgang',
		code: 'Warum',
		by: 'Wer',
		on: 'Woran',
		org: 'Organisation',
		addr: 'Adresse',
		agent: 'Browser',
		device: 'Gerät',
		session: 'Anmeldung',
		request: 'Anfrage',
		counts: 'Zahlen',
		seq: 'Nummer im Protokoll',
		nobody: 'niemand Angemeldetes',
		forgotten: 'vergessen',
	},

	watchResults: {
		ok: 'gelungen',
		refused: 'abgelehnt',
		failed: 'misslungen',
	},

	watchProof: {
		title: 'Beweis',
		hint: 'Jeder Eintrag ist an alle vor ihm gebunden, und der Server unterschreibt, wie weit das Protokoll ist. Wer einen Prüfpunkt anderswo aufbewahrt, etwa eine Prüferin, kann später sagen, ob etwas daran verändert wurde.',
		orgHint:
			'Auch wer diese Site betreibt, kann diese Einträge nicht ändern, ohne dass es findet, wer anderswo einen Prüfpunkt aufbewahrt. „plectica witness“ tut das auf einer Maschine von Ihnen, mit einem Token von Ihnen, immerzu und sagt, wenn das Protokoll gekürzt wurde oder ein anderes ist.',
		size: (n) => `Bisher ${many(n, 'Eintrag', 'Einträge')}.`,
		origin: (name) => `Das Protokoll heißt ${name}.`,
		key: 'Der Schlüssel, mit dem man Prüfpunkte prüft',
		checkpoint: 'Prüfpunkt herunterladen',
		checkpointHint: 'Geprüft mit »plectica audit verify --checkpoint DATEI«.',
		file: (size) => `plectica-pruefpunkt-${size}.txt`,
	},

	watchOrg: {
		title: 'Was hier geschah',
		hint: 'Was Leute in dieser Organisation und mit ihren Maps getan haben. Nur wem sie gehört, sieht es.',
	},

	watchOwn: {
		title: 'Was in Ihrem Namen geschah',
		hint: 'Steht hier etwas, das Sie nicht getan haben? Ändern Sie Ihr Passwort und beenden Sie Ihre anderen Anmeldungen.',
	},
};
