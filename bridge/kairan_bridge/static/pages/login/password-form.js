/** The form for name and password. What was typed stays, whatever the answer is. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { destination } from '../../shared/session.js';
import { t } from '../../shared/texts.js';

const FIELDS = ['user', 'password'];

class PasswordForm extends KairanElement {
  static properties = {
    /** The fields that were left empty. */
    missing: { state: true },
    error: { state: true },
    busy: { state: true },
    shown: { state: true },
  };

  constructor() {
    super();
    this.missing = [];
  }

  render() {
    return html`
      <div role="alert">
        ${this.missing.length
          ? html`<div class="summary" tabindex="-1">
              <h2 class="summary__title">${t('login.check')}</h2>
              <ul>
                ${this.missing.map(
                  (name) => html`<li><a href="#${name}" @click=${this.#toField}>${t(`login.${name}.missing`)}</a></li>`,
                )}
              </ul>
            </div>`
          : nothing}
      </div>
      <kairan-notice .error=${this.error}></kairan-notice>
      <form novalidate @submit=${this.#submit}>
        ${this.#field('user', { type: 'text', autocomplete: 'username' })}
        ${this.#field('password', {
          type: this.shown ? 'text' : 'password',
          autocomplete: 'current-password',
        })}
        <label class="checkbox">
          <input type="checkbox" @change=${(event) => (this.shown = event.target.checked)} />
          ${t('login.show_password')}
        </label>
        <button class="button button--solid button--wide" aria-disabled=${this.busy ? 'true' : nothing}>
          ${t('login.submit')}
        </button>
        <kairan-loading ?active=${this.busy}></kairan-loading>
      </form>
    `;
  }

  #field(name, { type, autocomplete }) {
    const missing = this.missing.includes(name);
    return html`
      <div class="field">
        <label class="field__label" for=${name}>${t(`login.${name}`)}</label>
        <p class="field__hint" id="${name}-hint">${t(`login.${name}.hint`)}</p>
        <input
          class="input"
          id=${name}
          name=${name}
          type=${type}
          autocomplete=${autocomplete}
          autocapitalize="none"
          spellcheck="false"
          required
          aria-invalid=${missing ? 'true' : nothing}
          aria-describedby="${name}-hint ${missing ? `${name}-error` : ''}"
        />
        ${missing ? html`<p class="field__error" id="${name}-error">＊${t(`login.${name}.missing`)}</p>` : nothing}
      </div>
    `;
  }

  #toField(event) {
    event.preventDefault();
    this.querySelector(event.target.getAttribute('href')).focus();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.busy) return;
    const values = Object.fromEntries(new FormData(event.target));
    this.error = null;
    this.missing = FIELDS.filter((name) => !values[name].trim());
    if (this.missing.length) {
      await this.focusOn('.summary');
      return;
    }
    this.busy = true;
    try {
      await api.signIn(values.user.trim(), values.password);
      location.replace(destination());
    } catch (error) {
      this.busy = false;
      this.error = error.errcode === 'M_FORBIDDEN' ? { message: t('login.wrong') } : error;
    }
  }
}

customElements.define('kairan-password-form', PasswordForm);
