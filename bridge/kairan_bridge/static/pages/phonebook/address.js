/** The page's state as its address: back, reload and a link in a mail all lead to the same screen. */

const NAMES = { query: 'q', organization: 'organization', section: 'section', person: 'person' };

/** The state that an address's search part holds; what is missing is empty. */
export function readState(search) {
  const given = new URLSearchParams(search);
  return Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, given.get(name) ?? '']));
}

/** The address of a state. */
export function addressOf(state) {
  const search = new URLSearchParams();
  for (const [key, name] of Object.entries(NAMES)) if (state[key]) search.set(name, state[key]);
  return search.size ? `/phonebook?${search}` : '/phonebook';
}

/** Whether a click should be left to the browser (a new tab or window, or a download). */
export function browsersOwn(event) {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}
