// Somebody at a browser: one context, one page, what they see and what their browser complains about.

import { listenForTrouble } from "../browser.mjs";
import { expect } from "../report.mjs";

export const PATIENCE_MS = 60_000;
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

export class Visitor {
  /** Opens a browser of their own. `options` are those of a Playwright context. */
  static async arrive(browser, server, options = {}, otherHosts = []) {
    const visitor = new Visitor();
    visitor.server = server;
    visitor.context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", baseURL: server.url, ...options });
    await visitor.context.addInitScript(noteBeginning);
    visitor.page = await visitor.context.newPage();
    visitor.page.setDefaultTimeout(PATIENCE_MS);
    visitor.trouble = listenForTrouble(visitor.page, [server.host, ...otherHosts]);
    return visitor;
  }

  async signIn({ name, password }) {
    await this.page.goto("/login");
    await this.fillIn(name, password);
    await this.page.waitForURL((url) => url.pathname === "/");
  }

  /** Signs in without leaving the page, as in another tab of the same browser. */
  async signInElsewhere({ name, password }) {
    const headers = { origin: this.server.url };
    const response = await this.context.request.post("/login", { form: { name, password, next: "" }, headers });
    expect(response.ok(), `POST /login: ${response.status()}`);
  }

  async fillIn(name, password) {
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.locator("main").getByRole("button", { name: /^(sign|log) in$/i }).click();
  }

  /** Opens a movie's watch page. */
  async watch(movie, query = "") {
    await this.page.goto(`/movie/${movie}/watch${query}`);
  }

  /** What the video element says. */
  state() {
    return this.page.evaluate(() => {
      const { currentTime, duration, paused, muted, volume, playbackRate, videoHeight, readyState } = document.querySelector("video");
      return { currentTime, duration, paused, muted, volume, playbackRate, videoHeight, readyState };
    });
  }

  /** Waits until the film plays at or behind a time. */
  async plays(from = 0.5, within = Infinity) {
    const playing = ([from, to]) => {
      const video = document.querySelector("video");
      return video && !video.paused && !video.seeking && video.readyState >= 3 && video.currentTime >= from && video.currentTime < to;
    };
    const to = Math.min(Number.MAX_SAFE_INTEGER, from + within);
    await this.page.waitForFunction(playing, [from, to]).catch(async (error) => {
      const message = await this.page.locator("#message-title").textContent().catch(() => "");
      throw new Error(`${error.message}: ${JSON.stringify(await this.state().catch(() => "no video"))} ${message}`);
    });
  }

  /** Waits until the film plays on this page, and wants the first moment that it played to be `secs`. */
  async begins(secs) {
    await this.plays(0);
    const began = await this.page.evaluate(() => window.began);
    expect(began >= secs - 0.2 && began < secs + 1, `the film began at ${began} s, not at ${secs} s`);
  }

  async pauses() {
    await this.page.keyboard.press("k");
    await this.page.waitForFunction(() => document.querySelector("video").paused && !document.querySelector("video").ended);
    return (await this.state()).currentTime;
  }

  /** Shows the controls, as a mouse does that comes to rest on them, and opens a menu there. */
  async openMenu(name) {
    await this.page.mouse.move(400 + Math.random() * 200, 300);
    await this.page.locator(".vjs-control-bar").hover({ force: true });
    await this.page.getByRole("button", { name }).click();
  }

  /** Goes to a time in the film and waits for its picture; returns how long that took, in milliseconds. */
  seek(to) {
    return this.page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const video = document.querySelector("video");
          const begin = performance.now();
          video.addEventListener("seeked", () => resolve(performance.now() - begin), { once: true });
          video.currentTime = to;
        }),
      to,
    );
  }

  /** Milliseconds from the beginning of the page to the first picture. */
  async firstFrame() {
    const name = "flaskflix-first-frame";
    await this.page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, name);
    return this.page.evaluate((name) => performance.getEntriesByName(name)[0].startTime, name);
  }

  /** The progress that the server has saved, as the page itself would ask for it. */
  async progress(movie) {
    const response = await this.context.request.get(`/stream/${movie}/progress`);
    expect(response.ok(), `GET progress: ${response.status()}`);
    return response.json();
  }

  /** Waits until the server's answer satisfies `wanted`. */
  async saved(movie, wanted) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const progress = await this.progress(movie);
      if (wanted(progress)) return progress;
      if (Date.now() > deadline) throw new Error(`the server has saved ${JSON.stringify(progress)}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** Forgets where the viewer is. */
  async forget(movie) {
    const response = await this.context.request.delete(`/stream/${movie}/progress`);
    expect(response.ok(), `DELETE progress: ${response.status()}`);
  }

  /** Takes what was provoked off the list of complaints, and only that. */
  expectOnly(provoked) {
    const rest = this.trouble.filter((text) => !provoked.test(text));
    this.trouble.length = 0;
    expect(rest.length === 0, rest.join("; "));
  }

  expectNoTrouble() {
    this.expectOnly(/(?!)/);
  }

  async noSidewaysScroll() {
    const { content, view } = await this.page.evaluate(() => ({ content: document.documentElement.scrollWidth, view: innerWidth }));
    expect(content <= view, `${this.page.url()} is ${content} px wide in a view of ${view} px`);
  }

  leave() {
    return this.context.close();
  }
}

/** Runs in every page: where its film first plays. */
function noteBeginning() {
  document.addEventListener("playing", (event) => (window.began ??= event.target.currentTime), true);
}

export function near(value, wanted, what, tolerance = 0.7) {
  expect(Math.abs(value - wanted) <= tolerance, `${what} is ${value}, not ${wanted}`);
}
