// What the server lets this viewer play: minted before playing, and again when it no longer opens the film.

import { store } from "./beginning.js";

/** Minting was refused, or the server did not answer: then the status is 0. */
export class Refused extends Error {
  /** @param {{id: string, title: string}[]} screens those that are in use, when there is none for this page */
  constructor(status, retryAfterSecs = 0, screens = []) {
    super(`the server answered ${status}`);
    this.status = status;
    this.retryAfterSecs = retryAfterSecs;
    this.screens = screens;
  }
}

const SCREEN = "flaskflix-screen";

export class StreamToken {
  #url;
  #grant = null;
  #minting = null;
  /** The addresses of earlier tokens: requests that a player has still in mind begin with them. */
  #earlier = [];
  #signedOut;
  #screenEnded;

  /**
   * @param {() => void} signedOut told when the server no longer knows the viewer
   * @param {() => void} screenEnded told when the viewer watches elsewhere instead
   */
  constructor(movie, signedOut, screenEnded) {
    this.#url = `/stream/${movie}/token`;
    this.#signedOut = signedOut;
    this.#screenEnded = screenEnded;
  }

  /** The answer of the server: `token`, `stream_url`, `stream_type`, `mime_type`, ... */
  get grant() {
    return this.#grant;
  }

  /**
   * Mints a token, unless `used` is no longer the newest one. Calls at the same time share one request.
   * @throws {Refused}
   */
  async renew(used = this.#grant) {
    if (used !== this.#grant) return this.#grant;
    this.#minting ??= this.#mint().finally(() => (this.#minting = null));
    return this.#minting;
  }

  /** The server has answered to a request with this token that its screen was ended. */
  gone(used) {
    if (used === this.#grant) this.#screenEnded();
  }

  /** The same address with the newest token in place of an earlier one. */
  current(address) {
    const url = new URL(address, location.href).href;
    const base = this.#earlier.find((base) => url.startsWith(base));
    return base ? folderOf(this.#grant) + url.slice(base.length) : url;
  }

  async #mint() {
    const request = { headers: { accept: "application/json" }, cache: "no-store" };
    // Where screens are counted, this tab keeps the one that it has: over reloads and from film to film.
    const screen = store(() => sessionStorage.getItem(SCREEN));
    const response = await fetch(screen ? `${this.#url}?screen=${screen}` : this.#url, request).catch(() => null);
    if (!response) throw new Refused(0);
    if (response.status === 401) this.#signedOut();
    if (!response.ok) {
      const { screens } = response.status === 409 ? await response.json().catch(() => ({})) : {};
      throw new Refused(response.status, Number(response.headers.get("retry-after")) || 0, screens);
    }
    if (this.#grant) this.#earlier.push(folderOf(this.#grant));
    this.#grant = await response.json();
    if (this.#grant.screen) store(() => sessionStorage.setItem(SCREEN, this.#grant.screen));
    return this.#grant;
  }
}

function folderOf(grant) {
  return new URL(".", new URL(grant.stream_url, location.href)).href;
}
