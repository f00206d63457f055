// Counts facts that held and facts that did not, and prints them.

export class Report {
  #passed = 0;
  #failed = 0;
  #rows = [];
  #print;
  #held = [];

  /** `hold`: nothing is printed until another report takes it over. */
  constructor({ hold = false } = {}) {
    this.#print = hold ? (line) => this.#held.push(line) : (line) => console.log(line);
  }

  /** How many facts did not hold. */
  get failed() {
    return this.#failed;
  }

  /** Takes over what another report counted, and prints what it held back. */
  take(other) {
    this.#passed += other.#passed;
    this.#failed += other.#failed;
    for (const line of other.#held) this.#print(line);
  }

  /** Runs `fact`; what it throws is a failure, told with `name`. Returns whether it held. */
  async check(name, fact) {
    try {
      await fact();
      this.#passed += 1;
      this.#print(`ok      ${name}`);
      return true;
    } catch (error) {
      this.#failed += 1;
      this.#print(`FAILED  ${name}\n        ${String(error?.message ?? error).replaceAll("\n", "\n        ")}`);
      return false;
    }
  }

  /** A row of the table at the end: numbers by name, the same names in every row. */
  row(row) {
    this.#rows.push(row);
  }

  /** Something cannot be tested here. In CI that is a failure. */
  leftOut(why) {
    console.log(`LEFT OUT: ${why}`);
    if (process.env.CI === "true") this.#failed += 1;
  }

  /** Prints the table and the counts; returns the exit code. */
  end() {
    if (this.#rows.length > 0) {
      const names = Object.keys(this.#rows[0]);
      const rows = [names, ...this.#rows.map((row) => names.map((name) => String(row[name])))];
      const width = names.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
      console.log();
      for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(width[column])).join("   ").trimEnd());
      console.log();
    }
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}

/** Throws `text` unless `condition` holds. */
export function expect(condition, text) {
  if (!condition) throw new Error(text);
}
