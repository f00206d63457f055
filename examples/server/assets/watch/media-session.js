// Media keys, lock screens and headsets: what plays, where it is, and what the buttons do.

const SKIP_SECS = 10;

export function announce(player, { title, site, poster }) {
  const session = navigator.mediaSession;
  if (!session || !window.MediaMetadata) return;
  const { video } = player;
  session.metadata = new MediaMetadata({ title, artist: site, artwork: poster ? [{ src: poster }] : [] });

  const act = {
    play: () => video.play().catch(() => {}),
    pause: () => video.pause(),
    seekbackward: ({ seekOffset }) => player.seekBy(-(seekOffset ?? SKIP_SECS)),
    seekforward: ({ seekOffset }) => player.seekBy(seekOffset ?? SKIP_SECS),
    seekto: ({ seekTime }) => (video.currentTime = seekTime),
  };
  const next = document.getElementById("next");
  if (next) act.nexttrack = () => location.assign(next.href);
  for (const [name, handler] of Object.entries(act)) {
    try {
      session.setActionHandler(name, handler);
    } catch {
      // This browser has no such button.
    }
  }

  const tellPosition = () => {
    const { duration, currentTime, playbackRate } = video;
    if (!Number.isFinite(duration) || duration <= 0) return;
    session.setPositionState?.({ duration, position: Math.min(currentTime, duration), playbackRate });
  };
  for (const event of ["loadedmetadata", "seeked", "ratechange", "playing", "pause"]) video.addEventListener(event, tellPosition);
  const tellState = () => (session.playbackState = video.paused ? "paused" : "playing");
  for (const event of ["playing", "pause"]) video.addEventListener(event, tellState);
}
