// Asks a person to show that it is them, whenever something needs it: the calls of the
// API wait here until the dialog is done.

import { type Needed, onNeeded } from './api';

class Confirm {
	/** What has to be shown now, or "". */
	needs: Needed | '' = $state('');
	private waiting: ((shown: boolean) => void)[] = [];

	/** Opens the dialog, if it is not open already; tells whether it was shown. */
	ask(needs: Needed): Promise<boolean> {
		if (this.needs !== 'second') this.needs = needs;
		return new Promise((resolve) => {
			this.waiting.push(resolve);
		});
	}

	/** Closes it, and lets all that waited go on or not. */
	done(shown: boolean): void {
		const { waiting } = this;
		this.waiting = [];
		this.needs = '';
		for (const resolve of waiting) resolve(shown);
	}
}

export const confirm = new Confirm();

onNeeded((needs) => confirm.ask(needs));
