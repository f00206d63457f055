// video.js loads subtitles from where the film is when they are chosen, and not the earlier ones when a seek goes back to
// what is buffered of the picture. So who missed a word, turns the subtitles on and goes back to it would read nothing.

/** Makes a video.js player load subtitles again when a seek goes back to before where they were loaded from. */
export function loadEarlierSubtitles(player) {
  /** The track that shows, and the time that it was loaded from. */
  let shown;
  let from = 0;
  player.textTracks().on("change", () => {
    const now = showing(player);
    if (now && now !== shown) from = player.currentTime();
    shown = now;
  });
  player.on("seeking", () => {
    if (!showing(player)) return;
    const to = player.currentTime();
    // A seek to what is not buffered makes video.js load subtitles from there.
    const isSeen = !isBuffered(player, to);
    if (!isSeen && to >= from) return;
    from = to;
    if (!isSeen) loadAgain(player);
  });
}

function showing(player) {
  return Array.from(player.textTracks()).find(({ kind, mode }) => kind === "subtitles" && mode === "showing");
}

function isBuffered(player, secs) {
  const ranges = player.buffered();
  return Array.from({ length: ranges.length }, (_, i) => i).some((i) => ranges.start(i) <= secs && secs < ranges.end(i));
}

/** What video.js does itself after a seek to what is not buffered. Choosing the same track again does not make it. */
function loadAgain(player) {
  const loader = player.tech(true).vhs?.playlistController_?.subtitleSegmentLoader_;
  loader?.resetEverything();
  loader?.load();
}
