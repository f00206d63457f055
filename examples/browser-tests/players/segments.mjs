// A stream as mp4box sees it: init segment, then all media segments.

import { webcrypto } from "node:crypto";

import { createFile } from "mp4box";

import { expect } from "../report.mjs";

/** The latest that a film may begin: the decoders' delay, which presentation counts from. */
const LEAD_SECS = 0.15;

/** Reads all segments of a media playlist; samples must follow one another and last as long as the playlist says. */
export async function readStream(url, { segments }) {
  const file = createFile();
  const samples = [];
  const problems = [];
  file.onError = (_, text) => problems.push(text);
  file.onReady = ({ tracks }) => {
    expect(tracks.length === 1, `${tracks.length} tracks in an init segment`);
    file.setExtractionOptions(tracks[0].id, null, { nbSamples: 1 });
    file.start();
  };
  file.onSamples = (_, __, more) => samples.push(...more);
  let fileStart = 0;
  for (const { uri, key } of [segments[0].map, ...segments]) {
    const buffer = key ? await decrypted(url, uri, key) : await load(new URL(uri, url));
    const length = buffer.byteLength;
    file.appendBuffer(Object.assign(buffer, { fileStart }));
    fileStart += length;
  }
  file.flush();
  expect(problems.length === 0, `${url.pathname.split("/").slice(-2).join("/")}: ${problems.join("; ")}`);
  const boxes = file.boxes.map(({ type }) => type);
  expect(boxes.filter((type) => type === "moof").length === segments.length, `mp4box sees ${boxes}`);
  const broken = samples.findIndex(({ dts }, i) => i > 0 && dts !== samples[i - 1].dts + samples[i - 1].duration);
  expect(samples.length > 0 && broken === -1, `sample ${broken} does not follow the one before`);
  const [{ timescale }] = samples;
  const end = samples.reduce((last, { cts, duration }) => Math.max(last, (cts + duration) / timescale), 0);
  const late = end - segments.reduce((sum, { duration }) => sum + duration, 0);
  expect(late > -0.001 && late < LEAD_SECS, `the samples end ${late} s after the playlist`);
}

/** A segment of AES-128, as RFC 8216 section 4.3.2.4 says: whole, CBC, padded. */
async function decrypted(url, uri, { uri: keyUri, iv }) {
  const key = await webcrypto.subtle.importKey("raw", await load(new URL(keyUri, url)), "AES-CBC", false, ["decrypt"]);
  return webcrypto.subtle.decrypt({ name: "AES-CBC", iv }, key, await load(new URL(uri, url)));
}

async function load(url) {
  const response = await fetch(url);
  expect(response.status === 200, `${response.status} for ${url.pathname.split("/").slice(-2).join("/")}`);
  return response.arrayBuffer();
}
