// Die Worte darüber, wie sicher alles aufgehoben ist: Schnappschüsse, Sicherungen, Proben,
// Alarme und der Wiederherstellungsschlüssel.

import type { SafetyWords } from './safety.en';

const count = new Intl.NumberFormat('de');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

const minute = 60; // Sekunden
const hour = 60 * minute;
const day = 24 * hour;

// Eine Dauer in der Einheit, die man sofort versteht, aus Sekunden; aufgerundet, wie was
// versprochen ist. Tage haben zwei Formen: »5 Tage alt«, »nach 5 Tagen«.
function span(seconds: number, days: string): string {
	if (seconds <= 90) return many(Math.max(1, Math.ceil(seconds)), 'Sekunde', 'Sekunden');
	if (seconds <= 90 * minute) return many(Math.ceil(seconds / minute), 'Minute', 'Minuten');
	if (seconds <= 2 * day) return many(Math.ceil(seconds / hour), 'Stunde', 'Stunden');
	return many(Math.ceil(seconds / day), 'Tag', days);
}

const held = (maps: number, changes: number): string =>
	`${many(maps, 'Map', 'Maps')} mit ${many(changes, 'Änderung', 'Änderungen')}`;

export const safetyDe: SafetyWords = {
	safety: {
		title: 'Sicherheit der Daten',
		good: 'Alles, was hier entstanden ist, ist sicher aufgehoben.',
		todo: 'Nichts ist verkehrt, aber etwas bleibt noch zu tun.',
		urgent: 'Etwas stimmt nicht und braucht Sie.',
		never: 'Es gibt noch keine Sicherung. Die erste entsteht bald nach dem Start des Servers, oder jetzt.',
		off: 'Es wird nichts gesichert.',
		alarms: 'Was Sie braucht',
		isUrgent: 'Dringend',
		isNotice: 'Hinweis',
		since: (when) => `seit ${when}`,
		clockCatchesUp: (by, left) =>
			`Um ${span(by, 'Tage')}. Altes geht um so viel später; wie sonst wieder in ${span(left, 'Tagen')}.`,
		clockStays: (by) =>
			`Um ${span(by, 'Tage')}. Altes geht um so viel später, bis die Uhr stimmt oder der Server neu gestartet wird.`,
		picture: 'Was welcher Kopie fehlt',
		pictureHint: 'Wie weit vor jetzt eine Kopie endet. Je kürzer der Balken, desto weniger fehlt ihr.',
		now: 'jetzt',
		tickMinute: '1 Minute',
		tickHour: '1 Stunde',
		tickDay: '1 Tag',
		tickWeek: '1 Woche',
		complete: 'nichts fehlt',
		lacks: (seconds) =>
			seconds <= 1 ? 'es fehlt die letzte Sekunde' : `es fehlen die letzten ${span(seconds, 'Tage')}`,
		nothing: 'noch nichts da',
		snapshots: 'Schnappschüsse',
		snapshotsWeek: (seconds) =>
			`Jede Änderung der letzten Woche war nach höchstens ${span(seconds, 'Tagen')} in einem Schnappschuss.`,
		snapshotsIdle: 'Keine Änderung wartet auf einen Schnappschuss.',
		snapshotsWait: (seconds) =>
			`Die älteste Änderung, die noch in keinem ist, ist ${span(seconds, 'Tage')} alt.`,
		snapshotsMade: (n) => `${many(n, 'Schnappschuss', 'Schnappschüsse')} seit dem Start des Servers.`,
		snapshotsFailed: (n) => `${many(n, 'Versuch', 'Versuche')} seitdem misslungen.`,
		backup: 'Letzte Sicherung',
		backupIs: (when, maps, changes, size) => `${when}: ${held(maps, changes)}, ${size}.`,
		backupTook: (seconds) => `Dauer: ${span(seconds, 'Tage')}.`,
		backupTook0: 'Dauer: unter einer Sekunde.',
		backupFailed: (when, why) => `Die von ${when} ist misslungen: ${why}`,
		lastGood: (when) => `Die letzte gelungene ist von ${when}.`,
		missing: (n) =>
			`${n === 1 ? 'Eine Datei konnte' : `${count.format(n)} Dateien konnten`} dafür nicht gelesen werden.`,
		took: (places) => `Liegt in: ${places}.`,
		tookNot: (place, why) => `${place} hat sie nicht angenommen: ${why}`,
		further: (place) => `Änderungen in ${place}`,
		furtherHint: 'Zwischen zwei Sicherungen kommen Änderungen dort an, wie sie entstehen.',
		drill: 'Zur Probe zurückgeholt',
		drillIs: (when, of) => `${when}, die Sicherung von ${of}.`,
		drillGood: (maps, changes) => `Zurück kam alles genau so, wie es war: ${held(maps, changes)}.`,
		drillWrong: (when) => `Bei der Probe (${when}) stimmte etwas nicht:`,
		drillNever: 'Noch keine Sicherung wurde zur Probe zurückgeholt. Erst das zeigt, dass es geht.',
		backUp: 'Jetzt sichern',
		tryOut: 'Jetzt zur Probe zurückholen',
		tryOutHint: 'Eine Probe ändert nichts: Sie holt in einen eigenen Bereich zurück und vergleicht.',
		tryOutFirst: 'Zuerst braucht es eine Sicherung.',
		backingUp: 'Eine Sicherung entsteht …',
		tryingOut: 'Die letzte Sicherung wird zur Probe zurückgeholt …',
		working: 'Eine Sicherung oder eine Probe läuft …',
		backedUp: 'Die Sicherung ist fertig.',
		triedOut: 'Die Probe ist gelungen.',
		wentWrong: 'Das ist nicht gelungen. Was nicht stimmte, steht oben.',
	},

	copyState: {
		good: 'Wie es sein soll:',
		yet: 'Steht noch aus:',
		wrong: 'Nicht wie es sein soll:',
	},

	alarms: {
		snapshots_late: 'Änderungen warten länger als fünf Minuten auf einen Schnappschuss.',
		snapshot_damaged: 'Ein Schnappschuss war beschädigt. Er wurde übergangen, ein neuer wird gemacht.',
		log_broken:
			'Das Protokoll einer Map führt nicht zu dem Stand, den sie hatte, oder sein Anfang ist beschädigt.',
		backup_failed: 'Die letzte Sicherung ist misslungen, oder ein Ort hat sie nicht angenommen.',
		backup_late: 'Seit mehr als einem Tag gibt es keine Sicherung.',
		backups_off: 'Für Sicherungen ist kein Ort eingerichtet. Geht der Server verloren, ist alles verloren.',
		drill_failed: 'Die letzte Sicherung ließ sich nicht so zurückholen, wie sie war.',
		drill_late: 'Seit mehr als einem Tag wurde keine Sicherung zur Probe zurückgeholt.',
		shipping_late: 'Ein weiterer Ort hat die letzten Änderungen seit mehr als fünf Minuten nicht.',
		clock_ahead: 'Die Uhr des Servers geht der Zeit voraus, die vergangen ist, während er lief.',
		key_unsaved:
			'Niemand hat den Wiederherstellungsschlüssel gespeichert. Ohne ihn öffnet niemand eine Sicherung, wenn der Server verloren ist.',
		one_place:
			'Sicherungen liegen nur an einem Ort. Liegt er auf dem Server selbst, ist mit diesem alles verloren: Anderswo gibt es keine Kopie.',
		other: (code) => `Der Server meldet „${code}“.`,
	},

	alarmHelp: {
		snapshots_late:
			'Sie stehen im Protokoll der Map. Ist die Platte voll, oder antwortet der Ort für Schnappschüsse nicht?',
		snapshot_damaged: 'Sehen Sie nach der Platte, und rufen Sie plectica verify auf.',
		log_broken: 'Rufen Sie plectica verify auf: Es sagt, was in welcher Map nicht stimmt.',
		backup_failed: 'Warum, steht unten. Es wird von selbst noch einmal versucht.',
		backup_late: 'Machen Sie jetzt eine, und sehen Sie, ob sie gelingt.',
		backups_off:
			'Nennen Sie in der Konfiguration einen, als places in [backup]. Nach einer Wiederherstellung: plectica backup adopt.',
		drill_failed: 'Was nicht stimmte, steht unten. Machen Sie eine neue Sicherung, und holen Sie die zurück.',
		drill_late: 'Holen Sie die letzte jetzt zur Probe zurück.',
		shipping_late: 'Welcher, steht unten. Antwortet er?',
		clock_ahead:
			'Stimmt die Uhr? Wenn ja und der Server aus war, holt er von selbst auf; wurde sie eben erst richtig gestellt, starten Sie den Server neu. Wenn nicht, stellen Sie sie.',
		key_unsaved: 'Es dauert eine Minute.',
		one_place:
			'Nennen Sie in der Konfiguration einen zweiten Ort, als places in [backup]: eine andere Maschine oder einen Dienst, der Dateien aufbewahrt. Nach einer Wiederherstellung: plectica backup adopt.',
		other: 'Mehr steht im Protokoll des Servers.',
	},

	recoveryKey: {
		title: 'Der Wiederherstellungsschlüssel',
		open: 'Wiederherstellungsschlüssel speichern …',
		saved: 'Der Wiederherstellungsschlüssel ist gespeichert worden.',
		waiting:
			'Ein neuer Wiederherstellungsschlüssel wartet darauf, gespeichert zu werden. Bis dahin gilt für Sicherungen der bisherige.',
		opens:
			'Er öffnet jede Sicherung dieses Servers. Sicherungen sind verschlossen, und ohne ihn kann niemand helfen: Nirgends sonst gibt es eine Kopie von ihm.',
		keep: 'Bewahren Sie ihn nicht auf dem Server auf: gedruckt, auf einem Stick in der Schublade, in einer Passwortverwaltung. Wer ihn und eine Sicherung hat, kann alles lesen.',
		once: 'Sie bekommen ihn, bis Sie gezeigt haben, dass Sie ihn haben, und dann nie wieder.',
		save: 'Schlüssel speichern',
		saveAgain: 'Noch einmal speichern',
		fileName: 'plectica-recovery-key.txt',
		given: 'Die Datei plectica-recovery-key.txt ging an Ihren Browser.',
		public: 'Seine öffentliche Hälfte, um ihn wiederzuerkennen',
		have: 'Ich habe ihn gespeichert …',
		show: 'Wählen Sie die Datei dort, wo Sie sie abgelegt haben, um zu zeigen, dass sie da ist. Sie wird nur in diesem Browser gelesen und nirgendwohin gesendet.',
		choose: 'Die gespeicherte Datei',
		notIt: 'Das ist die Datei nicht: Der Schlüssel, den Sie gerade bekommen haben, steht nicht darin.',
		done: 'Der Schlüssel ist gespeichert. Der Server und diese Seite haben ihn vergessen. Eine Sicherung, die er öffnet, entsteht gerade.',
		another: 'Neuen Schlüssel machen …',
		anotherTitle: 'Ein neuer Wiederherstellungsschlüssel',
		anotherWhy: 'Das ist richtig, wenn der Schlüssel verloren ist oder jemand ihn gesehen haben könnte.',
		anotherMeans:
			'Sobald Sie den neuen gespeichert haben, gilt für Sicherungen nur er. Frühere brauchen den, den Sie jetzt haben: Behalten Sie beide, solange es solche Sicherungen gibt.',
		makeAnother: 'Neuen Schlüssel machen',
	},
};
