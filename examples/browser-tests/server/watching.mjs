// The watch page as a viewer uses it: where it begins, what it remembers, its menus and keys.

import { expect } from "../report.mjs";
import { FILM } from "./media.mjs";
import { DEMO } from "./server.mjs";
import { Visitor, near } from "./visitor.mjs";

export async function testWatching({ report, browser, server, demo }) {
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const check = (name, fact) => report.check(`watch: ${name}`, fact);
  const dialog = page.getByRole("dialog");

  server.add("What comes next", "--video", FILM.path);

  await check("saves every 5 s of playing, and when it pauses", async () => {
    await visitor.signIn(DEMO);
    await visitor.watch(demo);
    await visitor.plays(5.5);
    await visitor.saved(demo, (progress) => progress.current_time >= 4);
    const at = await visitor.pauses();
    const saved = await visitor.saved(demo, (progress) => Math.abs(progress.current_time - at) < 0.1);
    near(saved.total_duration, 64, "the duration");
  });
  await check("saves where it is left, by beacon", async () => {
    await visitor.seek(21);
    await page.keyboard.press("k");
    await visitor.plays(22);
    const { currentTime } = await visitor.state();
    await page.goto("/");
    await visitor.saved(demo, (progress) => progress.current_time >= currentTime - 0.1);
  });
  await check("offers to resume, and does", async () => {
    const { current_time: saved } = await visitor.progress(demo);
    await visitor.watch(demo);
    await dialog.getByRole("button", { name: "Resume at 0:2" }).click();
    await visitor.begins(saved);
  });
  await check("takes Esc for “resume”", async () => {
    const at = await visitor.pauses();
    await page.goto("/");
    await visitor.watch(demo);
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await visitor.begins(at);
  });
  await check("starts over when asked to", async () => {
    await visitor.pauses();
    await page.goto("/");
    await visitor.watch(demo);
    await dialog.getByRole("button", { name: "Start over" }).click();
    await visitor.begins(0);
    await visitor.pauses();
  });
  await check("begins at the time in the address, which wins over resuming", async () => {
    for (const [query, at] of [["?t=33", 33], ["?t=0m12s", 12], ["?t=0:41", 41], ["?t=24.03", 24.03]]) {
      await visitor.watch(demo, query);
      await visitor.begins(at);
      expect(!(await dialog.isVisible()), "it asks all the same");
    }
    expect(!page.url().includes("?"), "a reload would begin there again");
  });
  await check("goes on where it was after a reload", async () => {
    await visitor.seek(50);
    await visitor.plays(50.5);
    const { currentTime } = await visitor.state();
    await page.reload();
    await visitor.begins(currentTime);
  });
  await checkMenus({ check, visitor });
  await checkEnd({ check, visitor, demo });
  await check("no complaint of the browser, no request to another host", () => visitor.expectNoTrouble());
  await visitor.leave();
}

async function checkMenus({ check, visitor }) {
  const { page } = visitor;
  /** The film may have come to its end while a slow machine did something else. */
  const playFrom = async (at) => {
    await visitor.seek(at);
    await page.evaluate(() => document.querySelector("video").play());
    await visitor.plays(at);
  };
  await check("offers the qualities and switches", async () => {
    await playFrom(5);
    await visitor.openMenu("Quality");
    await page.getByRole("menuitemradio", { name: /^Auto \(\d+p\)/ }).waitFor();
    await page.getByRole("menuitemradio", { name: "360p" }).click();
    await page.waitForFunction(() => document.querySelector("video").videoHeight === 360);
    await visitor.openMenu("Quality");
    await page.getByRole("menuitemradio", { name: "1080p" }).click();
    await page.waitForFunction(() => document.querySelector("video").videoHeight === 1080);
  });
  await check("offers the languages and switches", async () => {
    await playFrom(5);
    await visitor.openMenu("Audio Track");
    await page.getByRole("menuitemradio", { name: "Deutsch" }).click();
    await page.waitForFunction(() => Array.from(window.flaskflixPlayer.audioTracks()).find((track) => track.enabled)?.label === "Deutsch");
    const { currentTime } = await visitor.state();
    await visitor.plays(currentTime + 0.5);
  });
  await check("offers the rates from 0.5 to 2", async () => {
    await visitor.openMenu("Playback Rate");
    const menu = page.locator(".vjs-playback-rate .vjs-menu-item-text");
    const rates = (await menu.allTextContents()).map((text) => text.trim()).sort();
    expect(String(rates) === "0.5x,0.75x,1.25x,1.5x,1x,2x", `it offers ${rates}`);
    await page.getByRole("menuitemradio", { name: "1.5x" }).click();
    await page.waitForFunction(() => document.querySelector("video").playbackRate === 1.5);
    await page.keyboard.press("<");
    await page.keyboard.press("<");
    await page.waitForFunction(() => document.querySelector("video").playbackRate === 1);
  });
  await check("tells the system what plays", async () => {
    await playFrom(5);
    const session = await page.evaluate(() => ({
      title: navigator.mediaSession.metadata?.title,
      state: navigator.mediaSession.playbackState,
    }));
    expect(session.title === "The FlaskFlix Demo" && session.state === "playing", JSON.stringify(session));
  });
}

async function checkEnd({ check, visitor, demo }) {
  const { page } = visitor;
  await check("counts as watched at the end, and offers what comes next", async () => {
    await visitor.seek(62);
    await page.waitForFunction(() => document.querySelector("video").ended);
    await page.getByRole("link", { name: "Play", exact: true }).waitFor();
    const saved = await visitor.saved(demo, (progress) => progress.completed);
    expect(saved.resume_at === null, "it would be resumed at its end");
    expect(!(await page.getByRole("button", { name: "Stay here" }).isVisible()), "it counts down under reduced motion");
    await page.getByRole("button", { name: "Watch again" }).click();
    await visitor.plays(0.2, 10);
  });
  await check("goes to the next film by itself, unless it is stopped", async () => {
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await visitor.seek(62);
    await page.getByRole("button", { name: "Stay here" }).click();
    expect(!/\d/.test(await page.locator("#next-count").textContent()), "the count goes on");
    await visitor.seek(63);
    await page.keyboard.press("k");
    await page.getByText(/in \d+ s/).waitFor();
    const next = await page.getByRole("link", { name: /^Play/ }).getAttribute("href");
    await page.waitForURL((url) => url.pathname === next);
    await visitor.plays(0.5);
    await page.emulateMedia({ reducedMotion: "reduce" });
  });
}
