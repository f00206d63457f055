// Hears what the sounds of the test films hum (recipe.mjs makes them).

const HUM_DB = -70;

export class Sound {
  context = new AudioContext();
  #analyser = this.context.createAnalyser();

  constructor(video) {
    this.#analyser.fftSize = 4096;
    this.#analyser.smoothingTimeConstant = 0;
    this.source = this.context.createMediaElementSource(video);
    this.source.connect(this.#analyser);
    this.source.connect(this.context.destination);
  }

  /** The loudest pitch in hertz, to a dozen; null in silence. */
  pitch() {
    const bins = new Float32Array(this.#analyser.frequencyBinCount);
    this.#analyser.getFloatFrequencyData(bins);
    const loudest = bins.reduce((best, level, bin) => (level > bins[best] ? bin : best), 0);
    return bins[loudest] < HUM_DB ? null : (loudest * this.context.sampleRate) / this.#analyser.fftSize;
  }
}
