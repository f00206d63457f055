#!/usr/bin/env python3
"""Makes the corpus: films of every kind that ffmpeg can write, odd ones by surgery, hostile ones, and (--full) huge ones.

    examples/hls-check/corpus/make_corpus.py [--out target/corpus] [--full] [--jobs 2]

Repeatable: the same ffmpeg makes the same bytes. A film that is there and was made by the same recipe is kept, so a
second run takes a second. What must come of each film stands in expected.tsv beside this script.
"""

import argparse
import hashlib
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import films
import hostile
import long_films
import odd
import parts

REPEATABLE = "-fflags +bitexact -flags:v +bitexact -flags:a +bitexact"


def main() -> int:
    """Makes what is missing; the exit code is 1 when something could not be made."""
    here = Path(__file__).resolve().parent
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=Path, default=here.parents[2] / "target" / "corpus")
    arguments.add_argument("--full", action="store_true", help="also two hours, ten hours and more than 4 GB")
    arguments.add_argument("--jobs", type=int, default=2, help="films made at the same time")
    chosen = arguments.parse_args()
    out = chosen.out.resolve()
    parts.make(out / "parts")
    made = Maker(out, chosen.jobs)
    made.by_ffmpeg("films", films.FILMS)
    made.by_ffmpeg("films", films.COPIES)
    made.by_surgery("films", odd.FILMS, odd)
    made.by_surgery("hostile", hostile.FILES, hostile)
    if chosen.full:
        made.by_ffmpeg("long", long_films.FILMS)
        made.by_surgery("long", long_films.STRETCHED, long_films)
    made.forget_the_rest(full=chosen.full)
    for fault in made.faults:
        print(fault, file=sys.stderr)
    print(f"{made.fresh} made, {made.kept} kept, {len(made.faults)} failed, in {out}")
    return 1 if made.faults else 0


class Maker:
    """Makes films and remembers by which recipe."""

    def __init__(self, out: Path, jobs: int):
        self.out, self.jobs = out, jobs
        self.fresh = self.kept = 0
        self.faults: list[str] = []
        self.wanted: set[Path] = set()

    def by_ffmpeg(self, shelf: str, recipes: dict[str, str]) -> None:
        """Encodes or copies each film of the table."""

        def make(target: Path, recipe: str) -> None:
            words = shlex.split(recipe.format(parts=self.out / "parts"))
            call = ["ffmpeg", "-y", "-nostdin", "-v", "error", *words, *shlex.split(REPEATABLE), str(target)]
            done = subprocess.run(call, cwd=self.out / shelf, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise ValueError(done.stderr.strip())

        self.each(shelf, {name: (recipe, make) for name, recipe in recipes.items()})

    def by_surgery(self, shelf: str, recipes: dict, module) -> None:
        """Calls each function of the table with the folder of films and the file to write."""
        digest = "".join(Path(source.__file__).read_text(encoding="utf-8") for source in (module, module.surgery))

        def make(function):
            return lambda target, _: function(self.out / "films", target)

        self.each(shelf, {name: (digest, make(function)) for name, function in recipes.items()})

    def each(self, shelf: str, jobs: dict) -> None:
        """Runs jobs whose film is missing or was made by another recipe."""
        (self.out / shelf).mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(lambda item: self.one(self.out / shelf / item[0], *item[1]), jobs.items()))

    def one(self, target: Path, recipe: str, make) -> None:
        """Makes one film, unless it is there already."""
        self.wanted.add(target)
        stamp = self.out / "stamps" / target.relative_to(self.out).with_suffix(target.suffix + ".sha256")
        digest = hashlib.sha256(recipe.encode()).hexdigest()
        if target.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == digest:
            self.kept += 1
            return
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            make(target, recipe)
        except (ValueError, OSError) as fault:
            target.unlink(missing_ok=True)
            self.faults.append(f"{target.name}: {fault}")
            return
        stamp.write_text(digest, encoding="ascii")
        self.fresh += 1

    def forget_the_rest(self, full: bool) -> None:
        """Removes films that no recipe makes any more."""
        for shelf in ["films", "hostile"] + (["long"] if full else []):
            for path in sorted((self.out / shelf).rglob("*"), reverse=True):
                if path.is_file() and path not in self.wanted:
                    path.unlink()
                elif path.is_dir() and not any(path.iterdir()):
                    path.rmdir()


if __name__ == "__main__":
    sys.exit(main())
