// Every word of the interface, in English: grouped by where it is seen. A text
// that takes an argument is a function, so that each language orders it freely.

const count = new Intl.NumberFormat('en');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

export const en = {
	common: {
		product: 'Plectica',
		titled: (title: string) => `${title} · Plectica`, // of a window
		add: 'Add',
		allMaps: 'All maps',
		close: 'Close',
		delete: 'Delete',
		duplicate: 'Duplicate',
		email: 'E-mail address',
		members: 'Members',
		remove: 'Remove',
		removeWhat: (what: string) => `Remove ${what}`,
		signIn: 'Sign in',
		untitledCard: 'Untitled card',
		anUntitledCard: 'an untitled card',
		theme: 'Light, dark, or as the system',
		languageOfBrowser: 'Language of the browser',
	},

	roles: {
		view: 'Can view',
		edit: 'Can edit',
		own: 'Owner',
	},

	lost: {
		title: 'Nothing here',
		intro: 'There is no such page.',
	},

	first: {
		title: 'Welcome to Plectica',
		noAccount: 'This site has no account yet.',
		openLink:
			'Open the one-time link that the server printed in its terminal when it started. It creates the first account, which runs the site.',
		linkIsNew: 'The link is made anew at every start until it is used.',
		haveAccount: 'Already have an account?',
		intro: 'Create the first account. It runs this site: it invites others and decides who may sign up.',
		create: 'Create the first account',
	},

	signUp: {
		title: 'Create your account',
		invited: 'You have been invited.',
		closed: 'This site takes no new accounts.',
		needsInvitation: 'You need an invitation link to create an account here.',
		create: 'Create account',
		haveAccount: 'Have an account?',
		name: 'Your name',
		nameHint: 'Others see it beside your cursor.',
	},

	signIn: {
		intro: 'Think about systems, together.',
		newHere: 'New here?',
		create: 'Create an account',
		noAccount: 'No account? Ask whoever runs this site for an invitation link.',
	},

	password: {
		label: 'Password',
		show: 'Show',
		hint: 'At least 15 characters. A few words you will remember are better than signs you will not.',
		missing: (n: number) => (n === 1 ? 'One more character.' : `${n} more characters. Add another word?`),
		enough: 'Long enough.',
	},

	reset: {
		title: 'Choose a new password',
		needsLink: 'This page needs the link that whoever runs the site made for you.',
		label: 'New password',
		save: 'Save and sign in',
	},

	signOut: {
		title: 'Sign out',
		unsent: (n: number) =>
			`This browser holds ${many(n, 'change', 'changes')} that the server does not have yet. Signing out deletes them for good. Open the map with a connection first to send them.`,
		stay: 'Stay signed in',
		lose: 'Sign out and lose them',
	},

	site: {
		title: 'Accounts on this site',
		who: 'Who may create an account',
		invited: 'People with an invitation link',
		anybody: 'Anybody',
		nobody: 'Nobody',
		uses: 'How many people may use the link',
		invite: 'New invitation',
		link: 'Invitation link, shown only now',
		copy: 'Copy',
		copied: 'Copied',
		notCopied: 'The browser did not allow copying. Select the link and copy it yourself.',
		left: (day: string, n: number) => `Until ${day}, ${count.format(n)} left`,
		withdraw: 'Withdraw',
		withdrawThis: 'Withdraw this invitation',
	},

	maps: {
		title: 'Maps',
		deleted: 'Deleted maps',
		back: 'Back to maps',
		new: 'New map',
		untitled: 'Untitled map',
		menu: 'Menu',
		keptFor: 'Deleted maps can be brought back for 30 days.',
		offline:
			'The server does not answer. Maps you have opened in this browser before can still be opened and edited.',
		noneDeleted: 'No deleted maps.',
		blank: 'Your first map is a blank sheet',
		blankHint: 'Write down ideas, take them apart, and draw how they act on each other.',
	},

	mapCard: {
		restore: 'Restore',
		rename: 'Rename',
		newName: 'New name of the map',
		more: (title: string) => `More about ${title}`,
		deletedOn: (day: string) => `Deleted ${day}`,
		changedOn: (day: string) => `Changed ${day}`,
		roleFrom: (role: string, owner: string) => `${role}, from ${owner}`,
		unsent: (n: number) =>
			`${many(n, 'change', 'changes')} kept here and not sent yet. Open the map to send.`,
	},

	map: {
		untitled: 'Map', // until its name is known
		cards: 'Cards of the map',
		notOpened: 'The map could not be opened. Reload the page to try again.',
		reload: 'Reload',
		typedIsKept: (what: string) => `${what} What you had typed is kept here.`,
		copyIt: 'Copy it',
		download: 'Download',
		messages: 'Messages',
		dismiss: 'Dismiss',
	},

	mapMenu: {
		more: 'More',
		duplicate: 'Duplicate this map',
		delete: 'Delete this map',
	},

	topBar: {
		name: 'Name of the map',
		undo: 'Undo',
		undoKey: 'Undo (Ctrl+Z)',
		redo: 'Redo',
		redoKey: 'Redo (Ctrl+Shift+Z)',
		alsoHere: 'Also here',
	},

	connection: {
		opening: 'Opening…',
		saved: 'Saved',
		saving: 'Saving…',
		notSaved: (n: number) => `${many(n, 'change', 'changes')} not saved yet`,
		offline: 'Offline',
		offlineUnsaved: (n: number) => `Offline, ${many(n, 'change', 'changes')} unsaved`,
		connected: 'Connected',
		viewing: 'View only',
		openingMore: 'The map is being opened.',
		savedMore: 'Every change is on the server’s disk.',
		savingMore: 'Changes are on their way. They count as saved once the server has them on disk.',
		offlineKept:
			'The server does not answer. Go on working: your edits are kept in this browser and sent when it is back.',
		offlineLost: 'The server does not answer, and this browser cannot keep edits. Do not close this tab.',
		viewingMore: 'You see every change as it happens, but cannot make any.',
		untrusted:
			'This browser does not trust the server’s certificate, so the map cannot be opened without a connection. Edits in an open tab are kept all the same. “plectica trust” on the server’s machine explains how to change that.',
		hurry: 'Try again now',
	},

	tools: {
		label: 'Tools',
		select: 'Select',
		hand: 'Move the view',
		card: 'New card',
		relation: 'Relate',
		withKey: (tool: string, key: string) => `${tool} (${key})`,
		cardHint: 'Click where the card should be, or on a card to give it a part.',
		relationFirst: 'Click the first card.',
		relationSecond: 'Click the card it relates to, or press Enter on it.',
	},

	zoom: {
		label: 'Zoom',
		out: 'Zoom out',
		in: 'Zoom in',
		percent: (n: number) => `${count.format(n)} %`,
		back: 'Back to 100 % (Ctrl+0)',
		all: 'Show all',
		allKey: 'Show all (Shift+1)',
		keysKey: 'Keys (?)',
	},

	empty: {
		title: 'What are you thinking about?',
		click: 'Double-click anywhere to write a first idea. Then ask:',
		tap: 'Tap twice anywhere to write a first idea. Then ask:',
		parts: 'What is it made of?',
		tabDoes: 'gives a card a part', // after the name of the key
		others: 'What else is there?',
		enterDoes: 'puts a card beside it', // after the name of the key
		relations: 'How do two act on each other?',
		drag: 'Drag from one card’s edge to the other',
		write: 'Write the first card',
		nothing: 'Nothing here yet',
		nothingHint: 'You will see every card as soon as somebody writes one.',
	},

	inspector: {
		label: 'Details',
		card: 'Card',
		cardOfRelationship: 'Card of a relationship',
		relationship: 'Relationship',
		part: 'Part',
		nothing: 'Select a card or a relationship to see its details.',
		title: 'Title',
		body: 'Body',
		write: 'Write',
		edit: 'Edit',
		done: 'Done',
		markdown: 'Markdown: **strong**, *emphasis*, - lists, [links](https://…)',
		bodyHint: 'Room for more than a title.',
		folded: 'Folded for everybody who opens the map',
		link: 'Link',
		openLink: 'Open the link',
		relatesTo: 'Relates to',
		attributes: 'Attributes',
		noAttributes: 'None',
		newAttribute: 'New attribute',
		attributeName: 'Name of a new attribute',
		addAttribute: 'Add attribute',
		itsCard: 'Its card',
		openItsCard: 'Open its card',
		nameIt: 'Name it',
		swapEnds: 'Swap its ends',
		actionOf: (card: string) => `Action of ${card}`,
		actionHint: 'What acts here',
		reactionOf: (card: string) => `Reaction of ${card}`,
		reactionHint: 'What reacts there',
		delay: 'Acts with a delay',
		selected: (n: number) => `${count.format(n)} selected`,
		wrap: 'Put into a new whole',
		relateThem: 'Relate them',
	},

	options: {
		layout: 'Layout of parts',
		freehand: 'Freehand',
		list: 'List',
		row: 'Row',
		grid: 'Grid',
		left: 'Parts on the left',
		right: 'Parts on the right',
		direction: 'Direction',
		noDirection: 'No direction',
		toSecond: 'From first to second',
		toFirst: 'From second to first',
		bothWays: 'Both ways',
		polarity: 'Polarity',
		noPolarity: 'No polarity',
		noPolarityShort: 'None',
		same: 'Same direction: more makes more',
		opposite: 'Opposite direction: more makes less',
		weight: 'Weight',
		veryThin: 'Very thin',
		thin: 'Thin',
		medium: 'Medium',
		thick: 'Thick',
		veryThick: 'Very thick',
		line: 'Line',
		solid: 'Solid',
		dashed: 'Dashed',
		dotted: 'Dotted',
	},

	colours: {
		label: 'Colour',
		plain: 'Plain',
		grey: 'Grey',
		sand: 'Sand',
		amber: 'Amber',
		orange: 'Orange',
		terracotta: 'Terracotta',
		coral: 'Coral',
		pink: 'Pink',
		orchid: 'Orchid',
		violet: 'Violet',
		indigo: 'Indigo',
		blue: 'Blue',
		sky: 'Sky',
		teal: 'Teal',
		green: 'Green',
		olive: 'Olive',
	},

	members: {
		role: 'Role',
		roleOf: (name: string) => `Role of ${name}`,
		hint: 'Only people who have an account here can be added.',
	},

	// As they are written on keyboards.
	keyNames: {
		control: 'Ctrl',
		shift: 'Shift',
		alt: 'Alt',
		tab: 'Tab',
		enter: 'Enter',
		delete: 'Delete',
		space: 'Space',
		escape: 'Esc',
		arrows: 'Arrows',
		orDoubleClick: (key: string) => `${key} or double-click`,
		orMiddleDrag: (key: string) => `${key} or middle button, drag`,
		wheel: 'Wheel, pinch',
		relate: 'R, arrows, Enter',
	},

	keys: {
		title: 'Keys',
		cards: 'Cards',
		newPart: 'New part',
		newAfter: 'New card after',
		newBefore: 'New card before',
		newAround: 'New whole around',
		writeTitle: 'Write the title',
		dissolve: 'Dissolve the whole',
		fold: 'Fold or unfold',
		moving: 'Moving about',
		next: 'Next card in that direction',
		reorder: 'Move among its siblings',
		takeOut: 'Take out of its whole',
		shiftBy: 'Shift a little',
		toWhole: 'To the whole, then out of the map',
		region: 'Next region of the page',
		view: 'View',
		showSelection: 'Show the selection',
		zoomInto: 'Zoom into the card',
		tools: 'Tools and history',
		chooseTool: 'Select, move the view, new card',
		relate: 'Relate to another card',
		undo: 'Undo your own last change',
		copy: 'Copy, cut, paste',
		thisList: 'This list',
	},

	// What a screen reader says of the cards on the canvas.
	spoken: {
		titleOfCard: 'Title of the card',
		relationship: (name: string, a: string, b: string) =>
			`Relationship ${name === '' ? '' : `${name} `}between ${a} and ${b}`,
		relates: (title: string, others: readonly string[], more: number) =>
			`${title}. Relates to ${others.join(', ')}${more > 0 ? ` and ${count.format(more)} more` : ''}`,
	},

	refusals: {
		permission: 'You may look at this map, but not change it.',
		cycle: 'A card cannot lie inside itself.',
		gone: 'Somebody deleted that in the meantime.',
		conflict: 'Somebody else was faster; that place is taken.',
		limit: 'This is as much as a map can hold.',
		stale: 'That change is too old to be merged.',
		other: 'That change was not possible.',
	},

	notices: {
		undoSkipped: 'Part of that was changed by somebody else since, and was left as it is.',
		skipped: (n: number) =>
			`Undone, except for ${many(n, 'change', 'changes')} somebody else has touched since.`,
		textUndoDropped: 'Typing from before the connection broke can no longer be undone.',
		onlyLook: 'You may now only look at this map.',
		roleChanged: 'What you may do with this map has changed.',
		noStore: 'This browser gives no room to keep edits: they are only safe once saved.',
		storeFull: 'This browser has no more room to keep edits: they are only safe once saved.',
		restarted: 'Something stopped unexpectedly. Your edits were kept, and the map is back.',
		setAside: 'One of your edits could not be applied. It was set aside; you can download it.',
	},

	endings: {
		signedOut: 'You are signed out. Sign in again to go on; unsaved edits are kept in this browser.',
		forbidden: 'This map is no longer shared with you.',
		gone: 'This map was deleted.',
		tooOld: 'There is a newer version of Plectica. Reload the page to go on; your edits are kept.',
		left: 'You signed out in another tab.',
		broken: 'This map stopped several times in a row. Your edits are kept. Reload the page to try again.',
	},

	problems: {
		unreachable: 'The server cannot be reached. Check your connection and try again.',
		malformed: 'The server did not understand that.',
		signInAgain: 'Please sign in again.',
		forbidden: 'You are not allowed to do that.',
		missing: 'That does not exist, or is not shared with you.',
		changed: 'That has changed in the meantime. Reload and try again.',
		tooLarge: 'That is too large.',
		invalid: 'Something in the form is not right. Check it and try again.',
		tooMany: 'Too many attempts. Wait a minute and try again.',
		busy: 'The server is busy. Try again in a moment.',
		server: 'Something went wrong on the server.',
		other: 'That did not work.',
		unexpected: 'Something went wrong. Please try again.',
		waitSeconds: (n: number) => `Try again in ${many(n, 'second', 'seconds')}.`,
		waitMinutes: (n: number) => `Try again in ${many(n, 'minute', 'minutes')}.`,
		mayExist: 'There may already be an account with this address. Try to sign in with its password.',
	},
};

// A text is any text; a function keeps its arguments.
type Word<T> = T extends (...args: infer A) => string ? (...args: A) => string : string;

/** What every language has to say. */
export type Words = {
	[Group in keyof typeof en]: { [Key in keyof (typeof en)[Group]]: Word<(typeof en)[Group][Key]> };
};
