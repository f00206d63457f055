#!/usr/bin/env python3
"""Checks the licence of every crate in the normal dependency tree against the list in deny.toml.

`cargo deny check` does the same and more; this needs no tool beyond Python.
"""
import json
import re
import subprocess
import sys
import tomllib

with open("deny.toml", "rb") as file:
    config = tomllib.load(file)
allowed = set(config["licenses"]["allow"])
banned = {entry["crate"] for entry in config["bans"]["deny"]}

metadata = json.loads(
    subprocess.check_output(["cargo", "metadata", "--format-version=1", "--all-features"], text=True)
)
tree = subprocess.check_output(
    ["cargo", "tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"], text=True
)
shipped = {tuple(line.split()[:2]) for line in tree.splitlines() if line}


def permitted(expression: str) -> bool:
    """Evaluates an SPDX expression; `/` is the old way to write OR."""
    words = []
    skip = False
    for token in re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR ")):
        if skip:
            skip = False
        elif token in "()":
            words.append(token)
        elif token in ("AND", "OR"):
            words.append(token.lower())
        elif token == "WITH":
            skip = True
        else:
            words.append(str(token in allowed))
    return eval(" ".join(words), {"__builtins__": {}})  # only True, False, and, or, parentheses


failed = 0
for package in metadata["packages"]:
    if (package["name"], f"v{package['version']}") not in shipped:
        continue
    if package["name"] in banned:
        failed += 1
        print(f"licences: {package['name']} is banned by deny.toml", file=sys.stderr)
    if not permitted(package.get("license") or "none"):
        failed += 1
        print(f"licences: {package['name']} {package['version']}: {package.get('license')}", file=sys.stderr)
print(f"licences: {len(shipped)} crates looked at, {failed} refused")
sys.exit(1 if failed else 0)
