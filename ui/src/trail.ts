// The way by which a person came here, from map to map along links of cards. It lies
// in the browser's history, so that it is right after going back and after a reload.

import { decodeId } from './core/bytes';

/** A map one came through, and the card whose link was followed. */
export interface Step {
	id: string;
	card: string; // or ""
	title: string; // of the map
}

/** How far back the way is kept. */
export const longestTrail = 8;

/** The trail in an entry of the history, which anything may have written. */
export function trailOf(state: unknown): readonly Step[] {
	if (typeof state !== 'object' || state === null) return [];
	const { trail } = state as { trail?: unknown };
	return Array.isArray(trail) ? trail.filter(isStep).slice(-longestTrail) : [];
}

/** What is kept of a trail with the history. */
export function stateOf(trail: readonly Step[]): { trail: readonly Step[] } | null {
	return trail.length === 0 ? null : { trail: trail.slice(-longestTrail) };
}

function isStep(value: unknown): value is Step {
	if (typeof value !== 'object' || value === null) return false;
	const { id, card, title } = value as Record<string, unknown>;
	if (typeof id !== 'string' || typeof card !== 'string' || typeof title !== 'string') return false;
	return decodeId(id) !== null && (card === '' || decodeId(card) !== null);
}
