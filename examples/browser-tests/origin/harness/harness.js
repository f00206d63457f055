// One face for three players, and times taken inside the page, where they are exact.

/**
 * @param {HTMLVideoElement} video
 * @param {string[]} errors what the player complains about, as it happens
 * @param {object} player load(url), heights(), choose(height), languages(), language(), speak(language)
 */
export function expose(video, errors, player) {
  window.harness = {
    ...player,
    video,
    errors,
    /** Starts the film; resolves with the milliseconds until the first picture. */
    start(url) {
      const begun = performance.now();
      const picture = nextPicture(video);
      video.addEventListener("canplay", () => video.play(), { once: true });
      player.load(url);
      return picture.then((at) => Math.round(at - begun));
    },
    /** Jumps; resolves with the milliseconds until the first picture from there. */
    seek(to) {
      const begun = performance.now();
      const seeked = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
      video.currentTime = to;
      return seeked.then(() => nextPicture(video, to - 0.5)).then((at) => Math.round(at - begun));
    },
    /** Whether one buffered range covers all from `from` to `to` seconds, up to a tenth of a second at each end. */
    covered(from, to) {
      const { buffered } = video;
      return Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]).some(
        ([start, end]) => start <= from + 0.1 && end >= to - 0.1,
      );
    },
    buffered() {
      const { buffered } = video;
      return Array.from({ length: buffered.length }, (_, i) => `${buffered.start(i).toFixed(3)}-${buffered.end(i).toFixed(3)}`).join(" ");
    },
  };
}

/** Resolves with the time at which a picture of `from` seconds or later is shown. */
function nextPicture(video, from = 0) {
  return new Promise((resolve) => {
    const look = (now, { mediaTime }) => (mediaTime >= from ? resolve(performance.now()) : video.requestVideoFrameCallback(look));
    video.requestVideoFrameCallback(look);
  });
}
