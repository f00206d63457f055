// Makes the pictures of the server for the documentation.
//
//   node server/screenshots.mjs [--server PATH] FOLDER
//
// Needs what the tests need; with pngquant the files are a third as large. Prints the sizes; exit code 1 when they are
// more than a repository should carry.

import { execFile } from "node:child_process";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";

import { openBrowser } from "../browser.mjs";
import { FILM, makeMedia } from "./media.mjs";
import { ADMIN, DEMO, Server } from "./server.mjs";
import { PHONE, Visitor } from "./visitor.mjs";

const MOST_BYTES = 1_500_000;

/** Titles that nobody owns, for a catalogue that looks like one. */
const CATALOGUE = [
  ["The Salt Road", 2021, "Drama"],
  ["Night Ferry", 2019, "Thriller"],
  ["A Garden in Winter", 2023, "Documentary"],
  ["Paper Astronauts", 2020, "Comedy"],
  ["The Clockmaker’s Daughter", 2018, "Mystery"],
  ["Tidewater", 2024, "Drama"],
  ["Seven Small Planets", 2022, "Science fiction"],
  ["Echo Valley Radio", 2017, "Music"],
];

const { values: options, positionals } = parseArgs({ options: { server: { type: "string" } }, allowPositionals: true });
if (positionals.length !== 1) {
  console.error("usage: node server/screenshots.mjs [--server PATH] FOLDER");
  process.exit(2);
}
const folder = resolve(positionals[0]);
await mkdir(folder, { recursive: true });
const media = await makeMedia();
const server = await Server.start(options.server, media.folder);
const browser = await openBrowser();
try {
  const ids = CATALOGUE.map(([title, year, genre]) => {
    const facts = ["--year", String(year), "--genre", genre, "--description", `${title}: a film for this picture.`];
    return server.add(title, "--video", FILM.path, ...facts);
  });
  await takeDesktop(ids);
  await takePhone();
} finally {
  await browser.close();
  await server.stop();
  await media.remove();
}
await shrink();

async function takeDesktop(ids) {
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const shoot = (name) => page.screenshot({ path: join(folder, `${name}.png`) });
  await visitor.signIn(DEMO);
  for (const [movie, at] of [[ids[1], 17], [ids[4], 48], ["1", 30]]) {
    await visitor.watch(movie, `?t=${at}`);
    await visitor.plays(at + 0.5);
    await visitor.pauses();
  }
  await page.goto("/");
  await page.waitForLoadState("networkidle");
  await shoot("home");
  await page.goto("/movie/1");
  await page.waitForLoadState("networkidle");
  await shoot("movie");
  await visitor.watch("1", "?t=21");
  await page.waitForFunction(() => document.querySelector("video")?.videoHeight === 1080);
  await visitor.plays(24);
  await visitor.openMenu("Quality");
  await page.getByRole("menuitemradio", { name: /^Auto \(/ }).waitFor();
  await shoot("watch");
  await visitor.pauses();
  await page.goto("/");
  await visitor.watch("1");
  await page.getByRole("button", { name: /^Resume at/ }).waitFor();
  await page.waitForFunction(() => document.querySelector("video").readyState >= 3);
  await shoot("resume");
  await visitor.leave();

  const admin = await Visitor.arrive(browser, server);
  await admin.signIn(ADMIN);
  await admin.page.goto(`/admin/movies/1`);
  await admin.page.locator("#probe").getByText(/1080/).first().waitFor();
  await admin.page.screenshot({ path: join(folder, "admin.png") });
  await admin.leave();
}

async function takePhone() {
  const visitor = await Visitor.arrive(browser, server, { viewport: PHONE, hasTouch: true, isMobile: true });
  const { page } = visitor;
  await visitor.signIn(DEMO);
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: join(folder, "phone-home.png") });
  await visitor.watch("1", "?t=33");
  await visitor.plays(34);
  await page.evaluate(() => window.flaskflixPlayer.userActive(true));
  await page.locator(".vjs-control-bar").waitFor();
  await page.screenshot({ path: join(folder, "phone-watch.png") });
  await visitor.leave();
}

/** Fewer colours, when the tool for it is there. */
async function shrink() {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".png")).map((name) => join(folder, name));
  const args = ["--force", "--skip-if-larger", "--ext", ".png", "--quality", "60-92", "--speed", "1", "--strip", ...files];
  await promisify(execFile)("pngquant", args).catch((error) => {
    // 98 and 99: a picture would have become larger or uglier, and stays as it is.
    if (![98, 99].includes(error.code)) console.log(`not made smaller: ${error.message}`);
  });
  let total = 0;
  for (const file of files) {
    const { size } = await stat(file);
    total += size;
    console.log(`${file}  ${Math.round(size / 1024)} KiB`);
  }
  console.log(`${Math.round(total / 1024)} KiB together`);
  if (total > MOST_BYTES) process.exitCode = 1;
}
