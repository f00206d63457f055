// Picture and sound as a viewer meets them: by how much a flash comes after its beep, in each player and, to compare, in
// the browser's own player of the file itself.

import { expect } from "../report.mjs";
import { within } from "./deadline.mjs";

const BEATS = 5;
/** How far a player may be from the browser's own: a picture of 25 in a second; most of it is the screen's own beat. */
const TOLERANCE_MS = 40;

/** How often a player is measured before it counts as out of step: the first time all at once, then alone. */
const TRIALS = 3;

/** How long one measurement may take. */
const MEASURE_MS = 90_000;

/**
 * Measures all players; returns milliseconds by name. `untold` ones are measured and not judged. They play at the same
 * time; who seems out of step is measured again, alone beside the file: what a busy machine shows late is no fault.
 */
export async function compareBeats({ report, browser, origin, pages, players, untold, film }) {
  const file = { name: "the file itself", page: "plain.html", manifest: "video" };
  const base = `${origin.url}/stream/${film.id}/t/${origin.token(film.id)}`;
  const together = (all) => {
    const beats = all.map((player) => measure(browser, pages, player, `${base}/${player.manifest}`));
    return Promise.all(beats.map((beat) => within(MEASURE_MS, "a measurement", beat).catch((error) => [error.message])));
  };
  const late = {};
  const compare = async (some) => {
    const [own, ...theirs] = await together([file, ...some]);
    for (const [i, { name }] of some.entries()) {
      const ms = median(theirs[i]) - median(own);
      late[name] = { ms, told: `${ms} ms later than in the file itself: ${theirs[i]}; there ${own}` };
    }
  };
  const inStep = ({ name }) => Math.abs(late[name].ms) < TOLERANCE_MS;
  await compare([...players, ...untold]);
  for (const player of players) {
    for (let trial = 1; trial < TRIALS && !inStep(player); trial += 1) {
      console.log(`again   ${player.name}, ${film.label}: the flash comes ${late[player.name].told}`);
      await compare([player]);
    }
    await report.check(`${player.name}, ${film.label}: flashes when it beeps, as the file does`, () => {
      expect(inStep(player), `the flash comes ${late[player.name].told}`);
    });
  }
  return Object.fromEntries([...players, ...untold].map(({ name }) => [name, Math.round(late[name].ms)]));
}

async function measure(browser, pages, { page: name }, url) {
  const page = await browser.newPage();
  try {
    await page.goto(`${pages.origin}/harness/${name}`);
    await page.waitForFunction(() => window.harness !== undefined);
    await page.evaluate((url) => window.harness.start(url), url);
    return await page.evaluate((count) => window.harness.beats(count), BEATS);
  } finally {
    await page.close();
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
