// Judges a site's headers: node observatory.mjs HOST HTTPS_PORT HTTP_PORT
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('node_modules/@mdn/mdn-http-observatory/', import.meta.url);

// What its own scripts would fetch, and they were not run.
for (const [name, content] of [['hsts-preload.json', '{}'], ['tld-list.json', '[]']]) {
	const file = new URL(`conf/${name}`, root);
	if (!existsSync(file)) writeFileSync(file, content);
}

const { retrieve } = await import(new URL('src/retriever/retriever.js', root));
const { ALL_TESTS } = await import(new URL('src/constants.js', root));
const { getGradeForScore, getScoreDescription, getScoreModifier } = await import(new URL('src/grader/grader.js', root));
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import(new URL('src/grader/charts.js', root));

const [host, httpsPort, httpPort] = process.argv.slice(2);
const got = await retrieve(host, { httpsPort, httpPort });
if (!got.responses.auto) throw new Error('the site does not answer');

// As its own scanner counts.
let score = 100;
let uncurved = 100;
const findings = [];
for (const test of ALL_TESTS) {
	const result = test(got);
	const points = result.result ? getScoreModifier(result.result) : 0;
	score += points;
	if (points < 0) uncurved += points;
	if (!result.pass) findings.push(`${result.constructor.name} ${result.result}: ${getScoreDescription(result.result)}`.replace(/\s+/g, ' '));
}
const grade = getGradeForScore(uncurved >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? score : uncurved);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
console.log(JSON.stringify({ version, grade: grade.grade, score: grade.score, tests: ALL_TESTS.length, findings }));
