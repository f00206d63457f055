// One player and one film: start, play, seek, switch, end.

import { listenForTrouble } from "../browser.mjs";
import { expect } from "../report.mjs";

/** How long any one step may take. Generous: the machine may be busy. */
const PATIENCE_MS = 60_000;

export async function testPlayer({ report, browser, origin, pages, player, film }) {
  const name = (fact) => `${player}, ${film.id}: ${fact}`;
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const trouble = listenForTrouble(page, [pages.host, new URL(origin.url).host]);
  const watch = new Watch(page);
  const times = {};
  try {
    await page.goto(`${pages.origin}/${player}.html`);
    await page.waitForFunction(() => window.harness !== undefined);
    const url = `${origin.url}/stream/${encodeURIComponent(film.id)}/t/${origin.token(film.id)}/master.m3u8`;

    const started = await report.check(name("starts"), async () => {
      times.start_ms = await watch.within("the first picture", page.evaluate((url) => window.harness.start(url), url));
      await watch.hasDuration(film.secs);
    });
    if (!started) return;
    await report.check(name("plays 8 seconds without a gap"), async () => {
      await watch.until(8);
      await watch.covers(0, 8);
    });
    const far = film.secs > 20 ? 40 : film.secs * 0.6;
    await report.check(name("seeks forward"), async () => {
      times.seek_forward_ms = await watch.seek(far);
      await watch.until(far + 1);
      await watch.covers(far, far + 1);
    });
    await report.check(name("seeks back"), async () => {
      times.seek_back_ms = await watch.seek(2);
      await watch.until(3);
      await watch.covers(2, 3);
    });
    await switchRenditions({ report, page, watch, film, name });
    await switchLanguages({ report, page, watch, film, name });
    await report.check(name("plays to the end"), async () => {
      await watch.seek(film.secs - 4);
      await page.waitForFunction(() => window.harness.video.ended);
      await watch.covers(film.secs - 4, (await watch.duration()) - 0.1);
    });
    await report.check(name("meets no error"), async () => {
      const errors = await page.evaluate(() => window.harness.errors);
      expect(errors.length === 0, `the player says: ${errors.join("; ")}`);
      expect(trouble.length === 0, trouble.join("; "));
    });
  } finally {
    const { start_ms = "-", seek_forward_ms = "-", seek_back_ms = "-" } = times;
    report.row({ player, film: film.id, start_ms, seek_forward_ms, seek_back_ms });
    await page.close();
  }
}

async function switchRenditions({ report, page, watch, film, name }) {
  if (film.heights.length < 2) return;
  await report.check(name("offers every rendition"), async () => {
    const heights = await page.evaluate(() => window.harness.heights());
    const sorted = [...new Set(heights)].sort((a, b) => b - a);
    expect(String(sorted) === String(film.heights), `it offers ${sorted}, not ${film.heights}`);
  });
  for (const height of [film.heights.at(-1), film.heights[1]]) {
    await report.check(name(`switches to ${height}p`), async () => {
      await page.evaluate((height) => window.harness.choose(height), height);
      await page.waitForFunction((height) => window.harness.video.videoHeight === height, height);
      const now = await watch.now();
      await watch.until(now + 1);
      await watch.covers(now, now + 1);
    });
  }
}

async function switchLanguages({ report, page, watch, film, name }) {
  if (film.languages.length < 2) return;
  const wanted = film.languages.at(-1);
  await report.check(name(`switches the language to ${wanted}`), async () => {
    const offered = await page.evaluate(() => window.harness.languages());
    // Players shorten ISO 639-2 codes to ISO 639-1.
    const language = offered.find((language) => language === wanted || language === wanted.slice(0, 2));
    expect(offered.length === film.languages.length && language, `it offers ${offered}`);
    await page.evaluate((language) => window.harness.speak(language), language);
    await page.waitForFunction((language) => window.harness.language() === language, language);
    const now = await watch.now();
    await watch.until(now + 2);
    await watch.covers(now + 1, now + 2);
  });
}

/** Looks at the video element; every wait polls and has a deadline. */
class Watch {
  #page;

  constructor(page) {
    this.#page = page;
  }

  now() {
    return this.#page.evaluate(() => window.harness.video.currentTime);
  }

  duration() {
    return this.#page.evaluate(() => window.harness.video.duration);
  }

  async hasDuration(secs) {
    await this.#page.waitForFunction(() => Number.isFinite(window.harness.video.duration));
    const duration = await this.duration();
    expect(Math.abs(duration - secs) < 0.5, `the film has ${duration} s, not ${secs}`);
  }

  async until(secs) {
    await this.#page.waitForFunction((secs) => window.harness.video.currentTime >= secs, secs).catch(async (error) => {
      const state = await this.#page.evaluate(() => {
        const { video, errors } = window.harness;
        return `at ${video.currentTime}, paused ${video.paused}, readyState ${video.readyState}, buffered ${window.harness.buffered()}, errors ${errors}`;
      });
      throw new Error(`${error.message}; ${state}`);
    });
  }

  seek(secs) {
    return this.within(`a picture at ${secs} s`, this.#page.evaluate((secs) => window.harness.seek(secs), secs));
  }

  async covers(from, to) {
    const covered = await this.#page.evaluate(([from, to]) => window.harness.covered(from, to), [from, to]);
    expect(covered, `a gap between ${from} and ${to}: ${await this.#page.evaluate(() => window.harness.buffered())}`);
  }

  /** `promise`, or an error after the deadline. */
  async within(what, promise) {
    let timer;
    const deadline = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no ${what} within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    });
    return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
  }
}
