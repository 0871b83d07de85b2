// What a page is asked in its address: the scene, how many things are in it, and
// where it is looked at from at first.
const query = new URLSearchParams(location.search);
const number = (name) => Number(query.get(name) ?? 0);

export const scene = fetch(query.get('scene') ?? '').then((answer) => answer.json());
export const things = number('things');
export const camera = { x: number('x'), y: number('y'), zoom: number('zoom') };
