// Gives the person a file.

const forget = 1000; // ms until the browser has taken it

/** Saves data under a name, as the browser saves downloads. */
export function download(blob: Blob, name: string): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), forget);
}

/** Saves what lies at an address of our own, under the name it comes with. */
export function follow(address: string): void {
	const link = document.createElement('a');
	link.href = address;
	link.download = '';
	link.click();
}
