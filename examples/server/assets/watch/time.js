// Times as people write and read them.

/**
 * Reads where a link wants to begin: `90`, `90.5`, `90s`, `1m30s`, `1h2m3s`, `12:34`, `1:02:03`.
 * @returns {number | null} seconds; null when the text says no time
 */
export function parseTime(text) {
  if (typeof text !== "string") return null;
  const units = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,7}(?:\.\d{1,6})?)s?)?$/.exec(text);
  const clock = /^(?:(\d{1,3}):)?(\d{1,5}):(\d{1,2})$/.exec(text);
  const found = units ?? clock;
  if (!found || text === "") return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** `754` as `12:34`, `3723` as `1:02:03`. */
export function clock(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
