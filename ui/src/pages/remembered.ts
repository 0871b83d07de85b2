// The list of maps as it was last seen, so that it shows without a network.

import { mapsKey } from '../account.svelte';
import type { MapInfo } from '../api';

/** The list as this browser last saw it. */
export function rememberedMaps(): MapInfo[] {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(mapsKey) ?? '[]');
		return Array.isArray(value) ? value.filter(isMapInfo) : [];
	} catch {
		return [];
	}
}

/** One map of it. */
export function rememberedMap(id: string): MapInfo | null {
	return rememberedMaps().find((map) => map.id === id) ?? null;
}

/** Remembers the list. */
export function rememberMaps(maps: MapInfo[]): void {
	try {
		localStorage.setItem(mapsKey, JSON.stringify(maps));
	} catch {
		// Full: the list will need the network.
	}
}

function isMapInfo(value: unknown): value is MapInfo {
	if (typeof value !== 'object' || value === null) return false;
	const { id, title, role } = value as Record<string, unknown>;
	return typeof id === 'string' && typeof title === 'string' && typeof role === 'string';
}
