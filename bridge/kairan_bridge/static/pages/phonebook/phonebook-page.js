/** The phone book (電話帳): search or browse, see a person's postings, go on to a chat. */

import { html, KairanElement, nothing } from '../../shared/element.js';
import '../../shared/header.js';
import '../../shared/loading.js';
import '../../shared/notice.js';
import { signedIn } from '../../shared/session.js';
import { t } from '../../shared/texts.js';
import { addressOf, readState } from './address.js';
import './list-heading.js';
import { Listing } from './listing.js';
import './organization-tree.js';
import { Organizations } from './organizations.js';
import './people-table.js';
import './person-panel.js';
import './search-box.js';
import { empty, summary } from './words.js';

class PhonebookPage extends KairanElement {
  static properties = {
    me: { state: true },
    error: { state: true },
    /** The address, read. */
    state: { state: true },
    treeOpen: { state: true },
    announcement: { state: true },
    /** Whether the keyboard goes to the panel: only after a person was chosen here. */
    chosen: { state: true },
  };

  constructor() {
    super();
    this.state = readState(location.search);
    this.listing = new Listing(this);
    this.organizations = new Organizations(this);
    this.announcement = '';
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('popstate', this.#arrive);
    this.#start();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('popstate', this.#arrive);
  }

  async #start() {
    this.error = null;
    try {
      this.me = await signedIn();
    } catch (error) {
      this.error = error;
      return;
    }
    if (this.me.postings.length) await Promise.all([this.organizations.load(), this.#refresh()]);
  }

  /** What is listed: what the address says, or one's own section where it says nothing. */
  #scope() {
    const { query, organization, section } = this.state;
    if (query || organization) return { query, organization, section };
    const [home] = this.me.postings;
    return { query: '', organization: home.organization, section: home.section ?? '' };
  }

  /** List what the address says, unless it is listed already. */
  async #refresh({ again = false } = {}) {
    const scope = this.#scope();
    if (!again && JSON.stringify(scope) === JSON.stringify(this.wanted)) return;
    this.wanted = scope;
    if (scope.organization) this.organizations.open(scope.organization);
    if (await this.listing.show(scope)) this.announcement = summary(this.listing, scope);
  }

  #arrive = () => {
    this.chosen = false;
    this.state = readState(location.search);
    if (this.me?.postings.length) this.#refresh();
  };

  /** Go to another state, as a new entry of the history or in place of this one. */
  #go(changes, { replace = false } = {}) {
    this.state = { ...this.state, ...changes };
    history[replace ? 'replaceState' : 'pushState'](null, '', addressOf(this.state));
    this.#refresh();
  }

  #search({ detail: query }) {
    // A search begins everywhere; one that was narrowed stays so while it is being changed.
    const wide = this.state.query ? {} : { organization: '', section: '' };
    this.#go({ ...wide, query, person: '' }, { replace: Boolean(this.state.query && query) });
  }

  #choosePlace({ detail: { organization, section } }) {
    this.treeOpen = false;
    this.querySelector('kairan-search-box').flush();
    this.#go({ organization, section, person: '' });
  }

  #choosePerson({ detail: person }) {
    this.chosen = true;
    this.querySelector('kairan-search-box').flush();
    this.#go({ person });
  }

  async #closePerson() {
    const { person } = this.state;
    this.#go({ person: '' });
    await this.updateComplete;
    const row = [...this.querySelectorAll('.people__link')].find((link) => link.dataset.user === person);
    (row ?? this.querySelector('#list-title'))?.focus();
  }

  async #more() {
    const before = this.listing.people.length;
    const added = await this.listing.more();
    if (!added) return;
    this.announcement = t('list.added', { count: added });
    await this.updateComplete;
    await this.querySelector('kairan-people-table').updateComplete;
    this.querySelectorAll('.people__link')[before]?.focus();
  }

  render() {
    return html`
      <kairan-header .person=${this.me}></kairan-header>
      <main id="main" class="phonebook" tabindex="-1" ?data-person=${Boolean(this.state.person)}>
        <h1>${t('phonebook.title')}</h1>
        <kairan-notice .error=${this.error} .retry=${() => this.#start()}></kairan-notice>
        <kairan-loading ?active=${!this.me && !this.error}></kairan-loading>
        ${this.me ? (this.me.postings.length ? this.#book() : this.#stranger()) : nothing}
        <p role="status" class="hidden">${this.announcement}</p>
      </main>
    `;
  }

  /** For those with an account but no current posting: guests, and people who have retired. */
  #stranger() {
    return html`<kairan-notice .error=${{ message: t('error.not_staff') }}></kairan-notice>`;
  }

  #book() {
    const { state, me } = this;
    return html`
      <kairan-search-box class="phonebook__search" .query=${state.query} @search=${this.#search}></kairan-search-box>
      <div class="phonebook__columns">
        <div class="phonebook__tree" ?data-open=${this.treeOpen}>
          <button
            class="button button--outline button--wide phonebook__tree-toggle"
            aria-expanded=${Boolean(this.treeOpen)}
            aria-controls="tree"
            @click=${() => (this.treeOpen = !this.treeOpen)}
          >
            ${t('tree.toggle')}
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 6l6 6-6 6" class="chevron"></path></svg>
          </button>
          <h2 class="phonebook__tree-title">${t('tree.title')}</h2>
          <kairan-organization-tree
            id="tree"
            .organizations=${this.organizations}
            .scope=${this.wanted}
            @choose=${this.#choosePlace}
          ></kairan-organization-tree>
        </div>
        <div class="phonebook__list" aria-busy=${this.listing.busy}>${this.#list()}</div>
        ${state.person
          ? html`<kairan-person-panel
              class="phonebook__panel"
              .user=${state.person}
              .me=${me.user_id}
              .back=${addressOf({ ...state, person: '' })}
              .focused=${this.chosen}
              @close=${this.#closePerson}
            ></kairan-person-panel>`
          : nothing}
      </div>
    `;
  }

  #list() {
    const { people, scope, next, busy, error } = this.listing;
    const listed = scope && !error;
    return html`
      ${scope
        ? html`<kairan-list-heading
            .organizations=${this.organizations}
            .listing=${this.listing}
            @choose=${this.#choosePlace}
          ></kairan-list-heading>`
        : nothing}
      <kairan-notice .error=${error} .retry=${() => this.#refresh({ again: true })}></kairan-notice>
      <kairan-loading ?active=${busy}></kairan-loading>
      ${listed && people.length
        ? html`<kairan-people-table
            .people=${people}
            .scope=${scope}
            .state=${this.state}
            .me=${this.me}
            @choose=${this.#choosePerson}
          ></kairan-people-table>`
        : nothing}
      ${listed && !people.length && !busy ? empty(scope) : nothing}
      ${listed && next
        ? html`<div class="more">
            <p>${t('list.shown', { count: people.length })}</p>
            <button class="button button--outline" aria-disabled=${busy ? 'true' : nothing} @click=${this.#more}>
              ${t('list.more')}
            </button>
          </div>`
        : nothing}
    `;
  }
}

customElements.define('kairan-phonebook', PhonebookPage);
