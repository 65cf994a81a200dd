/** The people on show: one list, fetched a page at a time. A newer question ends the older one's request. */

import { api } from '../../shared/api.js';
import { orSignIn } from '../../shared/session.js';

const PAGE = 50;

/** A Lit controller: the element that holds it is drawn again when something here changes. */
export class Listing {
  people = [];
  /** What is on show: `{query, organization, section}`, or null before the first. */
  scope = null;
  /** Where the next page begins, or null if this is all. */
  next = null;
  busy = false;
  error = null;
  #host;
  #request = null;

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected() {
    this.#request?.abort();
  }

  /** Show the first page of a scope. Answers whether it is on show now: a newer one may have come first. */
  async show(scope) {
    return this.#fetch(scope, undefined, (answer) => {
      this.people = answer.people;
      this.scope = scope;
    });
  }

  /** Add the next page. Answers how many people came with it. */
  async more() {
    const before = this.people.length;
    await this.#fetch(this.scope, this.next, (answer) => {
      this.people = [...this.people, ...answer.people];
    });
    return this.people.length - before;
  }

  async #fetch(scope, from, accept) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    Object.assign(this, { busy: true, error: null });
    this.#host.requestUpdate();
    try {
      const answer = await orSignIn(ask(scope, from, request.signal));
      if (request !== this.#request) return false;
      accept(answer);
      this.next = answer.next_batch ?? null;
      return true;
    } catch (error) {
      if (request !== this.#request) return false;
      this.error = error;
      if (from === undefined) Object.assign(this, { people: [], scope, next: null });
      return false;
    } finally {
      if (request === this.#request) {
        this.busy = false;
        this.#host.requestUpdate();
      }
    }
  }
}

function ask({ query, organization, section }, from, signal) {
  return query
    ? api.phonebook({ q: query, organization, section, limit: PAGE, from }, signal)
    : api.people({ organization, section, limit: PAGE, from }, signal);
}
