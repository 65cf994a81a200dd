/** Signing in with the homeserver's account: a password, single sign-on, or both, as the homeserver offers. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/header.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { destination } from '../../shared/session.js';
import { t } from '../../shared/texts.js';
import './password-form.js';

class LoginPage extends KairanElement {
  static properties = {
    session: { state: true },
    error: { state: true },
  };

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    this.error = null;
    try {
      const session = await api.session();
      if (session.user_id) location.replace(destination());
      else this.session = session;
    } catch (error) {
      this.error = error;
    }
  }

  render() {
    return html`
      <kairan-header></kairan-header>
      <main id="main" class="login" tabindex="-1">
        <h1>${t('login.title')}</h1>
        ${new URLSearchParams(location.search).get('problem') === 'sso'
          ? html`<kairan-notice .error=${{ message: t('login.sso_failed') }}></kairan-notice>`
          : nothing}
        <kairan-notice .error=${this.error} .retry=${() => this.#load()}></kairan-notice>
        <kairan-loading ?active=${!this.session && !this.error}></kairan-loading>
        ${this.session ? this.#ways(this.session) : nothing}
      </main>
    `;
  }

  #ways({ flows, server_name: server, zone }) {
    const password = flows.some((flow) => flow.type === 'm.login.password');
    const sso = flows.find((flow) => flow.type === 'm.login.sso');
    return html`
      ${password ? html`<kairan-password-form></kairan-password-form>` : nothing}
      ${password && sso ? html`<p class="login__or">${t('login.or')}</p>` : nothing}
      ${sso ? this.#providers(sso, password ? 'button--outline' : 'button--solid') : nothing}
      ${password || sso ? nothing : html`<p>${t('login.no_way')}</p>`}
      <dl class="login__where">
        <div>
          <dt>${t('login.server')}</dt>
          <dd>${server}</dd>
        </div>
        <div>
          <dt>${t('login.network')}</dt>
          <dd>${t(`zone.${zone}`)}</dd>
        </div>
      </dl>
    `;
  }

  #providers(sso, style) {
    const providers = sso.identity_providers?.length ? sso.identity_providers : [{ id: '', name: '' }];
    return providers.map(({ id, name }) => {
      const query = new URLSearchParams({ next: destination(), ...(id ? { idp: id } : {}) });
      const label = name ? t('login.sso_with', { name }) : t('login.sso');
      return html`<a class="button ${style} button--wide" href="/login/sso?${query}">${label}</a>`;
    });
  }
}

customElements.define('kairan-login', LoginPage);
