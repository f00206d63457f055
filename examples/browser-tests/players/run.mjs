// Plays films of every kind from flaskflix-origin, with tokens on, in the players that people use, and reads their
// playlists and segments with the libraries that people use.
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

import { close, openBrowser } from "../browser.mjs";
import { Origin } from "../origin/origin.mjs";
import { Report } from "../report.mjs";
import { compareBeats } from "./beat.mjs";
import { Hang, within } from "./deadline.mjs";
import { FILMS, makeFilms } from "./films.mjs";
import { PlayerPages } from "./pages.mjs";
import { readPlaylists } from "./playlists.mjs";
import { numbers, table } from "./table.mjs";
import { nothing, watch } from "./watch.mjs";

const PLAYERS = [
  { name: "hls.js", page: "hls.js.html", manifest: "master.m3u8" },
  { name: "video.js", page: "video.js.html", manifest: "master.m3u8" },
  { name: "Shaka HLS", page: "shaka.html", manifest: "master.m3u8" },
  { name: "Shaka DASH", page: "shaka.html", manifest: "manifest.mpd" },
  { name: "dash.js", page: "dash.js.html", manifest: "manifest.mpd" },
];

/** The films that are played encrypted, too. */
const ENCRYPTED = ["ladder", "texts.mp4"];

/** Shaka as it comes, for comparison: it lays decode times on the playlist's clock (docs/PLAYERS.md). */
const GUESSING = { name: "Shaka HLS by default", page: "shaka.html?guess", manifest: "master.m3u8" };

/** How long one player may take with one film; a page that hangs answers nothing, not even its own deadlines. */
const FILM_MS = 240_000;
/** How often what failed is tried again. */
const ATTEMPTS = 2;

/** The film whose beat is measured: B-frames and priming delay its picture and its sound. */
const BEATING = "b-frames.mp4";

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
const cors = ["--cors-origin", pages.origin];
const origin = await Origin.start(options.origin, made.folder, cors);
const sealed = await Origin.encrypting(options.origin, made.folder, cors);
let browser = await openBrowser();
const results = [];
let beat = {};
try {
  const stages = onStage();
  for (const stage of stages) await readPlaylists({ report, ...stage });
  const players = await present(PLAYERS.filter(({ name }) => wanted(options.player, name)));
  const film = made.films.find(({ id }) => id === BEATING);
  if (film) beat = await compareBeats({ report, browser, origin, pages, players, untold: [GUESSING], film });
  const queue = stages.flatMap((stage) => players.map((player) => ({ ...stage, player }))).filter(suits);
  const again = [];
  const attempt = async (job) => {
    const trial = new Report({ hold: true });
    try {
      const found = await within(FILM_MS, "the film", watch({ report: trial, browser, pages, ...job }));
      return { trial, found };
    } catch (hang) {
      if (!(hang instanceof Hang)) throw hang;
      await trial.check(`${job.player.name}, ${job.film.label}: answers`, () => Promise.reject(hang));
      return { trial, found: nothing(["answers"]) };
    }
  };
  const settle = (job, { trial, found }) => {
    report.take(trial);
    results.push({ film: job.film, player: job.player.name, ...found });
  };
  const viewer = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const done = await attempt(job);
      if (done.trial.failed === 0) settle(job, done);
      else again.push({ job, failed: done.found.failed });
    }
  };
  await Promise.all(Array.from({ length: Number(options.pages) }, viewer));
  // Players lose their way, too, when four of them share a busy machine: what fails is tried again, alone and each time
  // in a fresh browser. A fault of the films fails every time.
  for (const { job, failed } of again) {
    let done, names = failed;
    for (let left = ATTEMPTS; left > 0 && names.length > 0; left -= 1) {
      console.log(`again   ${job.player.name}, ${job.film.label}: ${names.join(", ")}`);
      await close(browser);
      browser = await openBrowser();
      done = await attempt(job);
      names = done.trial.failed === 0 ? [] : done.found.failed;
    }
    settle(job, done);
  }
} finally {
  await close(browser);
  await origin.stop();
  await sealed.stop();
  await pages.stop();
  await made.remove();
}
for (const row of numbers(PLAYERS, results, beat)) report.row(row);
for (const [name, ms] of Object.entries(beat)) {
  console.log(`${BEATING}: ${name} shows the flash ${ms} ms later than the browser's player of the file does`);
}
if (options.table) await writeFile(options.table, table(PLAYERS, results));
// With what a hanging browser left open, node would wait for ever; at the exit its processes are killed.
process.exit(report.end());

/** Every film with the origin that has it: in the clear, and some encrypted. */
function onStage() {
  const clear = made.films.map((film) => ({ film, origin }));
  const some = made.films.filter(({ id }) => ENCRYPTED.includes(id));
  const secret = ({ id, about }) => ({ label: `${id}, AES-128`, about: `${about}, encrypted`, encrypted: true });
  return [...clear, ...some.map((film) => ({ film: { ...film, ...secret(film) }, origin: sealed }))];
}

/** There is no AES-128 of whole segments in DASH. */
function suits({ film, player }) {
  return !film.encrypted || player.manifest === "master.m3u8";
}

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
