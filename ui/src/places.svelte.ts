// The organisations and folders that this person sees, for all who name places.

import { access, type Folder, type Org, type Ref } from './accessapi';
import { Problem } from './api';

class Places {
	orgs: readonly Org[] = $state.raw([]);
	folders: readonly Folder[] = $state.raw([]);
	/** Organisations that ask for more than this sign-in has, by their ids. */
	shut: ReadonlySet<string> = $state.raw(new Set());

	/** Asks the server anew. Without a network what was known stays. */
	async load(): Promise<void> {
		try {
			const { orgs } = await access.orgs();
			const shut = new Set<string>();
			const lists = await Promise.all(
				orgs.map((org) =>
					access.folders(org.id).catch((error: unknown) => {
						if (error instanceof Problem && error.needs !== '') shut.add(org.id);
						return { folders: [] };
					}),
				),
			);
			this.orgs = orgs;
			this.shut = shut;
			this.folders = lists.flatMap((list) => list.folders);
		} catch (error) {
			if (!(error instanceof Problem && error.offline)) throw error;
		}
	}

	/** Forgets everything, after signing out. */
	clear(): void {
		this.orgs = this.folders = [];
		this.shut = new Set();
	}

	org(id: string): Org | undefined {
		return this.orgs.find((org) => org.id === id);
	}

	folder(id: string): Folder | undefined {
		return this.folders.find((folder) => folder.id === id);
	}

	/** The folders that lie in a place, as far as this person sees them. */
	within(place: Ref): Folder[] {
		return this.folders.filter((folder) => {
			if (place.kind === 'folder') return folder.home.id === place.id;
			// What lies in a folder that is not seen shows at the top.
			return folder.org === place.id && (folder.home.kind === 'org' || !this.folder(folder.home.id));
		});
	}

	/** The way from the organisation to a place, the place itself last. */
	path(place: Ref): Ref[] {
		const out: Ref[] = [];
		for (let at: Ref | undefined = place; at && out.length < 20; ) {
			if (at.kind === 'org') {
				const org = this.org(at.id);
				if (org) out.unshift({ kind: 'org', id: org.id, name: org.name });
				break;
			}
			const folder: Folder | undefined = this.folder(at.id);
			if (!folder) break;
			out.unshift({ kind: 'folder', id: folder.id, name: folder.name });
			at =
				folder.home.kind === 'folder' && !this.folder(folder.home.id)
					? { kind: 'org', id: folder.org }
					: folder.home;
		}
		return out;
	}

	/** What this person may do in a place. */
	role(place: Ref): Org['role'] {
		return (place.kind === 'org' ? this.org(place.id)?.role : this.folder(place.id)?.role) ?? 'none';
	}
}

export const places = new Places();
