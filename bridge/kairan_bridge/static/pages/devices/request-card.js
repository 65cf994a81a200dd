/** A device that waits for a word: number, name and address, and the two answers where they can be given. */

import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/notice.js';
import { orSignIn } from '../../shared/session.js';
import { t } from '../../shared/texts.js';
import { moment, named } from './words.js';

/** Fires `decided` with a sentence. */
class RequestCard extends KairanElement {
  static properties = {
    request: { attribute: false },
    /** Whether it can be decided here. */
    anchored: { attribute: false },
    /** Calls the server with `approve` or `deny`. */
    decide: { attribute: false },
    error: { state: true },
    busy: { state: true },
  };

  render() {
    const { number, person, name, address, created_ts: created } = this.request;
    return html`
      <p class="card__number"><span class="card__label">${t('devices.number')}</span> <strong>${number}</strong></p>
      <dl class="card__facts">
        ${person
          ? html`<div>
              <dt>${t('devices.person')}</dt>
              <dd lang="ja">${person}</dd>
            </div>`
          : nothing}
        <div>
          <dt>${t('devices.name')}</dt>
          <dd lang="ja">${named(name)}</dd>
        </div>
        <div>
          <dt>${t('devices.address')}</dt>
          <dd>${address}</dd>
        </div>
        <div>
          <dt>${t('devices.asked')}</dt>
          <dd>${moment(created)}</dd>
        </div>
      </dl>
      <kairan-notice .error=${this.error}></kairan-notice>
      ${this.anchored
        ? html`<div class="card__actions">
            <button class="button button--solid" @click=${() => this.#answer('approve', t('devices.approved'))}>
              ${t('devices.approve')}<span class="hidden"> ${number}</span>
            </button>
            <button class="button button--outline" @click=${() => this.#answer('deny', t('devices.denied'))}>
              ${t('devices.deny')}<span class="hidden"> ${number}</span>
            </button>
          </div>`
        : nothing}
    `;
  }

  async #answer(word, sentence) {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await orSignIn(this.decide(word));
      this.dispatchEvent(new CustomEvent('decided', { detail: sentence }));
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }
}

customElements.define('kairan-request-card', RequestCard);
