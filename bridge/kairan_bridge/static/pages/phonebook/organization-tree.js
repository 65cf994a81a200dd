/** Organisations and sections as nested lists: a button opens a branch, a link shows its people. */

import { html, KairanElement, nothing, repeat } from '../../shared/element.js';
import '../../shared/notice.js';
import { counted, t } from '../../shared/texts.js';
import { addressOf, browsersOwn } from './address.js';

/** Fires `choose` with `{organization, section}`. */
class OrganizationTree extends KairanElement {
  static properties = {
    /** An `Organizations`. It changes inside, so the tree is drawn again whenever the page is. */
    organizations: { attribute: false, hasChanged: () => true },
    /** What is on show: `{query, organization, section}`. */
    scope: { attribute: false },
    open: { state: true },
  };

  constructor() {
    super();
    this.open = new Set();
    this.unfolded = new Set();
  }

  willUpdate(changed) {
    if (this.scope?.organization) this.#unfold(this.scope, changed.has('scope'));
  }

  /** Show where we are, once for each place: what the person folded up stays so. */
  #unfold({ organization, section }, moved) {
    const place = branch(organization, section);
    if (moved) this.organizations.open(organization);
    if (this.unfolded.has(place) || !this.organizations.opened(organization)) return;
    this.unfolded.add(place);
    const above = this.organizations.path(organization, section).slice(0, -1);
    this.open = new Set([...this.open, branch(organization), ...above.map((s) => branch(organization, s.section))]);
  }

  render() {
    const { list, next, error } = this.organizations;
    return html`
      <nav aria-label=${t('tree.label')}>
        <kairan-notice .error=${error} .retry=${() => this.organizations.load()}></kairan-notice>
        <ul class="tree" lang="ja">
          ${repeat(
            list,
            (organization) => organization.organization,
            (organization) => this.#organization(organization),
          )}
        </ul>
        ${next
          ? html`<button class="button button--text" @click=${() => this.organizations.load()}>
              ${t('tree.more')}
            </button>`
          : nothing}
      </nav>
    `;
  }

  #organization({ organization, name, people, own }) {
    // Whether there are sections is known only after opening.
    const branches = !this.organizations.opened(organization) || this.organizations.children(organization).length > 0;
    return html`<li class="tree__top">
      ${this.#row({ organization, section: '' }, name, people, branches, own)}
      ${this.#children(organization, null, branch(organization))}
    </li>`;
  }

  #children(organization, parent, key) {
    if (!this.open.has(key)) return nothing;
    const sections = this.organizations.children(organization, parent);
    if (!sections.length) return nothing;
    return html`<ul class="tree__branch">
      ${repeat(
        sections,
        (section) => section.section,
        ({ section, name, people }) => html`<li>
          ${this.#row(
            { organization, section },
            name,
            people,
            this.organizations.children(organization, section).length > 0,
          )}
          ${this.#children(organization, section, branch(organization, section))}
        </li>`,
      )}
    </ul>`;
  }

  #row(place, name, people, branches, own = false) {
    const key = branch(place.organization, place.section);
    const open = this.open.has(key);
    const here = this.scope?.organization === place.organization && (this.scope.section ?? '') === place.section;
    const query = this.scope?.query ?? '';
    return html`<div class="tree__row">
      ${branches
        ? html`<button
            class="tree__toggle"
            aria-expanded=${open}
            aria-label=${t(open ? 'tree.close' : 'tree.open', { name })}
            @click=${() => this.#toggle(place.organization, key)}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 6l6 6-6 6" class="chevron"></path></svg>
          </button>`
        : html`<span class="tree__leaf"></span>`}
      <a
        class="tree__link"
        href=${addressOf({ ...place, query })}
        aria-current=${here ? 'true' : nothing}
        @click=${(event) => this.#choose(event, place)}
      >
        <span class="tree__name">${name}</span>
        ${own ? html`<span class="chip" lang=${document.documentElement.lang}>${t('tree.own')}</span>` : nothing}
        ${people
          ? html`<span class="tree__count" lang=${document.documentElement.lang}>${counted('people', people)}</span>`
          : nothing}
      </a>
    </div>`;
  }

  #toggle(organization, key) {
    const open = new Set(this.open);
    if (!open.delete(key)) {
      open.add(key);
      this.organizations.open(organization);
    }
    this.open = open;
  }

  #choose(event, place) {
    if (browsersOwn(event)) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('choose', { detail: place }));
  }
}

function branch(organization, section) {
  return section ? `${organization} ${section}` : organization;
}

customElements.define('kairan-organization-tree', OrganizationTree);
