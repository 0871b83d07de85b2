// What a search field offers for what somebody typed.

import type { IconName } from '../icons/paths';
import { words } from '../words';
import type { Query } from './query';
import { thingOf } from './query';
import { thingName } from './telling';

/** Somebody who may be looked for. */
export interface Somebody {
	id: string;
	name: string;
	email: string;
}

/** One thing to look for. */
export interface Suggestion {
	key: string;
	icon: IconName;
	text: string;
	about: string;
	change: Partial<Query>;
}

const mostPeople = 6;

/** What a text may mean, among some people. */
export function suggestions(text: string, people: readonly Somebody[]): Suggestion[] {
	const t = words.watch;
	const thing = thingOf(text);
	if (thing !== '') {
		const [sort = '', id = ''] = thing.split(':');
		return [
			{
				key: thing,
				icon: 'search',
				text: t.onThing(thingName(sort, id)),
				about: thing,
				change: { on: thing },
			},
		];
	}
	return people.slice(0, mostPeople).flatMap(({ id, name, email }): Suggestion[] => [
		{ key: `by ${id}`, icon: 'person', text: t.byThem(name), about: email, change: { by: id } },
		{
			key: `on ${id}`,
			icon: 'focus',
			text: t.onThem(name),
			about: email,
			change: { on: `account:${id}` },
		},
	]);
}
