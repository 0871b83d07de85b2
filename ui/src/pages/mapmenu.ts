// The menu of an open map.

import { api, type MapInfo, say } from '../api';
import { nav } from '../nav.svelte';
import type { MapState } from '../panels/mapstate.svelte';
import type { MenuItem } from '../panels/menu';
import { chooseTheme, themeChoice } from '../theme';

/** What may be done with the open map. */
export function mapMenu(map: MapState, id: string, info: MapInfo | null): MenuItem[] {
	const owner = info?.role === 'own';
	return [
		{ label: 'Duplicate this map', icon: 'copy', run: () => void duplicate(map, id) },
		{ label: 'Members', icon: 'people', run: () => (map.membersOpen = true) },
		{ label: 'Keys', icon: 'help', run: () => (map.helpOpen = true) },
		{ label: 'Light, dark, or as the system', above: true, run: nextTheme },
		{
			label: 'Delete this map',
			icon: 'trash',
			danger: true,
			above: true,
			disabled: !owner,
			run: () => void remove(map, id),
		},
	];
}

/** Goes round the themes. */
export function nextTheme(): void {
	const choice = themeChoice();
	chooseTheme(choice === 'system' ? 'light' : choice === 'light' ? 'dark' : 'system');
}

async function duplicate(map: MapState, id: string): Promise<void> {
	try {
		const made = await api.duplicateMap(id);
		nav.go({ page: 'map', id: made.id });
	} catch (error) {
		map.say(say(error));
	}
}

async function remove(map: MapState, id: string): Promise<void> {
	try {
		await api.deleteMap(id);
		nav.go({ page: 'maps' });
	} catch (error) {
		map.say(say(error));
	}
}
