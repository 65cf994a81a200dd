/** Copies a text, for clients that ask for a user ID. */

import { html, KairanElement } from '../../shared/element.js';
import { t } from '../../shared/texts.js';

class CopyButton extends KairanElement {
  static properties = {
    text: { attribute: false },
    /** `copied`, `failed`, or nothing yet. */
    outcome: { state: true },
  };

  willUpdate(changed) {
    if (changed.has('text')) this.outcome = '';
  }

  render() {
    return html`
      <button class="button button--outline button--small" @click=${this.#copy}>${t('copy')}</button>
      <span role="status" class="copy__outcome">${this.outcome ? t(`copy.${this.outcome}`) : ''}</span>
    `;
  }

  async #copy() {
    this.outcome = '';
    try {
      await navigator.clipboard.writeText(this.text);
      this.outcome = 'copied';
    } catch {
      // No clipboard without HTTPS, or it was refused: the text stands there to be selected.
      this.outcome = 'failed';
    }
  }
}

customElements.define('kairan-copy-button', CopyButton);
