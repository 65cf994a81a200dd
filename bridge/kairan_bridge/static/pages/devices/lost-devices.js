/** A lost device: one action ends every session, here too. It asks back once. */

import { api } from '../../shared/api.js';
import { html, KairanElement } from '../../shared/element.js';
import '../../shared/notice.js';
import { orSignIn } from '../../shared/session.js';
import { t } from '../../shared/texts.js';

class LostDevices extends KairanElement {
  static properties = {
    asking: { state: true },
    error: { state: true },
    busy: { state: true },
  };

  render() {
    return html`<section class="lost" aria-labelledby="lost-title">
      <h2 id="lost-title">${t('devices.lost')}</h2>
      <p tabindex="-1">${t(this.asking ? 'devices.lost.what' : 'devices.lost.advice')}</p>
      <kairan-notice .error=${this.error}></kairan-notice>
      <div class="card__actions">
        ${this.asking
          ? html`<button class="button button--solid" @click=${this.#end}>${t('devices.lost.yes')}</button>
              <button class="button button--outline" @click=${() => (this.asking = false)}>
                ${t('devices.keep')}
              </button>`
          : html`<button class="button button--outline" @click=${this.#ask}>${t('devices.lost.start')}</button>`}
      </div>
    </section>`;
  }

  async #ask() {
    this.asking = true;
    await this.focusOn('p');
  }

  async #end() {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await orSignIn(api.lostDevices());
      // This session has ended too; its cookie is cleared on the way.
      await api.signOut().catch(() => {});
      location.assign('/login');
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }
}

customElements.define('kairan-lost-devices', LostDevices);
