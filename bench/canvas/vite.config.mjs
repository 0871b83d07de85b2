import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

// The pages of the others, as they would be shipped.
export default defineConfig({
	root: path('pages'),
	logLevel: 'error',
	define: { 'process.env.IS_PREACT': '"false"' }, // Excalidraw asks
	build: {
		outDir: path('dist'),
		emptyOutDir: true,
		target: 'es2022',
		chunkSizeWarningLimit: 100_000,
		rolldownOptions: {
			input: ['excalidraw', 'tldraw', 'floor'].map((name) => path(`pages/${name}.html`)),
		},
	},
});
