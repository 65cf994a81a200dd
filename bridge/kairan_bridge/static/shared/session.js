/** Coming, going and choosing a language: what every page does the same way. */

import { api, ApiError } from './api.js';
import { language } from './texts.js';

/** Leave for the sign-in page, and come back here afterwards. */
export function goToSignIn() {
  const here = location.pathname + location.search;
  location.replace(`/login?next=${encodeURIComponent(here)}`);
}

/** Where to go after signing in: a path of our own, the phone book otherwise. */
export function destination() {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  const url = next.startsWith('/') ? new URL(next, location.origin) : null;
  return url?.origin === location.origin ? url.pathname + url.search : '/phonebook';
}

/**
 * The signed-in person. Without one this leaves for the sign-in page and never settles, so that a page needs
 * no state for it. If the person's language is another one, the page is loaded again in that.
 */
export async function signedIn() {
  const me = await orSignIn(api.me());
  if (me.language && me.language !== language) {
    keepLanguage(me.language);
    location.reload();
    return new Promise(() => {});
  }
  return me;
}

/** What a call answers; if the sign-in has ended meanwhile, as `signedIn`. */
export async function orSignIn(calling) {
  try {
    return await calling;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    goToSignIn();
    return new Promise(() => {});
  }
}

export async function signOut() {
  await api.signOut();
  location.assign('/login');
}

/** Load the page again in another language; the address keeps its state. A person's choice is kept with them. */
export async function changeLanguage(chosen, person) {
  if (person) await orSignIn(api.saveSettings({ language: chosen }));
  keepLanguage(chosen);
  location.reload();
}

function keepLanguage(chosen) {
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `kairan_lang=${chosen}; path=/; max-age=31536000; samesite=strict${secure}`;
}
