/** The base of our elements, and all of Lit that they use. */

import { LitElement } from '../vendor/lit/lit-element.js';

export { html, nothing } from '../vendor/lit/lit-element.js';
export { repeat } from '../vendor/lit/directives/repeat.js';

/**
 * Renders into the document itself: one style sheet for screen and one for paper serve all elements, and
 * labels, descriptions and skip links may refer from one to another by id.
 */
export class KairanElement extends LitElement {
  createRenderRoot() {
    return this;
  }

  /** Move the keyboard to the first of our descendants that matches, once what is shown is up to date. */
  async focusOn(selector) {
    await this.updateComplete;
    this.querySelector(selector)?.focus();
  }
}
