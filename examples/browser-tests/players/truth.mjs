// When picture and sound of a file are presented, as ffprobe reads it.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** `{ video: [from, to], audio: [[from, to], ...] }` in seconds; priming counts as sound. */
export async function presented(file) {
  const entries = "packet=stream_index,pts_time,duration_time:stream=index,codec_type";
  const args = ["-v", "error", "-show_entries", entries, "-of", "json", file];
  const { stdout } = await promisify(execFile)("ffprobe", args, { maxBuffer: 1 << 26 });
  const { packets, streams } = JSON.parse(stdout);
  const spans = (kind) =>
    streams.filter(({ codec_type }) => codec_type === kind).map(({ index }) => {
      const own = packets.filter(({ stream_index }) => stream_index === index);
      // ffprobe does not know the duration of each packet of a fragmented file; it does of the last ones.
      const from = Math.min(...own.map(({ pts_time }) => Number(pts_time)));
      return [from, Math.max(...own.map(({ pts_time, duration_time = 0 }) => Number(pts_time) + Number(duration_time)))];
    });
  return { video: spans("video")[0], audio: spans("audio") };
}
