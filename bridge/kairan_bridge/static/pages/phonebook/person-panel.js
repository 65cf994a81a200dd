/** One person: all postings, and the way into a direct chat. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { orSignIn } from '../../shared/session.js';
import { day, language, t, today } from '../../shared/texts.js';
import './copy-button.js';

/** Fires `close`. */
class PersonPanel extends KairanElement {
  static properties = {
    /** The user ID of the person to show. */
    user: { attribute: false },
    /** One's own user ID. */
    me: { attribute: false },
    /** Where the link that closes the panel leads. */
    back: { attribute: false },
    /** Whether the keyboard should come here once the person is on show. */
    focused: { attribute: false },
    person: { state: true },
    error: { state: true },
    busy: { state: true },
  };

  willUpdate(changed) {
    if (changed.has('user')) this.#load(this.user);
  }

  async #load(user) {
    Object.assign(this, { person: null, error: null, busy: true });
    try {
      const person = await orSignIn(api.person(user));
      if (user === this.user) this.person = person;
    } catch (error) {
      if (user === this.user) this.error = error;
    }
    if (user !== this.user) return;
    this.busy = false;
    if (this.focused) this.focusOn(this.person ? 'h2' : '.panel__close');
  }

  render() {
    return html`
      <section class="panel" aria-label=${t('person.label')}>
        <a class="button button--text panel__close" href=${this.back} @click=${this.#close}>
          <span class="panel__back">${t('person.back')}</span><span class="panel__shut">${t('person.close')}</span>
        </a>
        <kairan-notice .error=${this.error} .retry=${() => this.#load(this.user)}></kairan-notice>
        <kairan-loading ?active=${this.busy}></kairan-loading>
        ${this.person ? this.#person(this.person) : nothing}
      </section>
    `;
  }

  #person({ user_id: user, name, kana, postings }) {
    return html`
      <div class="panel__head" lang="ja">
        <span class="avatar" aria-hidden="true">${[...name][0]}</span>
        <div>
          ${kana ? html`<p class="panel__kana">${kana}</p>` : nothing}
          <h2 class="panel__name" tabindex="-1">${name}</h2>
        </div>
      </div>
      ${user === this.me
        ? html`<p class="panel__self">${t('person.self')}</p>`
        : html`<a
            class="button button--solid button--wide"
            href=${matrixTo(user)}
            target="_blank"
            rel="noopener"
          >
            ${t('person.chat')}
            <svg class="button__icon" viewBox="0 0 24 24" aria-hidden="true">
              <path d="M14 4h6v6M20 4l-9 9M10 5H5v14h14v-5" fill="none" stroke="currentColor" stroke-width="2"></path>
            </svg>
            <span class="hidden">${t('new_tab')}</span>
          </a>`}
      <h3 class="panel__title">${t('person.postings')}</h3>
      <ul class="postings">
        ${postings.map((posting, index) => this.#posting(posting, index, postings.length))}
      </ul>
      <h3 class="panel__title">${t('person.id')}</h3>
      <div class="panel__id">
        <code>${user}</code>
        <kairan-copy-button .text=${user}></kairan-copy-button>
      </div>
    `;
  }

  #posting(posting, index, count) {
    const later = posting.starts && posting.starts > today() ? posting.starts : null;
    return html`
      <li class="posting">
        <p class="posting__organization">
          <span lang="ja">${posting.organization_name}</span>
          ${count > 1
            ? html`<span class="chip">${t(index === 0 ? 'person.main' : 'person.concurrent')}</span>`
            : nothing}
          ${posting.role === 'organization_admin'
            ? html`<span class="chip">${t('person.administrator')}</span>`
            : nothing}
        </p>
        ${posting.section_path.length
          ? html`<p class="posting__section" lang="ja">
              ${posting.section_path.map((name, depth) => html`${depth ? ' ' : ''}<span>${name}</span>`)}
            </p>`
          : nothing}
        ${posting.title ? html`<p class="posting__title" lang="ja">${posting.title}</p>` : nothing}
        ${posting.extension
          ? html`<p class="posting__extension">
              <span class="posting__label">${t('people.extension')}</span>
              <strong>${posting.extension}</strong>
            </p>`
          : nothing}
        ${later ? html`<p class="posting__until">${t('person.from', { day: day(later) })}</p>` : nothing}
        ${posting.ends ? html`<p class="posting__until">${t('person.until', { day: day(posting.ends) })}</p>` : nothing}
      </li>
    `;
  }

  #close(event) {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('close'));
  }
}

/** https://spec.matrix.org/latest/appendices/#matrixto-navigation; `@` and `:` may stand in a fragment as they are. */
function matrixTo(user) {
  return `https://matrix.to/#/${encodeURIComponent(user).replace('%40', '@').replaceAll('%3A', ':')}`;
}

customElements.define('kairan-person-panel', PersonPanel);
