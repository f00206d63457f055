// Subtitles and chapters on the origin's page: the menus, and cues that appear with the picture they belong to.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { listenForTrouble } from "../browser.mjs";
import { expect } from "../report.mjs";
import { Origin } from "./origin.mjs";

const FILM = "sea.mp4";
const SECS = 20;
/** When the cues of the film start and end, in seconds of the film's own time. The second lasts over cuts. */
const CUES = [
  [2, 4, "Hello"],
  [5.5, 13, "Across the cuts"],
];
const CHAPTERS = ["The beginning", "The end"];
const LATE_MS = 50;
const PATIENCE_MS = 60_000;

const clock = (secs) => new Date(secs * 1000).toISOString().slice(11, 23).replace(".", ",");
const srt = (word) =>
  CUES.map(([start, end, text], n) => `${n + 1}\n${clock(start)} --> ${clock(end)}\n${word} ${text}\n`).join("\n");

/** A folder with a film that has a track of subtitles, files of others beside it, and chapters. */
async function makeRoot() {
  const folder = await mkdtemp(join(tmpdir(), "flaskflix-text-"));
  const chapters = CHAPTERS.map((title, n) => `[CHAPTER]\nTIMEBASE=1/1\nSTART=${n * 8}\nEND=${n * 8 + 8}\ntitle=${title}\n`);
  await writeFile(join(folder, ".chapters"), `;FFMETADATA1\n${chapters.join("")}`);
  await writeFile(join(folder, ".track.srt"), srt("track"));
  await writeFile(join(folder, "sea.en.srt"), srt("file"));
  const lavfi = (source) => ["-f", "lavfi", "-i", `${source}:duration=${SECS}`];
  await promisify(execFile)("ffmpeg", [
    ...["-v", "error", ...lavfi("testsrc=size=320x180:rate=25"), ...lavfi("sine=frequency=440")],
    ...["-i", join(folder, ".track.srt"), "-f", "ffmetadata", "-i", join(folder, ".chapters"), "-map_chapters", "3"],
    ...["-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "2"],
    ...["-pix_fmt", "yuv420p", "-c:a", "aac", "-c:s", "mov_text", "-metadata:s:s:0", "language=deu", join(folder, FILM)],
  ]);
  return folder;
}

export async function testText({ report, browser, program, screenshots }) {
  const folder = await makeRoot();
  const origin = await Origin.start(program, folder);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const trouble = listenForTrouble(page, [new URL(origin.url).host]);
  const check = (name, fact) => report.check(`text: ${name}`, fact);
  try {
    await page.goto(`${origin.url}/play/${FILM}#token=${encodeURIComponent(origin.token(FILM))}`);
    // Playing first, so that nothing of its start is under way when it is paused.
    await page.waitForFunction(() => window.flaskflixPlayer?.currentTime() > 0.5);
    await check("the menu lists the subtitles of tracks and files", async () => {
      await page.waitForFunction(() => window.flaskflixPlayer.textTracks().length >= 3);
      const labels = await page.evaluate(() =>
        Array.from(window.flaskflixPlayer.textTracks()).flatMap((track) => (track.kind === "subtitles" ? [track.label] : [])),
      );
      expect(labels.join() === "Deutsch,English", labels.join());
    });
    await check("the menu lists the chapters", async () => {
      await page.waitForFunction(() => document.querySelectorAll(".vjs-chapters-button .vjs-menu-item").length === 2);
      const titles = await page.locator(".vjs-chapters-button .vjs-menu-item-text").allTextContents();
      expect(titles.map((title) => title.trim()).join() === CHAPTERS.join(), titles.join());
    });
    for (const [language, word, stream] of [["de", "track", "t1"], ["en", "file", "t2"]]) {
      await check(`cues of the ${word} appear with their picture, within ${LATE_MS} ms`, async () => {
        // A page of its own: video.js gives cues that are on their way to the track that is chosen next.
        await page.reload();
        await page.waitForFunction(() => window.flaskflixPlayer?.currentTime() > 0.5);
        await page.waitForFunction(() => window.flaskflixPlayer.textTracks().length >= 3);
        const times = await watch(page, language, stream);
        CUES.forEach(([start, end, text], n) => {
          const cue = times.cues[n];
          const late = [cue?.start - times.first - start, cue?.end - times.first - end].map((secs) => Math.abs(secs * 1000));
          expect(cue?.text === `${word} ${text}`, JSON.stringify(times));
          expect(Math.max(...late) <= LATE_MS, `${late.map(Math.round)} ms off: ${JSON.stringify(times)}`);
        });
        expect(times.cues.length === CUES.length, `each cue once: ${JSON.stringify(times)}`);
      });
    }
    await check("a cue is seen", async () => {
      await page.locator(".vjs-text-track-cue", { hasText: "file Across the cuts" }).waitFor();
      await page.screenshot({ path: join(screenshots, "subtitles.png") });
    });
    await check("subtitles that are turned on late are there after going back", async () => {
      await page.reload();
      await page.waitForFunction(() => window.flaskflixPlayer?.currentTime() > 0.5);
      await page.waitForFunction(() => window.flaskflixPlayer.textTracks().length >= 3);
      // All of the picture is there, so that going back needs nothing but subtitles.
      await page.waitForFunction((secs) => window.flaskflixPlayer.bufferedEnd() > secs - 1, SECS);
      await goTo(page, 16);
      await show(page, "en");
      // The last segment of subtitles: those that come next have arrived.
      await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/t2/5.vtt")));
      await goTo(page, 1);
      await page.evaluate(() => window.flaskflixPlayer.play());
      await page.locator(".vjs-text-track-cue", { hasText: "file Hello" }).waitFor();
    });
    await check("nothing goes wrong", async () => expect(trouble.length === 0, trouble.join("\n")));
  } finally {
    await context.close();
    await origin.stop();
    await rm(folder, { recursive: true });
  }
}

/** Stops and goes to a time of the film. */
function goTo(page, secs) {
  return page.evaluate(
    (secs) =>
      new Promise((resolve) => {
        const player = window.flaskflixPlayer;
        player.pause();
        player.one("seeked", resolve);
        player.currentTime(secs);
      }),
    secs,
  );
}

/** Turns on the subtitles of one language. */
function show(page, language) {
  return page.evaluate((language) => {
    for (const track of Array.from(window.flaskflixPlayer.textTracks())) {
      if (track.kind === "subtitles") track.mode = track.language === language ? "showing" : "disabled";
    }
  }, language);
}

/** Shows one language, goes to its last cue and tells when cues are shown, and when the film's first picture was. */
function watch(page, language, stream) {
  return page.evaluate(async ({ language, stream, patienceMs }) => {
    const player = window.flaskflixPlayer;
    const video = player.el().querySelector("video");
    const tracks = Array.from(player.textTracks());
    const track = tracks.find((track) => track.kind === "subtitles" && track.language === language);
    const deadline = performance.now() + patienceMs;
    const next = (wanted) => {
      if (performance.now() > deadline) throw new Error(`waited too long for ${wanted}`);
      return new Promise((resolve) => requestAnimationFrame(resolve));
    };
    /** The time of the picture that is shown after going somewhere. */
    const pictureAt = async (secs) => {
      let shown = null;
      video.requestVideoFrameCallback((_, frame) => (shown = frame.mediaTime));
      player.currentTime(secs);
      while (shown === null) await next(`the picture at ${secs} s`);
      return shown;
    };
    const loaded = async (count) => {
      while ((track.cues?.length ?? 0) < count) await next(`${count} cues`);
    };
    player.pause();
    await pictureAt(10);
    const first = await pictureAt(0);
    // Only now: subtitles are loaded from where the film is, and a seek back within what is buffered of the picture does
    // not load the earlier ones (docs/PLAYERS.md).
    for (const other of tracks) {
      if (other.kind === "subtitles") other.mode = other === track ? "showing" : "disabled";
    }
    await loaded(2);
    const isLast = ({ name }) => name.endsWith(`/${stream}/5.vtt`);
    while (!performance.getEntriesByType("resource").some(isLast)) await next("the last segment of subtitles");
    await next();
    const cues = Array.from(track.cues, ({ startTime, endTime, text }) => ({ start: startTime, end: endTime, text }));
    await pictureAt(7);
    return { first, cues: cues.sort((a, b) => a.start - b.start) };
  }, { language, stream, patienceMs: PATIENCE_MS });
}
