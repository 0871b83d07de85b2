// Die Worte darüber, was der Wache auffiel: der Eingang der Hinweise, seine Einstellungen, und
// wohin Einträge gesendet werden.

import type { AlertWords } from './alerts.en';

const count = new Intl.NumberFormat('de', { maximumFractionDigits: 1 });

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

const minute = 60; // Sekunden
const hour = 60 * minute;
const day = 24 * hour;

function span(seconds: number): string {
	if (seconds < 90) return many(Math.max(1, Math.round(seconds)), 'Sekunde', 'Sekunden');
	if (seconds < 90 * minute) return many(Math.round(seconds / minute), 'Minute', 'Minuten');
	if (seconds < 2 * day) return many(Math.round(seconds / hour), 'Stunde', 'Stunden');
	return many(Math.round(seconds / day), 'Tag', 'Tage');
}

export const alertsDe: AlertWords = {
	alerts: {
		title: 'Aufgefallen',
		hint: 'Was im Protokoll anders ist als hier üblich. Es beweist nichts: Sehen Sie nach, dann entscheiden Sie.',
		orgTitle: 'Hier aufgefallen',
		orgHint:
			'Was anders ist als in dieser Organisation üblich. Es beweist nichts: Sehen Sie nach, dann entscheiden Sie.',
		list: 'Hinweise',
		which: 'Welche Hinweise',
		toDo: 'Offen',
		every: 'Alle',
		nothing: 'Nichts ist aufgefallen.',
		nothingEver: 'Noch nie ist etwas aufgefallen.',
		watched: (on, all) =>
			on === all
				? `Auf ${many(all, 'Art', 'Arten')} von Auffälligem wird immerzu geachtet:`
				: `Auf ${count.format(on)} von ${many(all, 'Art', 'Arten')} von Auffälligem wird immerzu geachtet:`,
		watchedNone: 'Auf nichts wird geachtet: Alle Arten sind unten abgeschaltet.',
		open: (n, more) => `${more ? 'Mehr als ' : ''}${many(n, 'offener Hinweis', 'offene Hinweise')}`,
		openShort: (n, more) => (more ? `über ${count.format(n)}` : `${count.format(n)} offen`),
		isNew: 'neu',
		fresh: (n) => many(n, 'neuer Hinweis', 'neue Hinweise'),
		earlier: 'Frühere Hinweise zeigen',
		loading: 'Sieht nach …',
		ended: 'Keine früheren Hinweise.',
		somebody: 'Jemand',
		forgotten: 'Ein vergessenes Konto',
		often: (n) => `${count.format(n)}-mal aufgefallen`,
		since: (when) => `seit ${when}`,
		muted: 'stumm',
		closed: 'erledigt',
		closedBy: (who, when) => `Erledigt von ${who}, ${when}.`,
		closedWhen: (when) => `Erledigt, ${when}.`,
		inOrg: (org) => `in der Organisation ${org}`,
		why: 'Warum das hier steht',
		figures: 'Die Zahlen',
		figuresHint:
			'Wie sie bei der letzten Meldung waren. Daneben jeweils, was üblich ist: bei diesem Konto, oder, wo es um keines geht, auf dieser Site.',
		rare: 'Wie ungewöhnlich alles zusammen ist',
		rareIs: (score) => `${count.format(score)} von 4`,
		rareMost: '4 von 4',
		rareScale: 'Ab 2 eine Warnung, ab 3 kritisch.',
		look: 'Worauf zu achten ist',
		evidence: 'Die Einträge',
		evidenceNone: 'Kein einzelner Eintrag steht dafür.',
		evidenceGap: 'Kein Eintrag erzählt davon: Es geht um Einträge, die nicht da sind.',
		showAll: (n) => `Alle ${count.format(n)} zeigen`,
		evidenceGone: (n) =>
			`${many(n, 'weiteren Eintrag', 'weitere Einträge')} gibt es nicht mehr, oder hier nicht zu sehen.`,
		evidenceLoading: 'Holt die Einträge …',
		evidenceAll: 'Alles von dort im Protokoll',
		answers: 'Was Sie tun können',
		noAnswers: 'Von hier aus ist nichts dagegen zu tun.',
		close: 'Als erledigt ablegen',
		closeHint: 'Der Hinweis verlässt die Liste. Wird es schlimmer, kommt er wieder.',
		reopen: 'Wieder öffnen',
		reopenHint: 'Was dagegen getan wurde, bleibt getan.',
		mute: 'Stumm schalten …',
		muteThem: (who, forTime) => `Das über ${who}: ${forTime}`,
		muteAll: (forTime) => `Das über alle: ${forTime}`,
		muteHint: 'Was stumm ist, fällt weiter auf und bleibt hier stehen, aber niemand bekommt Nachricht.',
		nowMuted: (kind, until) => `»${kind}« ist stumm bis ${until}.`,
		mutes: 'Stumm geschaltet',
		muteOf: (kind, who) => `${kind}, über ${who}`,
		muteOfAll: (kind) => `${kind}, über alle`,
		until: (when) => `bis ${when}`,
		tellAgain: 'Wieder melden',
		tellAgainWhat: (what) => `Wieder melden: ${what}`,
		told: (kind) => `»${kind}« wird wieder gemeldet.`,
		done: 'Was dagegen getan wurde',
		doneBy: (what, who) => `${what}, von ${who}`,
		doneAuto: (what) => `${what}, vom Server selbst`,
		left: 'Bleibt von Hand zu tun',
		leftHint: 'Das lässt sich von hier aus nicht zurücknehmen.',
		leftMore: 'Und mehr: Alles, was sie getan haben, steht im Protokoll.',
		leftSite: 'wer sich hier registrieren darf',
		leftHistory: 'Verlauf öffnen',
		leftOpen: 'Öffnen',
		leftAsOf: (when) => `wie es vor ${when} war`,
		unlock: 'Das Konto entsperren',
		unlockHint: 'Man kann sich damit wieder anmelden. Später geht das unter »Leute«.',
		unlocked: 'Das Konto ist wieder entsperrt.',
		toPeople: 'Zu den Leuten dieser Site',
	},

	alertLevels: {
		notice: 'Hinweis',
		warning: 'Warnung',
		critical: 'Kritisch',
	},

	alertKinds: {
		stuffing: 'Viele Konten probiert',
		spraying: 'Konten von vielen Orten aus probiert',
		'many-places': 'Ein Konto an vielen Orten',
		'new-place': 'Anmeldung von einem neuen Ort',
		'new-device': 'Anmeldung mit einem neuen Gerät',
		'shared-session': 'Eine Anmeldung, zwei Geräte',
		'factor-removed': 'Konto weniger geschützt',
		'mass-export': 'Viel kopiert',
		'mass-deletion': 'Viel gelöscht',
		'mass-sharing': 'Viel freigegeben',
		'privilege-rise': 'Macht vergeben',
		'dormant-awake': 'Nach langer Stille benutzt',
		'unusual-hours': 'Zu ungewohnter Stunde benutzt',
		'settings-weaken': 'Regeln geändert',
		'audit-gap': 'Lücke im Protokoll',
		'ops-rate': 'Schneller als von Hand',
		other: 'Etwas von neuerer Art',
	},

	alertSaid: {
		stuffing: (_who, n, _on) =>
			`Von einem Netz aus ${n === 1 ? 'wurde' : 'wurden'} ${many(n, 'Konto', 'Konten')} vergeblich probiert`,
		spraying: (_who, n, _on) =>
			`Von vielen Netzen aus ${n === 1 ? 'wurde' : 'wurden'} ${many(n, 'Konto', 'Konten')} vergeblich probiert, jedes wenige Male`,
		'many-places': (who, n, _on) => `${who} war an einem Tag in ${many(n, 'Netz', 'Netzen')}`,
		'many-places-tried': (_who, n, _on) =>
			`Eine E-Mail-Adresse wurde von ${many(n, 'Netz', 'Netzen')} aus vergeblich probiert`,
		'new-place': (who, _n, _on) => `${who} hat sich von einem Ort aus angemeldet, der nicht passt`,
		'new-place-fast': (who, _n, _on) =>
			`${who} war an zwei Orten, die für eine Reise zu weit auseinander liegen`,
		'new-device': (who, _n, _on) => `${who} hat sich mit einem Gerät angemeldet, das noch nie zu sehen war`,
		'shared-session': (who, _n, _on) => `${who} hat eine Anmeldung, die zwei Geräte benutzen`,
		'shared-session-moves': (who, _n, _on) =>
			`${who} hat eine Anmeldung oder ein Token, das von anderswo benutzt wird als bisher`,
		'factor-removed': (who, _n, _on) => `${who} hat einen Schutz des eigenen Kontos entfernt`,
		'factor-removed-used': (who, n, _on) =>
			`${who} hat einen Schutz des eigenen Kontos entfernt und danach ${many(n, 'Heikles', 'heikle Dinge')} getan`,
		'mass-export': (who, n, _on) => `${who} hat an einem Tag Kopien von ${many(n, 'Map', 'Maps')} geholt`,
		'mass-export-read': (who, n, _on) => `${who} hat an einem Tag ${many(n, 'Map', 'Maps')} geöffnet`,
		'mass-deletion': (who, n, _on) =>
			`${who} hat an einem Tag ${many(n, 'Map oder Ordner', 'Maps und Ordner')} gelöscht`,
		'mass-deletion-things': (who, n, _on) =>
			`${who} hat an einem Tag ${many(n, 'Ding', 'Dinge')} in Maps gelöscht`,
		'mass-sharing': (who, _n, _on) => `${who} hat an einem Tag viele Links, Einladungen und Rechte vergeben`,
		'privilege-rise': (who, _n, _on) => `${who} hat jemandem Macht über diese Site gegeben`,
		'privilege-rise-org': (who, _n, org) =>
			`${who} hat jemandem Macht über ${org === '' ? 'eine Organisation' : org} gegeben`,
		'dormant-awake': (who, n, _on) =>
			`${who} ist nach ${many(Math.round(n), 'Tag', 'Tagen')} Stille wieder da`,
		'unusual-hours': (who, _n, _on) => `${who} war zu einer Stunde tätig, die ungewohnt ist`,
		'settings-weaken': (who, _n, _on) => `${who} hat geändert, wer sich hier registrieren darf`,
		'settings-weaken-org': (who, _n, org) =>
			`${who} hat die Regeln von ${org === '' ? 'einer Organisation' : org} geändert`,
		'audit-gap': (_who, n, _on) =>
			`Im Protokoll ${n === 1 ? 'fehlt' : 'fehlen'} ${many(n, 'Eintrag', 'Einträge')}`,
		'audit-gap-silent': (_who, n, _on) =>
			`${many(Math.round(n), 'Minute', 'Minuten')} lang wurde nichts festgehalten, oder das Protokoll nicht unterschrieben`,
		'ops-rate': (who, n, _on) =>
			`${who} hat in einer Minute ${many(n, 'Änderung', 'Änderungen')} gemacht, schneller als von Hand`,
		other: (who, _n, _on) => `${who}: etwas, wofür diese Seite noch keine Worte hat`,
	},

	alertWhat: {
		stuffing:
			'Jemand probiert von einem Netz aus die Konten vieler Leute, etwa mit einer Liste gestohlener Passwörter.',
		spraying:
			'Viele Konten werden probiert, jedes selten und von vielen Netzen aus, etwa mit einem häufigen Passwort.',
		'many-places':
			'Ein Konto ist an einem Tag in mehr Netzen als ein Mensch, etwa wenn ein Passwort weitergegeben wurde.',
		'new-place':
			'Eine Anmeldung kommt aus einem Netz oder Land, das nicht zum Konto passt, oder zu schnell von zu weit her.',
		'new-device': 'Eine Anmeldung kommt von einem Browser oder Programm, das das Konto nie benutzt hat.',
		'shared-session':
			'Eine Anmeldung oder ein Token wird von einem anderen Gerät benutzt als dem eigenen, etwa weil es gestohlen wurde.',
		'factor-removed':
			'Ein zweiter Faktor oder ein verknüpftes Konto wurde entfernt, und bald danach geschah, worauf es ankommt.',
		'mass-export': 'Ein Konto kopiert, exportiert oder öffnet an einem Tag viel mehr Maps als sonst.',
		'mass-deletion': 'Ein Konto löscht an einem Tag viel mehr Maps, oder Dinge in Maps, als sonst.',
		'mass-sharing': 'Ein Konto vergibt an einem Tag viel mehr Links, Einladungen und Rechte als sonst.',
		'privilege-rise': 'Jemand, der das selten tut, gibt Macht über eine Organisation oder die Site.',
		'dormant-awake': 'Ein Konto, das wochenlang still war, wird wieder benutzt.',
		'unusual-hours': 'Ein Konto wird zu einer Tageszeit benutzt, die weit von der üblichen liegt.',
		'settings-weaken':
			'Jemand, der das selten tut, ändert, was eine Anmeldung braucht, oder die Regeln einer Organisation.',
		'audit-gap':
			'Einträge fehlen, ungewöhnlich lange kam keiner, oder das Protokoll wird nicht mehr unterschrieben.',
		'ops-rate': 'Maps werden Minute um Minute schneller geändert, als Hände es können.',
		other: 'Der Server kennt eine Art von Hinweis, die diese Seite noch nicht kennt.',
	},

	alertLook: {
		stuffing:
			'Ein Büro oder eine Schule kann an einem Montag so aussehen: Dann kommen auch viele hinein. Ist einer der Versuche gelungen? Suchen Sie nach Anmeldungen von derselben Adresse.',
		spraying:
			'Ist einer der Versuche gelungen? Wird von allen, die etwas zu verlieren haben, ein zweiter Faktor verlangt?',
		'many-places': 'Wird das Passwort geteilt? Wer reist, oder ein Telefon im Zug, kann so aussehen.',
		'new-place':
			'Fragen Sie auf einem anderen Weg als über diese Site, wer das war. Eine Reise oder ein neuer Anschluss erklärt es.',
		'new-device':
			'Fragen Sie auf einem anderen Weg als über diese Site, wer das war. Ein neuer Rechner erklärt es.',
		'shared-session':
			'War es jemand anders, hat etwas die Anmeldung vom Rechner geholt und ist vielleicht noch dort. Ein umgezogenes Programm erklärt es.',
		'factor-removed':
			'War es ein neues Telefon? Wenn nicht, beenden Sie zuerst die Anmeldungen und richten dann das Konto gemeinsam neu ein.',
		'mass-export':
			'Geht jemand, oder ist es eine Sicherung? Was mitgenommen ist, kommt nicht zurück: Wer hat das Konto noch?',
		'mass-deletion':
			'Wurde aufgeräumt? Gelöschte Maps lassen sich 30 Tage lang zurückholen, Dinge in Maps aus dem Verlauf.',
		'mass-sharing':
			'Ist es eine Veranstaltung mit vielen Gästen? Sehen Sie nach, für wen die Links und Rechte sind.',
		'privilege-rise': 'Fragen Sie auf einem anderen Weg als über diese Site, ob das Absicht war.',
		'dormant-awake': 'Wer aus einer Auszeit kommt, sieht so aus. Sperren Sie Konten, die niemand braucht.',
		'unusual-hours': 'Für sich bedeutet es wenig: Leute arbeiten, wann sie mögen. Ist noch etwas merkwürdig?',
		'settings-weaken': 'Vergleichen Sie die Einstellungen mit dem, was abgesprochen ist.',
		'audit-gap':
			'Rufen Sie auf dem Server »plectica audit verify« auf, und vergleichen Sie das Protokoll mit dem, was Zeugen haben. Wer war an der Maschine?',
		'ops-rate':
			'Ein eigenes Programm erklärt es: Es sollte ein eigenes Token haben. Wenn nicht, sehen Sie nach, was es geändert hat.',
		other: 'Die Einträge sagen, was geschah.',
	},

	alertFigures: {
		accounts: 'Vergeblich probierte Konten',
		tries: 'Vergebliche Versuche',
		'tries-stuffing': 'Weitere Versuche, ohne bekanntes Konto',
		networks: 'Netze',
		devices: 'Geräte',
		'devices-new-device': 'Neue Geräte an diesem Tag',
		surprise: 'Wie wenig der Ort passt',
		'km-per-hour': 'Geschwindigkeit zwischen den Orten',
		'maps-exported': 'Maps an diesem Tag kopiert',
		'maps-read': 'Maps an diesem Tag geöffnet',
		'maps-deleted': 'Maps und Ordner an diesem Tag gelöscht',
		'things-deleted': 'Dinge an diesem Tag gelöscht',
		shared: 'Links, Einladungen und Rechte an diesem Tag; ein Link für alle zählt doppelt',
		earlier: 'Zu viele schon an den Tagen davor',
		heat: 'Wie anders das Konto zuletzt war als sonst',
		acts: 'Heikle Dinge seitdem',
		days: 'Tage, die das Konto bekannt ist',
		'days-dormant-awake': 'Tage der Stille',
		'days-shared-session': 'Tage, die diese Anmeldung benutzt wird',
		hour: 'Stunde des Tages',
		records: 'Fehlende Einträge',
		minutes: 'Minuten ohne Eintrag oder Unterschrift',
		'changes-minute': 'Änderungen in einer Minute',
		'minutes-running': 'Minuten hintereinander',
		before: 'Tage, an denen das schon vorkam',
		changed: 'Wechsel von Gerät oder Netz',
		other: 'Eine Zahl von neuerer Art',
	},

	alertNumbers: {
		plain: (n) => count.format(n),
		speed: (n) => `${count.format(Math.round(n))} km/h`,
		usual: (n) => `sonst höchstens ${n}`,
		usualNone: 'sonst keine',
		usualSpeed: (n) => `mit dem Flugzeug höchstens ${n}`,
		unknown: 'nicht bekannt',
		of: (n, all) => `an ${count.format(n)} von ${many(all, 'bekannten Tag', 'bekannten Tagen')}`,
		hour: (when, days) =>
			`gegen ${when} Ihrer Zeit; bisher ${days < 0.5 ? 'an keinem Tag' : `an ${many(Math.round(days), 'Tag', 'Tagen')}`} um diese Zeit benutzt`,
		level0: 'gar nicht',
		level1: 'ein wenig',
		level2: 'deutlich',
		level3: 'sehr',
		level4: 'äußerst',
		legendUsual: 'üblich',
		legendMore: 'mehr als üblich',
	},

	answerNames: {
		'end-sessions': 'Alle Anmeldungen beenden',
		'step-up': 'Nachfragen, wer es ist',
		lock: 'Das Konto sperren',
		'revoke-link': 'Links und Tokens beenden',
		'undo-change': 'Rückgängig machen',
		'slow-down': 'Verlangsamen',
		other: 'Etwas, wofür diese Seite noch keine Worte hat',
	},

	answerDoes: {
		'end-sessions': 'Das Konto wird überall abgemeldet. Wer das Passwort kennt, kann sich wieder anmelden.',
		'step-up':
			'Das Konto wird überall abgemeldet, und die nächste Anmeldung muss mehr zeigen als ein Passwort.',
		lock: 'Das Konto wird überall abgemeldet, und niemand kommt hinein, bis Sie es entsperren.',
		'revoke-link':
			'Links, die dieses Konto seit dem Vortag gemacht hat, gelten nicht mehr, und das Token, mit dem es geschah.',
		'revoke-link-org': 'Links zu Maps hier, die dieses Konto seit dem Vortag gemacht hat, gelten nicht mehr.',
		'revoke-link-visit': 'Der Link, über den der Gast kam, gilt nicht mehr.',
		'undo-change':
			'Was getan wurde, wird zurückgenommen. Was sich nicht zurücknehmen lässt, wird Ihnen aufgelistet.',
		'undo-change-mass-deletion':
			'Gelöschte Maps kommen zurück. Maps, in denen Dinge gelöscht wurden, werden Ihnen mit ihrem Verlauf aufgelistet.',
		'undo-change-mass-sharing':
			'Die Links dieses Kontos gelten nicht mehr. Rechte und Einladungen werden Ihnen zum Zurücknehmen aufgelistet.',
		'undo-change-privilege-rise':
			'Wer neu diese Site betreibt, tut es nicht mehr. Rechte in Organisationen werden Ihnen zum Zurücknehmen aufgelistet.',
		'undo-change-settings-weaken':
			'Was geändert wurde, wird Ihnen mit dem Weg dorthin aufgelistet: Einstellungen nimmt man von Hand zurück.',
		'undo-change-ops-rate':
			'Die Maps werden Ihnen mit ihrem Verlauf von davor aufgelistet: Zurück geht es von Hand.',
		'undo-change-visit': 'Der Link, über den der Gast kam, gilt nicht mehr.',
		'slow-down':
			'Dieses Konto bekommt eine Stunde lang langsamer Antwort: für einen Menschen genug, für ein Programm zu langsam.',
		'slow-down-network':
			'Eine Stunde lang kann jede Adresse dort wenige Male ein Passwort probieren, dann alle zwanzig Sekunden eines. Browser, die ein Konto kennt, merken nichts.',
		other: 'Der Server bietet es an. Sehen Sie in seiner Anleitung nach, bevor Sie es wählen.',
	},

	answerDone: {
		'end-sessions': (_n) => 'Überall abgemeldet.',
		'step-up': (_n) => 'Abgemeldet. Die nächste Anmeldung muss mehr zeigen als ein Passwort.',
		lock: (_n) => 'Das Konto ist gesperrt.',
		'revoke-link': (n) =>
			n === 0
				? 'Kein Link oder Token war noch zu beenden.'
				: `${many(n, 'Link oder Token', 'Links und Tokens')} beendet.`,
		'undo-change': (n) =>
			n === 0 ? 'Von hier aus ließ sich nichts zurücknehmen.' : `${many(n, 'Ding', 'Dinge')} zurückgenommen.`,
		'slow-down': (_n) => 'Eine Stunde lang langsamere Antworten.',
		other: (_n) => 'Getan.',
	},

	answerWas: {
		'end-sessions': 'Anmeldungen beendet',
		'step-up': 'Nachgefragt, wer es ist',
		lock: 'Konto gesperrt',
		'revoke-link': 'Links und Tokens beendet',
		'undo-change': 'Zurückgenommen',
		'slow-down': 'Verlangsamt',
		other: 'Etwas getan',
	},

	muteSpans: {
		day: 'einen Tag lang',
		week: 'eine Woche lang',
		month: '30 Tage lang',
	},

	watching: {
		title: 'Worauf geachtet wird',
		hint: 'Von wie viel Sie hören möchten. Was Sie auch wählen, im Protokoll steht alles.',
		much: 'Wie viel gemeldet wird',
		fewer: 'Weniger',
		fewerHint: 'Nur Warnungen und Kritisches.',
		usual: 'Wie üblich',
		usualHint: 'Auf einer Site mit tausend Leuten etwa neun am Tag, die nichts bedeuten.',
		more: 'Mehr',
		moreHint: 'Auch weniger Seltenes: ein Mehrfaches davon, das meiste harmlos.',
		exact: (n) => `Anderswo wurde ${count.format(n)} eingestellt; üblich ist 1.`,
		kinds: 'Arten',
		kindsHint: 'Was abgeschaltet ist, wird nicht gemeldet, weder hier noch per Mail.',
		kindsOn: (on, all) =>
			on === all
				? `Alle ${count.format(all)} Arten sind an`
				: `${count.format(on)} von ${many(all, 'Art', 'Arten')} an`,
		automatic: 'Was ohne Rückfrage geschieht',
		automaticHint:
			'Bei einer Warnung, bevor jemand nachsieht. Wer ein Konto auffällig aussehen lässt, kann erreichen, dass nachgefragt oder verlangsamt wird, und nicht mehr.',
		stepUp: 'Nachfragen, wer es ist',
		stepUpHint:
			'Ein Konto, das anders ist als sonst, wird abgemeldet und muss zeigen, wer es ist: mit einem Code per E-Mail oder einem zweiten Faktor.',
		slowDown: 'Langsamer antworten',
		slowDownHint:
			'Eine Stunde lang kommt ein Konto, das zu viel tut, nur so schnell voran wie von Hand, und aus einem Netz, das viele Konten probiert, lassen sich nur wenige Passwörter probieren.',
		save: 'Speichern',
		saved: 'Gespeichert.',
		signins: 'Anmeldungen',
		maps: 'Maps',
		power: 'Rechte und Regeln',
		log: 'Das Protokoll selbst',
	},

	deliveries: {
		title: 'Wohin Einträge gesendet werden',
		hint: 'Abschriften des Protokolls anderswo: Wer diesen Server in die Hand bekommt, kann Gesendetes nicht zurückholen.',
		none: 'Einträge liegen nur auf diesem Server. Wohin sie gesendet werden, steht in der Konfiguration, jedes Ziel als [[deliver]].',
		picture: 'Wie weit ein Ziel zurückliegt, von jetzt an gesehen.',
		upToDate: 'auf dem Stand',
		behind: (records, seconds) =>
			`${many(records, 'Eintrag', 'Einträge')} zurück, der älteste ${span(seconds)} alt`,
		sent: (n) => `Bisher ${many(n, 'Eintrag', 'Einträge')} gesendet`,
		good: 'Wie es sein soll:',
		late: 'Zurück:',
		wrong: 'Nicht wie es sein soll:',
		problem: (why) => `Nichts kommt dort an: ${why}`,
		problemSince: (why, when) => `Seit ${when} kommt dort nichts an: ${why}`,
		retried: 'Es wird von selbst weiter versucht, und nichts geht derweil verloren.',
		syslog: 'Syslog',
		webhook: 'Webhook',
		jsonl: 'Dateien',
		other: 'Anderswohin',
	},
};
