// The part of the JSON API that is about who may come in: organisations, their people,
// teams and folders, roles, links and invitations.

import { call, type Invitation, type MapInfo, type Member, type RoleName } from './api';

/** What can be named as the place or the party of a role. */
export type Kind = 'map' | 'folder' | 'org' | 'account' | 'team';

/** A thing that roles are given in, or a party that has them. */
export interface Ref {
	kind: Kind;
	id: string;
	name?: string;
	email?: string;
}

/** A role somebody has somewhere. */
export interface Grant {
	object: Ref;
	subject: Ref;
	role: RoleName;
}

/** Who can come to a thing, and why. */
export interface Access {
	grants: Grant[];
	people?: Member[];
	invitations?: Invitation[];
}

/** A link that lets whoever has it into a map. The secret is shown once. */
export interface ShareLink {
	id: string;
	secret?: string;
	role: RoleName;
	name?: string;
	password: boolean;
	createdAt: number;
	expiresAt?: number;
	usedAt?: number;
}

/** An organisation as this person sees it. */
export interface Org {
	id: string;
	name: string;
	role: RoleName | 'none';
	people?: number;
	second: boolean;
	links: RoleName | 'none';
	guests: boolean;
	networks: string[];
	embeds: string[];
}

/** Somebody in an organisation. */
export interface OrgPerson extends Omit<Member, 'role'> {
	role: RoleName | 'none';
	addedAt?: number;
	strong: boolean;
	guest: boolean;
}

/** People who are given roles together. */
export interface Team {
	id: string;
	name: string;
	people: number;
}

/** A place for maps and folders. */
export interface Folder {
	id: string;
	org: string;
	home: Ref;
	name: string;
	role?: RoleName;
}

/** Where an invitation leads. */
export interface Offer {
	id?: string;
	place?: string;
	kind: 'site' | 'org' | 'map' | 'folder';
	inviter?: string;
	email?: string;
	role?: RoleName;
}

const at = encodeURIComponent;
const plural = { map: 'maps', folder: 'folders', org: 'orgs', team: 'teams', account: 'accounts' } as const;
const of = (thing: Ref): string => `${plural[thing.kind]}/${at(thing.id)}`;

/** The calls. */
export const access = {
	of: (thing: Ref) => call<Access>('GET', `${of(thing)}/access`),
	give: (thing: Ref, to: { subject: Ref } | { email: string }, role: RoleName) =>
		call<Access>('PUT', `${of(thing)}/access`, {
			...('subject' in to ? { subject: { kind: to.subject.kind, id: to.subject.id } } : to),
			role,
		}),
	take: (thing: Ref, from: Ref) => call<void>('DELETE', `${of(thing)}/access/${from.kind}/${at(from.id)}`),

	invite: (place: Ref, data: { email?: string; role?: RoleName; uses?: number }) =>
		call<Invitation>('POST', `${of(place)}/invitations`, data),
	uninvite: (place: Ref, id: string) => call<void>('DELETE', `${of(place)}/invitations/${at(id)}`),
	peek: (secret: string) => call<Offer>('POST', 'invitations/peek', { secret }),
	offers: () => call<{ invitations: Offer[] }>('GET', 'invitations/mine'),
	accept: (which: { secret: string } | { id: string }) =>
		call<{ org?: string; map?: string }>('POST', 'invitations/accept', which),

	links: (map: string) => call<{ links: ShareLink[] }>('GET', `maps/${at(map)}/links`),
	addLink: (map: string, data: { role: RoleName; name?: string; password?: string; expiresAt?: number }) =>
		call<ShareLink>('POST', `maps/${at(map)}/links`, data),
	dropLink: (map: string, id: string) => call<void>('DELETE', `maps/${at(map)}/links/${at(id)}`),
	/** Origins whose pages may show the map. */
	embeds: (map: string) => call<{ origins: string[] }>('GET', `maps/${at(map)}/embeds`),
	open: (data: { secret: string; password?: string; name?: string }) =>
		call<{ password: boolean; map?: string; title?: string; role?: RoleName }>('POST', 'links/open', data),
	nameVisitor: (map: string, name: string) => call<void>('PUT', `maps/${at(map)}/visitor`, { name }),
	names: (map: string) => call<{ names: Record<string, string> }>('GET', `maps/${at(map)}/names`),
	move: (map: string, home: Ref | null) =>
		call<MapInfo>('PUT', `maps/${at(map)}/home`, home ? { home: { kind: home.kind, id: home.id } } : {}),

	orgs: () => call<{ orgs: Org[] }>('GET', 'orgs'),
	org: (id: string) => call<Org>('GET', `orgs/${at(id)}`),
	addOrg: (name: string, everyone: RoleName | 'none') => call<Org>('POST', 'orgs', { name, everyone }),
	setOrg: (org: Org) =>
		call<Org>('PUT', `orgs/${at(org.id)}`, {
			name: org.name,
			second: org.second,
			links: org.links,
			guests: org.guests,
			networks: org.networks,
			embeds: org.embeds,
		}),
	dropOrg: (id: string) => call<void>('DELETE', `orgs/${at(id)}`),
	people: (org: string) => call<{ people: OrgPerson[] }>('GET', `orgs/${at(org)}/people`),
	dropPerson: (org: string, account: string) => call<void>('DELETE', `orgs/${at(org)}/people/${at(account)}`),

	teams: (org: string) => call<{ teams: Team[] }>('GET', `orgs/${at(org)}/teams`),
	addTeam: (org: string, name: string) => call<Team>('POST', `orgs/${at(org)}/teams`, { name }),
	nameTeam: (team: string, name: string) => call<void>('PATCH', `teams/${at(team)}`, { name }),
	dropTeam: (team: string) => call<void>('DELETE', `teams/${at(team)}`),
	teamPeople: (team: string) => call<{ members: Member[] }>('GET', `teams/${at(team)}/people`),
	addToTeam: (team: string, account: string) => call<void>('PUT', `teams/${at(team)}/people/${at(account)}`),
	dropFromTeam: (team: string, account: string) =>
		call<void>('DELETE', `teams/${at(team)}/people/${at(account)}`),

	folders: (org: string) => call<{ folders: Folder[] }>('GET', `orgs/${at(org)}/folders`),
	addFolder: (home: Ref, name: string) =>
		call<Folder>('POST', 'folders', { name, home: { kind: home.kind, id: home.id } }),
	nameFolder: (id: string, name: string) => call<void>('PATCH', `folders/${at(id)}`, { name }),
	moveFolder: (id: string, home: Ref) =>
		call<void>('PATCH', `folders/${at(id)}`, { home: { kind: home.kind, id: home.id } }),
	dropFolder: (id: string) => call<void>('DELETE', `folders/${at(id)}`),
};
