// The menu of chapters of a film that has some. Its playlist says so, so that nobody asks for chapters that are not there.

/** What the playlist of a film with chapters holds. */
const MARK = '"com.apple.hls.chapters"';

/** Gives a video.js player the chapters of the film at this address, when there are any. A film plays without them. */
export async function addChapters(player, address) {
  const { origin, pathname } = new URL(address, location.href);
  const isOurs = origin === location.origin && pathname.endsWith(".m3u8");
  const known = Array.from(player.remoteTextTracks()).some((track) => track.kind === "chapters");
  if (!isOurs || known) return;
  try {
    const playlist = await (await fetch(address)).text();
    if (!playlist.includes(MARK)) return;
    const response = await fetch(new URL("chapters.json", new URL(address, location.href)));
    if (response.ok && !player.isDisposed()) show(player, await response.json());
  } catch {
    // The network is away; the player itself will say so.
  }
}

function show(player, chapters) {
  const { track } = player.addRemoteTextTrack({ kind: "chapters", label: "Chapters" }, false);
  for (const chapter of chapters) {
    const start = chapter["start-time"];
    const title = chapter.titles[0]?.title || `Chapter ${chapters.indexOf(chapter) + 1}`;
    track.addCue(new VTTCue(start, start + chapter.duration, title));
  }
  // The button looks for its track when one is added, and this one had no cues then.
  player.controlBar.chaptersButton?.update();
}
