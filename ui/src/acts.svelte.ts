// What the parts of a page share that do something and say when it did not work.

import { say } from './api';

/** One thing at a time, and its trouble. */
export class Acts {
	busy = $state(false);
	trouble = $state('');

	/** Does something; tells whether it worked. */
	async run(what: () => Promise<unknown>): Promise<boolean> {
		this.busy = true;
		this.trouble = '';
		try {
			await what();
			return true;
		} catch (error) {
			this.trouble = say(error);
			return false;
		} finally {
			this.busy = false;
		}
	}

	/** The same for a form. */
	readonly onSubmit =
		(what: () => Promise<unknown>) =>
		(event: SubmitEvent): void => {
			event.preventDefault();
			void this.run(what);
		};
}
