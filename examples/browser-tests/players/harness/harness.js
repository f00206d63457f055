// One face for all players, and what must be seen from inside the page, where it is exact.

import { beats } from "/harness/beats.js";
import { buffered, ranges } from "/harness/buffers.js";
import { Code } from "/harness/code.js";
import { Sound } from "/harness/sound.js";

/** How long any one step may take. Generous: the machine may be busy. */
const PATIENCE_MS = 20_000;

/**
 * @param {HTMLVideoElement} video
 * @param {string[]} errors what the player complains about, as it happens
 * @param {object} player load(url), heights(), choose(height), languages(), speak(language),
 *   texts(), read(language); tracks() where the subtitles are, when not with the element
 */
export function expose(video, errors, player) {
  const code = new Code(video);
  const sound = new Sound(video);
  const shown = () => {
    const tracks = Array.from(player.tracks?.() ?? video.textTracks);
    return tracks.filter(({ kind, mode }) => kind !== "metadata" && mode === "showing");
  };
  window.harness = {
    ...player,
    video,
    errors,
    /** Loads the film and shows its beginning; resolves with the milliseconds until there is something to show. */
    async start(url) {
      const begun = performance.now();
      const ready = happens(video, "canplay");
      await within("loading", Promise.resolve(player.load(url)));
      await ready;
      return Math.round(performance.now() - begun);
    },
    /** Stops and jumps; resolves with the milliseconds until the picture is there. */
    async seek(to) {
      video.pause();
      const begun = performance.now();
      const there = happens(video, "seeked");
      video.currentTime = to;
      await there;
      return Math.round(performance.now() - begun);
    },
    beats: (count) => beats(video, code, sound, count),
    /** The subtitle on show: `{ text, from, to }`, or null. */
    cue() {
      const [cue] = shown().flatMap(({ activeCues }) => Array.from(activeCues ?? []));
      return cue ? { text: cue.text, from: cue.startTime, to: cue.endTime } : null;
    },
    /** Whether any subtitle is there. */
    hasCues: () => shown().some(({ cues }) => cues?.length > 0),
    /** Whether there is a subtitle for this moment. It shows when time moves: a film that is paused shows no late ones. */
    hasCue() {
      const { currentTime } = video;
      const cues = shown().flatMap(({ cues }) => Array.from(cues ?? []));
      return cues.some(({ startTime, endTime }) => startTime <= currentTime && currentTime < endTime);
    },
    /** Plays until the film ends. */
    finish: () => play(video, () => false),
    picture: () => code.read(),
    buffered: () => ({ element: ranges(video.buffered), ...buffered() }),
    /**
     * Plays and asks `player[choose](value)` for something else, until it is seen or heard: pictures `height` high with
     * the code of rendition `number`, or a hum of `pitch`. Where the film does not tell (null) a second has to pass.
     * Resolves with the longest standstill in seconds.
     */
    async change(choose, value, { height, number, pitch }) {
      const begun = performance.now();
      const from = video.currentTime;
      const there = () =>
        pitch === undefined
          ? video.videoHeight === height && (number === null || code.read()?.number === number)
          : pitch === null
            ? video.currentTime > from + 1
            : Math.abs(sound.pitch() - pitch) < 50;
      const arrives = () => {
        if (performance.now() - begun < PATIENCE_MS) return there();
        throw new Error(`${choose} ${value} is without effect: ${window.harness.state()}`);
      };
      await within("playing", video.play());
      player[choose](value);
      return play(video, arrives);
    },
    /** Plays `secs`; resolves with each picture's own time beside the element's, the pitch, and the longest standstill. */
    async watch(secs) {
      const end = Math.min(video.currentTime + secs, video.duration);
      const pictures = [];
      const look = (_, { mediaTime }) => {
        pictures.push({ at: mediaTime, ...code.read() });
        handle = video.requestVideoFrameCallback(look);
      };
      let handle = video.requestVideoFrameCallback(look);
      let pitch = null;
      const enough = () => {
        pitch = sound.pitch() ?? pitch;
        return video.currentTime >= end;
      };
      const standstill = await play(video, enough);
      video.cancelVideoFrameCallback(handle);
      return { pictures, pitch, standstill };
    },
    state() {
      const { currentTime, duration, paused, readyState, videoWidth, videoHeight } = video;
      return JSON.stringify({ currentTime, duration, paused, readyState, videoWidth, videoHeight, ...this.buffered(), errors });
    },
  };
}

/** Plays until `enough()` or the end; resolves with the longest time in seconds without any progress. */
async function play(video, enough) {
  let longest = 0;
  let moved = performance.now();
  let last = video.currentTime;
  // The event, not the property: dash.js touches the element when it ends, and the property is false again.
  let ended = false;
  video.addEventListener("ended", () => (ended = true), { once: true });
  await within("playing", video.play());
  while (!ended && !video.ended && !enough()) {
    await new Promise((resolve) => setTimeout(resolve, 15));
    if (performance.now() - moved > PATIENCE_MS) throw new Error(`it stands still: ${window.harness.state()}`);
    if (video.currentTime === last) continue;
    longest = Math.max(longest, performance.now() - moved);
    [last, moved] = [video.currentTime, performance.now()];
  }
  video.pause();
  return longest / 1000;
}

function happens(video, event) {
  return within(event, new Promise((resolve) => video.addEventListener(event, resolve, { once: true })));
}

/** `promise`, or an error that tells the state after the deadline. */
function within(what, promise) {
  const deadline = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no ${what} within ${PATIENCE_MS / 1000} s: ${window.harness.state()}`)), PATIENCE_MS);
  });
  return Promise.race([promise, deadline]);
}
