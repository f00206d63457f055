// When the flashes of a test film are seen and its beeps are heard, on one clock.

const LOUD = 0.2;

const PROCESSOR = `
registerProcessor("beeps", class extends AudioWorkletProcessor {
  #quietSince = -1;
  process([[samples = []]]) {
    for (let i = 0; i < samples.length; i += 1) {
      const time = currentTime + i / sampleRate;
      if (Math.abs(samples[i]) < ${LOUD}) continue;
      if (time - this.#quietSince > 0.5) this.port.postMessage(time);
      this.#quietSince = time;
    }
    return true;
  }
});`;

/** Plays and resolves with `count` pairs: by how many milliseconds the picture of a beat comes after its sound. */
export async function beats(video, code, { context, source }, count) {
  const module = URL.createObjectURL(new Blob([PROCESSOR], { type: "text/javascript" }));
  await context.audioWorklet.addModule(module);
  const listener = new AudioWorkletNode(context, "beeps");
  source.connect(listener);
  const [beeps, flashes] = [[], []];
  listener.port.onmessage = ({ data }) => {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    beeps.push(performanceTime + (data - contextTime) * 1000);
  };
  let dark = false;
  const look = (_, { expectedDisplayTime }) => {
    const flash = code.read()?.flash;
    if (flash && dark) flashes.push(expectedDisplayTime);
    dark = flash === false;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const pairs = () => flashes.flatMap((flash) => beeps.map((beep) => flash - beep).filter((late) => Math.abs(late) < 500));
  const deadline = performance.now() + 1000 * (count + 10);
  await video.play();
  while (pairs().length < count && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  video.pause();
  return pairs();
}
