// What came out, as tables.

/** One row for each player: the worst of all its films. */
export function numbers(players, results) {
  return players
    .map(({ name }) => ({ name, own: results.filter(({ player }) => player === name) }))
    .filter(({ own }) => own.length > 0)
    .map(({ name, own }) => ({
      player: name,
      films: own.length,
      "start ms": middle(own.map(({ start_ms }) => start_ms)),
      "seek ms": Math.max(...own.map(({ seek_ms }) => seek_ms)),
      "stall ms": Math.max(...own.map(({ stall_ms }) => stall_ms)),
      "skew ms": Math.max(...own.map(({ skew_ms }) => Math.abs(skew_ms))),
    }));
}

/** One row for each film, one column for each player: `ok` or what failed. */
export function table(players, films, results) {
  const names = players.map(({ name }) => name);
  const cell = (id, name) => {
    const found = results.find(({ film, player }) => film.id === id && player === name);
    return found ? found.failed.join(", ") || "ok" : "-";
  };
  const rows = films.map(({ id, about }) => [`\`${id}\``, about, ...names.map((name) => cell(id, name))]);
  const lines = [["title", "is", ...names], ["---", "---", ...names.map(() => "---")], ...rows];
  return lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
}

function middle(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
