import { defineConfig } from 'vitest/config';

// One server and two browsers: one test after the other, each with patience, and
// nothing after the first that failed, since each goes on where the last one ended.
export default defineConfig({
	test: {
		include: ['e2e-firefox/**/*.test.ts'],
		environment: 'node',
		fileParallelism: false,
		bail: 1,
		testTimeout: 30_000,
		hookTimeout: 60_000,
	},
});
