// How fast: from opening the watch page to the first picture, and from a seek to its picture.

import { expect } from "../report.mjs";
import { DEMO } from "./server.mjs";
import { Visitor } from "./visitor.mjs";

const FIRST_FRAME_MS = 2_000;
const SEEK_MS = 500;
const RUNS = 7;

export async function testTimes({ report, browser, server, demo }) {
  const visitor = await Visitor.arrive(browser, server);
  await visitor.signIn(DEMO);
  const frames = [];
  const seeks = { "seek forward": [], "seek back": [] };
  await report.check("times: first picture and seeks are as fast as promised", async () => {
    for (let run = 0; run < RUNS; run += 1) {
      await visitor.watch(demo, "?t=0");
      await visitor.plays(0.3);
      frames.push(await visitor.firstFrame());
      seeks["seek forward"].push(await visitor.seek(44));
      await visitor.plays(44.3);
      seeks["seek back"].push(await visitor.seek(8));
      await visitor.plays(8.3);
    }
    // The fastest: a busy machine makes things slow and never quick.
    expect(Math.min(...frames) < FIRST_FRAME_MS, `the first picture takes ${Math.round(Math.min(...frames))} ms`);
    for (const [name, times] of Object.entries(seeks)) {
      expect(Math.min(...times) < SEEK_MS, `${name} takes ${Math.round(Math.min(...times))} ms`);
    }
  });
  for (const [what, times] of Object.entries({ "first picture": frames, ...seeks })) {
    const shown = (ms) => `${Math.round(ms)} ms`;
    const spread = [Math.min(...times), median(times), Math.max(...times)].map(shown);
    report.row({ what, fastest: spread[0], median: spread[1], slowest: spread[2], runs: times.length });
  }
  await visitor.leave();
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
