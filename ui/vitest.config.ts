import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [svelte()],
	// Style sheets are empty in tests, except the one whose text a test reads.
	test: { include: ['src/**/*.test.ts'], environment: 'node', css: { include: [/base\.css/] } },
});
