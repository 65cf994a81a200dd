/** The search box. It searches as one types, also while a Japanese input method is still composing. */

import { html, KairanElement } from '../../shared/element.js';
import { t } from '../../shared/texts.js';

/** In milliseconds: how long the fingers rest before a search goes out. */
const REST = 150;

/** Letters at the end that the input method has not turned into kana yet: the `m` of `やm`. */
const UNFINISHED = /[a-zａ-ｚ]+$/i;

/** Fires `search` with the query, trimmed. */
class SearchBox extends KairanElement {
  static properties = {
    /** What the address says. The box itself keeps what is being typed. */
    query: { attribute: false },
  };

  updated(changed) {
    // The answer to our own search comes back here too, perhaps when more has been typed already.
    if (!changed.has('query') || this.query === this.sent) return;
    this.sent = this.query;
    this.querySelector('input').value = this.query;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  render() {
    return html`
      <form class="search" role="search" @submit=${this.#submit}>
        <label class="field__label" for="query">${t('search.label')}</label>
        <p class="field__hint" id="query-hint">${t('search.hint')}</p>
        <div class="search__row">
          <input
            class="input search__input"
            id="query"
            type="search"
            maxlength="100"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby="query-hint"
            @input=${this.#typing}
            @compositionend=${this.#typing}
          />
          <button class="button button--outline">${t('search.submit')}</button>
        </div>
      </form>
    `;
  }

  /** Send now what still waits for the fingers to rest: the person has gone on to something else. */
  flush() {
    if (this.timer) this.#send(this.#typed());
  }

  #typed() {
    return this.querySelector('input').value.trim();
  }

  #typing(event) {
    clearTimeout(this.timer);
    const query = event.isComposing ? this.#typed().replace(UNFINISHED, '').trim() : this.#typed();
    if (event.isComposing && !query) return;
    this.timer = setTimeout(() => this.#send(query), REST);
  }

  #submit(event) {
    event.preventDefault();
    this.#send(this.#typed());
  }

  #send(query) {
    clearTimeout(this.timer);
    this.timer = null;
    if (query === this.sent) return;
    this.sent = query;
    this.dispatchEvent(new CustomEvent('search', { detail: query }));
  }
}

customElements.define('kairan-search-box', SearchBox);
