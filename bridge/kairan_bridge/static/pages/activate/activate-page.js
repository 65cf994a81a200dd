/** Setting one's password with a link, once. The token stands behind # in the address: browsers never send that. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/header.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { t } from '../../shared/texts.js';
import './choose-password.js';

class ActivatePage extends KairanElement {
  static properties = {
    /** Whose account it is, and the rules for the password. */
    activation: { state: true },
    error: { state: true },
    done: { state: true },
  };

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('hashchange', this.#load);
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('hashchange', this.#load);
  }

  #load = async () => {
    this.token = location.hash.slice(1);
    this.activation = null;
    this.error = this.token ? null : { message: t('activate.no_token'), status: 404 };
    if (!this.token) return;
    try {
      this.activation = await api.checkActivation(this.token);
    } catch (error) {
      this.error = error;
    }
  };

  render() {
    return html`
      <kairan-header></kairan-header>
      <main id="main" class="activate" tabindex="-1">
        <h1>${t('activate.title')}</h1>
        <kairan-notice .error=${this.error} .retry=${this.#load}></kairan-notice>
        <kairan-loading ?active=${!this.activation && !this.error && !this.done}></kairan-loading>
        <div role="status">${this.done ? this.#whatNext() : nothing}</div>
        ${this.activation ? this.#form(this.activation) : nothing}
      </main>
    `;
  }

  #form({ name, user_id: userId, password }) {
    return html`
      <p>${t('activate.what')}</p>
      <dl class="activate__who">
        <div>
          <dt>${t('activate.name')}</dt>
          <dd lang="ja">${name}</dd>
        </div>
        <div>
          <dt>${t('login.user')}</dt>
          <dd>${localpart(userId)}</dd>
        </div>
      </dl>
      <kairan-choose-password
        .user=${localpart(userId)}
        .rules=${password}
        .token=${this.token}
        @activated=${this.#activated}
        @dead=${(event) => this.#dead(event.detail)}
      ></kairan-choose-password>
    `;
  }

  #whatNext() {
    return html`
      <p class="activate__done" tabindex="-1">${t('activate.done', { user: this.done })}</p>
      <p><a class="button button--solid button--wide" href="/login">${t('activate.to_sign_in')}</a></p>
    `;
  }

  async #activated() {
    this.done = localpart(this.activation.user_id);
    this.activation = null;
    // The link is used up: it need not stay in the history of a shared machine.
    history.replaceState(null, '', location.pathname);
    await this.focusOn('.activate__done');
  }

  #dead(error) {
    this.activation = null;
    this.error = error;
  }
}

function localpart(userId) {
  return userId.slice(1, userId.indexOf(':'));
}

customElements.define('kairan-activate', ActivatePage);
