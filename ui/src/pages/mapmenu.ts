// The menu of an open map.

import { api, type MapInfo, say } from '../api';
import { type Action, allowed } from '../canvas/actions';
import { nav } from '../nav.svelte';
import { beside, narrowScreen } from '../panels/beside';
import { follow } from '../panels/download';
import type { MapState } from '../panels/mapstate.svelte';
import type { MenuItem } from '../panels/menu';
import { signInTo } from '../router';
import { chooseTheme, themeChoice } from '../theme';
import { chooseLanguage, language, languageChoice, languages, words } from '../words';

/** What may be done with the open map. */
export function mapMenu(
	map: MapState,
	id: string,
	info: MapInfo | null,
	actions: readonly Action[],
): MenuItem[] {
	const owner = info?.role === 'own';
	const own: MenuItem[] = map.visited
		? [{ label: words.visit.signIn, icon: 'person', run: () => nav.to(signInTo(`/maps/${id}`), false) }]
		: [
				{ label: words.mapMenu.duplicate, icon: 'copy', run: () => void duplicate(map, id) },
				{ label: words.access.share, icon: 'people', run: () => (map.membersOpen = true) },
			];
	return [
		...besideItems(map, actions),
		...own,
		...historyItems(map, actions),
		{ label: words.mapMenu.download, icon: 'save', run: () => follow(`/maps/${id}/file`) },
		{ label: words.keys.title, icon: 'help', run: () => (map.helpOpen = true) },
		{ label: words.common.theme, above: true, run: nextTheme },
		...languageItems(),
		...(map.visited
			? []
			: [
					{
						label: words.mapMenu.delete,
						icon: 'trash' as const,
						danger: true,
						above: true,
						disabled: !owner,
						run: () => void remove(map, id),
					},
				]),
	];
}

function historyItems(map: MapState, actions: readonly Action[]): MenuItem[] {
	const action = actions.find((a) => a.id === 'history');
	return action
		? [{ label: action.label, icon: 'history', disabled: map.ended !== null, run: action.run }]
		: [];
}

// A phone has no rail.
function besideItems(map: MapState, actions: readonly Action[]): MenuItem[] {
	if (!matchMedia(narrowScreen).matches) return [];
	return beside.flatMap(({ id, icon }) => {
		const action = actions.find((a) => a.id === id);
		const disabled = action !== undefined && !allowed(map, action);
		return action ? [{ label: action.label, icon, disabled, run: action.run }] : [];
	});
}

/** Goes round the themes. */
export function nextTheme(): void {
	const choice = themeChoice();
	chooseTheme(choice === 'system' ? 'light' : choice === 'light' ? 'dark' : 'system');
}

/** The other languages, each in itself, and the way back to the browser's. */
export function languageItems(): MenuItem[] {
	const items: MenuItem[] = languages
		.filter(({ code }) => code !== language())
		.map(({ code, name }) => ({
			label: name,
			lang: code,
			icon: 'language',
			run: () => chooseLanguage(code),
		}));
	if (languageChoice() !== 'system')
		items.push({
			label: words.common.languageOfBrowser,
			icon: 'language',
			run: () => chooseLanguage('system'),
		});
	return items;
}

async function duplicate(map: MapState, id: string): Promise<void> {
	try {
		const made = await api.duplicateMap(id);
		nav.go({ page: 'map', id: made.id, card: '' });
	} catch (error) {
		map.say(say(error));
	}
}

async function remove(map: MapState, id: string): Promise<void> {
	try {
		await api.deleteMap(id);
		nav.go({ page: 'maps', place: { kind: 'all' } });
	} catch (error) {
		map.say(say(error));
	}
}
