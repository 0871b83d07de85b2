import { defineConfig } from 'vitest/config';

// One server per file and real browsers: one file at a time, with patience.
export default defineConfig({
	test: {
		include: ['e2e/**/*.test.ts'],
		environment: 'node',
		fileParallelism: false,
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
