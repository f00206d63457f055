// What came out, as tables.

/** One row for each player: the worst of all its films; `beat` has what was measured with the beating film. */
export function numbers(players, results, beat) {
  return players
    .map(({ name }) => ({ name, own: results.filter(({ player }) => player === name) }))
    .filter(({ own }) => own.length > 0)
    .map(({ name, own }) => ({
      player: name,
      films: own.length,
      "start ms": middle(own.map(({ start_ms }) => start_ms)),
      "seek ms": Math.max(...own.map(({ seek_ms }) => seek_ms)),
      "stall ms": Math.max(...own.map(({ stall_ms }) => stall_ms)),
      "beat ms": beat[name] ?? "-",
      "skew ms": Math.max(...own.map(({ skew_ms }) => Math.abs(skew_ms))),
    }));
}

/** One row for each film, one column for each player: `ok` or what failed. */
export function table(players, results) {
  const names = players.map(({ name }) => name);
  const cell = (label, name) => {
    const found = results.find(({ film, player }) => film.label === label && player === name);
    return found ? found.failed.join(", ") || "ok" : "-";
  };
  const films = new Map(results.map(({ film }) => [film.label, film]));
  const rows = [...films.values()].map(({ label, about }) => [`\`${label}\``, about, ...names.map((name) => cell(label, name))]);
  const lines = [["title", "is", ...names], ["---", "---", ...names.map(() => "---")], ...rows];
  return lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
}

function middle(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
