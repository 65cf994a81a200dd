/** For an organisation's administrators: what waits for them, and what the organisation has certified. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing, repeat } from '../../shared/element.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { orSignIn } from '../../shared/session.js';
import { t } from '../../shared/texts.js';
import './device-card.js';
import './request-card.js';

/** Fires `changed` with a sentence. */
class OrganizationDevices extends KairanElement {
  static properties = {
    /** The key of the organisation. */
    organization: { attribute: false },
    anchored: { attribute: false },
    name: { state: true },
    devices: { state: true },
    requests: { state: true },
    /** Where the list goes on, if it does. */
    next: { state: true },
    error: { state: true },
  };

  willUpdate(changed) {
    if (changed.has('organization')) this.#load();
  }

  async #load() {
    this.error = null;
    try {
      this.name = (await orSignIn(api.organization(this.organization))).name;
      const answer = await orSignIn(api.organizationDevices(this.organization));
      Object.assign(this, { devices: answer.devices, requests: answer.requests, next: answer.next_batch });
    } catch (error) {
      this.error = error;
    }
  }

  async #more() {
    this.error = null;
    try {
      const answer = await orSignIn(api.organizationDevices(this.organization, this.next));
      Object.assign(this, { devices: [...this.devices, ...answer.devices], next: answer.next_batch });
    } catch (error) {
      this.error = error;
    }
  }

  render() {
    const title = `organization-${this.organization}`;
    return html`<section class="organization" aria-labelledby=${title}>
      <h2 id=${title}><span lang="ja">${this.name ?? this.organization}</span>${t('devices.organization')}</h2>
      <kairan-notice .error=${this.error} .retry=${() => this.#load()}></kairan-notice>
      <kairan-loading ?active=${!this.devices && !this.error}></kairan-loading>
      ${this.devices ? this.#content() : nothing}
    </section>`;
  }

  #content() {
    if (!this.devices.length && !this.requests.length) {
      return html`<p class="empty">${t('devices.organization.none')}</p>`;
    }
    return html`
      <ul class="cards">
        ${repeat(
          this.requests,
          ({ number }) => number,
          (request) =>
            html`<li>
              <kairan-request-card
                .request=${request}
                .anchored=${this.anchored}
                .decide=${(word) => api.decideOrganizationDevice(this.organization, request.number, word)}
                @decided=${this.#changed}
              ></kairan-request-card>
            </li>`,
        )}
        ${repeat(
          this.devices,
          ({ user_id: user, device_id: id }) => `${user} ${id}`,
          (device) =>
            html`<li>
              <kairan-device-card
                .device=${device}
                .revoke=${() => api.revokeOrganizationDevice(this.organization, device.user_id, device.device_id)}
                @changed=${this.#changed}
              ></kairan-device-card>
            </li>`,
        )}
      </ul>
      ${this.next
        ? html`<button class="button button--outline" @click=${this.#more}>${t('devices.more')}</button>`
        : nothing}
    `;
  }

  #changed = async (event) => {
    await this.#load();
    this.dispatchEvent(new CustomEvent('changed', { detail: event.detail }));
  };
}

customElements.define('kairan-organization-devices', OrganizationDevices);
