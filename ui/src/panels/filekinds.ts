// What people call the types of files.

import { words } from '../words';

/** The name of a type; types that nobody talks about by name are just files. */
export function kindName(kind: string): string {
	const { kinds } = words;
	const [family = '', form = ''] = kind.split('/');
	if (family === 'image') return kinds.image(form.replace('svg+xml', 'svg').toUpperCase());
	if (family === 'video') return kinds.video(form.toUpperCase());
	if (family === 'audio') return kinds.audio;
	if (kind === 'application/pdf') return kinds.pdf;
	if (kind === 'application/zip') return kinds.archive;
	return family === 'text' ? kinds.text : kinds.file;
}
