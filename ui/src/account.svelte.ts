// Who is signed in, kept so that a map opens without a network too.

import { api, type Me, Problem, type SignInAnswer } from './api';
import { forgetAccount, unsentEdits } from './core/queue';
import { kept, meKey as key } from './kept';
import { nav } from './nav.svelte';
import { places } from './places.svelte';
import { signInTo } from './router';

const mapsKey = 'plectica.maps';
// Set while the server has still to be told that somebody has signed out.
const leavingKey = 'plectica.leaving';

/** The signed-in person, as far as this browser knows. */
class Account {
	me: Me | null = $state.raw(null);
	/** Whether the server has confirmed it since the page was opened. */
	confirmed = $state(false);

	/** Asks the server who this is; without a network the last answer counts. */
	async load(open: boolean): Promise<void> {
		// Who was never seen here has nothing to ask for on the pages before signing in.
		if (!open && !remembered()) return;
		try {
			if (localStorage.getItem(leavingKey) !== null) {
				await api.signOut();
				localStorage.removeItem(leavingKey);
				this.set(null);
				return;
			}
			this.set(await api.me());
			this.confirmed = true;
		} catch (error) {
			if (error instanceof Problem && error.status === 401) this.set(null);
			else this.me = remembered();
		}
	}

	/** Remembers who signed in. */
	set(me: Me | null): void {
		this.me = me;
		if (me) localStorage.setItem(key, JSON.stringify(me));
		else localStorage.removeItem(key);
	}

	/** How many edits a sign-out would lose. */
	async unsent(): Promise<number> {
		if (!this.me) return 0;
		return [...(await unsentEdits(this.me.id)).values()].reduce((sum, n) => sum + n, 0);
	}

	/** Remembers who signed in and goes on, or to the step that is still missing. */
	enter(answer: SignInAnswer, then: string): void {
		localStorage.removeItem(leavingKey);
		if ('second' in answer) {
			nav.to(signInTo(then), true);
			return;
		}
		this.set(answer);
		this.confirmed = true;
		nav.to(then, true);
	}

	/**
	 * Signs out and clears what this browser keeps of the account. A server that cannot be
	 * reached is told with the next look at it.
	 */
	async signOut(): Promise<void> {
		try {
			await api.signOut();
		} catch (error) {
			if (!(error instanceof Problem && error.offline)) throw error;
			localStorage.setItem(leavingKey, 'yes');
		}
		await this.forget();
	}

	/** Clears what this browser keeps of the account, and goes to the way in. */
	async forget(): Promise<void> {
		const { me } = this;
		if (me) await forgetAccount(me.id);
		localStorage.removeItem(mapsKey);
		places.clear();
		// At once, or the page would be asked for again after the next sign-in.
		this.set(null);
		nav.to('/signin', true);
		if (me) kept.forget(me.id);
	}
}

function remembered(): Me | null {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
		return isMe(value) ? value : null;
	} catch {
		return null;
	}
}

function isMe(value: unknown): value is Me {
	if (typeof value !== 'object' || value === null) return false;
	const { id, email, name } = value as Record<string, unknown>;
	return typeof id === 'string' && typeof email === 'string' && typeof name === 'string';
}

export const account = new Account();
export { mapsKey };
