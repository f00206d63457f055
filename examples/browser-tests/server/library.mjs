// The pages around the film: continue watching, marking, and adding a movie by choosing its file.

import { expect } from "../report.mjs";
import { FILM } from "./media.mjs";
import { ADMIN, DEMO } from "./server.mjs";
import { Visitor } from "./visitor.mjs";

export async function testLibrary({ report, browser, server, demo }) {
  const check = (name, fact) => report.check(`library: ${name}`, fact);
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const row = page.locator("#continue");
  const card = row.locator(`[data-movie="${demo}"]`);
  const begin = async () => {
    await visitor.watch(demo, "?t=20");
    await visitor.plays(21);
    await visitor.pauses();
    await visitor.saved(demo, ({ current_time: at }) => at >= 20);
    await page.goto("/");
  };

  await check("“Continue watching” shows the film with its progress and leads back into it", async () => {
    await visitor.signIn(DEMO);
    await visitor.forget(demo);
    await begin();
    await row.getByText("The FlaskFlix Demo").first().waitFor();
    const share = Number(await row.getByRole("progressbar").first().getAttribute("value"));
    expect(share >= 30 && share <= 40, `the bar stands at ${share} %`);
    const { current_time: saved } = await visitor.progress(demo);
    await row.getByRole("link", { name: /The FlaskFlix Demo/ }).first().click();
    await page.waitForURL(/\/watch/);
    await visitor.begins(saved);
  });
  await check("a film is taken out of the row, and its place is kept", async () => {
    await visitor.pauses();
    await page.goto("/");
    await row.getByRole("button", { name: "More for The FlaskFlix Demo" }).click();
    await page.getByRole("button", { name: "Remove from this row" }).click();
    await card.waitFor({ state: "hidden" });
    await page.reload();
    expect(!(await card.isVisible()), "it is back");
    expect((await visitor.progress(demo)).current_time > 20, "its place is lost");
  });
  await check("a film is marked as watched and as not watched", async () => {
    await page.goto(`/movie/${demo}`);
    await page.getByRole("button", { name: "Mark as watched" }).click();
    await page.getByRole("button", { name: "Mark as not watched" }).waitFor();
    expect((await visitor.progress(demo)).completed, "the server does not know");
    await page.getByRole("button", { name: "Mark as not watched" }).click();
    await page.getByRole("button", { name: "Mark as watched" }).waitFor();
    expect(!(await visitor.progress(demo)).completed, "the server still says watched");
  });
  await check("no complaint of the viewer's browser", () => visitor.expectNoTrouble());
  await visitor.leave();

  const admin = await Visitor.arrive(browser, server);
  await check("the administrator adds a movie by choosing a file, and plays it", async () => {
    await admin.signIn(ADMIN);
    await admin.page.goto("/admin/movies/new");
    await admin.page.getByLabel("Title").fill("Chosen <b>by</b> click");
    await admin.page.getByRole("button", { name: "Choose…" }).first().click();
    const [folder, file] = FILM.path.split("/");
    const chooser = admin.page.getByRole("dialog");
    await chooser.getByRole("button", { name: folder, exact: true }).click();
    await chooser.getByRole("button", { name: file }).click();
    await admin.page.waitForFunction((path) => document.getElementById("video_url").value === path, FILM.path);
    await admin.page.locator("#probe").getByText(/H\.264|AVC/i).first().waitFor();
    await admin.page.getByRole("button", { name: "Add the movie" }).click();
    await admin.page.waitForURL((url) => !url.pathname.endsWith("/new"));
    await admin.page.goto("/");
    await admin.page.getByRole("link", { name: "Chosen <b>by</b> click" }).first().click();
    await admin.page.getByRole("link", { name: "Watch Now" }).click();
    await admin.plays(1);
    admin.expectNoTrouble();
  });
  await admin.leave();
}
