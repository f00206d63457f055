// The parts of the watch page that need no browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { project } from "./server.mjs";

export async function testUnits({ report }) {
  const check = (name, fact) => report.check(`unit: ${name}`, fact);
  const { parseTime, clock } = await load("time.js");
  const { beginning } = await load("beginning.js");
  const { SaveQueue, pauseAfter } = await load("save-queue.js");

  await check("times are read as people write them", () => {
    const table = [
      ["90", 90], ["90s", 90], ["90.5", 90.5], ["1m30s", 90], ["1m", 60], ["1h", 3600], ["1h2m3s", 3723], ["2h5", 7205],
      ["1:30", 90], ["12:34", 754], ["1:02:03", 3723], ["0", 0], ["0s", 0],
    ];
    for (const [text, secs] of table) assert.equal(parseTime(text), secs, text);
    for (const text of ["", "x", "-5", "1e3", "NaN", "Infinity", "1s1m", "1:2:3:4", " 90", "90 ", null, undefined, "9".repeat(40)]) {
      assert.equal(parseTime(text), null, String(text));
    }
  });
  await check("times are written as clocks", () => {
    for (const [secs, text] of [[0, "0:00"], [9.9, "0:09"], [754, "12:34"], [3723, "1:02:03"], [NaN, "0:00"], [-1, "0:00"]]) {
      assert.equal(clock(secs), text);
    }
  });
  await check("a film begins where it should", () => {
    const saved = { current_time: 50, total_duration: 100, resume_at: 50 };
    const short = { current_time: 5, total_duration: 10, resume_at: null };
    const over = { current_time: 100, total_duration: 100, resume_at: null };
    const nothing = { wanted: null, resume: false, reloaded: false, left: null, saved: null };
    const table = [
      [{}, 0, false],
      [{ saved }, 50, true],
      [{ saved, resume: true }, 50, false],
      [{ saved: short }, 0, false],
      [{ saved: short, resume: true }, 0, false],
      [{ saved, wanted: 7 }, 7, false],
      [{ saved, wanted: 0 }, 0, false],
      [{ saved, reloaded: true }, 50, false],
      [{ saved: short, reloaded: true }, 5, false],
      [{ saved, reloaded: true, left: 52 }, 52, false],
      [{ saved: over, reloaded: true }, 0, false],
      [{ reloaded: true, wanted: 7 }, 7, false],
      [{ saved: null, reloaded: true }, 0, false],
    ];
    for (const [facts, at, ask] of table) assert.deepEqual(beginning({ ...nothing, ...facts }), { at, ask }, JSON.stringify(facts));
  });
  await check("one save is under way at a time, and the newest one wins", async () => {
    const desk = new Desk();
    const queue = new SaveQueue(desk.send);
    for (const seq of [1, 2, 3]) queue.put({ seq });
    assert.deepEqual(desk.sent, [1]);
    assert.equal(queue.settled, false);
    await desk.answer({ retry: false });
    assert.deepEqual(desk.sent, [1, 3]);
    await desk.answer({ retry: false });
    assert.equal(queue.settled, true);
  });
  await check("a save that fails is tried again later, unless a newer one has come", async () => {
    const desk = new Desk();
    const waits = [];
    const heard = [];
    const wait = (ms) => new Promise((wake) => waits.push({ ms, wake }));
    const queue = new SaveQueue(desk.send, { wait, listen: (failures) => heard.push(failures) });
    queue.put({ seq: 1 });
    await desk.answer(new Error("no network"));
    assert.deepEqual(waits.map(({ ms }) => ms), [1_000]);
    await wake(waits[0]);
    assert.deepEqual(desk.sent, [1, 1]);
    await desk.answer({ retry: true, afterMs: 5_000 });
    assert.deepEqual(waits.map(({ ms }) => ms), [1_000, 5_000]);
    queue.put({ seq: 2 });
    assert.deepEqual(desk.sent, [1, 1]);
    await wake(waits[1]);
    assert.deepEqual(desk.sent, [1, 1, 2]);
    await desk.answer({ retry: false });
    assert.deepEqual(heard, [1, 2, 0]);
    assert.equal(queue.settled, true);
  });
  await check("the pauses between tries grow to half a minute", () => {
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 1_000].map(pauseAfter), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });
}

/** A server that answers when the test says so. */
class Desk {
  sent = [];
  #waiting = [];

  send = (save) => {
    this.sent.push(save.seq);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  };

  async answer(outcome) {
    const { resolve, reject } = this.#waiting.shift();
    if (outcome instanceof Error) reject(outcome);
    else resolve(outcome);
    await settle();
  }
}

async function wake({ wake }) {
  wake();
  await settle();
}

/** Lets everything run that waits for nothing else. */
const settle = () => new Promise((done) => setImmediate(done));

/** A script of the page, which is served as a module and lies in no package. */
async function load(name) {
  const text = await readFile(join(project, "examples/server/assets/watch", name), "utf8");
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}
