// The same on a phone: everything fits, fingers reach it, two taps seek.

import { expect } from "../report.mjs";
import { DEMO } from "./server.mjs";
import { PHONE, Visitor } from "./visitor.mjs";

const FINGER_PX = 36;

export async function testPhone({ report, browser, server, demo }) {
  const check = (name, fact) => report.check(`phone: ${name}`, fact);
  const visitor = await Visitor.arrive(browser, server, { viewport: PHONE, hasTouch: true, isMobile: true });
  const { page } = visitor;

  await check("no page is wider than the screen", async () => {
    await visitor.signIn(DEMO);
    for (const path of ["/", `/movie/${demo}`, "/?q=nothing-like-that", "/login", "/register"]) {
      await page.goto(path);
      await visitor.noSidewaysScroll();
    }
  });
  await check("the film plays, and its controls are in reach of a finger", async () => {
    await visitor.forget(demo);
    await page.goto(`/movie/${demo}`);
    await page.getByRole("link", { name: "Watch Now" }).tap();
    await visitor.plays(1);
    await visitor.noSidewaysScroll();
    await page.evaluate(() => window.flaskflixPlayer.userActive(true));
    const controls = page.locator(".vjs-control-bar button:visible, .title-bar a:visible");
    for (const control of await controls.all()) {
      const { x, y, width, height } = await control.boundingBox();
      const name = await control.getAttribute("aria-label") ?? await control.textContent();
      expect(width >= FINGER_PX && height >= FINGER_PX, `${name} is ${width} x ${height} px`);
      expect(x >= 0 && x + width <= PHONE.width && y + height <= PHONE.height, `${name} lies outside`);
    }
  });
  await check("the bar of the film is as wide as the screen", async () => {
    const { width } = await page.locator(".vjs-progress-holder").boundingBox();
    expect(width > PHONE.width * 0.9, `it is ${width} px wide`);
  });
  await check("two taps on the right go 10 seconds ahead, on the left back", async () => {
    const twice = async (x) => {
      await page.touchscreen.tap(x, PHONE.height / 2);
      await page.touchscreen.tap(x, PHONE.height / 2);
    };
    const before = (await visitor.state()).currentTime;
    await twice(PHONE.width * 0.85);
    await visitor.plays(before + 9.9, 4);
    await twice(PHONE.width * 0.15);
    await visitor.plays(before - 0.1, 6);
  });
  await check("no complaint of the browser", () => visitor.expectNoTrouble());
  await visitor.leave();
}
