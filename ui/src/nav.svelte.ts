// The current page, as a reactive value over the browser's history.

import { format, parse, type Route } from './router';
import { type Step, stateOf, trailOf } from './trail';

class Nav {
	route: Route = $state.raw(parse(location.pathname));
	/** By which maps the person came to this one. */
	trail: readonly Step[] = $state.raw(trailOf(history.state));
	/** Rises with every navigation, also to where one is. */
	arrivals = $state(0);

	constructor() {
		addEventListener('popstate', () => this.arrive());
	}

	/** Goes to a page. */
	go(route: Route, trail: readonly Step[] = []): void {
		this.to(format(route), false, trail);
	}

	/** Goes to a page in the place of this one. */
	replace(route: Route, trail: readonly Step[] = []): void {
		this.to(format(route), true, trail);
	}

	/** Goes to a path of this site. */
	to(path: string, replace: boolean, trail: readonly Step[] = []): void {
		if (replace) history.replaceState(stateOf(trail), '', path);
		else history.pushState(stateOf(trail), '', path);
		this.arrive();
		scrollTo(0, 0);
	}

	/** Another search on this page, which stays where it is scrolled to. */
	search(search: string): void {
		history.pushState(history.state, '', location.pathname + search);
		this.arrive();
	}

	private arrive(): void {
		this.route = parse(location.pathname);
		this.trail = trailOf(history.state);
		this.arrivals++;
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
