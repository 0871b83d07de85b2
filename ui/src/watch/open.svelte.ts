// How many alerts are open, wherever it is shown to those who run the site.

import { type Severity, siteAlerts } from './alertapi';
import { pressing } from './alerts';

const again = 60_000; // ms between two looks
const most = 100; // alerts that are counted

class Open {
	n = $state(0);
	/** There are more. */
	more = $state(false);
	worst: Severity = $state('notice');
	#users = 0;
	#timer: ReturnType<typeof setInterval> | undefined;

	/** Counts for as long as it is shown somewhere; the answer ends that. */
	watch(): () => void {
		void this.look();
		if (this.#users++ === 0) this.#timer = setInterval(() => this.#turnUp(), again);
		return () => {
			if (--this.#users === 0) clearInterval(this.#timer);
		};
	}

	#turnUp(): void {
		if (document.visibilityState === 'visible') void this.look();
	}

	/** Counts them. What cannot be counted now is not shown: the page of alerts says why. */
	async look(): Promise<void> {
		try {
			const list = await siteAlerts.list(true, most);
			({ n: this.n, worst: this.worst } = pressing(list));
			this.more = list.length === most;
		} catch {
			this.n = 0;
		}
	}
}

export const openAlerts = new Open();
