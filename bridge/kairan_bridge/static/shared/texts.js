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
  const [year, month, number] = date.split('-').map(Number);
  const moment = new Date(Date.UTC(year, month - 1, number));
  const weekday = moment.toLocaleDateString(language, { weekday: 'short', timeZone: 'UTC' });
  if (language === 'ja') return `${year}年${month}月${number}日（${weekday}）`;
  const long = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' };
  return `${weekday}, ${moment.toLocaleDateString('en-GB', long)}`;
}

/** Today where the pages' users are, as `2026-04-01`. */
export function today() {
  return new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Tokyo' });
}
