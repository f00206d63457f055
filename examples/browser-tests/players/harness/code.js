// Reads what the pictures of the test films say (recipe.mjs writes it).

const [COLUMNS, ROWS, BLOCK] = [16, 9, 4];

export class Code {
  #video;
  #canvas;

  constructor(video) {
    this.#video = video;
    const canvas = Object.assign(document.createElement("canvas"), { width: COLUMNS * BLOCK, height: ROWS * BLOCK });
    this.#canvas = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  }

  /** `{ secs, number, flash }` of the picture on show; null when it carries no code. */
  read() {
    this.#canvas.drawImage(this.#video, 0, 0, COLUMNS * BLOCK, ROWS * BLOCK);
    const { data } = this.#canvas.getImageData(0, 0, COLUMNS * BLOCK, ROWS * BLOCK);
    const white = (column, row) => data[4 * ((row * BLOCK + BLOCK / 2) * COLUMNS * BLOCK + column * BLOCK + BLOCK / 2)] > 127;
    const bits = (count, row) => Array.from({ length: count }, (_, column) => Number(white(column, row)) << column).reduce((a, b) => a | b);
    const ms = bits(COLUMNS, 1);
    if ((ms ^ bits(COLUMNS, 4)) !== 0xffff) return null;
    return { secs: ms / 1000, number: bits(4, 7), flash: white(10, 7) };
  }
}
