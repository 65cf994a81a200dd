/** The organisations that the person sees and, once asked for, their sections. */

import { api } from '../../shared/api.js';
import { orSignIn } from '../../shared/session.js';

export class Organizations {
  /** Own ones first, as the homeserver orders them. */
  list = [];
  next = null;
  error = null;
  /** Organisations with sections, by key. */
  #detailed = new Map();
  #asked = new Map();
  #host;

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected() {}

  /** Fetch the list, or its next page. */
  async load() {
    this.error = null;
    try {
      const answer = await orSignIn(api.organizations(this.next ?? undefined));
      this.list = [...this.list, ...answer.organizations];
      this.next = answer.next_batch ?? null;
    } catch (error) {
      this.error = error;
    }
    this.#host.requestUpdate();
  }

  /** Fetch an organisation's sections, once. */
  open(key) {
    if (!this.#asked.has(key)) this.#asked.set(key, this.#open(key));
    return this.#asked.get(key);
  }

  async #open(key) {
    try {
      this.#detailed.set(key, await orSignIn(api.organization(key)));
    } catch (error) {
      this.#asked.delete(key);
      this.error = error;
    }
    this.#host.requestUpdate();
  }

  /** Whether the sections have come. */
  opened(key) {
    return this.#detailed.has(key);
  }

  name(key) {
    return (this.#detailed.get(key) ?? this.list.find((known) => known.organization === key))?.name ?? '';
  }

  /** The sections right below one, or below the organisation itself. */
  children(key, parent = null) {
    return (this.#detailed.get(key)?.sections ?? []).filter((section) => section.parent === parent);
  }

  /** From the top section down to this one; empty if it is not known (yet). */
  path(key, section) {
    const sections = this.#detailed.get(key)?.sections ?? [];
    const path = [];
    let step = sections.find((known) => known.section === section);
    while (step && !path.includes(step)) {
      path.unshift(step);
      const { parent } = step;
      step = sections.find((known) => known.section === parent);
    }
    return path;
  }
}
