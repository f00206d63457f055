// Tells the server where the viewer is. Nothing here can disturb the film.

import { SaveQueue } from "./save-queue.js";

const EVERY_MS = 5_000;
const PATIENCE_MS = 10_000;

/** What the server has saved for this viewer; null when it cannot say. */
export async function savedProgress(movie) {
  try {
    const response = await fetch(`/stream/${movie}/progress`, { cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Watches a video element and reports its position: every 5 s of playing, on pause, seek and end, and on leaving. */
export class Reports {
  #url;
  #video;
  #token;
  #queue;
  #session = sessionId();
  #seq = 0;
  #saved = null;
  #lastMs = 0;
  #listening = false;

  /**
   * @param {(failures: number) => void} listen told how often in a row the server could not be reached
   */
  constructor({ movie, video, token, listen }) {
    this.#url = `/stream/${movie}/progress`;
    this.#video = video;
    this.#token = token;
    this.#queue = new SaveQueue((save) => this.#send(save), { listen });
    video.addEventListener("playing", () => this.#begin());
    video.addEventListener("timeupdate", () => {
      if (!video.paused && !video.seeking && performance.now() - this.#lastMs >= EVERY_MS) this.#report("time");
    });
    video.addEventListener("pause", () => !video.ended && !video.seeking && this.#report("pause"));
    video.addEventListener("seeked", () => this.#report("seek"));
    video.addEventListener("ended", () => this.#report("ended"));
    // Leaving a page hides it, in some browsers after `pagehide`.
    let left = false;
    document.addEventListener("visibilitychange", () => document.hidden && !left && this.#leave("time"));
    window.addEventListener("pagehide", () => {
      left = true;
      this.#leave("stop");
    });
    window.addEventListener("pageshow", () => (left = false));
  }

  /** Where the viewer is, once the film has been playing; null before. */
  get position() {
    return this.#listening ? this.#video.currentTime : null;
  }

  /** A source is being loaded: until it plays, its positions mean nothing. */
  suspend() {
    this.#listening = false;
  }

  #begin() {
    if (this.#listening) return;
    this.#listening = true;
    this.#lastMs = performance.now();
  }

  #report(event) {
    if (!this.#listening) return;
    this.#lastMs = performance.now();
    this.#queue.put(this.#save(event));
  }

  #leave(event) {
    const told = this.#queue.settled && this.#saved === this.#video.currentTime;
    // A place that is known need not be told again; that this screen is free is news.
    const frees = event === "stop" && this.#token.grant?.screen;
    if (!this.#listening || (told && !frees)) return;
    const save = this.#save(event);
    const body = new Blob([this.#body(save)], { type: "application/json" });
    if (navigator.sendBeacon(this.#url, body)) this.#saved = save.current_time;
  }

  #save(event) {
    this.#seq += 1;
    const { currentTime, duration } = this.#video;
    const save = { current_time: currentTime, session: this.#session, seq: this.#seq, event };
    return Number.isFinite(duration) && duration > 0 ? { ...save, total_duration: duration } : save;
  }

  /**
   * The stream token speaks for the viewer when the session has ended while the film plays on; the screen, where screens are
   * counted, is held by playing and freed by leaving.
   */
  #body(save) {
    const { token, screen } = this.#token.grant ?? {};
    return JSON.stringify({ ...save, token, screen });
  }

  async #send(save) {
    const used = this.#token.grant;
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: this.#body(save),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.ok) this.#saved = save.current_time;
    if (response.status === 401) await this.#token.renew(used);
    if (response.status === 410) this.#token.gone(used);
    const retry = response.status === 401 || response.status === 429 || response.status >= 500;
    return { retry, afterMs: 1000 * (Number(response.headers.get("retry-after")) || 0) };
  }
}

/** A name for this time of watching, that nobody can guess. */
function sessionId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
