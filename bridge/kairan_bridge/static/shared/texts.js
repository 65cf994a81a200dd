/** Texts in the document's language. The server put the catalogue into the document. */

const catalogue = JSON.parse(document.getElementById('texts').textContent);

export const language = document.documentElement.lang;

/** Makes something at its first use only: each of these takes a slow machine many milliseconds. */
function lazily(make) {
  let made;
  return () => (made ??= make());
}

const plurals = lazily(() => new Intl.PluralRules(language));
const numbers = lazily(() => new Intl.NumberFormat(language));
const months = lazily(() => new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' }));
const weekdays = lazily(() => new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }));
const isoInTokyo = lazily(() => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }));

/** The text of a key, with `{name}` replaced by the values. An unknown key throws: tests must see it. */
export function t(key, values = {}) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text of `key.one` or `key.other`, by the language's rule for `count`. */
export function counted(key, count) {
  return t(`${key}.${plurals().select(count)}`, { count: numbers().format(count) });
}

/** A day given as `2026-04-01`: 2026年4月1日（水） or Wed, 1 April 2026. */
export function day(date) {
  const [year, , number] = date.split('-').map(Number);
  const moment = new Date(`${date}T00:00Z`);
  return t('date', { year, month: months().format(moment), day: number, weekday: weekdays().format(moment) });
}

/** Today where the pages' users are, as `2026-04-01`. */
export function today() {
  return isoInTokyo().format(new Date());
}
