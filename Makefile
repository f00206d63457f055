# The commands of FlaskFlix. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run run-origin test bench bench-compare fuzz models miri assets demo

LISTEN ?= 127.0.0.1:5000
ORIGIN_LISTEN ?= 127.0.0.1:8080

help: ## Lists the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: assets ## Builds and starts the server with the demo film, and prints the address to open
	cargo run --release --locked -p flaskflix-server -- --demo --listen $(LISTEN)

run-origin: assets ## Builds and starts the server for a folder on the demo film, without accounts
	cargo run --release --locked -p flaskflix-origin -- --root examples/demo/media --open --listen $(ORIGIN_LISTEN)

assets: # The player page's assets, when npm is at hand; the page works without them.
	@if command -v npm >/dev/null 2>&1; then \
	  [ -d examples/player/node_modules ] || (cd examples/player && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) \
	    || echo "npm ci failed: the player page will offer the browser's own playback"; \
	else \
	  echo "npm is not installed: the player page will offer the browser's own playback"; \
	fi

test: ## Installs what is missing (Debian, Ubuntu) and runs every check
	@.ci/test

bench: ## Measures against nginx and tower-http ServeDir, a few minutes (benches/README.md)
	@benches/run

bench-compare: ## Measures everything against every peer and writes docs/BENCHMARKS.md (some 20 minutes, most of them to build)
	@benches/compare

models: ## Tries the orders in which threads can meet, with shuttle (CONTRIBUTING.md)
	@.ci/models

miri: ## Runs the unit tests of the core under Miri (needs a nightly toolchain with it)
	@.ci/miri

fuzz: ## Fuzzes every target for a while: make fuzz FUZZ_SECONDS=600
	@fuzz/run-short $${FUZZ_SECONDS:-60}

demo: ## Makes the demo film anew with ffmpeg (16 minutes of CPU time)
	@examples/demo/make-demo.sh
