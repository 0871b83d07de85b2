// The library of moves, questions and jigs: data, with their names from the catalogue.

import { words } from '../words';
import data from './moves.json';
import { type Cast, sketchOf } from './notation';

/** The four patterns. */
export type Pattern = 'D' | 'S' | 'R' | 'P';

/** A structure that can be put on a map. */
export interface Move {
	id: string;
	kind: 'move' | 'question' | 'jig';
	pattern: Pattern;
	sketch: string;
}

/** All there are, in the order they are shown. */
export const moves = data as Move[];

/** What a move is called; a question asks about the chosen cards. */
export function titleOf(move: Move, x = '', y = ''): string {
	const { moveNames, questions } = words;
	if (move.kind === 'question') {
		const ask = questions[move.id as keyof typeof questions];
		return ask(x || words.moves.anIdea, y || words.moves.anotherIdea);
	}
	return moveNames[move.id as keyof typeof moveNames];
}

/** The roles of a structure, as titles of cards that wait to be filled in. */
export function castOf(chosen: readonly number[]): Cast {
	return {
		chosen,
		title: (role, n) => {
			const name = words.castNames[role as keyof typeof words.castNames] ?? role;
			return role === 'X' || role === 'Y' || n === 1 ? name : `${name} ${n}`;
		},
	};
}

/** The sketch of a move around the chosen cards. */
export function sketchOfMove(move: Move, chosen: readonly number[]) {
	return sketchOf(move.sketch, castOf(chosen));
}
