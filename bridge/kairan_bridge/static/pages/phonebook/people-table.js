/** The list of people. On a phone each row is two lines, on paper the headings repeat on each sheet. */

import { html, KairanElement, nothing, repeat } from '../../shared/element.js';
import { counted, language, t } from '../../shared/texts.js';
import { addressOf, browsersOwn } from './address.js';

/** Fires `choose` with a user ID. The roles are spelled out because the phone's layout would take them away. */
class PeopleTable extends KairanElement {
  static properties = {
    people: { attribute: false },
    /** What is on show: `{query, organization, section}`. */
    scope: { attribute: false },
    /** The page's whole state, for the links. */
    state: { attribute: false },
    /** The signed-in person, whose own organisations are marked. */
    me: { attribute: false },
  };

  render() {
    const rows = this.people.map((person) => ({ person, posting: shownPosting(person, this.scope) }));
    return html`
      <table class="people" role="table" aria-labelledby="list-title">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">${t('people.name')}</th>
            <th role="columnheader" scope="col">${t('people.posting')}</th>
            <th role="columnheader" scope="col">${t('people.extension')}</th>
          </tr>
        </thead>
        ${groups(rows, this.scope).map((group) => this.#group(group))}
      </table>
    `;
  }

  #group({ organization, name, rows }) {
    return html`
      <tbody role="rowgroup" lang="ja">
        ${name
          ? html`<tr role="row" class="people__group">
              <th role="columnheader" scope="rowgroup" colspan="3">
                ${name}
                ${this.me.postings.some((posting) => posting.organization === organization)
                  ? html`<span class="chip" lang=${language}>${t('people.own')}</span>`
                  : nothing}
              </th>
            </tr>`
          : nothing}
        ${repeat(
          rows,
          ({ person }) => person.user_id,
          ({ person, posting }) => this.#row(person, posting),
        )}
      </tbody>
    `;
  }

  #row(person, posting) {
    const others = person.postings.length - 1;
    return html`
      <tr role="row">
        <th role="rowheader" scope="row">
          <a
            class="people__link"
            data-user=${person.user_id}
            href=${addressOf({ ...this.state, person: person.user_id })}
            aria-current=${this.state.person === person.user_id ? 'true' : nothing}
            @click=${(event) => this.#choose(event, person.user_id)}
          >
            ${person.kana ? html`<span class="people__kana">${person.kana}</span>` : nothing}
            <span class="people__name">${person.name}</span>
          </a>
        </th>
        <td role="cell" class="people__posting">
          <span class="people__section">${posting?.section_path.join(' ') || posting?.organization_name}</span>
          ${posting?.title ? html`<span class="people__title">${posting.title}</span>` : nothing}
          ${others > 0
            ? html`<span class="people__others" lang=${language}>${counted('others', others)}</span>`
            : nothing}
        </td>
        <td role="cell" class="people__extension">
          ${posting?.extension
            ? html`<span class="people__label" lang=${language}>${t('people.extension')}</span> ${posting.extension}`
            : nothing}
        </td>
      </tr>
    `;
  }

  #choose(event, user) {
    if (browsersOwn(event)) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('choose', { detail: user }));
  }
}

/** The posting by which a person is in this list: the one asked for, the organisation's, or the main one. */
function shownPosting({ postings }, { organization, section }) {
  const inside = postings.filter((posting) => posting.organization === organization);
  return inside.find((posting) => posting.section === section) ?? inside[0] ?? postings[0];
}

/** Rows that follow one another in one organisation; a list of one organisation's people needs no headings. */
function groups(rows, { query, organization }) {
  if (!query || organization) return [{ rows }];
  const found = [];
  for (const row of rows) {
    const key = row.posting?.organization;
    if (found.at(-1)?.organization !== key) {
      found.push({ organization: key, name: row.posting?.organization_name, rows: [] });
    }
    found.at(-1).rows.push(row);
  }
  return found;
}

customElements.define('kairan-people-table', PeopleTable);
