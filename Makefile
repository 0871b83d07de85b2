# Plain `make` lists the targets. Each is one command.
.DEFAULT_GOAL := help
SHELL := /bin/sh
export GOFLAGS := -trimpath

BIN := bin/plectica
CORE := ui/public/core.wasm
DATA ?= .dev
ROUNDS ?= 50
SEEDS ?= 5000
FUZZTIME ?= 30s

# Packages with property tests. What must pass draws the same cases every time;
# `make fuzz` draws new ones.
PROPERTIES = $(shell go list -f '{{range .TestImports}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}}{{end}}{{end}}{{range .XTestImports}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}}{{end}}{{end}}' ./internal/...)
SEED := 20261122
CHECKS ?= 20000

# The core has to reach phones: inlining everywhere would cost 70 KB on the wire,
# so it stays where it is worth its bytes. docs/core.md has the same flags.
CORE_FLAGS := -buildmode=c-shared -ldflags='-s -w' -gcflags=all=-l \
	-gcflags=internal/runtime/maps= -gcflags=plectica/internal/layout= -gcflags=plectica/internal/picture=

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: build ## build and serve on https://localhost:8443
	./$(BIN) serve --data $(DATA)

.PHONY: build
build: ui ## build the web interface and the program
	CGO_ENABLED=0 go build -o $(BIN) ./cmd/plectica

.PHONY: auditproof
auditproof: ## build the verifier of audit logs, which shares nothing with the program
	CGO_ENABLED=0 go build -o $(dir $(BIN))auditproof ./cmd/auditproof

.PHONY: ui
ui: core ui/node_modules/.package-lock.json ## build the web interface alone
	cd ui && npm run --silent build

.PHONY: core
core: ## build the core for the browser alone
	GOEXPERIMENT=nogreenteagc GOOS=wasip1 GOARCH=wasm go build $(CORE_FLAGS) -o $(CORE) ./cmd/core
	go run ./cmd/core/internal/slim $(CORE)

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	cd ui && npm install --no-audit --no-fund # not ci: it wants other platforms' packages in the lock

OIDC_PROVIDER := internal/oidc/testdata/oidcprovider

$(OIDC_PROVIDER)/node_modules/.package-lock.json: $(OIDC_PROVIDER)/package.json $(OIDC_PROVIDER)/package-lock.json
	cd $(OIDC_PROVIDER) && npm ci --silent --no-audit --no-fund --ignore-scripts

.PHONY: oidc-provider
oidc-provider: $(OIDC_PROVIDER)/node_modules/.package-lock.json # the provider that sign-in is tested with

.PHONY: test
test: build chromium oidc-provider s3-tools postgres static ## everything that must pass
	go vet ./...
	go test -race -shuffle=on -timeout 15m $$(go list ./... | grep -v -e /internal/sim$$ $(PROPERTIES:%=-e %$$))
	go test -race -shuffle=on -timeout 15m $(PROPERTIES) -rapid.seed=$(SEED)
	TEST_ENGINE=postgres go test -shuffle=on -timeout 15m ./internal/app
	go test -shuffle=on -timeout 15m ./internal/sim
	go vet -tags mutant ./internal/... && go vet -tags faulty ./internal/app ./cmd/plectica
	go test -tags mutant -run '^TestShrink$$|^TestTracesFindBugs$$' ./internal/sim
	cd ui && npm run --silent check && npm run --silent lint && npm run --silent test && npm run --silent e2e
	@echo "make test: passed"

# Tools that judge the code and the server, or that it is tested with, at versions that were looked at. Each is
# built by itself, so that none of them is a module of ours.
TOOLS := $(CURDIR)/bin/tools
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4
GOSEC := github.com/securego/gosec/v2/cmd/gosec@v2.22.9
H2SPEC := github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
VERSITYGW := github.com/versity/versitygw/cmd/versitygw@v1.8.0
ATTACKERS := testssl.sh sslscan slowhttptest nghttp2-client wapiti sqlmap ffuf
# golang/vulndb as one packed file; without it known holes are not looked for.
VULNDB ?= ../shared/vulndb/db.tar.xz

.PHONY: static
static: # mistakes, and modules with known holes; what cannot be had is said
	@mkdir -p $(TOOLS)
	@test -x $(TOOLS)/staticcheck || GOBIN=$(TOOLS) go install $(STATICCHECK) 2>/dev/null || echo "make static: staticcheck is not here and cannot be fetched; skipped"
	@test -x $(TOOLS)/govulncheck || GOBIN=$(TOOLS) go install $(GOVULNCHECK) 2>/dev/null || echo "make static: govulncheck is not here and cannot be fetched; skipped"
	@test ! -x $(TOOLS)/staticcheck || $(TOOLS)/staticcheck ./...
	@if [ ! -x $(TOOLS)/govulncheck ]; then :; \
	elif [ ! -f $(VULNDB) ]; then echo "make static: there is no copy of golang/vulndb (VULNDB=…/db.tar.xz); known holes are not looked for"; \
	else d=$$(mktemp -d) && tar -xJf $(VULNDB) -C $$d && $(TOOLS)/govulncheck -db file://$$d/db ./...; s=$$?; rm -rf $$d; exit $$s; fi

.PHONY: s3-tools
s3-tools: # the storage service that objects are tested with; without it those tests are skipped, in words
	@mkdir -p $(TOOLS)
	@test -x $(TOOLS)/versitygw || GOBIN=$(TOOLS) go install $(VERSITYGW) 2>/dev/null || echo "make s3-tools: versitygw is not here and cannot be fetched; skipped"

.PHONY: postgres
postgres: # the other engine's server; without it its tests are skipped, in words
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
		s=""; [ "$$(id -u)" = 0 ] || s=sudo; \
		$$s apt-get update -q && $$s apt-get install -y -q --no-install-recommends postgresql; } || \
		echo "make postgres: PostgreSQL is not here and cannot be had; its tests are skipped"

.PHONY: attack-tools
attack-tools: # what is not here afterwards is skipped, in words
	@s=""; [ "$$(id -u)" = 0 ] || s=sudo; \
		$$s apt-get install -y -q --no-install-recommends $(ATTACKERS) >/dev/null || echo "make attack-tools: some of $(ATTACKERS) cannot be had"
	@mkdir -p $(TOOLS)
	@for t in $(STATICCHECK) $(GOVULNCHECK) $(GOSEC) $(H2SPEC); do \
		n=$${t%@*}; test -x $(TOOLS)/$${n##*/} || GOBIN=$(TOOLS) go install $$t 2>/dev/null || echo "make attack-tools: $$t cannot be had"; done
	@cd attack && npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts || echo "make attack-tools: attack/package.json cannot be had"

.PHONY: attack
attack: build attack-tools ## turn the usual tools on a server of its own; docs/security/attack.md has what they found
	@mkdir -p docs/security
	go run ./attack -program $(BIN) -tools $(TOOLS) -vulndb $(VULNDB)

.PHONY: check
check: ui/node_modules/.package-lock.json ## the quick part: vet, short tests, types, unit tests
	go vet ./...
	go test -short ./...
	cd ui && npm run --silent check && npm run --silent lint && npm run --silent test

.PHONY: chromium
chromium: # browser tests need Debian's Chromium
	@command -v chromium >/dev/null || { \
		s=""; [ "$$(id -u)" = 0 ] || s=sudo; \
		$$s apt-get update -q && $$s apt-get install -y -q --no-install-recommends chromium; }

.PHONY: e2e
e2e: build chromium ## the browser tests alone
	cd ui && npm run --silent e2e

.PHONY: firefox
firefox: firefox-esr build chromium ## the main ways through the product in Firefox, beside Chromium
	cd ui && npm run --silent firefox

.PHONY: firefox-esr
firefox-esr: # said, not installed: it is large, and nothing else needs it
	@command -v $${FIREFOX:-firefox-esr} >/dev/null || { \
		echo "Firefox is not here: apt-get install firefox-esr, or make firefox FIREFOX=/path/to/firefox"; exit 1; }

.PHONY: sim
sim: ## the simulator over SEEDS seeds
	go run ./cmd/plectica sim --seeds $(SEEDS)

.PHONY: mutants
mutants: ## plant each known kind of bug and see that the simulator finds it
	go test -tags mutant -count=1 -timeout 0 ./internal/sim -run '^TestMutants$$' -v

.PHONY: traces
traces: ## find and shorten the kept traces anew, after a change of what the simulator draws
	@for f in internal/sim/testdata/*.trace; do \
		b=$$(basename $$f .trace); echo "$$b"; \
		(echo "# Fails with the planted bug $$b."; go test -tags mutant ./internal/sim -v -timeout 0 -run '^TestMutants$$' \
			-mutants.hunt -mutants.shrink -mutants.only $$b | grep '^seed') > $$f.new && mv $$f.new $$f || exit 1; \
	done

.PHONY: faulty
faulty: # the program that can be broken inside, for torture alone
	CGO_ENABLED=0 go build -tags faulty -o $(BIN)-faulty ./cmd/plectica

.PHONY: torture
torture: build faulty ## break the server in every way for ROUNDS rounds while clients type
	./$(BIN) torture --rounds $(ROUNDS) --clients 20

.PHONY: torture-long
torture-long: build faulty ## the same for a night: 2,000 rounds, new faults each time
	nice ./$(BIN) torture --rounds 2000 --clients 20 --seed $$(date +%s)

.PHONY: fuzz
fuzz: ## new cases for every property, and every fuzz target for FUZZTIME
	go test -timeout 30m $(PROPERTIES) -rapid.checks=$(CHECKS)
	@for p in $$(go list ./internal/...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep ^Fuzz); do \
			echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

# What a night holds; each can be set: make night FUZZTIME=1m SEEDS=10000 ROUNDS=20 COUNT=10
LIVE := ./internal/room ./internal/peer ./internal/store ./internal/app ./internal/account
COUNT ?= 200
night: FUZZTIME := 10m
night: SEEDS := 200000
night: ROUNDS := 500
.PHONY: night
night: fuzz sim mutants torture ## for hours: long fuzzing, many seeds, many kills, live tests COUNT times
	PLECTICA_TEST_MAPS=10000 go test -run TestManyMapsLeaveNothing ./internal/room
	go test -race -shuffle=on -count $(COUNT) -timeout 24h $(LIVE)

.PHONY: bench
bench: ## benchmarks; figures go to docs/performance.md
	go test -run '^$$' -bench . -benchmem ./internal/...
	cd ui && npm run --silent bench

PEER_ROUNDS ?= 3
.PHONY: bench-peers
bench-peers: build ## other servers beside ours under one load; needs npm, for a quiet machine
	cd bench/peers && npm install --silent --no-audit --no-fund --no-package-lock --legacy-peer-deps --ignore-scripts
	go run ./bench/peers -program $(BIN) -rounds $(PEER_ROUNDS)

.PHONY: bench-people
bench-people: build chromium ## fifty people on one map, as one of them sees it
	cd ui && node bench/people.mjs

CANVAS_ROUNDS ?= 3
.PHONY: bench-canvas
bench-canvas: build chromium ## other editors beside ours on one scene; needs npm, for a quiet machine
	cd bench/canvas && npm install --silent --no-audit --no-fund --no-package-lock --legacy-peer-deps --ignore-scripts
	ROUNDS=$(CANVAS_ROUNDS) node bench/canvas/run.mjs

.PHONY: clean
clean: ## remove what was built
	rm -rf bin ui/node_modules $(OIDC_PROVIDER)/node_modules attack/node_modules bench/peers/node_modules bench/canvas/node_modules bench/canvas/dist $(CORE)
	find ui/dist -mindepth 1 ! -name placeholder.html -delete
