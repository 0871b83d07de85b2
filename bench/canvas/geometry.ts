// What ../../bench/canvas takes of the product to know where its cards lie: the core
// and its commands, as the browser runs them. Bundled for Node by scene.mjs.
export { eachOp, Op, px, word } from '../../ui/src/canvas/ops';
export { encodeId, randomId } from '../../ui/src/core/bytes';
export { create, relate, set } from '../../ui/src/core/commands';
export { Core } from '../../ui/src/core/core';
export { Field, Layout, unit } from '../../ui/src/core/model';
