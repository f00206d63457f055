// Plays films of every kind from flaskflix-origin, with tokens on, in the players that people use.
//
//   node players/run.mjs [--origin PATH] [--player NAME] [--film ID] [--films DIR] [--pages N] [--table FILE]
//
// --origin  the program; default: $FLASKFLIX_ORIGIN, else target/debug/flaskflix-origin
// --films   where the films are made and kept; default: a new folder, removed at the end
// --pages   how many players play at a time
// --table   where the table of all results goes, as Markdown
//
// $FLASKFLIX_MEDIA is the folder of real files (default ../shared/media beside the project), $CHROMIUM the browser
// (default /usr/bin/chromium). Ends with `N passed, N failed`; exit code 1 when one failed.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { openBrowser } from "../browser.mjs";
import { Origin } from "../origin/origin.mjs";
import { Report } from "../report.mjs";
import { FILMS, makeFilms } from "./films.mjs";
import { PlayerPages } from "./pages.mjs";
import { numbers, table } from "./table.mjs";
import { watch } from "./watch.mjs";

const PLAYERS = [
  { name: "hls.js", page: "hls.js.html", manifest: "master.m3u8" },
  { name: "video.js", page: "video.js.html", manifest: "master.m3u8" },
  { name: "Shaka HLS", page: "shaka.html", manifest: "master.m3u8" },
  { name: "Shaka DASH", page: "shaka.html", manifest: "manifest.mpd" },
  { name: "dash.js", page: "dash.js.html", manifest: "manifest.mpd" },
];

const { values: options } = parseArgs({
  options: {
    origin: { type: "string" },
    player: { type: "string" },
    film: { type: "string" },
    films: { type: "string" },
    pages: { type: "string", default: "4" },
    table: { type: "string" },
  },
});
const report = new Report();
const wanted = (option, name) => option === undefined || option === name;
const made = await makeFilms(FILMS.filter(({ id }) => wanted(options.film, id)), options.films);
for (const why of made.leftOut) report.leftOut(why);
const pages = await PlayerPages.start();
const origin = await Origin.start(options.origin, made.folder, ["--cors-origin", pages.origin]);
const browser = await openBrowser();
const results = [];
try {
  const players = await present(PLAYERS.filter(({ name }) => wanted(options.player, name)));
  const queue = made.films.flatMap((film) => players.map((player) => ({ film, player })));
  const viewer = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const found = await watch({ report, browser, origin, pages, ...job });
      results.push({ film: job.film, player: job.player.name, ...found });
    }
  };
  await Promise.all(Array.from({ length: Number(options.pages) }, viewer));
} finally {
  await browser.close();
  await origin.stop();
  await pages.stop();
  await made.remove();
}
for (const row of numbers(PLAYERS, results)) report.row(row);
if (options.table) await writeFile(options.table, table(PLAYERS, made.films, results));
process.exitCode = report.end();

/** The players whose kind of manifest the origin has. */
async function present(players) {
  const there = new Map();
  const [{ id }] = made.films;
  for (const manifest of new Set(players.map(({ manifest }) => manifest))) {
    const { status } = await fetch(`${origin.url}/stream/${id}/t/${origin.token(id)}/${manifest}`);
    there.set(manifest, status === 200);
    if (status !== 200) report.leftOut(`all players of ${manifest}: the origin answers ${status}`);
  }
  return players.filter(({ manifest }) => there.get(manifest));
}
