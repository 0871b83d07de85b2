// Was das Protokoll festhält, als Sätze: einer für jede Tat, die der Server kennt.

import type { ActWords } from './acts.en';

// Ein Satz über eine Tat: wer sie getan hat, oder tun wollte. {} ist die Sache.
const sentence =
	(verb: string) =>
	(done: string, wanted: string) =>
	(who: string, on: string, tried: boolean): string =>
		`${who} ${tried ? `wollte ${wanted}` : `${verb} ${done}`}`.replaceAll('{}', () => on);

const hat = sentence('hat');
const ist = sentence('ist');
const saw = (what: string) => hat(`${what} angesehen`, `${what} ansehen`);
const asked = (what: string) => hat(`gefragt, ${what}`, `fragen, ${what}`);
const got = (what: string) => hat(`${what} geholt`, `${what} holen`);
const changed = (what: string) => hat(`${what} geändert`, `${what} ändern`);
const deleted = (what: string) => hat(`${what} gelöscht`, `${what} löschen`);
const made = (what: string) => hat(`${what} angelegt`, `${what} anlegen`);
const removed = (what: string) => hat(`${what} entfernt`, `${what} entfernen`);
const ended = (what: string) => hat(`${what} beendet`, `${what} beenden`);
const gave = (what: string) => hat(`${what} vergeben`, `${what} vergeben`);
const took = (what: string) => hat(`${what} entzogen`, `${what} entziehen`);
const invited = (what: string) => hat(`jemanden in ${what} eingeladen`, `jemanden in ${what} einladen`);
const withdrew = (what: string) => hat(`${what} zurückgezogen`, `${what} zurückziehen`);
const checked = (what: string) => hat(`${what} geprüft`, `${what} prüfen`);
const demanded = (what: string) => hat(`${what} verlangt`, `${what} verlangen`);
const begun = (what: string) => hat(`begonnen, ${what}`, `beginnen, ${what}`);

export const actsDe: ActWords = {
	acts: {
		signin: hat('sich angemeldet', 'sich anmelden'),
		'signin.second': hat(
			'zur Anmeldung einen zweiten Faktor gezeigt',
			'zur Anmeldung einen zweiten Faktor zeigen',
		),
		'signin.provider': hat('sich über eine andere Site angemeldet', 'sich über eine andere Site anmelden'),
		'signin.confirm': hat('neu gezeigt, wer es ist', 'neu zeigen, wer es ist'),
		'signin.begin': begun('sich anzumelden'),
		'signin.confirm.begin': begun('neu zu zeigen, wer es ist'),
		'signin.pending': asked('welcher Schritt zur Anmeldung fehlt'),
		signout: hat('sich abgemeldet', 'sich abmelden'),
		'account.session.end': ended('eine eigene Anmeldung'),
		'account.sessions.end': ended('alle eigenen anderen Anmeldungen'),
		'link.open': ist('über einen Link hereingekommen', 'über einen Link hereinkommen'),

		'map.open': hat('{} geöffnet', '{} öffnen'),
		'map.close': hat('{} verlassen', '{} verlassen'),
		'map.history.read': hat('sich für {} den Verlauf angesehen', 'sich für {} den Verlauf ansehen'),
		'embed.page': hat(
			'in der Seite einer anderen Site {} geöffnet',
			'in der Seite einer anderen Site {} öffnen',
		),
		'embed.open': ist(
			'über eine Map in der Seite einer anderen Site hereingekommen',
			'über eine Map in der Seite einer anderen Site hereinkommen',
		),
		'embed.ticket': got('eine Eintrittskarte für eine Map in der Seite einer anderen Site'),

		'map.push': changed('{}'),
		'map.deny': changed('{}'),
		'map.create': made('{}'),
		'map.rename': hat('{} umbenannt', '{} umbenennen'),
		'map.delete': deleted('{}'),
		'map.undelete': hat('{} zurückgeholt', '{} zurückholen'),
		'map.duplicate': hat('{} kopiert', '{} kopieren'),
		'map.move': hat('{} an einen anderen Ort gelegt', '{} an einen anderen Ort legen'),
		'map.import': hat('{} importiert', '{} importieren'),
		'map.version.name': hat('für {} eine Version benannt', 'für {} eine Version benennen'),
		'map.version.unname': hat(
			'für {} den Namen einer Version entfernt',
			'für {} den Namen einer Version entfernen',
		),
		'map.file.add': hat('in {} eine Datei gelegt', 'in {} eine Datei legen'),
		'map.file.adopt': hat(
			'in {} Dateien einer anderen Map übernommen',
			'in {} Dateien einer anderen Map übernehmen',
		),
		'example.open': hat('ein Beispiel als eigene Map geöffnet', 'ein Beispiel als eigene Map öffnen'),
		'folder.create': made('einen Ordner'),
		'folder.change': changed('{}'),
		'folder.delete': deleted('{}'),

		'map.export': hat('{} exportiert', '{} exportieren'),
		'audit.prove': got('den Beweis für einen Eintrag dieses Protokolls'),
		'audit.org.prove': got('den Beweis für einen Eintrag zu {}'),
		'command.audit.export': hat('dieses Protokoll exportiert', 'dieses Protokoll exportieren'),

		'map.access.give': gave('für {} Rechte'),
		'map.access.take': took('jemandem Rechte für {}'),
		'map.invite': invited('{}'),
		'map.uninvite': withdrew('eine Einladung in {}'),
		'map.link.make': made('einen Link auf {}'),
		'map.link.end': ended('einen Link auf {}'),
		'map.visitor.name': hat('sich für {} einen Namen gegeben', 'sich für {} einen Namen geben'),
		'folder.access.give': gave('für {} Rechte'),
		'folder.access.take': took('jemandem Rechte für {}'),
		'folder.invite': invited('{}'),
		'folder.uninvite': withdrew('eine Einladung in {}'),
		'invitation.make': made('eine Einladung auf diese Site'),
		'invitation.remove': withdrew('eine Einladung auf diese Site'),
		'invitation.accept': hat('eine Einladung angenommen', 'eine Einladung annehmen'),

		'account.first': made('das erste Konto'),
		'account.create': made('ein Konto'),
		'account.change': changed('den eigenen Namen'),
		'account.delete': deleted('das eigene Konto'),
		'account.email.begin': demanded('eine andere Adresse für das eigene Konto'),
		'account.email.change': changed('die Adresse des eigenen Kontos'),
		'account.forgot': demanded('wegen eines vergessenen Passworts einen neuen Zugang'),
		'account.reset': hat(
			'über einen Link ein neues Passwort gesetzt',
			'über einen Link ein neues Passwort setzen',
		),
		'account.verify': hat('eine Adresse bestätigt', 'eine Adresse bestätigen'),
		'account.verify.resend': demanded('noch eine Mail, um die Adresse zu bestätigen'),
		'account.identity.begin': begun('ein Konto einer anderen Site zu verbinden'),
		'account.identity.add': hat(
			'ein Konto einer anderen Site verbunden',
			'ein Konto einer anderen Site verbinden',
		),
		'account.identity.remove': hat(
			'ein Konto einer anderen Site gelöst',
			'ein Konto einer anderen Site lösen',
		),
		'account.password.change': changed('das eigene Passwort'),
		'factor.code.add': hat('eine Authenticator-App eingerichtet', 'eine Authenticator-App einrichten'),
		'factor.code.remove': removed('die eigene Authenticator-App'),
		'factor.recovery.make': made('neue Wiederherstellungscodes'),
		'factor.passkey.add': hat('einen Passkey hinzugefügt', 'einen Passkey hinzufügen'),
		'factor.passkey.remove': removed('einen Passkey'),
		'factor.passkey.rename': hat('einen Passkey umbenannt', 'einen Passkey umbenennen'),
		'token.make': made('ein Token für ein Programm'),
		'token.end': ended('ein Token eines Programms'),
		'people.lock': hat('{} gesperrt', '{} sperren'),
		'people.unlock': hat('{} entsperrt', '{} entsperren'),
		'people.operator': changed('für {}, ob diese Site damit betrieben werden darf'),
		'people.reset': made('für {} einen Link auf ein neues Passwort'),
		'people.signout': hat('{} überall abgemeldet', '{} überall abmelden'),
		'command.account.reset': made('einen Link auf ein neues Passwort'),

		'org.create': made('eine Organisation'),
		'org.change': changed('{}'),
		'org.delete': deleted('{}'),
		'org.access.give': gave('für {} eine Rolle'),
		'org.access.take': took('jemandem die Rolle für {}'),
		'org.invite': invited('{}'),
		'org.uninvite': withdrew('eine Einladung in {}'),
		'org.people.remove': hat('für {} jemanden entfernt', 'für {} jemanden entfernen'),
		'team.create': made('für {} ein Team'),
		'team.change': changed('{}'),
		'team.delete': deleted('{}'),
		'team.people.add': hat('jemanden in {} aufgenommen', 'jemanden in {} aufnehmen'),
		'team.people.remove': hat('für {} jemanden entfernt', 'für {} jemanden entfernen'),

		'site.signup.change': changed('wer sich registrieren darf'),
		'site.mail.test': hat('eine Mail zur Probe gesendet', 'eine Mail zur Probe senden'),
		'site.recoverykey.read': got('den Wiederherstellungsschlüssel'),
		'site.recoverykey.make': made('einen neuen Wiederherstellungsschlüssel'),
		'site.recoverykey.saved': hat(
			'gezeigt, dass der Wiederherstellungsschlüssel gespeichert ist',
			'zeigen, dass der Wiederherstellungsschlüssel gespeichert ist',
		),
		'backup.create': demanded('eine Sicherung'),
		'backup.drill': demanded('die Wiederherstellung einer Sicherung zur Probe'),

		'alert.close': hat('eine Warnung abgeschlossen', 'eine Warnung abschließen'),
		'alert.reopen': hat('eine Warnung wieder geöffnet', 'eine Warnung wieder öffnen'),
		'alert.answer': hat('auf eine Warnung reagiert', 'auf eine Warnung reagieren'),
		'alert.raised': hat('etwas Ungewöhnliches bemerkt', 'etwas Ungewöhnliches bemerken'),
		'alert.settings.change': hat('geändert, was gemeldet wird', 'ändern, was gemeldet wird'),
		'alert.mute': hat(
			'Warnungen einer Art stumm geschaltet oder nicht mehr',
			'Warnungen einer Art stumm schalten oder nicht mehr',
		),

		'server.start': ist('gestartet', 'starten'),
		'server.stop': hat('angehalten', 'anhalten'),
		'config.change': ist(
			'mit anderen Einstellungen als vorher gestartet',
			'mit anderen Einstellungen starten',
		),
		'backup.made': made('eine Sicherung'),
		'drill.done': hat(
			'eine Sicherung zur Probe wiederhergestellt',
			'eine Sicherung zur Probe wiederherstellen',
		),
		'audit.trim': removed('Einträge, deren Zeit um war'),
		'audit.sign': hat(
			'unterschrieben, wie weit dieses Protokoll ist',
			'unterschreiben, wie weit dieses Protokoll ist',
		),
		'audit.forget': hat(
			'vergessen, um wen es in manchen Einträgen geht',
			'vergessen, um wen es in manchen Einträgen geht',
		),
		'audit.gap': hat('festgehalten, dass Einträge fehlen', 'festhalten, dass Einträge fehlen'),
		'audit.damaged': hat('einen Eintrag gefunden, der nicht lesbar ist', 'einen Eintrag lesen'),
		'command.trust': hat('dem Zertifikat des Servers vertraut', 'dem Zertifikat des Servers vertrauen'),
		'command.verify': checked('die gespeicherten Maps'),
		'command.backup.create': made('eine Sicherung'),
		'command.backup.list': saw('die Liste der Sicherungen'),
		'command.backup.verify': checked('eine Sicherung'),
		'command.backup.restore': hat('eine Sicherung wiederhergestellt', 'eine Sicherung wiederherstellen'),
		'command.backup.adopt': hat(
			'übernommen, was wiederhergestellt wurde',
			'übernehmen, was wiederhergestellt wurde',
		),
		'command.backup.drill': hat(
			'eine Sicherung zur Probe wiederhergestellt',
			'eine Sicherung zur Probe wiederherstellen',
		),
		'command.backup.prune': removed('alte Sicherungen'),
		'command.audit.verify': checked('dieses Protokoll'),
		'command.audit.key': hat(
			'den Schlüssel dieses Protokolls ausgegeben',
			'den Schlüssel dieses Protokolls ausgeben',
		),
		'command.audit.checkpoint': hat(
			'ausgegeben, wie weit dieses Protokoll ist',
			'ausgeben, wie weit dieses Protokoll ist',
		),

		'account.self': asked('wer angemeldet ist'),
		'account.read': saw('das eigene Konto'),
		'account.sessions.read': saw('die eigenen Anmeldungen'),
		'alert.list': saw('die Warnungen'),
		'alert.settings.read': saw('was gemeldet wird'),
		'site.deliveries.read': saw('wohin Aufzeichnungen gehen'),
		'alert.mutes.read': saw('welche Warnungen stumm sind'),
		'alert.org.list': hat('für {} die Warnungen angesehen', 'für {} die Warnungen ansehen'),
		'api.unknown': demanded('etwas, das es nicht gibt'),
		'asset.read': got('Teile der Oberfläche'),
		'audit.checkpoint': asked('wie weit dieses Protokoll ist'),
		'audit.consistency': hat(
			'verglichen, wie weit dieses Protokoll war und ist',
			'vergleichen, wie weit dieses Protokoll war und ist',
		),
		'audit.live': hat('in dieses Protokoll live geschaut', 'in dieses Protokoll live schauen'),
		'audit.org.live': hat('live zugesehen, was in {} geschieht', 'live zusehen, was in {} geschieht'),
		'audit.org.read': hat('für {} angesehen, was geschah', 'für {} ansehen, was geschah'),
		'audit.own.read': hat('angesehen, was im eigenen Namen geschah', 'ansehen, was im eigenen Namen geschah'),
		'audit.read': hat('in diesem Protokoll gesucht', 'in diesem Protokoll suchen'),
		'browser.report': hat(
			'mit dem Browser gemeldet, dass eine Seite eine Regel brach',
			'mit dem Browser melden, dass eine Seite eine Regel brach',
		),
		'durability.read': asked('wie sicher alles ist'),
		'example.list': saw('die Beispiele'),
		'factor.code.begin': begun('eine Authenticator-App einzurichten'),
		'factor.passkey.begin': begun('einen Passkey hinzuzufügen'),
		'folder.access.read': hat('für {} angesehen, wer Zugang hat', 'für {} ansehen, wer Zugang hat'),
		'http.redirect': ist(
			'ohne Verschlüsselung gekommen und weitergeleitet worden',
			'ohne Verschlüsselung herein',
		),
		'invitation.list': saw('die Einladungen auf diese Site'),
		'invitation.mine': saw('die eigenen Einladungen'),
		'invitation.peek': saw('eine Einladung'),
		'kept.read': got('eigene Merkposten'),
		'kept.write': hat('sich etwas gemerkt', 'sich etwas merken'),
		'map.access.read': hat('für {} angesehen, wer Zugang hat', 'für {} ansehen, wer Zugang hat'),
		'map.backlinks.read': hat(
			'für {} angesehen, welche Karten hinführen',
			'für {} ansehen, welche Karten hinführen',
		),
		'map.connect': hat('sich mit einer Map verbunden: {}', 'sich mit einer Map verbinden: {}'),
		'map.embed.list': hat(
			'für {} angesehen, welche Sites sie zeigen',
			'für {} ansehen, welche Sites sie zeigen',
		),
		'map.file.read': got('für {} eine Datei'),
		'map.link.list': hat('für {} die Links angesehen', 'für {} die Links ansehen'),
		'map.list': saw('die Liste der Maps'),
		'map.names.read': hat(
			'für {} nach den Namen von Leuten gefragt',
			'für {} nach den Namen von Leuten fragen',
		),
		'map.ping': hat('die Verbindung gehalten: {}', 'die Verbindung halten: {}'),
		'map.presence': hat('für {} gezeigt, wohin der Blick geht', 'für {} zeigen, wohin der Blick geht'),
		'map.read': hat('für {} die Angaben geholt', 'für {} die Angaben holen'),
		'map.state.read': hat('für {} den Stand geholt', 'für {} den Stand holen'),
		'ops.health': asked('ob der Server lebt'),
		'ops.metrics': got('die Zahlen des Servers'),
		'ops.ready': asked('ob der Server bereit ist'),
		'org.access.read': hat('für {} angesehen, wer welche Rolle hat', 'für {} ansehen, wer welche Rolle hat'),
		'org.folders.read': hat('für {} die Ordner angesehen', 'für {} die Ordner ansehen'),
		'org.list': saw('die eigenen Organisationen'),
		'org.people.read': hat('für {} die Leute angesehen', 'für {} die Leute ansehen'),
		'org.read': saw('{}'),
		'org.teams.read': hat('für {} die Teams angesehen', 'für {} die Teams ansehen'),
		'page.read': hat('eine Seite der Oberfläche geöffnet', 'eine Seite der Oberfläche öffnen'),
		'people.list': saw('die Leute dieser Site'),
		'site.durability.read': saw('wie sicher alles ist,'),
		'site.mail.read': saw('den Weg der Mail'),
		'site.orgs.read': saw('die Organisationen dieser Site'),
		'site.providers.read': saw('die Sites, über die man sich anmelden kann,'),
		'site.read': asked('was das für eine Site ist'),
		'team.people.read': hat('für {} die Leute angesehen', 'für {} die Leute ansehen'),
		'token.list': saw('die eigenen Tokens'),
	},
};
