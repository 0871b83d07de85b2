// The current page, as a reactive value over the browser's history.

import { format, parse, type Route } from './router';

class Nav {
	route: Route = $state.raw(parse(location.pathname));

	constructor() {
		addEventListener('popstate', () => {
			this.route = parse(location.pathname);
		});
	}

	/** Goes to a page. */
	go(route: Route): void {
		this.to(format(route), false);
	}

	/** Goes to a page in the place of this one. */
	replace(route: Route): void {
		this.to(format(route), true);
	}

	/** Goes to a path of this site. */
	to(path: string, replace: boolean): void {
		if (replace) history.replaceState(null, '', path);
		else history.pushState(null, '', path);
		this.route = parse(location.pathname);
		scrollTo(0, 0);
	}

	/** For links: a plain click stays in the page, any other is the browser's. */
	readonly onClick = (event: MouseEvent): void => {
		if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented)
			return;
		const link = event.currentTarget;
		if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return;
		event.preventDefault();
		this.to(link.pathname + link.search + link.hash, false);
	};
}

export const nav = new Nav();
