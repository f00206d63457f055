// video.js looks every half second whether there is a segment to fetch. When a seek has thrown its buffer away it finds
// out at the second look only, because the first comes while the buffer is still being emptied.

/** When to look again after a seek, in milliseconds; the first of them that finds the buffer empty sends the request. */
const LOOKS_MS = [15, 40, 80, 160, 320];

/** Makes a video.js player ask for the segment of a seek at once. */
export function seekQuickly(player) {
  player.on("seeking", () => {
    for (const ms of LOOKS_MS) player.setTimeout(() => look(player), ms);
  });
}

function look(player) {
  if (!player.seeking() || player.ended()) return;
  // What video.js does itself when playing begins: it lets its loaders look.
  player.tech(true).vhs?.play();
}
