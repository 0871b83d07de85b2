/** The hash of core.wasm this page was built with. */
declare const __CORE__: string;

declare module '*.css';
