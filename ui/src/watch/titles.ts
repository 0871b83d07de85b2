// What maps are called that whoever looks may open anyway: the log does not name them.

import { api } from '../api';
import type { Titles } from './telling';

/** The titles of one's maps; none where they cannot be had. */
export async function ownTitles(): Promise<Titles> {
	try {
		const { maps } = await api.maps();
		const titles = new Map(maps.map(({ id, title }) => [id, title]));
		return (id) => titles.get(id) ?? '';
	} catch {
		return () => '';
	}
}
