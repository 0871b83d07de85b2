// What a menu offers.

import type { IconName } from '../icons/paths';

/** One line of a menu. */
export interface MenuItem {
	label: string;
	lang?: string; // of the label, where it is not the page's
	icon?: IconName;
	danger?: boolean;
	disabled?: boolean;
	above?: boolean; // a line above it
	run: () => void;
}
