# Every target is a script of scripts/, so that it also runs without make.
PORT ?= 8080
WORKSPACE ?= public/workspaces/default.json

.DEFAULT_GOAL := help
.PHONY: help run build dev test lab bench profile shots csp schema size setup clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build if stale, serve on http://127.0.0.1:8080/ (PORT=)
	@scripts/run.sh $(PORT)

build: ## the release bundle in dist/, ready for any static host
	@scripts/build.sh

dev: ## serve with fast rebuilds at each change (PORT=)
	@scripts/dev.sh $(PORT)

test: ## everything that decides whether we are green: format, lints, native, browser, end to end
	@scripts/test.sh

lab: ## start real backends with real data and serve the app on them, until Ctrl-C (PORT=)
	@scripts/lab.sh $(PORT)

bench: ## measure against the budgets, beside the peers
	@scripts/bench.sh

shots: ## the contact sheet: each role at 1440 and 390 pixels, light and dark
	@scripts/shots.sh

csp: ## the headers for a workspace, for nginx, Caddy and _headers (WORKSPACE=)
	@node scripts/csp.mjs $(WORKSPACE)

schema: ## write the workspace's JSON Schema again
	@scripts/schema.sh

profile: ## find out anew which functions a cold start needs; the others come later
	@scripts/profile.sh

size: ## size of each file of dist/ against the budget
	@node scripts/size.mjs

setup: ## install everything that any target needs
	@scripts/setup.sh all

clean: ## remove what the build made; the cached tools stay
	@rm -rf dist dist-bench dist-js dist-profile target test-results playwright-report
