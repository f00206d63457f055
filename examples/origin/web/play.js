// The player page: finds out what to play and with which token, and plays it with the best player there is.

import { addChapters } from "./chapters.js";
import { listen } from "./keyboard.js";
import { loadEarlierSubtitles } from "./late-subtitles.js";
import { problemWith, unplayable } from "./messages.js";
import { addQualityMenu } from "./quality-menu.js";
import { seekQuickly } from "./quick-seeks.js";
import { RATES } from "./rates.js";

const page = document.getElementById("player");
const { base, kind } = page.dataset;
const needsToken = page.dataset.tokens === "true";
const screen = document.getElementById("screen");
const ask = document.getElementById("ask");
const message = document.getElementById("message");

/** Takes away what plays now; set by the players below, as is what the keys act on. */
let clear = () => {};
let playing = null;

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  const token = ask.elements.token.value.trim();
  // Kept in the fragment, which browsers never send: the address of this page is in logs, the token is not.
  history.replaceState(null, "", `#token=${encodeURIComponent(token)}`);
  start();
});
document.getElementById("retry").addEventListener("click", start);
window.addEventListener("hashchange", start);
listen(() => playing);
start();

async function start() {
  stop();
  message.hidden = true;
  ask.hidden = true;
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (needsToken && !token) return askForToken();
  const media = needsToken ? `${base}t/${encodeURIComponent(token)}/` : base;
  const addresses = { hls: `${media}master.m3u8`, file: `${media}video` };

  const problem = await problemWith(kind === "film" ? addresses.hls : addresses.file);
  if (problem?.status === 401 || problem?.status === 403) return askForToken(problem);
  // A film that cannot be packaged may still play as the file it is.
  const packaged = kind === "film" && !problem;
  if (problem && (kind !== "film" || (await problemWith(addresses.file)))) return tell(problem);
  showAddresses(packaged ? addresses : { file: addresses.file });
  const fail = async () => tell((await problemWith(packaged ? addresses.hls : addresses.file)) ?? unplayable());
  if (packaged && window.videojs) playWithVideoJs(addresses.hls, fail);
  else playInBrowser(packaged ? addresses : { file: addresses.file }, fail);
}

/** video.js: HLS in every browser, with menus for quality, language and speed. */
function playWithVideoJs(address, fail) {
  const element = document.createElement("video");
  element.className = "video-js vjs-fill vjs-big-play-centered";
  element.setAttribute("playsinline", "");
  screen.append(element);
  const player = window.videojs(element, {
    controls: true,
    autoplay: "any",
    preload: "auto",
    playbackRates: RATES,
    html5: { vhs: { overrideNative: !window.videojs.browser.IS_ANY_SAFARI }, nativeAudioTracks: false },
    userActions: { hotkeys: false },
    sources: [{ src: address, type: "application/vnd.apple.mpegurl" }],
  });
  clear = () => player.dispose();
  player.on("error", fail);
  player.ready(() => {
    if (player.isDisposed()) return;
    addQualityMenu(window.videojs, player);
    seekQuickly(player);
    loadEarlierSubtitles(player);
    addChapters(player, address);
    playing = {
      video: player.el().querySelector("video"),
      toggleFullscreen: () => (player.isFullscreen() ? player.exitFullscreen() : player.requestFullscreen()),
      wake: () => player.userActive(true),
    };
  });
  window.flaskflixPlayer = player;
}

/** The browser's own player: HLS where it can, one MP4 everywhere else. */
function playInBrowser(addresses, fail) {
  const video = document.createElement("video");
  video.controls = true;
  video.playsInline = true;
  video.autoplay = true;
  const canPlayHls = video.canPlayType("application/vnd.apple.mpegurl") !== "";
  const sources = canPlayHls && addresses.hls ? [addresses.hls, addresses.file] : [addresses.file];
  const next = () => {
    const source = sources.shift();
    if (source === undefined) return fail();
    video.src = source;
    return video.play().catch(() => {});
  };
  video.addEventListener("error", next);
  screen.append(video);
  clear = () => {
    video.removeEventListener("error", next);
    video.removeAttribute("src");
    video.remove();
  };
  next();
  playing = {
    video,
    toggleFullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen()),
    wake: () => {},
  };
}

function askForToken(problem) {
  if (problem) document.getElementById("ask-text").textContent = `${problem.title}. ${problem.text}`;
  ask.hidden = false;
  ask.elements.token.focus();
}

function stop() {
  clear();
  clear = () => {};
  playing = null;
}

function tell({ title, text }) {
  stop();
  document.getElementById("message-title").textContent = title;
  document.getElementById("message-text").textContent = text;
  message.hidden = false;
}

function showAddresses(addresses) {
  const names = { hls: "HLS", file: "One file" };
  const rows = Object.entries(addresses).flatMap(([name, address]) => {
    const term = document.createElement("dt");
    term.textContent = names[name];
    const value = document.createElement("dd");
    const code = document.createElement("code");
    code.textContent = new URL(address, location.href).href;
    value.append(code);
    return [term, value];
  });
  document.getElementById("addresses").replaceChildren(...rows);
  document.getElementById("elsewhere").hidden = false;
}
