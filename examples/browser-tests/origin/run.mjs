// Plays films from flaskflix-origin, with tokens on, in a real browser.
//
//   node origin/run.mjs [--origin PATH] [--only hls.js|shaka|video.js|page] [--screenshots DIR]
//
// --origin       the program; default: $FLASKFLIX_ORIGIN, else target/debug/flaskflix-origin
// --screenshots  where pictures of the origin's page go; default: a new temporary folder
//
// $FLASKFLIX_MEDIA is the folder of real files (default ../shared/media beside the project), $CHROMIUM the browser
// (default /usr/bin/chromium). Prints a table of times and ends with `N passed, N failed`; exit code 1 when one failed.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { openBrowser } from "../browser.mjs";
import { Report } from "../report.mjs";
import { Origin, makeRoot } from "./origin.mjs";
import { PlayerPages } from "./player-pages.mjs";
import { testPage } from "./page.mjs";
import { testPlayer } from "./players.mjs";

const { values: options } = parseArgs({
  options: { origin: { type: "string" }, only: { type: "string" }, screenshots: { type: "string" } },
});
const report = new Report();
const root = await makeRoot();
const pages = await PlayerPages.start();
const origin = await Origin.start(options.origin, root.folder, ["--cors-origin", pages.origin]);
const browser = await openBrowser();
try {
  const wanted = (name) => options.only === undefined || options.only === name;
  if (root.leftOut) report.leftOut(root.leftOut);
  for (const player of ["hls.js", "shaka", "video.js"].filter(wanted)) {
    for (const film of root.films) await testPlayer({ report, browser, origin, pages, player, film });
  }
  if (wanted("page")) {
    const screenshots = options.screenshots ?? (await mkdtemp(join(tmpdir(), "flaskflix-page-")));
    await testPage({ report, browser, origin, film: root.films[0], screenshots });
    console.log(`screenshots in ${screenshots}`);
  }
} finally {
  await browser.close();
  await origin.stop();
  await pages.stop();
  await root.remove();
}
process.exitCode = report.end();
