/** What the list shows: a search and how wide it is, or a place in an organisation and the way down to it. */

import { html, KairanElement, nothing } from '../../shared/element.js';
import { counted, day, t, today } from '../../shared/texts.js';
import { addressOf, browsersOwn } from './address.js';

/** Fires `choose` with `{organization, section}`. */
class ListHeading extends KairanElement {
  static properties = {
    /** An `Organizations` and a `Listing`. They change inside, so this is drawn again whenever the page is. */
    organizations: { attribute: false, hasChanged: () => true },
    listing: { attribute: false, hasChanged: () => true },
  };

  render() {
    const { scope, people, next } = this.listing;
    const count = counted(next ? 'people.more' : 'people', people.length);
    return html`
      ${scope.query ? this.#search(scope) : this.#place(scope)}
      <div class="list-heading__tools">
        ${people.length ? html`<p>${count}</p>` : nothing}
        ${people.length
          ? html`<button class="button button--text" @click=${() => window.print()}>${t('print')}</button>`
          : nothing}
      </div>
      <p class="print-only">${t('print.date', { day: day(today()) })}${next ? t('print.partial') : nothing}</p>
    `;
  }

  #search({ query, organization, section }) {
    const names = [this.organizations.name(organization), ...this.#path({ organization, section })];
    return html`
      <h2 id="list-title" tabindex="-1">${t('list.results', { query })}</h2>
      <p class="list-heading__scope">
        ${t('list.scope')}${organization
          ? html`<span lang="ja">${names.join(' ')}</span>　${this.#link(
                { organization: '', section: '' },
                t('list.widen'),
                query,
              )}`
          : t('list.everywhere')}
      </p>
    `;
  }

  #path({ organization, section }) {
    return this.organizations.path(organization, section).map((step) => step.name);
  }

  #place({ organization, section }) {
    const path = this.organizations.path(organization, section);
    const name = this.organizations.name(organization);
    const steps = path.length
      ? [
          { place: { organization, section: '' }, name },
          ...path.slice(0, -1).map((step) => ({ place: { organization, section: step.section }, name: step.name })),
        ]
      : [];
    return html`
      ${steps.length
        ? html`<nav class="breadcrumb" aria-label=${t('list.way')}>
            <ol lang="ja">
              ${steps.map((step) => html`<li>${this.#link(step.place, step.name)}</li>`)}
            </ol>
          </nav>`
        : nothing}
      <h2 id="list-title" tabindex="-1" lang="ja">${path.at(-1)?.name ?? name}</h2>
      ${section ? this.#below(organization, this.organizations.children(organization, section)) : nothing}
    `;
  }

  #below(organization, sections) {
    if (!sections.length) return nothing;
    return html`<nav class="below" aria-label=${t('list.below')}>
      <span aria-hidden="true">${t('list.below')}</span>
      <ul lang="ja">
        ${sections.map(({ section, name }) => html`<li>${this.#link({ organization, section }, name)}</li>`)}
      </ul>
    </nav>`;
  }

  #link(place, text, query = '') {
    return html`<a
      href=${addressOf({ ...place, query })}
      @click=${(event) => {
        if (browsersOwn(event)) return;
        event.preventDefault();
        this.dispatchEvent(new CustomEvent('choose', { detail: place }));
      }}
      >${text}</a
    >`;
  }
}

customElements.define('kairan-list-heading', ListHeading);
