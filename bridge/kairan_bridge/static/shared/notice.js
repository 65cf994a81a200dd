/** Says in words what went wrong, and offers to try again where that may help. */

import { html, KairanElement, nothing } from './element.js';
import { t } from './texts.js';

class Notice extends KairanElement {
  static properties = {
    /** An `ApiError`, or null for nothing to say. */
    error: { attribute: false },
    /** What to do again, or undefined. */
    retry: { attribute: false },
  };

  render() {
    // The element stands there before it has something to say: only then is an alert spoken everywhere.
    return html`<div role="alert">
      ${this.error
        ? html`<div class="notice">
            <svg class="notice__icon" viewBox="0 0 24 24" aria-hidden="true">
              <path
                fill="currentColor"
                d="M8.3 2h7.4L22 8.3v7.4L15.7 22H8.3L2 15.7V8.3zM11 7v6h2V7zm0 8v2h2v-2z"
                fill-rule="evenodd"
              ></path>
            </svg>
            <p class="notice__text"><span class="hidden">${t('error.label')}</span>${this.error.message}</p>
            ${this.retry && this.error.status !== 403 && this.error.status !== 404
              ? html`<button class="button button--outline" @click=${this.retry}>${t('retry')}</button>`
              : nothing}
          </div>`
        : nothing}
    </div>`;
  }
}

customElements.define('kairan-notice', Notice);
