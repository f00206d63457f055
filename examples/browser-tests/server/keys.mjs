// Everything by keyboard: finding the film, starting it, going about in it, coming back.

import { expect } from "../report.mjs";
import { DEMO } from "./server.mjs";
import { Visitor, near } from "./visitor.mjs";

export async function testKeys({ report, browser, server, demo }) {
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const check = (name, fact) => report.check(`keys: ${name}`, fact);
  const press = (key) => page.keyboard.press(key);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent.trim());

  await check("log in, find the film and start it with Tab and Enter", async () => {
    await page.goto("/login");
    await page.getByLabel("Name").focus();
    await page.keyboard.type(DEMO.name);
    await press("Tab");
    await page.keyboard.type(DEMO.password);
    await press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
    await visitor.forget(demo);
    await page.goto(`/movie/${demo}`);
    await tabTo(page, focused, /Watch Now/);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    expect(outline !== "none", "the focused link has no outline");
    await press("Enter");
    await visitor.plays(1);
  });
  await check("Tab goes from the way back to the controls", async () => {
    await tabTo(page, focused, /^Back to The FlaskFlix Demo$/);
    await tabTo(page, focused, /^(Pause|Play)/);
    await tabTo(page, focused, /^Quality/);
  });
  await check("plays, seeks, mutes and goes full screen", async () => {
    await page.evaluate(() => document.activeElement.blur());
    await press("k");
    await page.waitForFunction(() => document.querySelector("video").paused);
    const at = (await visitor.state()).currentTime;
    for (const [key, by] of [["l", 10], ["j", -10], ["ArrowRight", 5], ["ArrowLeft", -5]]) {
      const before = (await visitor.state()).currentTime;
      await press(key);
      await page.waitForFunction((to) => Math.abs(document.querySelector("video").currentTime - to) < 0.3, before + by);
    }
    near((await visitor.state()).currentTime, at, "the position");
    await press("5");
    await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 32) < 0.3);
    await press("ArrowDown");
    await page.waitForFunction(() => Math.abs(document.querySelector("video").volume - 0.9) < 0.01);
    await press("m");
    await page.waitForFunction(() => document.querySelector("video").muted);
    await press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    expect(await page.locator(".title-bar").isVisible(), "full screen hides the title");
    await press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);
    await press("Space");
    await visitor.plays(32);
  });
  await check("works wherever the focus is, and leaves its keys to a control that needs them", async () => {
    await visitor.openMenu("Quality");
    await page.getByRole("menuitemradio", { name: "360p" }).focus();
    await press("m");
    await page.waitForFunction(() => !document.querySelector("video").muted);
    const before = await focused();
    await press("ArrowDown");
    expect((await focused()) !== before, "the menu does not move");
    await press("Escape");
    await page.getByRole("button", { name: "Mute" }).focus();
    await press("Space");
    await page.waitForFunction(() => document.querySelector("video").muted);
    expect(!(await visitor.state()).paused, "Space on a button stops the film");
    await press("m");
  });
  await check("? shows the keys, Esc takes them away", async () => {
    await press("?");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    const before = (await visitor.state()).currentTime;
    await press("l");
    near((await visitor.state()).currentTime, before, "a key reached the film behind the sheet: the position", 3);
    await press("Escape");
    await page.getByRole("heading", { name: "Keys" }).waitFor({ state: "hidden" });
  });
  await check("the question where to resume has the focus, and Tab reaches the other answer", async () => {
    await visitor.pauses();
    await page.goto("/");
    await visitor.watch(demo);
    await page.getByRole("dialog").waitFor();
    expect(/^Resume at/.test(await focused()), `the focus is on ${await focused()}`);
    await press("Tab");
    expect((await focused()) === "Start over", `the focus is on ${await focused()}`);
    await press("Enter");
    await visitor.begins(0);
  });
  await check("no complaint of the browser", () => visitor.expectNoTrouble());
  await visitor.leave();
}

async function tabTo(page, focused, wanted) {
  for (let tabs = 0; tabs < 60; tabs += 1) {
    await page.keyboard.press("Tab");
    if (wanted.test(await focused())) return;
  }
  throw new Error(`Tab never comes to ${wanted}`);
}
