// Why somebody comes back from another site without success.

import { words } from '../words';

/** The sentence for the word that the address names: anybody can write an address, so
 * only known words say anything of their own. */
export function whyFailed(word: string): string {
	const reasons: Record<string, string> = words.failed;
	return (Object.hasOwn(reasons, word) ? reasons[word] : undefined) ?? words.failed.other;
}
