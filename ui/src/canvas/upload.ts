// Brings one file to the server. XMLHttpRequest, because fetch tells nothing of how
// far it is.

import { Problem, problemFrom } from '../api';

/** What the server found out about a file. */
export interface Brought {
	hash: string;
	kind: string;
	size: number;
	w: number;
	h: number;
}

const patienceMs = 15 * 60_000; // the server waits no longer

/** Sends a file; progress is told from 0 to 1. Failures are Problems. */
export function upload(
	map: string,
	file: Blob,
	progress: (part: number) => void,
	signal: AbortSignal,
): Promise<Brought> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		const abort = () => request.abort();
		signal.addEventListener('abort', abort);
		request.open('POST', `/api/v1/maps/${encodeURIComponent(map)}/blobs`);
		request.responseType = 'text';
		request.timeout = patienceMs;
		request.setRequestHeader('content-type', 'application/octet-stream');
		request.upload.onprogress = (event) => {
			if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total);
		};
		request.onloadend = () => {
			signal.removeEventListener('abort', abort);
			const { status, responseText } = request;
			if (status === 201) resolve(JSON.parse(responseText) as Brought);
			else reject(problemFrom(status, responseText, request.getResponseHeader('retry-after')));
		};
		request.send(file);
	});
}

/** Whether a failure is that nothing was heard. */
export function unreachable(error: unknown): boolean {
	return error instanceof Problem && error.offline;
}
