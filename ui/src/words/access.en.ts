// The words about who may come in: sharing, organisations, places, invitations, visits.

import type { WordsOf } from './word';

const count = new Intl.NumberFormat('en');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

export const accessEn = {
	access: {
		share: 'Share',
		whom: 'E-mail address, name or team',
		everyoneIn: (org: string) => `Everyone in ${org}`,
		team: 'Team',
		directly: 'People with a role here',
		fromAround: 'From what lies around it',
		from: (place: string) => `from ${place}`,
		unknown: (email: string) => `Nobody here has the address ${email}.`,
		invite: 'Invite them',
		invited: 'Invited',
		anybody: (left: number) => `A link for ${many(left, 'person', 'people')}`,
		inviteLink: 'Invitation link',
		passOn: (email: string) =>
			email === ''
				? 'Pass this link on. It is shown only now.'
				: `Pass this link on to ${email}. It is shown only now, and works for that address alone.`,
		mailed: (email: string) => `A mail with the invitation is on its way to ${email}.`,
		withdraw: 'Withdraw',
		whoSees: 'Who can see it',
	},

	shareLinks: {
		title: 'Links',
		hint: 'Whoever has a link comes in without an account. What a link may do, no reader of it can raise.',
		add: 'New link…',
		mayWhat: 'Whoever has it',
		life: 'It works',
		days: (n: number) => (n === 0 ? 'until it is withdrawn' : n === 1 ? 'for a day' : `for ${n} days`),
		password: 'Password',
		noPassword: 'none',
		name: 'What it is for',
		namePlaceholder: 'so that you know it again',
		make: 'Make the link',
		address: 'The link',
		once: 'It is shown only now: nobody, this site included, can show it again.',
		withPassword: 'with a password',
		until: (day: string) => `until ${day}`,
		ended: 'ended',
		used: (day: string) => `last used ${day}`,
		unused: 'not used yet',
		made: (day: string) => `Link of ${day}`,
		withdraw: 'Withdraw',
		withdrawThis: (name: string) => `Withdraw the link: ${name}`,
		embed: 'To show the map in another page',
		embedHint: (pages: string) => `It works in pages of ${pages}, which the organisation allows.`,
	},

	embed: {
		open: 'Open in Plectica',
		ended: 'This map is not shown here any more.',
	},

	openLink: {
		title: 'A map for you',
		opening: 'The link is being opened…',
		password: 'This link asks for a password.',
		open: 'Open the map',
		none: 'The address holds no link. Copy it whole, to its end.',
	},

	visit: {
		name: 'Your name',
		nameHint: 'Others see it beside what you do and say.',
		nameTitle: 'Who are you?',
		takePart: 'Take part',
		signIn: 'Sign in',
	},

	join: {
		title: 'You are invited',
		to: (inviter: string, place: string) => `${inviter} invites you to ${place}.`,
		toSite: (inviter: string) => `${inviter} invites you to Plectica.`,
		role: (role: string) => `You will have this role: ${role}.`,
		forAddress: (email: string) => `The invitation is for ${email}.`,
		accept: 'Accept',
		otherAccount: (email: string) => `You are signed in as ${email}.`,
		create: 'Create an account',
		haveAccount: 'I have an account',
		gone: 'This invitation is unknown, has expired or was used up.',
		mine: 'Invitations for you',
	},

	places: {
		mine: 'My maps',
		shared: 'Shared with me',
		all: 'All maps',
		label: 'Places',
		path: 'Where this lies',
		newFolder: 'New folder',
		folderName: 'Name of the folder',
		newOrg: 'New organisation…',
		orgName: 'Name of the organisation',
		everyone: 'Everyone in it',
		everyoneNone: 'sees only what they are given',
		everyoneView: 'can view all maps in it',
		everyoneComment: 'can comment on all maps in it',
		everyoneEdit: 'can edit and make maps in it',
		create: 'Create',
		manage: 'People and rules…',
		look: 'The organisation…',
		renameFolder: 'Rename the folder',
		shareFolder: 'Who can come to this folder…',
		deleteFolder: 'Remove the folder',
		move: 'Move to…',
		moveTitle: (what: string) => `Move ${what}`,
		moveHint: 'Who was given a role in it keeps the role. Roles that come from its place end or begin.',
		here: 'It is here now',
		emptyPlace: 'No maps here yet.',
		needSecond: (org: string) =>
			`${org} asks for a second factor. Add one to your account, or confirm with it, to see its maps.`,
	},

	account: {
		title: 'Your account',
		lockedOut: 'Forgot the password? Whoever runs this site makes a link that sets a new one.',
	},

	orgs: {
		people: 'People',
		teams: 'Teams',
		roles: 'Roles',
		rules: 'Rules',
		belongs: 'Belongs to it',
		guest: 'Guest',
		noSecond: 'no second factor',
		invitePeople: 'Invite people',
		inviteHint:
			'They will belong to the organisation. Leave the address empty for a link that several can use.',
		uses: 'How many may use it',
		asWhat: 'With this role',
		noRole: 'Only belongs to it',
		invite: 'Invite',
		removePerson: (name: string) => `Remove ${name} from the organisation`,
		leave: 'Leave the organisation',
		newTeam: 'New team',
		teamName: 'Name of the team',
		teamPeople: (n: number) => many(n, 'person', 'people'),
		addPerson: 'Add somebody',
		inTeam: (team: string) => `In ${team}`,
		deleteTeam: 'Delete the team',
		rename: 'Rename',
		name: 'Name',
		second: 'A second factor is needed',
		secondHint: 'Only who signed in with a passkey or a code sees what lies in the organisation.',
		linksAre: 'Links to maps may let people',
		linksNone: 'do nothing: there are no links',
		linksView: 'view',
		linksComment: 'view and comment',
		linksEdit: 'view, comment and edit',
		guests: 'Guests',
		guestsHint: 'People outside the organisation may be given roles in single maps and folders.',
		networks: 'Networks people come from',
		networksHint: 'One a line, as 192.0.2.0/24. None: from everywhere.',
		embeds: 'Pages that may show maps',
		embedsHint: 'One origin a line, as https://www.example.org.',
		save: 'Save the rules',
		saved: 'Saved.',
		delete: 'Delete the organisation',
		deleteHint: 'It must hold no maps any more.',
		really: 'Really?',
		rolesHint: 'What is given here holds for everything in the organisation.',
		notYours: 'You belong to this organisation. What you may see was given to you in its maps and folders.',
	},
};

/** What every language has to say about it. */
export type AccessWords = WordsOf<typeof accessEn>;
