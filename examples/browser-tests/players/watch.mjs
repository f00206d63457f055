// One player and one film: start, seek, play, buffer, switch, end.

import { listenForTrouble } from "../browser.mjs";
import { expect } from "../report.mjs";

/** How long any one step may take. Generous: the machine may be busy. */
const PATIENCE_MS = 30_000;
/** The longest hole that a buffer may have; browsers play over it. */
const GAP_SECS = 0.1;
/** The latest that a film may begin on the player's clock: the decoders' delay, which presentation counts from. */
const LEAD_SECS = 0.15;
/** How far picture and sound may be apart from where the file has them, by the buffers. */
const SKEW_SECS = 0.002;
/** How far a subtitle may be from its time, when the film's lead is counted. */
const CUE_SECS = 0.1;
/** How long playing may stand still in a switch. */
const STALL_SECS = 1;

/** What goes into the table when nothing was found out. */
export function nothing(failed) {
  return { start_ms: NaN, seek_ms: 0, lead_ms: 0, skew_ms: 0, stall_ms: 0, cue_ms: 0, failed };
}

/** Makes all checks; returns what goes into the table. */
export async function watch({ report, browser, origin, pages, player, film }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const trouble = listenForTrouble(page, [pages.host, new URL(origin.url).host]);
  const viewer = new Viewer({ page, player, film, report });
  try {
    await page.goto(`${pages.origin}/harness/${player.page}`);
    await page.waitForFunction(() => window.harness !== undefined);
    const url = `${origin.url}/stream/${encodeURIComponent(film.id)}/t/${origin.token(film.id)}/${player.manifest}`;
    if (await viewer.starts(url)) {
      await viewer.plays();
      await viewer.jumps();
      await viewer.buffers();
      await viewer.keepsStep();
      await viewer.switchesPictures();
      await viewer.switchesSounds();
      await viewer.showsTexts();
      await viewer.ends();
    }
    await viewer.check("meets no error", async () => {
      const errors = await page.evaluate(() => window.harness.errors);
      expect(errors.length === 0, `the player says: ${errors.join("; ")}`);
      expect(trouble.length === 0, trouble.join("; "));
    });
  } catch (error) {
    await viewer.check("runs to its end", () => Promise.reject(error));
  } finally {
    await page.close();
  }
  return viewer.found;
}

class Viewer {
  #page;
  #film;
  #name;
  #report;

  constructor({ page, player, film, report }) {
    this.#page = page;
    this.#film = film;
    this.#name = `${player.name}, ${film.label}`;
    this.#report = report;
    this.found = nothing([]);
  }

  async check(fact, work) {
    if (await this.#report.check(`${this.#name}: ${fact}`, work)) return true;
    this.found.failed.push(fact);
    return false;
  }

  starts(url) {
    return this.check("starts", async () => {
      this.found.start_ms = await this.#page.evaluate((url) => window.harness.start(url), url);
      await this.#page.waitForFunction(() => Number.isFinite(window.harness.video.duration));
      const { duration, width, height } = await this.#page.evaluate(() => {
        const { duration, videoWidth, videoHeight } = window.harness.video;
        return { duration, width: videoWidth, height: videoHeight };
      });
      const { secs, heights, width: widest } = this.#film;
      expect(Math.abs(duration - secs) < 0.2, `the film has ${duration} s, not ${secs}`);
      const shown = heights.some((one) => one === height && Math.abs(width / one - widest / heights[0]) < 0.02);
      expect(heights.length === 0 ? height === 0 : shown, `the picture has ${width} x ${height}`);
    });
  }

  plays() {
    return this.check("plays", async () => {
      const { pictures, pitch, standstill } = await this.#page.evaluate(() => window.harness.watch(1.5));
      expect(standstill < STALL_SECS, `it stood still for ${standstill} s`);
      const { frame, start, sounds } = this.#film;
      if (frame > 0) {
        const late = pictures.map(({ at, secs }) => at - (secs - start)).sort((a, b) => a - b);
        const lead = late[late.length >> 1];
        expect(late.length > 5 && lead > -0.002 && lead < LEAD_SECS, `pictures come ${lead} s late`);
        this.found.lead_ms = Math.round(lead * 1000);
      }
      const hum = sounds[0]?.pitch ?? pitch;
      expect(Math.abs(pitch - hum) < 50, `it hums at ${pitch} Hz, not at ${hum}`);
    });
  }

  jumps() {
    const { secs } = this.#film;
    return this.check("seeks to the right picture", async () => {
      for (const to of [secs - 0.7, secs * 0.21, secs * 0.6685, 1.2]) {
        this.found.seek_ms = Math.max(this.found.seek_ms, await this.#page.evaluate((to) => window.harness.seek(to), to));
        await this.#shows(to);
      }
    });
  }

  /** Every buffer holds all of its track, at the times that the file says, moved by one lead. */
  buffers() {
    return this.check("holds the whole film without a gap", async () => {
      const { truth } = this.#film;
      const wanted = { ...(truth.video && { video: truth.video }), ...(truth.audio.length && { audio: truth.audio[0] }) };
      const zero = Math.min(...Object.values(wanted).map(([from]) => from));
      const problem = (held) => {
        for (const [kind, [from, to]] of Object.entries(wanted)) {
          const ranges = held[kind] ?? [];
          if (ranges.length === 0) return `nothing of the ${kind}`;
          const lead = ranges[0][0] - (from - zero);
          const whole = Math.abs(lead) < LEAD_SECS && ranges.at(-1)[1] > to - zero + lead - GAP_SECS;
          if (!whole) return `${kind} at ${ranges[0][0]} to ${ranges.at(-1)[1]} of ${from} to ${to}`;
          if (ranges.some(([start], i) => i > 0 && start - ranges[i - 1][1] > GAP_SECS)) return `${kind} with a gap`;
        }
        return null;
      };
      await this.#until(() => this.#page.evaluate(() => window.harness.buffered()), (held) => {
        const found = problem(held);
        return found && `${found}: ${JSON.stringify(held)}`;
      });
    });
  }

  /** Picture and sound are as far apart as in the file, by the buffers' ends. */
  keepsStep() {
    const { truth } = this.#film;
    if (!truth.video || truth.audio.length === 0) return;
    return this.check("keeps picture and sound together", async () => {
      const { video, audio } = await this.#page.evaluate(() => window.harness.buffered());
      const skew = video.at(-1)[1] - audio.at(-1)[1] - (truth.video[1] - truth.audio[0][1]);
      this.found.skew_ms = Math.round(skew * 1e6) / 1e3;
      expect(Math.abs(skew) < SKEW_SECS, `the picture is ${skew} s late: ${JSON.stringify({ video, audio, truth })}`);
    });
  }

  async switchesPictures() {
    const { heights, frame } = this.#film;
    if (heights.length < 2) return;
    await this.check("offers every rendition", async () => {
      const offered = await this.#page.evaluate(() => window.harness.heights());
      const sorted = [...new Set(offered)].sort((a, b) => b - a);
      expect(String(sorted) === String(heights), `it offers ${sorted}, not ${heights}`);
    });
    for (const number of [heights.length - 1, 0]) {
      const height = heights[number];
      const sign = { height, number: frame > 0 ? number : null };
      await this.check(`switches to ${height}p`, () => this.#change(2, "choose", height, sign));
    }
  }

  async switchesSounds() {
    const { sounds } = this.#film;
    if (sounds.length < 2) return;
    const languages = await this.#page.evaluate(() => window.harness.languages());
    if (!(await this.check("offers every language", () => sameLanguages(languages, sounds)))) return;
    for (const { language, pitch = null } of [sounds.at(-1), sounds[0]]) {
      await this.check(`speaks ${language}`, () => this.#change(4, "speak", offered(languages, language), { pitch }));
    }
  }

  async showsTexts() {
    const { texts } = this.#film;
    if (texts.length === 0) return;
    const languages = await this.#page.evaluate(() => window.harness.texts());
    if (!(await this.check("offers all subtitles", () => sameLanguages(languages, texts)))) return;
    for (const { language } of texts) {
      await this.check(`shows subtitles in ${language} at their time`, async () => {
        await this.#page.evaluate((language) => window.harness.read(language), offered(languages, language));
        // Players lose their way in subtitles when a seek comes before the first of them.
        await this.#page.waitForFunction(() => window.harness.hasCues());
        for (const [at, number] of [[5, 2], [6, null], [13, 6], [1, 0], [0.2, null]]) {
          await this.#page.evaluate((to) => window.harness.seek(to), at);
          if (number !== null) {
            await this.#page.waitForFunction(() => window.harness.hasCue());
            await this.#page.evaluate((to) => window.harness.seek(to), at);
          }
          const look = () => this.#page.evaluate(() => window.harness.cue());
          await this.#until(look, (cue) => this.#wrongCue(cue, language, number));
        }
      });
    }
  }

  #wrongCue(cue, language, number) {
    if (number === null || cue === null) return cue === number ? null : `${JSON.stringify(cue)} instead of ${number}`;
    const from = cue.from - (2 * number + 0.5) - this.found.lead_ms / 1000;
    const inTime = Math.abs(from) < CUE_SECS && Math.abs(cue.to - cue.from - 1) < 0.01;
    const right = inTime && cue.text.includes(`${language} ${number}`);
    this.found.cue_ms = Math.max(this.found.cue_ms, Math.abs(Math.round(from * 1000)));
    return right ? null : `${JSON.stringify(cue)} instead of ${language} ${number}`;
  }

  ends() {
    const { secs, frame } = this.#film;
    return this.check("plays to the end", async () => {
      await this.#page.evaluate((to) => window.harness.seek(to), secs - 0.7);
      await this.#page.evaluate(() => window.harness.finish());
      if (frame > 0) await this.#shows(await this.#page.evaluate(() => window.harness.video.currentTime));
    });
  }

  async #change(from, choose, value, sign) {
    await this.#page.evaluate((to) => window.harness.seek(to), from);
    const change = ([choose, value, sign]) => window.harness.change(choose, value, sign);
    const stall = await this.#page.evaluate(change, [choose, value, sign]);
    this.found.stall_ms = Math.max(this.found.stall_ms, Math.round(stall * 1000));
    expect(stall < STALL_SECS, `it stood still for ${stall} s`);
  }

  /** The picture on show is the one for `at` on the player's clock, where pictures carry a code. */
  async #shows(at) {
    const { frame, start, truth } = this.#film;
    if (frame === 0) return;
    const last = truth.video[1] - truth.video[0] - frame - 0.003;
    await this.#until(() => this.#page.evaluate(() => window.harness.picture()), (picture) => {
      if (!picture) return "a picture without a code";
      const [wanted, shown] = [at - this.found.lead_ms / 1000, picture.secs - start];
      const right = shown < wanted + 0.003 && (shown > wanted - frame - 0.003 || shown > last);
      return right ? null : `at ${wanted} the picture of ${shown}`;
    });
  }

  /** Looks again until `problem` finds none. */
  async #until(look, problem) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = problem(await look());
      if (found === null) return;
      if (Date.now() > deadline) throw new Error(`${found}; ${await this.#page.evaluate(() => window.harness.state())}`);
      await this.#page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    }
  }
}

function sameLanguages(offered, tracks) {
  const short = (languages) => String(languages.map((language) => language.slice(0, 2)).sort());
  const wanted = tracks.map(({ language }) => language);
  expect(short(offered) === short(wanted), `it offers ${offered}, not ${wanted}`);
}

/** The player's name of a language: players shorten ISO 639-2 codes to ISO 639-1. */
function offered(languages, wanted) {
  return languages.find((language) => language.slice(0, 2) === wanted.slice(0, 2));
}
