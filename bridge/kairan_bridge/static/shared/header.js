/** The top of every page: what this is, who is signed in, language, sign-out. */

import { html, KairanElement, nothing } from './element.js';
import './notice.js';
import { changeLanguage, signOut } from './session.js';
import { language, t } from './texts.js';

const OTHER = { ja: { code: 'en', name: 'English' }, en: { code: 'ja', name: '日本語' } }[language];

class Header extends KairanElement {
  static properties = {
    /** The signed-in person; undefined where nobody is, or before we know. */
    person: { attribute: false },
    failure: { state: true },
  };

  render() {
    return html`
      <a class="skip-link" href="#main">${t('header.skip')}</a>
      <header class="header">
        <a class="header__name" href="/phonebook">
          <svg class="header__mark" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="6" fill="currentColor"></rect>
            <path d="M7 9h18v12H15l-5 4v-4H7z" fill="#fff"></path>
            <path d="M11 13h10M11 17h7" stroke="currentColor" stroke-width="2"></path>
          </svg>
          ${t('product')}
        </a>
        <div class="header__tools">
          ${this.person
            ? html`<span class="header__person"
                ><span class="hidden">${t('header.signed_in_as')}</span
                ><span lang="ja">${this.person.name}</span></span
              >`
            : nothing}
          ${this.person
            ? html`<a class="button button--text" href="/devices">${t('header.devices')}</a>`
            : nothing}
          <button class="button button--text" lang=${OTHER.code} @click=${this.#changeLanguage}>${OTHER.name}</button>
          ${this.person
            ? html`<button class="button button--text" @click=${this.#signOut}>${t('header.sign_out')}</button>`
            : nothing}
        </div>
      </header>
      <kairan-notice class="header__notice" .error=${this.failure}></kairan-notice>
    `;
  }

  #changeLanguage() {
    this.#attempt(() => changeLanguage(OTHER.code, this.person));
  }

  #signOut() {
    this.#attempt(signOut);
  }

  async #attempt(action) {
    this.failure = null;
    try {
      await action();
    } catch (error) {
      this.failure = error;
    }
  }
}

customElements.define('kairan-header', Header);
