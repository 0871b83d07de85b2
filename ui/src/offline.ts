// Registers the service worker, which lets maps open without a network. Browsers
// refuse it where they do not trust the certificate; the page then says so.

interface TrustedTypes {
	createPolicy(
		name: string,
		rules: { createScriptURL(url: string): string },
	): {
		createScriptURL(url: string): unknown;
	};
}

const workerUrl = '/sw.js';

// The only script address this page ever makes is the worker's.
function trustedUrl(): string {
	const { trustedTypes } = globalThis as unknown as { trustedTypes?: TrustedTypes };
	if (!trustedTypes) return workerUrl;
	const policy = trustedTypes.createPolicy('plectica', {
		createScriptURL: (url) => {
			if (url !== workerUrl) throw new TypeError('not a script of this page');
			return url;
		},
	});
	// The browser wants the trusted object; the type library knows only strings.
	return policy.createScriptURL(workerUrl) as string;
}

let registration: Promise<boolean> | null = null;

/** Registers once; false where the browser refuses. */
export function opensOffline(): Promise<boolean> {
	registration ??= register();
	return registration;
}

async function register(): Promise<boolean> {
	if (!('serviceWorker' in navigator) || import.meta.env.DEV) return false;
	try {
		await navigator.serviceWorker.register(trustedUrl());
		return true;
	} catch {
		return false;
	}
}
