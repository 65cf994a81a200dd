/** Says that something is being loaded, but only when it takes long enough to wonder. */

import { html, KairanElement, nothing } from './element.js';
import { t } from './texts.js';

/** In milliseconds. Sooner, it would only flicker. */
const PATIENCE = 300;

class Loading extends KairanElement {
  static properties = {
    active: { type: Boolean },
    visible: { state: true },
  };

  willUpdate(changed) {
    if (!changed.has('active')) return;
    clearTimeout(this.timer);
    this.visible = false;
    if (this.active) this.timer = setTimeout(() => (this.visible = true), PATIENCE);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  render() {
    return html`<div role="status">
      ${this.visible
        ? html`<p class="loading"><span class="loading__spinner" aria-hidden="true"></span>${t('loading')}</p>`
        : nothing}
    </div>`;
  }
}

customElements.define('kairan-loading', Loading);
