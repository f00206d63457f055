// The player: video.js when it is installed, else what the browser has. Both look alike to the rest of the page.

import { addChapters } from "./chapters.js";
import { loadEarlierSubtitles } from "./late-subtitles.js";
import { addQualityMenu } from "./quality-menu.js";
import { seekQuickly } from "./quick-seeks.js";
import { RATES } from "./rates.js";
import { sendWithToken } from "./vhs-requests.js";

const HLS = "application/vnd.apple.mpegurl";

/**
 * @param {HTMLElement} stage what the player fills
 * @param {object} film
 * @param {string} film.title
 * @param {string | null} film.poster
 * @param {import("./stream-token.js").StreamToken} film.token
 * @param {(failures: number) => void} film.listen told how often in a row the server could not be reached
 */
export function createPlayer(stage, film) {
  return window.videojs ? new VideoJs(window.videojs, stage, film) : new Plain(stage, film);
}

/** What both players share. `failed` is told when the film cannot go on. */
class Player {
  failed = () => {};
  /** Invalidates what an earlier load still wants to do. */
  #loads = 0;

  constructor(stage) {
    this.stage = stage;
  }

  /**
   * Loads a source, to begin at a time in seconds; resolves when the player knows the film, or cannot play it.
   *
   * The picture is not waited for: where a segment's picture begins a moment after its place, there is none until
   * playing steps over that gap.
   */
  async load(grant, at) {
    this.#loads += 1;
    const load = this.#loads;
    const { video } = this;
    const known = new Promise((settle) => {
      this.once("error", settle);
      video.addEventListener("loadedmetadata", settle, { once: true });
    });
    this.source(grant, at);
    await known;
    const isElsewhere = at > 0 && Math.abs(video.currentTime - at) > 0.5;
    if (load === this.#loads && isElsewhere && Number.isFinite(video.duration)) video.currentTime = Math.min(at, video.duration);
  }

  /** Plays, with sound if the browser lets us. @returns {Promise<"playing" | "silent" | "waiting">} */
  async play() {
    const { video } = this;
    try {
      await video.play();
      return "playing";
    } catch (error) {
      if (error.name !== "NotAllowedError") return "waiting";
    }
    video.muted = true;
    return video.play().then(
      () => "silent",
      () => ((video.muted = false), "waiting"),
    );
  }

  seekBy(seconds) {
    const { video } = this;
    if (Number.isFinite(video.duration)) video.currentTime = Math.min(video.duration, Math.max(0, video.currentTime + seconds));
  }
}

/** video.js: HLS in every browser, with menus for quality, language, captions and speed. */
class VideoJs extends Player {
  #player;

  constructor(videojs, stage, { title, poster, token, listen }) {
    super(stage);
    sendWithToken(videojs, token, listen);
    const element = document.createElement("video");
    element.className = "video-js vjs-fill vjs-big-play-centered";
    element.setAttribute("playsinline", "");
    stage.append(element);
    this.#player = videojs(element, {
      controls: true,
      preload: "auto",
      poster: poster ?? undefined,
      title,
      playbackRates: RATES,
      controlBar: { skipButtons: { backward: 10, forward: 10 } },
      html5: { vhs: { overrideNative: !videojs.browser.IS_ANY_SAFARI }, nativeAudioTracks: false },
      userActions: { hotkeys: false },
      // Errors are told by the page, in its own words.
      errorDisplay: false,
    });
    this.frame = this.#player.el();
    this.video = this.frame.querySelector("video");
    addQualityMenu(videojs, this.#player);
    seekQuickly(this.#player);
    loadEarlierSubtitles(this.#player);
    this.#player.on("error", () => this.failed());
  }

  get player() {
    return this.#player;
  }

  once(event, act) {
    this.#player.one(event, act);
  }

  source({ stream_url: src, mime_type: type }, at) {
    this.#player.error(null);
    this.#player.src({ src, type });
    addChapters(this.#player, src);
    // Before there is any media, so that the first segment asked for is the one that is wanted.
    this.#player.one("loadstart", () => {
      if (at > 0) this.video.currentTime = at;
    });
  }

  toggleFullscreen() {
    if (this.#player.isFullscreen()) this.#player.exitFullscreen();
    else this.#player.requestFullscreen();
  }

  /** Shows the controls. */
  wake() {
    this.#player.userActive(true);
  }
}

/** The browser's own player: HLS where it can, one MP4 everywhere else. */
class Plain extends Player {
  /** What to try when the browser cannot play the source before it. */
  #left = [];

  constructor(stage, { poster }) {
    super(stage);
    const video = document.createElement("video");
    video.controls = true;
    video.playsInline = true;
    if (poster) video.poster = poster;
    this.frame = document.createElement("div");
    this.frame.className = "plain";
    this.frame.append(video);
    stage.append(this.frame);
    this.video = video;
    // What it has begun to play fails for another reason. Another source would also make it forget where the film is.
    video.addEventListener("loadedmetadata", () => (this.#left = []));
    video.addEventListener("error", () => this.#next());
  }

  get player() {
    return null;
  }

  once(event, act) {
    this.frame.addEventListener(event, act, { once: true });
  }

  source({ stream_url: hls, stream_type: type, external }) {
    const canPlayHls = this.video.canPlayType(HLS) !== "";
    // A packaged film is there as one file as well.
    const file = type === "hls" && !external ? hls.replace(/master\.m3u8$/, "video") : hls;
    this.#left = type === "hls" && canPlayHls ? [hls, file] : [file];
    this.#next();
  }

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.frame.requestFullscreen();
  }

  wake() {}

  #next() {
    const source = this.#left.shift();
    if (source !== undefined) {
      this.video.src = source;
      return;
    }
    this.frame.dispatchEvent(new Event("error"));
    this.failed();
  }
}
