// Small decisions about roles and places that several panels share.

import type { Ref } from '../accessapi';
import type { RoleName } from '../api';

/** The roles from the least to the most. */
export const allRoles: readonly RoleName[] = ['view', 'comment', 'edit', 'own'];

/** The roles that can be given to a party. Not everybody can own a thing. */
export function rolesFor(to?: Ref): readonly RoleName[] {
	return to?.kind === 'org' ? allRoles.slice(0, 3) : allRoles;
}

/** The roles that links give. */
export const linkRoles: readonly RoleName[] = ['view', 'comment', 'edit'];

/** Whether a role reaches as far as another. */
export function reaches(role: RoleName | 'none', least: RoleName): boolean {
	return role !== 'none' && allRoles.indexOf(role) >= allRoles.indexOf(least);
}

/** Where an invitation leads. The secret is in the fragment, which is sent to no server. */
export function joinAddress(secret: string): string {
	return `${location.origin}/join#${secret}`;
}

/** Where a link to a map leads. */
export function linkAddress(secret: string): string {
	return `${location.origin}/open#${secret}`;
}
