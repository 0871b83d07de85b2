// What is watched for, which more than one part of a page shows.

import { say } from '../api';
import type { AlertCalls, Settings } from './alertapi';

/** What is watched for, once it is known. */
export class Watched {
	settings: Settings | null = $state.raw(null);
	trouble = $state('');

	constructor(private readonly calls: AlertCalls) {}

	/** Asks for it. */
	async load(): Promise<void> {
		try {
			this.settings = await this.calls.settings();
		} catch (error) {
			this.trouble = say(error);
		}
	}
}
