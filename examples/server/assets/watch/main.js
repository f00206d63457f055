// The watch page: finds out where to begin and with which token, plays, and keeps the viewer's place.

import { beginning, justLeft, noteLeaving, wasReloaded } from "./beginning.js";
import { offerNext } from "./ending.js";
import { listen } from "./keyboard.js";
import { announce } from "./media-session.js";
import { UNPLAYABLE, messageFor, statusOf } from "./messages.js";
import { askToResume, hideMessage, messageIsShown, notice, showMessage, toggleHelp } from "./panels.js";
import { createPlayer } from "./player.js";
import { Reports, savedProgress } from "./reports.js";
import { Refused, StreamToken } from "./stream-token.js";
import { clock, parseTime } from "./time.js";
import { seekByDoubleTap } from "./touch.js";

/** So many new attempts within a minute, then the viewer is told. */
const ATTEMPTS_PER_MINUTE = 3;
/** One failure may be a hiccup. */
const FAILURES_BEFORE_NOTICE = 2;

const page = document.getElementById("watch");
const { movie, title, site, poster } = page.dataset;
const token = new StreamToken(movie, signedOut, screenEnded);
// Asked for before video.js is there: they take as long as it does.
const answers = Promise.all([savedProgress(movie), token.renew()]);
answers.catch(() => {});

let player = null;
let reports = null;
/**
 * Where the film is and whether it plays, as the viewer sees it: loading a source anew does not change them, nor does what
 * the element still tells after the film was `held` here.
 */
const place = { at: 0, playing: true, held: false };
const attempts = [];
/** Counts what was tried: who waits for a screen stops waiting when something else is tried. */
let waiting = 0;
const inARow = { media: 0, saves: 0 };

// Then video.js has been read, if there is one.
document.addEventListener("DOMContentLoaded", start, { once: true });

async function start() {
  player = createPlayer(document.getElementById("stage"), { title, poster, token, listen: tellOfFailures("media") });
  const { video } = player;
  // Inside the player, so that full screen shows them as well.
  video.after(...document.getElementById("over-picture").children);
  reports = new Reports({ movie, video, token, listen: tellOfFailures("saves") });
  player.failed = recover;
  rememberPlace(video);
  offerNext(video);
  announce(player, { title, site, poster });
  seekByDoubleTap(player);
  listen(() => (document.querySelector("dialog[open]") || messageIsShown() ? null : player), { "?": toggleHelp });
  document.getElementById("keys").addEventListener("click", toggleHelp);
  window.addEventListener("focus", comeBack);
  window.flaskflixPlayer = player.player;
  await open();
}

/** From the first request to the first picture. */
async function open() {
  const begin = await whereToBegin();
  if (!begin) return;
  place.at = begin.at;
  const loading = load();
  if (begin.ask && (await askToResume(clock(begin.at))) === "over") {
    await loading;
    player.video.currentTime = 0;
  }
  await loading;
  await play();
}

async function whereToBegin() {
  try {
    const [saved] = await answers;
    const query = new URLSearchParams(location.search);
    const wanted = parseTime(query.get("t"));
    return beginning({ wanted, resume: query.has("resume"), reloaded: wasReloaded(), left: justLeft(movie), saved });
  } catch (error) {
    tell(error);
    return null;
  }
}

async function load() {
  reports.suspend();
  await player.load(token.grant, place.at);
}

async function play() {
  const outcome = await player.play();
  if (outcome === "silent") {
    notice("The sound is off. Turn it on", () => {
      player.video.muted = false;
    });
  }
}

function rememberPlace(video) {
  const markFirstFrame = () => performance.mark("flaskflix-first-frame");
  video.addEventListener("loadeddata", () => player.frame.classList.add("has-picture"));
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(markFirstFrame);
  video.addEventListener("playing", () => {
    // The time in the address was for the beginning. From now on a reload goes on where the film is.
    if (location.search) history.replaceState(null, "", location.pathname);
  });
  video.addEventListener("volumechange", () => video.muted || notice(""));
  for (const event of ["timeupdate", "playing", "pause", "seeking", "seeked"]) {
    video.addEventListener(event, () => {
      if (place.held || reports.position === null) return;
      Object.assign(place, { at: reports.position, playing: !video.paused });
    });
  }
  window.addEventListener("pagehide", () => reports.position !== null && noteLeaving(movie, reports.position));
}

/** The player has given up. Most often a token has expired, or the network was away: then it goes on from its place. */
async function recover() {
  reports.suspend();
  const now = performance.now();
  while (attempts.length > 0 && now - attempts[0] > 60_000) attempts.shift();
  attempts.push(now);
  const { external = false, stream_url: address } = token.grant;
  try {
    const status = external ? 200 : await statusOf(address);
    if (status === 401 || status === 403 || external) await token.renew();
    else if (status !== 200) throw new Refused(status);
    if (attempts.length > ATTEMPTS_PER_MINUTE) return tell(UNPLAYABLE);
    await goOn();
  } catch (error) {
    tell(error);
  }
}

async function goOn() {
  await load();
  place.held = false;
  if (place.playing) await play();
}

function tell(problem) {
  const known = problem instanceof Refused;
  const message = known ? messageFor(problem.status) : problem.title ? problem : messageFor(500);
  showMessage({ ...message, screens: known ? problem.screens : [] }, { retry, signInUrl, end });
  waiting += 1;
  if (known && problem.status === 409) waitForScreen(waiting);
}

/**
 * Another device is being left at this very moment, or its good-bye is on the way: asks again a few times while the message
 * stands. Not for long: whoever only pauses elsewhere keeps the screen.
 */
async function waitForScreen(mine) {
  const begun = token.grant !== null;
  const isOver = () => waiting !== mine || document.hidden || !messageIsShown();
  for (const seconds of [1, 2, 4, 8]) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    if (isOver()) return;
    const got = await token.renew().then(
      () => true,
      () => false,
    );
    if (isOver()) return;
    if (!got) continue;
    return admitted(begun).catch(tell);
  }
}

/** Ends another screen of the viewer, and plays here. */
async function end(screen) {
  waiting += 1;
  await fetch(`/screens/${screen}`, { method: "DELETE" }).catch(() => null);
  await retry();
}

async function retry() {
  waiting += 1;
  // What has not begun yet begins where it would have: at the saved place.
  if (!token.grant) return location.reload();
  attempts.length = 0;
  try {
    await token.renew();
    await goOn();
  } catch (error) {
    tell(error);
  }
}

/** The server no longer knows the viewer. */
function signedOut() {
  stopWith(401);
}

/** The viewer has ended this screen from another. */
function screenEnded() {
  stopWith(410);
}

/** The film stops here, and goes on here. */
function stopWith(status) {
  // This pause is not the viewer's.
  if (!place.held) place.at = reports?.position ?? place.at;
  place.held = true;
  reports?.suspend();
  player?.video.pause();
  showMessage(messageFor(status), { retry, signInUrl });
}

/** The viewer may have signed in elsewhere meanwhile. */
function comeBack() {
  if (document.getElementById("sign-in").hidden || !messageIsShown()) return;
  const begun = token.grant !== null;
  // A request that is under way may have been refused before the viewer signed in.
  const renewed = token.renew().catch(() => token.renew());
  renewed.then(
    () => admitted(begun),
    () => {},
  );
}

/** A token came while a message stood. What has not begun yet begins as if it were opened now. */
async function admitted(begun) {
  if (!begun) return location.reload();
  hideMessage();
  return goOn();
}

function signInUrl() {
  const next = `${location.pathname}?t=${Math.floor(place.at)}`;
  return `/login?next=${encodeURIComponent(next)}`;
}

/** Says quietly that the server is away, for as long as one of the two who talk to it finds it so. */
function tellOfFailures(who) {
  return (failures) => {
    inARow[who] = failures;
    document.getElementById("unsaved").hidden = Math.max(...Object.values(inARow)) < FAILURES_BEFORE_NOTICE;
  };
}
