// Uses the pages of flaskflix-origin, with tokens on, in a real browser.
//
//   node origin/run.mjs [--origin PATH] [--screenshots DIR]
//
// --origin       the program; default: $FLASKFLIX_ORIGIN, else target/debug/flaskflix-origin
// --screenshots  where pictures of the origin's page go; default: a new temporary folder
//
// $CHROMIUM is the browser (default /usr/bin/chromium). Ends with `N passed, N failed`; exit code 1 when one failed.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { openBrowser } from "../browser.mjs";
import { Report } from "../report.mjs";
import { testEncrypted } from "./encrypted.mjs";
import { Origin, makeRoot } from "./origin.mjs";
import { testPage } from "./page.mjs";
import { testText } from "./text.mjs";

const { values: options } = parseArgs({ options: { origin: { type: "string" }, screenshots: { type: "string" } } });
const report = new Report();
const root = await makeRoot();
const origin = await Origin.start(options.origin, root.folder);
const browser = await openBrowser();
try {
  const screenshots = options.screenshots ?? (await mkdtemp(join(tmpdir(), "flaskflix-page-")));
  await testPage({ report, browser, origin, film: root.film, screenshots });
  await testEncrypted({ report, browser, program: options.origin, root: root.folder, film: root.film });
  await testText({ report, browser, program: options.origin, screenshots });
  console.log(`screenshots in ${screenshots}`);
} finally {
  await browser.close();
  await origin.stop();
  await root.remove();
}
process.exitCode = report.end();
