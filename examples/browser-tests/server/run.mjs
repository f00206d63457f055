// Uses flaskflix-server in a real browser, as viewers and administrators do.
//
//   node server/run.mjs [--server PATH] [--only units|manual|watching|keys|sessions|screens|kinds|library|pages|phone|times]
//
// --server  the program; default: $FLASKFLIX_SERVER, else target/debug/flaskflix-server
//
// $CHROMIUM is the browser (default /usr/bin/chromium); ffmpeg makes the HLS folder. The server runs with `--demo` over
// folders of its own. Prints a table of times and ends with `N passed, N failed`; exit code 1 when one failed.

import { parseArgs } from "node:util";

import { openBrowser } from "../browser.mjs";
import { Report } from "../report.mjs";
import { testKeys } from "./keys.mjs";
import { testKinds } from "./kinds.mjs";
import { testLibrary } from "./library.mjs";
import { testManualSteps } from "./manual-steps.mjs";
import { OtherHost, makeMedia } from "./media.mjs";
import { testPages } from "./pages.mjs";
import { testPhone } from "./phone.mjs";
import { Server } from "./server.mjs";
import { testScreens } from "./screens.mjs";
import { testSessions } from "./sessions.mjs";
import { testTimes } from "./times.mjs";
import { testUnits } from "./units.mjs";
import { testWatching } from "./watching.mjs";

const TESTS = {
  units: testUnits,
  manual: testManualSteps,
  watching: testWatching,
  keys: testKeys,
  sessions: testSessions,
  screens: testScreens,
  kinds: testKinds,
  library: testLibrary,
  pages: testPages,
  phone: testPhone,
  times: testTimes,
};

const { values: options } = parseArgs({ options: { server: { type: "string" }, only: { type: "string" } } });
const report = new Report();
const media = await makeMedia();
const server = await Server.start(options.server, media.folder);
const otherHost = await OtherHost.start(media.folder);
const browser = await openBrowser();
try {
  // The first run has put the demo film into the catalogue.
  const stage = { report, browser, server, media, otherHost, program: options.server, demo: "1" };
  for (const [name, test] of Object.entries(TESTS)) {
    if (options.only !== undefined && options.only !== name) continue;
    await test(stage).catch((error) => report.check(`${name}: runs to its end`, () => Promise.reject(error)));
  }
} finally {
  await browser.close();
  await server.stop();
  await otherHost.stop();
  await media.remove();
}
process.exitCode = report.end();
