// tldraw as its documentation embeds it, with the fonts and icons it ships. Its limit
// of 4,000 shapes on a page and its least zoom are raised, or it could not hold the scene.
import 'tldraw/tldraw.css';
import { getAssetUrlsByImport } from '@tldraw/assets/imports.vite';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { Tldraw } from 'tldraw';
import { camera, scene, things } from './view.js';

const leastZoom = 0.01;
const look = ({ x, y, zoom }) =>
	editor.setCamera({ x: -x, y: -y, z: zoom }, { immediate: true, force: true });
let editor = null;

scene.then((snapshot) =>
	createRoot(document.getElementById('root')).render(
		createElement(
			'div',
			{ style: { position: 'fixed', inset: 0 } },
			createElement(Tldraw, {
				snapshot,
				assetUrls: getAssetUrlsByImport(),
				options: { maxShapesPerPage: things + 1 },
				cameraOptions: { zoomSteps: [leastZoom, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8] },
				onMount: (mounted) => {
					editor = mounted;
					look(camera);
				},
			}),
		),
	),
);

globalThis.contender = {
	ready: () => editor !== null && editor.getCurrentPageShapeIds().size === things,
	look,
	zoom: () => editor.getZoomLevel(),
	picked: () => editor.getSelectedShapeIds().length,
};
