// How many screens a viewer has: one here, and two devices that want it.

import { expect } from "../report.mjs";
import { DEMO, Server } from "./server.mjs";
import { Visitor } from "./visitor.mjs";

export async function testScreens(stage) {
  await testWithVideoJs(stage);
  await testWithTheBrowsersOwnPlayer(stage);
}

/** As it is where nobody has run npm. */
async function testWithTheBrowsersOwnPlayer({ report, browser, program, media, demo }) {
  const server = await Server.start(program, media.folder, ["--max-screens", "1", "--player-assets", media.folder]);
  const [first, second] = [await Visitor.arrive(browser, server), await Visitor.arrive(browser, server)];
  const take = async (visitor) => {
    await visitor.page.getByRole("heading", { name: "All your screens are in use" }).waitFor();
    await visitor.page.getByRole("button", { name: /^End “/ }).click();
  };
  try {
    await report.check("screens: the browser's own player goes on where it was ended", async () => {
      for (const visitor of [first, second]) await visitor.signIn(DEMO);
      await first.watch(demo, "?t=20");
      await first.plays(21);
      expect(await first.page.evaluate(() => !window.videojs && !window.flaskflixPlayer), "video.js plays");
      await second.watch(demo, "?t=10");
      await take(second);
      await second.plays(1);
      await first.page.evaluate(() => (document.querySelector("video").currentTime = 50));
      await first.page.getByRole("heading", { name: "This screen was ended" }).waitFor();
      await first.page.getByRole("button", { name: "Try again" }).click();
      await take(first);
      await first.plays(15);
      first.expectOnly(/409|410/);
    });
  } finally {
    await first.leave();
    await second.leave();
    await server.stop();
  }
}

async function testWithVideoJs({ report, browser, program, media, demo }) {
  const check = (name, fact) => report.check(`screens: ${name}`, fact);
  const server = await Server.start(program, media.folder, ["--max-screens", "1"]);
  const [first, second] = [await Visitor.arrive(browser, server), await Visitor.arrive(browser, server)];
  const message = (visitor, text) => visitor.page.getByRole("heading", { name: text }).waitFor();
  try {
    for (const visitor of [first, second]) await visitor.signIn(DEMO);

    await check("a reload, and another film in the same tab, keep the screen", async () => {
      await first.watch(demo);
      await first.plays(1);
      await first.page.reload();
      await first.plays(1);
      await first.watch(demo, "?t=20");
      await first.plays(21);
      expect(!(await first.page.locator("#message").isVisible()), "a message is shown");
      first.expectNoTrouble();
    });
    await check("a second device is told what plays elsewhere, and may end it", async () => {
      await second.watch(demo, "?t=10");
      await message(second, "All your screens are in use");
      await second.page.getByRole("button", { name: /^End “/ }).click();
      await second.plays(1);
      second.expectOnly(/409/);
    });
    await check("the first one is told that it was ended, and may come back", async () => {
      // Not `seek`, which waits for the picture there: none comes.
      await first.page.evaluate(() => (document.querySelector("video").currentTime = 50));
      await message(first, "This screen was ended");
      await first.page.getByRole("button", { name: "Try again" }).click();
      await message(first, "All your screens are in use");
      await first.page.getByRole("button", { name: /^End “/ }).click();
      await first.plays(1);
      first.expectOnly(/409|410/);
    });
    await check("a page that waits for a screen gets it when another is left", async () => {
      await second.watch(demo, "?t=30");
      await message(second, "All your screens are in use");
      await first.page.goto("/");
      await second.plays(31);
      second.expectOnly(/409|410/);
    });
    await check("a page that is left frees its screen at once", async () => {
      await second.page.goto("/");
      await first.watch(demo, "?t=40");
      await first.plays(41);
      expect(!(await first.page.locator("#message").isVisible()), "a message is shown");
    });
  } finally {
    await first.leave();
    await second.leave();
    await server.stop();
  }
}
