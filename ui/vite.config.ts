import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const out = new URL('./dist', import.meta.url).pathname;

// sweep empties dist but keeps placeholder.html: it is what a clone without a
// built UI embeds, so a build must not remove it.
const sweep: Plugin = {
	name: 'sweep',
	apply: 'build',
	buildStart() {
		if (!existsSync(out)) return;
		for (const name of readdirSync(out)) {
			if (name !== 'placeholder.html') rmSync(join(out, name), { recursive: true });
		}
	},
};

// coreVersion goes into the core's address, so that page and core always match.
function coreVersion(): string {
	const path = new URL('./public/core.wasm', import.meta.url);
	if (!existsSync(path)) return 'none';
	return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
}

// The policy of the pages forbids inline scripts and styles, so nothing is
// inlined: no data: assets, no preload polyfill. The service worker and the
// compressed copies are made afterwards by scripts/.
export default defineConfig({
	plugins: [svelte(), sweep],
	define: { __CORE__: JSON.stringify(coreVersion()) },
	build: {
		outDir: 'dist',
		emptyOutDir: false,
		assetsDir: 'assets',
		assetsInlineLimit: 0,
		cssCodeSplit: false,
		modulePreload: { polyfill: false },
		target: 'es2022',
		sourcemap: false,
		reportCompressedSize: false,
	},
	server: {
		proxy: {
			'/api': { target: 'https://localhost:8443', secure: false },
			'^/maps/[^/]+/socket': { target: 'https://localhost:8443', secure: false, ws: true },
		},
	},
});
