/** A device that is signed in: what it is, and its end. Revoking asks back, in words. */

import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/notice.js';
import { orSignIn } from '../../shared/session.js';
import { t } from '../../shared/texts.js';
import { moment, named } from './words.js';

/** Fires `changed` with a sentence. */
class DeviceCard extends KairanElement {
  static properties = {
    device: { attribute: false },
    /** Call the server; `certify` is null where it cannot be done. */
    revoke: { attribute: false },
    certify: { attribute: false },
    asking: { state: true },
    error: { state: true },
    busy: { state: true },
  };

  render() {
    const { name, device_id: id, person, certified, certified_ts: since, zone, last_seen_ts: seen } = this.device;
    return html`
      <h3 class="card__title">
        <span lang="ja">${name === undefined ? id : named(name)}</span>
        ${this.device.this ? html`<span class="chip">${t('devices.this')}</span>` : nothing}
        ${certified ? html`<span class="chip">${t('devices.certified')}</span>` : nothing}
      </h3>
      <dl class="card__facts">
        ${person
          ? html`<div>
              <dt>${t('devices.person')}</dt>
              <dd lang="ja">${person}</dd>
            </div>`
          : nothing}
        ${zone === 'lgwan' || zone === 'internet'
          ? html`<div>
              <dt>${t('login.network')}</dt>
              <dd>${t(`zone.${zone}`)}</dd>
            </div>`
          : nothing}
        ${since
          ? html`<div>
              <dt>${t('devices.since')}</dt>
              <dd>${moment(since)}</dd>
            </div>`
          : nothing}
        ${seen
          ? html`<div>
              <dt>${t('devices.seen')}</dt>
              <dd>${moment(seen)}</dd>
            </div>`
          : nothing}
        <div>
          <dt>${t('devices.id')}</dt>
          <dd><code>${id}</code></dd>
        </div>
      </dl>
      <kairan-notice .error=${this.error}></kairan-notice>
      ${this.asking ? this.#question() : this.#actions()}
    `;
  }

  #actions() {
    return html`<div class="card__actions">
      ${this.certify
        ? html`<button
            class="button button--outline"
            @click=${() => this.#attempt(this.certify, t('devices.now_certified'))}
          >
            ${t('devices.certify')}
          </button>`
        : nothing}
      <button class="button button--outline button--ask" @click=${this.#ask}>${t('devices.revoke')}</button>
    </div>`;
  }

  #question() {
    return html`<div class="card__question">
      <p tabindex="-1">${t('devices.revoke.what')}</p>
      <div class="card__actions">
        <button class="button button--solid" @click=${() => this.#attempt(this.revoke, t('devices.revoked'))}>
          ${t('devices.revoke.yes')}
        </button>
        <button class="button button--outline" @click=${this.#keep}>${t('devices.keep')}</button>
      </div>
    </div>`;
  }

  async #ask() {
    this.asking = true;
    await this.focusOn('.card__question p');
  }

  async #keep() {
    this.asking = false;
    await this.focusOn('.button--ask');
  }

  async #attempt(action, sentence) {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      await orSignIn(action());
      this.asking = false;
      this.dispatchEvent(new CustomEvent('changed', { detail: sentence }));
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }
}

customElements.define('kairan-device-card', DeviceCard);
