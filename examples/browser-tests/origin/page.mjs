// The origin's own pages, as a viewer meets them: the list, the token, the player, the keys, the phone.

import { join } from "node:path";

import { listenForTrouble } from "../browser.mjs";
import { expect } from "../report.mjs";

const PATIENCE_MS = 60_000;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

export async function testPage({ report, browser, origin, film, screenshots }) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const trouble = listenForTrouble(page, [new URL(origin.url).host]);
  const check = (name, fact) => report.check(`page: ${name}`, fact);
  const shoot = (name) => page.screenshot({ path: join(screenshots, `${name}.png`) });
  const video = (read, argument) => page.waitForFunction(read, argument);

  await check("lists the films and leads to the player", async () => {
    await page.goto(origin.url);
    await shoot("list");
    await page.getByRole("link", { name: `Play ${film.id}` }).click();
    await page.getByLabel("Token").waitFor();
    await shoot("token");
  });
  await check("says kindly that a token is no good", async () => {
    await page.getByLabel("Token").fill("not-a-token");
    await page.getByRole("button", { name: "Watch" }).click();
    await page.getByText("This token does not open the film").waitFor();
    await shoot("wrong-token");
    // The browser reports the refusal itself; it was asked for.
    expectOnly(trouble, /401/);
  });
  await check("plays with a token, which no request but media carries", async () => {
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    const token = origin.token(film.id);
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Watch" }).click();
    await video(() => document.querySelector("video")?.currentTime > 1);
    await shoot("playing");
    const leaks = requests.filter((url) => url.includes(token) && !new URL(url).pathname.startsWith("/stream/"));
    expect(leaks.length === 0, `the token stands in ${leaks}`);
  });
  await check("plays at once with the token in the fragment", async () => {
    await page.goto(`${origin.url}/play/${film.id}#token=${origin.token(film.id)}`);
    await page.reload();
    await video(() => document.querySelector("video")?.currentTime > 0.5);
  });
  await checkKeys(check, page);
  await checkMenus(check, page, film, shoot);
  await check("has no horizontal scroll on a phone", async () => {
    await page.setViewportSize(PHONE);
    await page.waitForFunction((width) => innerWidth === width, PHONE.width);
    await shoot("phone-player");
    await noSidewaysScroll(page);
    await page.goto(origin.url);
    await page.screenshot({ path: join(screenshots, "phone-list.png"), fullPage: true });
    await noSidewaysScroll(page);
  });
  await check("tells what is not there", async () => {
    const response = await page.goto(`${origin.url}/play/no-such-film`);
    expect(response.status() === 404, `status ${response.status()}`);
    await page.getByText("There is no such title").waitFor();
    await shoot("not-found");
    expectOnly(trouble, /404/);
  });
  await check("leaves no error on the console and asks no other host", async () => {
    expect(trouble.length === 0, trouble.join("; "));
  });
  await check("plays in the browser's own player when video.js is not installed", async () => {
    const bare = await origin.withoutPlayer();
    try {
      await page.goto(`${bare.url}/play/${film.id}#token=${bare.token(film.id)}`);
      await page.getByText("npm ci --ignore-scripts").waitFor();
      await video(() => document.querySelector("video")?.currentTime > 1);
      await shoot("without-player");
      await page.keyboard.press("k");
      await video(() => document.querySelector("video").paused);
    } finally {
      await bare.stop();
    }
  });
  await context.close();
}

async function checkKeys(check, page) {
  const state = () => page.evaluate(() => {
    const { currentTime, paused, muted, volume } = document.querySelector("video");
    return { currentTime, paused, muted, volume };
  });
  const video = (read, argument) => page.waitForFunction(read, argument);
  await check("obeys the keys", async () => {
    await page.keyboard.press("k");
    await video(() => document.querySelector("video").paused);
    const before = (await state()).currentTime;
    await page.keyboard.press("l");
    await video((at) => Math.abs(document.querySelector("video").currentTime - at) < 0.3, before + 10);
    await page.keyboard.press("j");
    await video((at) => Math.abs(document.querySelector("video").currentTime - at) < 0.3, before);
    await page.keyboard.press("ArrowRight");
    await video((at) => Math.abs(document.querySelector("video").currentTime - at) < 0.3, before + 5);
    await page.keyboard.press("ArrowLeft");
    await video((at) => Math.abs(document.querySelector("video").currentTime - at) < 0.3, before);
    const { muted } = await state();
    await page.keyboard.press("m");
    await video((muted) => document.querySelector("video").muted !== muted, muted);
    await page.keyboard.press("5");
    await video(() => Math.abs(document.querySelector("video").currentTime - document.querySelector("video").duration / 2) < 0.3);
    await page.keyboard.press(">");
    await video(() => document.querySelector("video").playbackRate === 1.25);
    await page.keyboard.press("<");
    await video(() => document.querySelector("video").playbackRate === 1);
    await page.keyboard.press("f");
    await video(() => document.fullscreenElement !== null);
    await page.keyboard.press("f");
    await video(() => document.fullscreenElement === null);
    await page.keyboard.press("Space");
    await video(() => !document.querySelector("video").paused);
  });
}

async function checkMenus(check, page, film, shoot) {
  await check("switches the quality from its menu", async () => {
    await wake(page);
    await page.getByRole("button", { name: "Quality" }).click();
    await shoot("quality-menu");
    const heights = (await page.locator(".vjs-quality-menu .vjs-menu-item-text").allTextContents()).map((text) => text.trim());
    const wanted = film.heights.map((height) => `${height}p`);
    const auto = heights.pop();
    expect(String(heights) === String(wanted), `the menu has ${heights}`);
    expect(/^Auto \(\d+p\)$/.test(auto), `automatic quality is called ${auto}`);
    const lowest = film.heights.at(-1);
    await page.getByRole("menuitemradio", { name: `${lowest}p` }).click();
    await page.waitForFunction((height) => document.querySelector("video").videoHeight === height, lowest);
  });
  await check("switches the language from its menu", async () => {
    await wake(page);
    await page.getByRole("button", { name: "Audio Track" }).click();
    await shoot("language-menu");
    await page.getByRole("menuitemradio", { name: "Deutsch" }).click();
    await page.waitForFunction(() => Array.from(window.flaskflixPlayer.audioTracks()).find((track) => track.enabled)?.label === "Deutsch");
    const at = await page.evaluate(() => document.querySelector("video").currentTime);
    await page.waitForFunction((at) => document.querySelector("video").currentTime > at + 1, at);
  });
  await check("shows where the focus is", async () => {
    await page.locator(".brand").focus();
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    expect(outline !== "none", "the focused control has no outline");
  });
}

/** Moves the mouse until the controls are there: video.js swallows the first move after it has hidden them. */
async function wake(page) {
  await page.mouse.move(640, 300);
  await page.mouse.move(640, 320, { steps: 4 });
  await page.locator(".video-js.vjs-user-active").waitFor();
}

async function noSidewaysScroll(page) {
  const { content, view } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, view: innerWidth }));
  expect(content <= view, `the page is ${content} px wide in a view of ${view} px`);
}

/** Takes what was provoked off the list, and only that. */
function expectOnly(trouble, provoked) {
  const rest = trouble.filter((text) => !provoked.test(text));
  trouble.length = 0;
  expect(rest.length === 0, rest.join("; "));
}
