// How a test film is made. Its picture is 16 x 9 blocks in black and white:
//
//   rows 0 to 3   the presentation time in milliseconds, bit 0 on the left
//   rows 4 and 5  the same, inverted, so that a picture without a code is not read as one
//   rows 6 to 8   four bits of the rendition's number; then white for the first tenth of each second
//
// Each sound hums softly at its own pitch and beeps for the first tenth of each second. `harness/code.js` reads the
// picture, `harness/sound.js` hears.

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const GROUP_SECS = 2;

export const CODECS = {
  h264: ["libx264", "-preset", "ultrafast", "-bf", "0"],
  h264b: ["libx264", "-preset", "veryfast", "-bf", "3", "-b_strategy", "0"],
  vp9: ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-b:v", "300k"],
  av1: ["libsvtav1", "-preset", "12", "-crf", "40"],
  aac: ["aac", "-b:a", "64k"],
  mp3: ["libmp3lame", "-b:a", "64k"],
  opus: ["libopus", "-b:a", "64k"],
  flac: ["flac", "-strict", "experimental"],
};

/** Makes one file in `folder`; `secs` long, with a `picture` or without, and any number of `sounds` and of `texts`. */
export async function make(folder, { path, secs, picture, sounds = [], texts = [] }) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  const inputs = [];
  const streams = [];
  if (picture) {
    inputs.push("-f", "lavfi", "-i", coded({ secs, ...picture }));
    streams.push("-map", "0:v", "-c:v", ...CODECS[picture.codec ?? "h264"], ...(picture.options ?? []));
    streams.push("-g", "600", "-force_key_frames", `expr:gte(t,n_forced*${GROUP_SECS})`);
  }
  for (const [number, sound] of sounds.entries()) {
    inputs.push(...(sound.options ?? []), "-f", "lavfi", "-i", humming({ secs, ...sound }));
    streams.push("-map", `${number + (picture ? 1 : 0)}:a`, `-c:a:${number}`, ...CODECS[sound.codec ?? "aac"]);
    if (sound.language) streams.push(`-metadata:s:a:${number}`, `language=${sound.language}`);
  }
  const first = sounds.length + (picture ? 1 : 0);
  for (const [number, { language, beside }] of texts.entries()) {
    const file = join(folder, beside ?? `.${path}.${language}.srt`);
    await writeFile(file, cues(language, secs, file.endsWith(".vtt")));
    if (beside) continue;
    inputs.push("-i", file);
    streams.push("-map", `${first + number}:s`, "-c:s", "mov_text", `-metadata:s:s:${number}`, `language=${language}`);
  }
  const args = ["-loglevel", "error", "-y", "-threads", "1", ...inputs, ...streams, join(folder, path)];
  await promisify(execFile)("ffmpeg", args);
}

/** A cue every other second, from its half to the half of the next: "eng 3" from 6.5 s to 7.5 s. */
function cues(language, secs, isWebVtt) {
  const time = (at) => `00:00:${String(at).padStart(2, "0")}${isWebVtt ? "." : ","}500`;
  const cue = (number) => `${number + 1}\n${time(2 * number)} --> ${time(2 * number + 1)}\n${language} ${number}\n`;
  const all = Array.from({ length: Math.floor(secs / 2) }, (_, number) => cue(number)).join("\n");
  return isWebVtt ? `WEBVTT\n\n${all}` : all;
}

/** The same streams in another file: cut, turned, fragmented. */
export async function remake(folder, from, to, { input = [], output = [] }) {
  const args = ["-loglevel", "error", "-y", ...input, "-i", join(folder, from), "-map", "0", "-c", "copy", ...output];
  await promisify(execFile)("ffmpeg", [...args, join(folder, to)]);
}

function coded({ secs, rate = 25, height = 180, number = 0, filter = "" }) {
  const bit = "mod(floor(round(T*1000)/pow(2,X)),2)";
  const bottom = `if(lt(X,4),mod(floor(${number}/pow(2,X)),2),lt(mod(T+0.0005,1),0.1))`;
  const code = `if(lt(Y,4),${bit},if(lt(Y,6),1-${bit},${bottom}))`;
  const size = `${(height * 16) / 9}:${height}`;
  const blocks = `color=black:s=16x9:r=${rate}:d=${secs},format=gray,geq=lum='255*${code}'`;
  return `${blocks},scale=${size}:flags=neighbor,format=yuv420p${filter && `,${filter}`}`;
}

function humming({ secs, pitch, rate = 48000, channels = 1 }) {
  const wave = `sin(2*PI*${pitch}*t)*(0.05+0.45*lt(mod(t,1),0.1))`;
  return `aevalsrc=exprs='${Array(channels).fill(wave).join("|")}':s=${rate}:d=${secs}`;
}
