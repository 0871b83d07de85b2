// Judges a content security policy: node csp.mjs POLICY
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { CspEvaluator } = require('csp_evaluator/dist/evaluator.js');
const { CspParser } = require('csp_evaluator/dist/parser.js');
const { Severity } = require('csp_evaluator/dist/finding.js');

const judge = (policy) =>
	new CspEvaluator(new CspParser(policy).csp)
		.evaluate()
		.map((f) => `${Severity[f.severity]} ${f.directive} ${f.value ?? ''}: ${f.description}`.replace(/\s+/g, ' '));

const { version } = JSON.parse(readFileSync(new URL('node_modules/csp_evaluator/package.json', import.meta.url), 'utf8'));
console.log(JSON.stringify({ version, control: judge("script-src 'unsafe-inline'").length, findings: judge(process.argv[2]) }));
