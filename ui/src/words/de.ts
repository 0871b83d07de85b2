// Every word of the interface, in German. Neutral phrasing first, "Sie" where
// somebody has to be addressed.

import type { Words } from './en';

const count = new Intl.NumberFormat('de');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

export const de: Words = {
	common: {
		product: 'Plectica',
		titled: (title) => `${title} · Plectica`,
		add: 'Hinzufügen',
		allMaps: 'Alle Maps',
		close: 'Schließen',
		delete: 'Löschen',
		duplicate: 'Duplizieren',
		email: 'E-Mail-Adresse',
		members: 'Mitglieder',
		remove: 'Entfernen',
		removeWhat: (what) => `${what} entfernen`,
		signIn: 'Anmelden',
		untitledCard: 'Karte ohne Titel',
		anUntitledCard: 'einer Karte ohne Titel',
		theme: 'Hell, dunkel oder wie das System',
		languageOfBrowser: 'Sprache des Browsers',
	},

	roles: {
		view: 'Darf ansehen',
		edit: 'Darf bearbeiten',
		own: 'Besitzt die Map',
	},

	lost: {
		title: 'Hier ist nichts',
		intro: 'Diese Seite gibt es nicht.',
	},

	first: {
		title: 'Willkommen bei Plectica',
		noAccount: 'Hier gibt es noch kein Konto.',
		openLink:
			'Öffnen Sie den einmaligen Link, den der Server beim Start in seinem Terminal ausgegeben hat. Damit entsteht das erste Konto, das hier alles verwaltet.',
		linkIsNew: 'Der Link wird bei jedem Start neu erzeugt, bis er benutzt ist.',
		haveAccount: 'Schon ein Konto?',
		intro:
			'Legen Sie das erste Konto an. Es verwaltet diesen Server: Es lädt andere ein und legt fest, wer sich registrieren darf.',
		create: 'Das erste Konto anlegen',
	},

	signUp: {
		title: 'Konto anlegen',
		invited: 'Sie wurden eingeladen.',
		closed: 'Hier werden keine neuen Konten angelegt.',
		needsInvitation: 'Um hier ein Konto anzulegen, brauchen Sie einen Einladungslink.',
		create: 'Konto anlegen',
		haveAccount: 'Schon ein Konto?',
		name: 'Ihr Name',
		nameHint: 'Andere sehen ihn neben Ihrem Mauszeiger.',
	},

	signIn: {
		intro: 'Gemeinsam über Systeme nachdenken.',
		newHere: 'Neu hier?',
		create: 'Konto anlegen',
		noAccount: 'Kein Konto? Einen Einladungslink gibt es bei der Person, die diesen Server betreibt.',
	},

	password: {
		label: 'Passwort',
		show: 'Anzeigen',
		hint: 'Mindestens 15 Zeichen. Ein paar Wörter, die man sich merkt, sind besser als Sonderzeichen, die man vergisst.',
		missing: (n) => (n === 1 ? 'Noch ein Zeichen.' : `Noch ${n} Zeichen. Vielleicht ein weiteres Wort?`),
		enough: 'Lang genug.',
	},

	reset: {
		title: 'Neues Passwort wählen',
		needsLink:
			'Für diese Seite braucht es den Link, den Sie von der Person erhalten, die den Server betreibt.',
		label: 'Neues Passwort',
		save: 'Speichern und anmelden',
	},

	signOut: {
		title: 'Abmelden',
		unsent: (n) =>
			`In diesem Browser ${n === 1 ? 'liegt' : 'liegen'} ${many(n, 'Änderung', 'Änderungen')}, die der Server noch nicht hat. Beim Abmelden gehen sie endgültig verloren. Um sie zu senden, öffnen Sie zuerst die Map mit einer Verbindung.`,
		stay: 'Angemeldet bleiben',
		lose: 'Abmelden und Änderungen verlieren',
	},

	site: {
		title: 'Konten auf diesem Server',
		who: 'Wer ein Konto anlegen darf',
		invited: 'Personen mit Einladungslink',
		anybody: 'Alle',
		nobody: 'Niemand',
		uses: 'Wie viele Personen den Link benutzen dürfen',
		invite: 'Neue Einladung',
		link: 'Einladungslink, wird nur jetzt angezeigt',
		copy: 'Kopieren',
		copied: 'Kopiert',
		notCopied:
			'Der Browser hat das Kopieren nicht erlaubt. Markieren Sie den Link und kopieren Sie ihn selbst.',
		left: (day, n) => `Bis ${day}, noch ${count.format(n)}-mal`,
		withdraw: 'Zurückziehen',
		withdrawThis: 'Diese Einladung zurückziehen',
	},

	maps: {
		title: 'Maps',
		deleted: 'Gelöschte Maps',
		back: 'Zurück zu den Maps',
		new: 'Neue Map',
		untitled: 'Map ohne Titel',
		menu: 'Menü',
		keptFor: 'Gelöschte Maps lassen sich 30 Tage lang wiederherstellen.',
		offline:
			'Der Server antwortet nicht. Maps, die in diesem Browser schon einmal offen waren, lassen sich trotzdem öffnen und bearbeiten.',
		noneDeleted: 'Keine gelöschten Maps.',
		blank: 'Die erste Map ist ein leeres Blatt',
		blankHint: 'Ideen aufschreiben, in Teile zerlegen und zeichnen, wie sie aufeinander wirken.',
	},

	mapCard: {
		restore: 'Wiederherstellen',
		rename: 'Umbenennen',
		newName: 'Neuer Name der Map',
		more: (title) => `Mehr zu ${title}`,
		deletedOn: (day) => `Gelöscht am ${day}`,
		changedOn: (day) => `Geändert am ${day}`,
		roleFrom: (role, owner) => `${role}, von ${owner}`,
		unsent: (n) =>
			`${many(n, 'Änderung', 'Änderungen')} hier gespeichert und noch nicht gesendet. Zum Senden die Map öffnen.`,
	},

	map: {
		untitled: 'Map',
		cards: 'Karten der Map',
		notOpened:
			'Die Map konnte nicht geöffnet werden. Laden Sie die Seite neu, um es noch einmal zu versuchen.',
		reload: 'Neu laden',
		typedIsKept: (what) => `${what} Das Getippte ist hier aufgehoben.`,
		copyIt: 'Kopieren',
		download: 'Herunterladen',
		messages: 'Meldungen',
		dismiss: 'Ausblenden',
	},

	mapMenu: {
		more: 'Mehr',
		duplicate: 'Diese Map duplizieren',
		delete: 'Diese Map löschen',
	},

	topBar: {
		name: 'Name der Map',
		undo: 'Rückgängig',
		undoKey: 'Rückgängig (Strg+Z)',
		redo: 'Wiederholen',
		redoKey: 'Wiederholen (Strg+Umschalt+Z)',
		alsoHere: 'Auch hier',
	},

	connection: {
		opening: 'Wird geöffnet …',
		saved: 'Gespeichert',
		saving: 'Wird gespeichert …',
		notSaved: (n) => `${many(n, 'Änderung', 'Änderungen')} noch nicht gespeichert`,
		offline: 'Ohne Verbindung',
		offlineUnsaved: (n) => `Ohne Verbindung, ${many(n, 'Änderung', 'Änderungen')} nicht gespeichert`,
		connected: 'Verbunden',
		viewing: 'Nur ansehen',
		openingMore: 'Die Map wird geöffnet.',
		savedMore: 'Jede Änderung ist auf dem Datenträger des Servers.',
		savingMore:
			'Änderungen sind unterwegs. Sie gelten als gespeichert, sobald der Server sie auf seinem Datenträger hat.',
		offlineKept:
			'Der Server antwortet nicht. Die Arbeit kann weitergehen: Änderungen bleiben in diesem Browser und werden gesendet, sobald er wieder da ist.',
		offlineLost:
			'Der Server antwortet nicht, und dieser Browser kann Änderungen nicht aufbewahren. Schließen Sie diesen Tab nicht.',
		viewingMore: 'Jede Änderung ist sofort zu sehen, eigene sind aber nicht möglich.',
		untrusted:
			'Dieser Browser vertraut dem Zertifikat des Servers nicht, daher lässt sich die Map ohne Verbindung nicht öffnen. Änderungen in einem offenen Tab bleiben trotzdem erhalten. „plectica trust“ auf dem Rechner des Servers erklärt, wie sich das ändern lässt.',
		hurry: 'Jetzt noch einmal versuchen',
	},

	tools: {
		label: 'Werkzeuge',
		select: 'Auswählen',
		hand: 'Ausschnitt verschieben',
		card: 'Neue Karte',
		relation: 'Beziehung',
		withKey: (tool, key) => `${tool} (${key})`,
		cardHint:
			'Klicken Sie dorthin, wo die Karte liegen soll, oder auf eine Karte, um ihr einen Teil zu geben.',
		relationFirst: 'Klicken Sie auf die erste Karte.',
		relationSecond:
			'Klicken Sie auf die Karte, zu der die Beziehung führt, oder drücken Sie auf ihr die Eingabetaste.',
	},

	zoom: {
		label: 'Zoom',
		out: 'Verkleinern',
		in: 'Vergrößern',
		percent: (n) => `${count.format(n)} %`,
		back: 'Zurück auf 100 % (Strg+0)',
		all: 'Alles zeigen',
		allKey: 'Alles zeigen (Umschalt+1)',
		keysKey: 'Tasten (?)',
	},

	empty: {
		title: 'Worum geht es?',
		click: 'Ein Doppelklick an beliebiger Stelle schreibt eine erste Idee auf. Dann fragen:',
		tap: 'Zweimaliges Tippen an beliebiger Stelle schreibt eine erste Idee auf. Dann fragen:',
		parts: 'Woraus besteht es?',
		tabDoes: 'gibt einer Karte einen Teil',
		others: 'Was gibt es noch?',
		enterDoes: 'legt eine Karte daneben',
		relations: 'Wie wirken zwei aufeinander?',
		drag: 'Vom Rand einer Karte zur anderen ziehen',
		write: 'Die erste Karte schreiben',
		nothing: 'Hier ist noch nichts',
		nothingHint: 'Jede Karte erscheint, sobald jemand sie schreibt.',
	},

	inspector: {
		label: 'Einzelheiten',
		card: 'Karte',
		cardOfRelationship: 'Karte einer Beziehung',
		relationship: 'Beziehung',
		part: 'Teil',
		nothing: 'Wählen Sie eine Karte oder eine Beziehung aus, um Einzelheiten zu sehen.',
		title: 'Titel',
		body: 'Text',
		write: 'Schreiben',
		edit: 'Bearbeiten',
		done: 'Fertig',
		markdown: 'Markdown: **stark**, *betont*, - Listen, [Links](https://…)',
		bodyHint: 'Platz für mehr als einen Titel.',
		folded: 'Für alle, die die Map öffnen, eingeklappt',
		link: 'Link',
		openLink: 'Link öffnen',
		relatesTo: 'Beziehungen zu',
		attributes: 'Eigenschaften',
		noAttributes: 'Keine',
		newAttribute: 'Neue Eigenschaft',
		attributeName: 'Name einer neuen Eigenschaft',
		addAttribute: 'Eigenschaft hinzufügen',
		itsCard: 'Ihre Karte',
		openItsCard: 'Ihre Karte öffnen',
		nameIt: 'Benennen',
		swapEnds: 'Enden vertauschen',
		actionOf: (card) => `Wirkung von ${card}`,
		actionHint: 'Was hier wirkt',
		reactionOf: (card) => `Rückwirkung von ${card}`,
		reactionHint: 'Was dort zurückwirkt',
		delay: 'Wirkt mit Verzögerung',
		selected: (n) => `${count.format(n)} ausgewählt`,
		wrap: 'In ein neues Ganzes legen',
		relateThem: 'In Beziehung setzen',
	},

	options: {
		layout: 'Anordnung der Teile',
		freehand: 'Frei',
		list: 'Liste',
		row: 'Reihe',
		grid: 'Raster',
		left: 'Teile links',
		right: 'Teile rechts',
		direction: 'Richtung',
		noDirection: 'Keine Richtung',
		toSecond: 'Von der ersten zur zweiten',
		toFirst: 'Von der zweiten zur ersten',
		bothWays: 'In beide Richtungen',
		polarity: 'Polarität',
		noPolarity: 'Keine Polarität',
		noPolarityShort: 'Keine',
		same: 'Gleichsinnig: mehr bewirkt mehr',
		opposite: 'Gegensinnig: mehr bewirkt weniger',
		weight: 'Stärke',
		veryThin: 'Sehr dünn',
		thin: 'Dünn',
		medium: 'Mittel',
		thick: 'Dick',
		veryThick: 'Sehr dick',
		line: 'Linie',
		solid: 'Durchgezogen',
		dashed: 'Gestrichelt',
		dotted: 'Gepunktet',
	},

	colours: {
		label: 'Farbe',
		plain: 'Schlicht',
		grey: 'Grau',
		sand: 'Sand',
		amber: 'Bernstein',
		orange: 'Orange',
		terracotta: 'Terrakotta',
		coral: 'Koralle',
		pink: 'Rosa',
		orchid: 'Orchidee',
		violet: 'Violett',
		indigo: 'Indigo',
		blue: 'Blau',
		sky: 'Himmelblau',
		teal: 'Petrol',
		green: 'Grün',
		olive: 'Oliv',
	},

	members: {
		role: 'Rolle',
		roleOf: (name) => `Rolle von ${name}`,
		hint: 'Nur Personen, die hier ein Konto haben, lassen sich hinzufügen.',
	},

	keyNames: {
		control: 'Strg',
		shift: 'Umschalt',
		alt: 'Alt',
		tab: 'Tab',
		enter: 'Eingabe',
		delete: 'Entf',
		space: 'Leertaste',
		escape: 'Esc',
		arrows: 'Pfeile',
		orDoubleClick: (key) => `${key} oder Doppelklick`,
		orMiddleDrag: (key) => `${key} oder mittlere Maustaste, ziehen`,
		wheel: 'Mausrad, Finger spreizen',
		relate: 'R, Pfeile, Eingabe',
	},

	keys: {
		title: 'Tasten',
		cards: 'Karten',
		newPart: 'Neuer Teil',
		newAfter: 'Neue Karte danach',
		newBefore: 'Neue Karte davor',
		newAround: 'Neues Ganzes darum',
		writeTitle: 'Titel schreiben',
		dissolve: 'Das Ganze auflösen',
		fold: 'Ein- oder ausklappen',
		moving: 'Sich bewegen',
		next: 'Nächste Karte in dieser Richtung',
		reorder: 'Unter den Geschwistern verschieben',
		takeOut: 'Aus dem Ganzen herausnehmen',
		shiftBy: 'Ein wenig verschieben',
		toWhole: 'Zum Ganzen, dann aus der Map heraus',
		region: 'Nächster Bereich der Seite',
		view: 'Ansicht',
		showSelection: 'Auswahl zeigen',
		zoomInto: 'In die Karte hineinzoomen',
		tools: 'Werkzeuge und Verlauf',
		chooseTool: 'Auswählen, Ausschnitt verschieben, neue Karte',
		relate: 'Mit einer anderen Karte in Beziehung setzen',
		undo: 'Die eigene letzte Änderung rückgängig machen',
		copy: 'Kopieren, ausschneiden, einfügen',
		thisList: 'Diese Liste',
	},

	spoken: {
		titleOfCard: 'Titel der Karte',
		relationship: (name, a, b) => `Beziehung ${name === '' ? '' : `${name} `}zwischen ${a} und ${b}`,
		relates: (title, others, more) =>
			`${title}. In Beziehung zu ${others.join(', ')}${more > 0 ? ` und ${count.format(more)} weiteren` : ''}`,
	},

	refusals: {
		permission: 'Diese Map lässt sich nur ansehen, nicht ändern.',
		cycle: 'Eine Karte kann nicht in sich selbst liegen.',
		gone: 'Das wurde in der Zwischenzeit gelöscht.',
		conflict: 'Jemand anders war schneller; dieser Platz ist vergeben.',
		limit: 'Mehr fasst eine Map nicht.',
		stale: 'Diese Änderung ist zu alt, um noch eingefügt zu werden.',
		other: 'Diese Änderung war nicht möglich.',
	},

	notices: {
		undoSkipped: 'Ein Teil davon wurde seither von jemand anderem geändert und blieb, wie er ist.',
		skipped: (n) =>
			`Rückgängig gemacht, außer ${many(n, 'Änderung', 'Änderungen')}, die seither jemand anders berührt hat.`,
		textUndoDropped:
			'Was vor dem Abbruch der Verbindung getippt wurde, lässt sich nicht mehr rückgängig machen.',
		onlyLook: 'Diese Map lässt sich jetzt nur noch ansehen.',
		roleChanged: 'Die Rechte an dieser Map haben sich geändert.',
		noStore:
			'Dieser Browser gibt keinen Platz, um Änderungen aufzubewahren: Sie sind erst sicher, wenn sie gespeichert sind.',
		storeFull:
			'Dieser Browser hat keinen Platz mehr, um Änderungen aufzubewahren: Sie sind erst sicher, wenn sie gespeichert sind.',
		restarted:
			'Etwas ist unerwartet stehen geblieben. Die Änderungen sind erhalten, und die Map ist wieder da.',
		setAside:
			'Eine Ihrer Änderungen konnte nicht angewendet werden. Sie wurde beiseitegelegt und lässt sich herunterladen.',
	},

	endings: {
		signedOut:
			'Sie sind abgemeldet. Melden Sie sich wieder an, um weiterzuarbeiten; nicht gespeicherte Änderungen bleiben in diesem Browser.',
		forbidden: 'Diese Map ist nicht mehr mit Ihnen geteilt.',
		gone: 'Diese Map wurde gelöscht.',
		tooOld:
			'Es gibt eine neuere Version von Plectica. Laden Sie die Seite neu, um weiterzuarbeiten; die Änderungen bleiben erhalten.',
		left: 'Die Abmeldung geschah in einem anderen Tab.',
		broken:
			'Diese Map ist mehrmals hintereinander stehen geblieben. Die Änderungen sind erhalten. Laden Sie die Seite neu, um es noch einmal zu versuchen.',
	},

	problems: {
		unreachable:
			'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
		malformed: 'Der Server hat das nicht verstanden.',
		signInAgain: 'Bitte melden Sie sich wieder an.',
		forbidden: 'Das ist Ihnen nicht erlaubt.',
		missing: 'Das gibt es nicht, oder es ist nicht mit Ihnen geteilt.',
		changed: 'Das hat sich in der Zwischenzeit geändert. Laden Sie neu und versuchen Sie es noch einmal.',
		tooLarge: 'Das ist zu groß.',
		invalid: 'Im Formular stimmt etwas nicht. Prüfen Sie es und versuchen Sie es noch einmal.',
		tooMany: 'Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es noch einmal.',
		busy: 'Der Server ist ausgelastet. Versuchen Sie es gleich noch einmal.',
		server: 'Auf dem Server ist etwas schiefgegangen.',
		other: 'Das hat nicht geklappt.',
		unexpected: 'Etwas ist schiefgegangen. Bitte versuchen Sie es noch einmal.',
		waitSeconds: (n) => `Versuchen Sie es in ${many(n, 'Sekunde', 'Sekunden')} noch einmal.`,
		waitMinutes: (n) => `Versuchen Sie es in ${many(n, 'Minute', 'Minuten')} noch einmal.`,
		mayExist:
			'Vielleicht gibt es schon ein Konto mit dieser Adresse. Versuchen Sie, sich mit seinem Passwort anzumelden.',
	},
};
