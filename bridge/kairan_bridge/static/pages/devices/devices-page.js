/** One's devices: what waits for a word, what is signed in, and what to do when one is lost. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing, repeat } from '../../shared/element.js';
import '../../shared/header.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { orSignIn, signedIn } from '../../shared/session.js';
import { t } from '../../shared/texts.js';
import './device-card.js';
import './lost-devices.js';
import './organization-devices.js';
import './request-card.js';

class DevicesPage extends KairanElement {
  static properties = {
    person: { state: true },
    /** Whether this page was opened on LGWAN: approvals are given nowhere else. */
    anchored: { state: true },
    devices: { state: true },
    requests: { state: true },
    error: { state: true },
    /** What was just done, in words. */
    done: { state: true },
  };

  connectedCallback() {
    super.connectedCallback();
    this.#start();
  }

  async #start() {
    this.error = null;
    try {
      this.person = await signedIn();
      this.anchored = (await api.session()).zone === 'lgwan';
      await this.#load();
    } catch (error) {
      this.error = error;
    }
  }

  async #load() {
    const { devices, requests } = await orSignIn(api.devices());
    this.devices = devices;
    this.requests = requests;
  }

  render() {
    return html`
      <kairan-header .person=${this.person}></kairan-header>
      <main id="main" class="devices" tabindex="-1">
        <h1>${t('devices.title')}</h1>
        <kairan-notice .error=${this.error} .retry=${() => this.#start()}></kairan-notice>
        <div role="status">${this.done ? html`<p class="devices__done">${this.done}</p>` : nothing}</div>
        <kairan-loading ?active=${!this.devices && !this.error}></kairan-loading>
        ${this.devices ? this.#content() : nothing}
      </main>
    `;
  }

  #content() {
    return html`
      ${this.requests.length
        ? html`<section aria-labelledby="waiting-title">
            <h2 id="waiting-title">${t('devices.waiting')}</h2>
            <p>${t(this.anchored ? 'devices.waiting.here' : 'devices.waiting.elsewhere')}</p>
            <ul class="cards">
              ${repeat(
                this.requests,
                ({ number }) => number,
                (request) =>
                  html`<li>
                    <kairan-request-card
                      .request=${request}
                      .anchored=${this.anchored && request.approved_by === 'self'}
                      .decide=${(word) => api.decideDevice(request.number, word)}
                      @decided=${this.#changed}
                    ></kairan-request-card>
                  </li>`,
              )}
            </ul>
          </section>`
        : nothing}
      <section aria-labelledby="list-title">
        <h2 id="list-title" tabindex="-1">${t('devices.list')}</h2>
        ${this.devices.length
          ? html`<ul class="cards">
              ${repeat(
                this.devices,
                ({ device_id: id }) => id,
                (device) =>
                  html`<li>
                    <kairan-device-card
                      .device=${device}
                      .revoke=${() => api.revokeDevice(device.device_id)}
                      .certify=${this.anchored && !device.certified && device.zone === 'internet'
                        ? () => api.certifyDevice(device.device_id)
                        : null}
                      @changed=${this.#changed}
                    ></kairan-device-card>
                  </li>`,
              )}
            </ul>`
          : html`<p class="empty">${t('devices.none')}</p>`}
      </section>
      <kairan-lost-devices></kairan-lost-devices>
      ${(this.person.administers ?? []).map(
        (key) =>
          html`<kairan-organization-devices
            .organization=${key}
            .anchored=${this.anchored}
            @changed=${this.#changed}
          ></kairan-organization-devices>`,
      )}
    `;
  }

  #changed = async (event) => {
    this.done = event.detail;
    try {
      await this.#load();
    } catch (error) {
      this.error = error;
    }
    // What was pressed is gone; the keyboard goes on from the list.
    await this.focusOn('#list-title');
  };
}

customElements.define('kairan-devices', DevicesPage);
