// Every playlist of a title through hls-parser in strict mode: it must find in them what the text says.

import HLS from "hls-parser";

import { expect } from "../report.mjs";
import { readStream } from "./segments.mjs";

HLS.setOptions({ strictMode: true, silent: true });

/** Reads all playlists of `film`, and all streams that they name. */
export async function readPlaylists({ report, origin, film }) {
  const base = `${origin.url}/stream/${encodeURIComponent(film.id)}/t/${origin.token(film.id)}`;
  const name = (fact) => `${film.label}: ${fact}`;
  const names = new Set();
  await report.check(name("hls-parser reads the multivariant playlist as it is"), async () => {
    const { text, model } = await read(`${base}/master.m3u8`);
    for (const uri of compareMaster(lines(text), model, film)) names.add(uri);
  });
  await report.check(name("hls-parser reads all media playlists as they are"), async () => {
    for (const uri of names) {
      const { text, model } = await read(`${base}/${uri}`);
      compareMedia(lines(text), model, uri);
      const keys = model.segments.filter(({ key }) => key).length;
      const wanted = film.encrypted && !isText(uri) ? model.segments.length : 0;
      expect(keys === wanted, `${uri} has ${keys} encrypted segments, not ${wanted}`);
    }
  });
  await report.check(name("mp4box reads every stream to its last sample"), async () => {
    for (const uri of [...names].filter((uri) => uri.endsWith("index.m3u8") && !isText(uri))) {
      const { model } = await read(`${base}/${uri}`);
      await readStream(new URL(`${base}/${uri}`), model);
    }
  });
}

async function read(url) {
  const response = await fetch(url);
  expect(response.status === 200, `${response.status} for ${new URL(url).pathname.replace(/\/t\/[^/]+/, "/t/-")}`);
  const text = await response.text();
  return { text, model: HLS.parse(text) };
}

/** Compares, and returns the names of the media playlists. */
function compareMaster(text, model, film) {
  const inf = text.filter(({ tag }) => tag === "EXT-X-STREAM-INF" || tag === "EXT-X-I-FRAME-STREAM-INF");
  expect(model.isMasterPlaylist && model.variants.length === inf.length, `${model.variants.length} variants of ${inf.length}`);
  for (const { tag, attributes, next } of inf) {
    const keys = tag === "EXT-X-I-FRAME-STREAM-INF";
    const uri = keys ? attributes.URI : next;
    const bandwidth = Number(attributes.BANDWIDTH);
    const variant = model.variants.find((one) => one.uri === uri && one.bandwidth === bandwidth && Boolean(one.isIFrameOnly) === keys);
    expect(variant, `no variant ${uri}`);
    const { width, height } = variant.resolution ?? {};
    same(uri, [
      ["AVERAGE-BANDWIDTH", variant.averageBandwidth, Number(attributes["AVERAGE-BANDWIDTH"])],
      ["CODECS", variant.codecs, attributes.CODECS],
      ["RESOLUTION", width && `${width}x${height}`, attributes.RESOLUTION],
      ["FRAME-RATE", variant.frameRate, attributes["FRAME-RATE"] && Number(attributes["FRAME-RATE"])],
      ["AUDIO", variant.audio[0]?.groupId, attributes.AUDIO],
      ["SUBTITLES", variant.subtitles[0]?.groupId, attributes.SUBTITLES],
    ]);
  }
  const media = text.filter(({ tag }) => tag === "EXT-X-MEDIA");
  const renditions = model.variants.flatMap(({ audio, subtitles }) => [...audio, ...subtitles]);
  for (const { attributes } of media) {
    const found = renditions.find(({ groupId, name }) => groupId === attributes["GROUP-ID"] && name === attributes.NAME);
    expect(found, `no rendition ${attributes.NAME} in ${attributes["GROUP-ID"]}`);
    same(attributes.NAME, [
      ["TYPE", found.type, attributes.TYPE],
      ["URI", found.uri, attributes.URI],
      ["LANGUAGE", found.language, attributes.LANGUAGE],
      ["CHANNELS", found.channels, attributes.CHANNELS],
      ["DEFAULT", found.isDefault, attributes.DEFAULT === "YES"],
      ["AUTOSELECT", found.autoselect, attributes.AUTOSELECT === "YES"],
    ]);
  }
  const defaults = media.filter(({ attributes }) => attributes.TYPE === "AUDIO" && attributes.DEFAULT === "YES");
  expect(defaults.length === Math.min(film.sounds.length, 1), `${defaults.length} renditions of sound are the default`);
  return [...model.variants.map(({ uri }) => uri), ...media.map(({ attributes }) => attributes.URI)].filter(Boolean);
}

function compareMedia(text, model, uri) {
  const extinf = text.filter(({ tag }) => tag === "EXTINF");
  const { value: target } = text.find(({ tag }) => tag === "EXT-X-TARGETDURATION");
  const maps = text.filter(({ tag }) => tag === "EXT-X-MAP");
  same(uri, [
    ["segments", model.segments.length, extinf.length],
    ["durations", String(model.segments.map(({ duration }) => duration)), String(extinf.map(({ value }) => parseFloat(value)))],
    ["names", String(model.segments.map(({ uri }) => uri)), String(extinf.map(({ next }) => next))],
    ["TARGETDURATION", model.targetDuration, Number(target)],
    ["MAP", model.segments[0].map?.uri, maps[0]?.attributes.URI],
    ["ENDLIST", model.endlist, true],
    ["PLAYLIST-TYPE", model.playlistType, "VOD"],
    ["I-FRAMES-ONLY", Boolean(model.isIFrame), text.some(({ tag }) => tag === "EXT-X-I-FRAMES-ONLY")],
    ["KEY", model.segments.filter(({ key }) => key).length, text.some(({ tag }) => tag === "EXT-X-KEY") ? extinf.length : 0],
  ]);
}

function same(where, facts) {
  for (const [name, found, wanted] of facts) expect(found === wanted, `${where}: ${name} is ${found}, not ${wanted}`);
}

/** Subtitles have playlists as pictures and sound have; they are not MP4 and never encrypted. */
function isText(uri) {
  return /^t\d+\//.test(uri);
}

/** The tags of a playlist, each with its attributes and the URI that follows. */
function lines(text) {
  const all = text.split("\n");
  return all.flatMap((line, at) => {
    const [, tag, value = ""] = /^#(EXT[^:]*):?(.*)$/.exec(line) ?? [];
    if (tag === undefined) return [];
    const pairs = [...value.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)];
    const attributes = Object.fromEntries(pairs.map(([, key, text]) => [key, text.replaceAll('"', "")]));
    return [{ tag, value, attributes, next: all.slice(at + 1).find((line) => line !== "" && !line.startsWith("#")) }];
  });
}
