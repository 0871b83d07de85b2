// Excalidraw as its documentation embeds it, with the fonts it ships.
import '@excalidraw/excalidraw/index.css';
import { Excalidraw } from '@excalidraw/excalidraw';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { camera, scene, things } from './view.js';

globalThis.EXCALIDRAW_ASSET_PATH = '/excalidraw/';
globalThis.EXCALIDRAW_THROTTLE_RENDER = true; // as on excalidraw.com: a paint for each frame

const stateOf = ({ x, y, zoom }) => ({ scrollX: -x, scrollY: -y, zoom: { value: zoom } });
let api = null;

createRoot(document.getElementById('root')).render(
	createElement(Excalidraw, {
		excalidrawAPI: (given) => {
			api = given;
		},
		initialData: scene.then((file) => ({
			elements: file.elements,
			appState: { ...file.appState, ...stateOf(camera) },
		})),
	}),
);

globalThis.contender = {
	ready: () => api !== null && !api.getAppState().isLoading && api.getSceneElements().length === things,
	look: (where) => api.updateScene({ appState: stateOf(where) }),
	zoom: () => api.getAppState().zoom.value,
	picked: () => Object.keys(api.getAppState().selectedElementIds).length,
};
