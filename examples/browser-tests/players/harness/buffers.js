// What each source buffer of the page holds: the element's own `buffered` tells only what they have in common, and a
// stream that has ended says of all of them that they reach its end.

const buffers = [];

const add = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (type) {
  const buffer = add.call(this, type);
  buffers.push({ kind: type.split("/")[0], source: this, buffer, held: [] });
  buffer.addEventListener("updateend", () => note(this));
  return buffer;
};

const end = MediaSource.prototype.endOfStream;
MediaSource.prototype.endOfStream = function (...why) {
  note(this);
  return end.apply(this, why);
};

function note(source) {
  if (source.readyState !== "open") return;
  for (const entry of buffers.filter((entry) => inUse(entry) && entry.source === source)) entry.held = ranges(entry.buffer.buffered);
}

function inUse({ source, buffer }) {
  return Array.from(source.sourceBuffers).includes(buffer);
}

/** `{ video: [[from, to], ...], audio: ... }` in seconds, of the buffers in use. */
export function buffered() {
  return Object.fromEntries(buffers.filter(inUse).map(({ kind, held }) => [kind, held]));
}

/** `TimeRanges` as pairs of seconds. */
export function ranges(times) {
  return Array.from({ length: times.length }, (_, i) => [times.start(i), times.end(i)]);
}
