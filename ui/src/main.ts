import './fonts.css';
import './tokens.css';
import './base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { opensOffline } from './offline';
import { applyTheme } from './theme';
import { loadWords } from './words';

applyTheme();
// A frame in a page of another site keeps nothing.
if (window.top === window) void opensOffline();

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');
// Before the first page: it never changes its language while it is looked at.
await loadWords();
mount(App, { target });
