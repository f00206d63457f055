// The manual test of the requirements, word by word.

import { expect } from "../report.mjs";
import { FILM } from "./media.mjs";
import { ADMIN } from "./server.mjs";
import { Visitor, near } from "./visitor.mjs";

export async function testManualSteps({ report, browser, server }) {
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const check = (name, fact) => report.check(`manual: ${name}`, fact);
  let movie;
  let paused;

  await check("0. log in as the administrator", () => visitor.signIn(ADMIN));
  await check("1. add a movie with video_url (test video URL)", async () => {
    await page.goto("/admin");
    await page.getByRole("link", { name: /add (a|the first) movie/i }).first().click();
    await page.getByLabel("Title").fill("Aurora over the lake");
    await page.getByLabel("Film", { exact: true }).fill(FILM.path);
    await page.locator("#probe").getByText(/360p|640\s*×\s*360/).first().waitFor();
    await page.getByRole("button", { name: "Add the movie" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith("/new"));
  });
  await check("2. go to movie detail page", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: /Aurora over the lake/ }).first().click();
    await page.waitForURL(/\/movie\/\d+$/);
    movie = /\/movie\/(\d+)$/.exec(page.url())[1];
    await page.getByRole("heading", { name: "Aurora over the lake" }).waitFor();
  });
  await check("3. click “Watch Now”", async () => {
    await page.getByRole("link", { name: "Watch Now" }).click();
    await page.waitForURL(/\/movie\/\d+\/watch$/);
  });
  await check("4. verify player loads and video plays", async () => {
    await visitor.plays(2);
    const { videoHeight, duration } = await visitor.state();
    expect(videoHeight === 360, `the picture is ${videoHeight} px high`);
    near(duration, FILM.secs, "the duration");
  });
  await check("5. pause at some point", async () => {
    await visitor.seek(23);
    await visitor.plays(24);
    paused = await visitor.pauses();
    await visitor.saved(movie, (progress) => Math.abs(progress.current_time - paused) < 0.1);
  });
  await check("6. refresh page", async () => {
    await page.reload();
    await page.waitForFunction(() => document.querySelector("video"));
  });
  await check("7. verify playback resumes from same position", async () => {
    await visitor.begins(paused);
    await visitor.plays(paused + 1);
  });
  await check("no complaint of the browser, no request to another host", () => visitor.expectNoTrouble());
  await visitor.leave();
  return movie;
}
