/** Texts in the document's language. The server put the catalogue into the document. */

const catalogue = JSON.parse(document.getElementById('texts').textContent);

export const language = document.documentElement.lang;

const plurals = new Intl.PluralRules(language);

/** The text of a key, with `{name}` replaced by the values. An unknown key throws: tests must see it. */
export function t(key, values = {}) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text of `key.one` or `key.other`, by the language's rule for `count`. */
export function counted(key, count) {
  return t(`${key}.${plurals.select(count)}`, { count: count.toLocaleString(language) });
}

/** A day given as `2026-04-01`: 2026年4月1日（水） or Wed, 1 April 2026. */
export function day(date) {
  const [year, , number] = date.split('-').map(Number);
  const part = (style) => new Date(`${date}T00:00Z`).toLocaleDateString(language, { ...style, timeZone: 'UTC' });
  return t('date', { year, month: part({ month: 'long' }), day: number, weekday: part({ weekday: 'short' }) });
}

/** Today where the pages' users are, as `2026-04-01`. */
export function today() {
  return new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Tokyo' });
}
