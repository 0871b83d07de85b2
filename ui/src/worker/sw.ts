// The service worker keeps the shell, the core and the fonts, so that a map
// opens without a network; the map itself comes from IndexedDB. It never keeps
// anything of /api and never answers for the socket.

declare const VERSION: string; // put in front by scripts/worker.mjs
declare const SHELL: string[];

const worker = self as unknown as ServiceWorkerGlobalScope;
const cacheName = `shell-${VERSION}`;
const navigationPatience = 3000; // ms before a slow network counts as none

worker.addEventListener('install', (event) => {
	event.waitUntil(fill().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
	event.waitUntil(sweep().then(() => worker.clients.claim()));
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
	// Who may frame a map is for the server's own answer to say, each time.
	if (url.pathname.startsWith('/api/') || url.pathname.startsWith('/embed/')) return;
	if (request.mode === 'navigate') event.respondWith(navigate(request));
	else if (SHELL.includes(url.pathname + url.search)) event.respondWith(kept(request));
});

async function fill(): Promise<void> {
	const cache = await caches.open(cacheName);
	// reload: the browser's own cache may hold an older index or core.
	await cache.addAll(SHELL.map((path) => new Request(path, { cache: 'reload' })));
}

async function sweep(): Promise<void> {
	const names = await caches.keys();
	const old = names.filter((name) => name.startsWith('shell-') && name !== cacheName);
	await Promise.all(old.map((name) => caches.delete(name)));
}

async function navigate(request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	const shell = await cache.match('/');
	try {
		const response = await (shell ? Promise.race([fetch(request), tooSlow()]) : fetch(request));
		if (response.status < 500) return response;
	} catch {
		// offline: the kept shell below
	}
	return shell ?? Response.error();
}

// tooSlow ends the race: a signal cannot be given to a navigation's own request.
function tooSlow(): Promise<never> {
	return new Promise((_, reject) => {
		setTimeout(() => reject(new Error('slow')), navigationPatience);
	});
}

async function kept(request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	return (await cache.match(request)) ?? fetch(request);
}

export {};
