/** What the phone book says about a list: aloud when it changes, and in the place of an empty one. */

import { html, nothing } from '../../shared/element.js';
import { counted, t } from '../../shared/texts.js';

/** What a screen reader is told once a list is on show. */
export function summary({ people, next }, { query }) {
  if (!people.length) return query ? t('list.none', { query }) : t('list.nobody');
  const count = counted(next ? 'people.more' : 'people', people.length);
  return query ? t('list.found', { query, count }) : t('list.listed', { count });
}

/** What stands where nobody is listed, and what to do about it. */
export function empty({ query, organization }) {
  if (!query) {
    return html`<div class="empty">
      <p class="empty__title">${t('list.nobody')}</p>
      <p>${t('list.nobody.advice')}</p>
    </div>`;
  }
  return html`<div class="empty">
    <p class="empty__title">${t('list.none', { query })}</p>
    <ul>
      <li>${t('list.none.shorter')}</li>
      <li>${t('list.none.kana')}</li>
      ${organization ? html`<li>${t('list.none.wider')}</li>` : nothing}
    </ul>
  </div>`;
}
