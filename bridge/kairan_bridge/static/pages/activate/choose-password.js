/** The form for a new password, with the rules that it has to fit. What was typed stays, whatever the answer is. */

import { api } from '../../shared/api.js';
import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { t } from '../../shared/texts.js';

class ChoosePassword extends KairanElement {
  static properties = {
    user: { attribute: false },
    /** `{shortest, kinds}` of the person's organisation. */
    rules: { attribute: false },
    token: { attribute: false },
    /** What is wrong with the password, as texts. */
    faults: { state: true },
    error: { state: true },
    busy: { state: true },
    shown: { state: true },
  };

  constructor() {
    super();
    this.faults = [];
  }

  render() {
    const wrong = this.faults.length > 0;
    return html`
      <h2 class="activate__rules-title" id="rules-title">${t('activate.rules')}</h2>
      <ul class="activate__rules" id="rules">
        ${this.#rules().map((rule) => html`<li>${rule}</li>`)}
      </ul>
      <kairan-notice .error=${this.error}></kairan-notice>
      <form novalidate @submit=${this.#submit}>
        <input hidden type="text" name="user" autocomplete="username" .value=${this.user} readonly />
        <div class="field">
          <label class="field__label" for="password">${t('activate.password')}</label>
          <input
            class="input"
            id="password"
            name="password"
            type=${this.shown ? 'text' : 'password'}
            autocomplete="new-password"
            autocapitalize="none"
            spellcheck="false"
            required
            aria-invalid=${wrong ? 'true' : nothing}
            aria-describedby="rules ${wrong ? 'password-error' : ''}"
          />
          <div role="alert">
            ${wrong
              ? html`<ul class="field__error activate__faults" id="password-error">
                  ${this.faults.map((fault) => html`<li>＊${fault}</li>`)}
                </ul>`
              : nothing}
          </div>
        </div>
        <label class="checkbox">
          <input type="checkbox" @change=${(event) => (this.shown = event.target.checked)} />
          ${t('login.show_password')}
        </label>
        <button class="button button--solid button--wide" aria-disabled=${this.busy ? 'true' : nothing}>
          ${t('activate.submit')}
        </button>
        <kairan-loading ?active=${this.busy}></kairan-loading>
      </form>
    `;
  }

  #rules() {
    const { shortest, kinds } = this.rules;
    return [
      t('activate.rule.shortest', { shortest }),
      ...(kinds > 1 ? [t('activate.rule.kinds', { kinds })] : []),
      t('activate.rule.personal'),
    ];
  }

  async #submit(event) {
    event.preventDefault();
    if (this.busy) return;
    const { password } = Object.fromEntries(new FormData(event.target));
    this.error = null;
    this.faults = password ? [] : [t('activate.missing')];
    if (!password) {
      await this.focusOn('#password');
      return;
    }
    this.busy = true;
    try {
      await api.activate(this.token, password);
      this.dispatchEvent(new CustomEvent('activated'));
    } catch (error) {
      this.#failed(error);
    } finally {
      this.busy = false;
    }
  }

  async #failed(error) {
    if (error.faults.length) {
      this.faults = error.faults.map((fault) => t(`activate.fault.${fault}`, this.rules));
      await this.focusOn('#password');
    } else if (error.status === 403) {
      this.dispatchEvent(new CustomEvent('dead', { detail: error }));
    } else {
      this.error = error;
    }
  }
}

customElements.define('kairan-choose-password', ChoosePassword);
