// Keys for watching without a mouse. They work wherever the focus is, but never take a key from a control that needs it.

import { faster, slower } from "./rates.js";

const SEEK_SECS = { j: -10, l: 10, ArrowLeft: -5, ArrowRight: 5 };
const VOLUME_STEP = { ArrowUp: 0.1, ArrowDown: -0.1 };

/**
 * Listens for as long as the page lives.
 * @param {() => {video: HTMLVideoElement, toggleFullscreen: () => void, wake: () => void} | null} playing what the
 *   keys act on now; `wake` shows the controls
 * @param {Record<string, () => void>} more keys of the page itself, in lower case
 */
export function listen(playing, more = {}) {
  const hear = (event) => {
    const player = playing();
    if (!player || event.ctrlKey || event.metaKey || event.altKey) return;
    if (needsKey(event.target, event.key)) return;
    if (!act(event.key.length === 1 ? event.key.toLowerCase() : event.key, player, more)) return;
    event.preventDefault();
    event.stopPropagation();
    player.wake();
  };
  // On the way down: video.js lets no key out of its controls.
  document.addEventListener("keydown", hear, { capture: true });
}

function act(key, player, more) {
  const { video } = player;
  if (key in SEEK_SECS) seek(video, video.currentTime + SEEK_SECS[key]);
  else if (key in VOLUME_STEP) {
    video.volume = Math.min(1, Math.max(0, video.volume + VOLUME_STEP[key]));
    video.muted = false;
  } else if (/^[0-9]$/.test(key)) seek(video, (video.duration * Number(key)) / 10);
  else if (key === " " || key === "k") video.paused ? video.play().catch(() => {}) : video.pause();
  else if (key === "m") video.muted = !video.muted;
  else if (key === "f") player.toggleFullscreen();
  else if (key === "<") video.playbackRate = slower(video.playbackRate);
  else if (key === ">") video.playbackRate = faster(video.playbackRate);
  else if (Object.hasOwn(more, key)) more[key]();
  else return false;
  return true;
}

function seek(video, to) {
  if (Number.isFinite(video.duration)) video.currentTime = Math.min(video.duration, Math.max(0, to));
}

function needsKey(target, key) {
  if (target.closest("input, textarea, select")) return true;
  if (target.closest("[role=slider], .vjs-menu")) return key.startsWith("Arrow") || key === " ";
  return (key === " " || key === "Enter") && target.closest("button, a, summary") !== null;
}
