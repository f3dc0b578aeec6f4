# Needs: Node (any since 20, to install the rest), Go 1.26 for the control plane of the tests, GNU make.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Everything runs on the Node 24 of node_modules, except what installs it.
PATH_OUTSIDE := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
INSTALLED := node_modules/.installed
IN_NAMESPACE := node test/testbed/in-namespace.ts
# All but helm, which only the tests of the chart need.
CLUSTER_TOOLS := etcd,pebble,pebble-challtestsrv,kube-apiserver,kubectl,kube-controller-manager,traefik,bind
# In this order: each reads what the one before has written. All take --check.
GENERATORS := src/crds/generate.ts scripts/sync-chart-crds.ts scripts/static-manifest.ts

.PHONY: help demo test unit lint format types generate current prerequisites bench conformance build image clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

demo: $(INSTALLED) ## a cluster on this machine in which Certificates go Ready before your eyes
	node test/demo/demo.ts

test: lint types current prerequisites ## every check: lint, types, generated files, unit and integration tests
	$(IN_NAMESPACE) vitest run

prerequisites: $(INSTALLED)
	node test/testbed/prerequisites.ts

unit: $(INSTALLED) ## the tests that need no cluster
	vitest run --project unit

lint: $(INSTALLED) ## oxlint with type information, and the format
	oxlint --type-aware src test scripts
	oxfmt --check src test scripts

format: $(INSTALLED) ## oxfmt, in place
	oxfmt src test scripts

types: $(INSTALLED) ## the type checker
	tsc -p tsconfig.json

generate: $(INSTALLED) ## write what is generated: CRDs, their copy in the chart, the static manifest
	for generator in $(GENERATORS); do node $$generator || exit 1; done

current: $(INSTALLED)
	for generator in $(GENERATORS); do node $$generator --check || exit 1; done

bench: build ## how fast it is, against a real control plane
	$(IN_NAMESPACE) --tools=$(CLUSTER_TOOLS) node test/bench/bench.ts

conformance: $(INSTALLED) ## the incumbent's own suite against our operator: SUITE=<its test binary>, see docs/conformance.md
	node test/conformance/run.ts

build: $(INSTALLED) ## bundle the operator into dist/
	node scripts/bundle.ts

image: ## the container image
	docker build -t certwright:dev .

clean: ## remove what make has made; not the tools in ~/.cache/certwright
	rm -rf dist coverage $(INSTALLED)

$(INSTALLED): package-lock.json
	@# Not `npm ci`: it refuses a lock file that lacks the packages of other platforms, and not every registry has them all.
	PATH="$(PATH_OUTSIDE)" npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@
