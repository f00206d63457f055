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
try {
  const screenshots = options.screenshots ?? (await mkdtemp(join(tmpdir(), "flaskflix-page-")));
  const program = options.origin;
  await attempt("page", (tools) => testPage({ ...tools, origin, film: root.film, screenshots }));
  await attempt("encrypted", (tools) => testEncrypted({ ...tools, program, root: root.folder, film: root.film }));
  await attempt("text", (tools) => testText({ ...tools, program, screenshots }));
  console.log(`screenshots in ${screenshots}`);
} finally {
  await origin.stop();
  await root.remove();
}
process.exitCode = report.end();

/** Runs a test in a browser of its own. What fails is tried once more and said: a busy machine is no fault, and a fault fails twice. */
async function attempt(name, test) {
  for (let left = 1; ; left -= 1) {
    const trial = new Report({ hold: true });
    const browser = await openBrowser();
    try {
      await test({ report: trial, browser });
    } finally {
      await browser.close();
    }
    if (trial.failed === 0 || left === 0) return report.take(trial);
    console.log(`again   ${name}`);
  }
}
