// Picture and sound as a viewer meets them: by how much a flash comes after its beep, in each player and, to compare, in
// the browser's own player of the file itself.

import { expect } from "../report.mjs";

const BEATS = 5;
/** How far a player may be from the browser's own: a picture of 25 in a second; most of it is the screen's own beat. */
const TOLERANCE_MS = 40;

/** Measures all players at the same time; returns milliseconds by name. `untold` ones are measured and not judged. */
export async function compareBeats({ report, browser, origin, pages, players, untold, film }) {
  const all = [{ name: "the file itself", page: "plain.html", manifest: "video" }, ...players, ...untold];
  const base = `${origin.url}/stream/${film.id}/t/${origin.token(film.id)}`;
  const late = await Promise.all(all.map((player) => measure(browser, pages, player, `${base}/${player.manifest}`)));
  const [own, ...rest] = late.map(median);
  for (const [i, { name }] of players.entries()) {
    await report.check(`${name}, ${film.label}: flashes when it beeps, as the file does`, () => {
      const told = `the flash comes ${rest[i]} ms after the beep, in the file itself ${own} ms: ${late[i + 1]}`;
      expect(Math.abs(rest[i] - own) < TOLERANCE_MS, told);
    });
  }
  return Object.fromEntries(all.map(({ name }, i) => [name, Math.round(median(late[i]) - own)]));
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
