// What can be opened beside the map: the rail shows it, on a phone the menu.

import type { IconName } from '../icons/paths';
import type { MapState } from './mapstate.svelte';

/** One thing of the rail: an action, its icon, and the drawer it opens, if it does. */
export interface Beside {
	id: string;
	icon: IconName;
	drawer?: MapState['drawer'];
}

/** All of them, from the top. */
export const beside: readonly Beside[] = [
	{ id: 'drawer.outline', icon: 'outline', drawer: 'outline' },
	{ id: 'drawer.perspectives', icon: 'eye', drawer: 'perspectives' },
	{ id: 'drawer.discussions', icon: 'say', drawer: 'discussions' },
	{ id: 'drawer.presentation', icon: 'stops', drawer: 'presentation' },
	{ id: 'drawer.insight', icon: 'insight', drawer: 'insight' },
	{ id: 'drawer.filter', icon: 'filter', drawer: 'filter' },
	{ id: 'find', icon: 'search' },
	{ id: 'moves', icon: 'moves' },
];

/** Up to this width the rail has no room. */
export const narrowScreen = '(max-width: 720px)';
