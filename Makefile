# Everything that one does with Wiredesk. It needs Go, Node and make; the rest it installs.
.DEFAULT_GOAL := build
.PHONY: run dev build test check e2e monkey crash mutate services services-down cluster-test fuzz vulnerabilities bench gen web-test share release-check snapshot release clean

GO_FILES  := $(shell find api client cmd internal web/embed.go -name '*.go' -o -name '*.sql' -o -name '*.yaml') go.mod go.sum
WEB_FILES := $(shell find web/src web/public web/index.html web/*.ts web/tsconfig.json web/packages -path '*/dist' -prune -o -type f -print)
MODULES   := web/node_modules/.package-lock.json
STATIC    := go tool -modfile=tools/go.mod staticcheck
# The race detector needs a C compiler.
RACE      := $(shell command -v gcc clang cc 2>/dev/null | head -n 1 | sed 's/..*/-race/')
# Other programs reach the embedded Kafka here, unless .env or the environment says otherwise.
KAFKA_OUTSIDE := grep -qs '^KAFKA_EMBEDDED_LISTEN=' .env || export KAFKA_EMBEDDED_LISTEN=$${KAFKA_EMBEDDED_LISTEN-127.0.0.1:9092};
# The same flags everywhere, so that what one target compiles serves the next.
export CGO_ENABLED := 0
export GOFLAGS     := -trimpath
# The Go release that go.mod names, which has the fixes of its standard library; Go downloads it when it is not installed.
export GOTOOLCHAIN := auto

run: build ## build and start; the dashboard is at http://localhost:3000
	$(KAFKA_OUTSIDE) exec bin/wiredesk serve

dev: $(MODULES) ## the API on :3001 and the dashboard with hot reload on :3000
	@trap 'kill 0' EXIT; \
	$(KAFKA_OUTSIDE) PORT=3001 FRONTEND_URL=http://localhost:3000 go run ./cmd/wiredesk serve & \
	cd web && NEXT_PUBLIC_API_URL=$${NEXT_PUBLIC_API_URL-http://localhost:3001} npm run dev

build: bin/wiredesk ## bin/wiredesk, with the dashboard inside

bin/wiredesk: $(GO_FILES) web/dist/index.html
	go build -o $@ ./cmd/wiredesk

web/dist/index.html: $(WEB_FILES) $(MODULES)
	cd web && npm run build
	@touch $@

$(MODULES): web/package.json web/packages/client/package.json web/packages/react/package.json web/package-lock.json
	cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

test: build web-test ## every test: Go with the race detector, dashboard, browser
	@test -n "$(RACE)" || echo "no C compiler: the Go tests run without the race detector"
	@test/services/services status >/dev/null || echo "MariaDB and the Kafka cluster are not running: what needs them is left out; make services starts them"
	CGO_ENABLED=$(if $(RACE),1,0) go test $(RACE) -timeout 30m $$(go list ./... | grep -v /test/cluster)
	$(MAKE) e2e

web-test: $(MODULES)
	cd web && npm test

e2e: build ## two real browsers against the real binary
	chromium=$$(web/e2e/chromium.sh) && cd web && CHROMIUM=$$chromium npm run e2e

monkey: build ## three browsers do random things to one post for two minutes; several people write at once for a minute
	chromium=$$(web/e2e/chromium.sh) && cd web && CHROMIUM=$$chromium MONKEY_SECONDS=120 E2E_SECONDS=60 npm run e2e -- monkey coauthors

crash: build ## kill -9 the server 50 times under load, and compare every log
	go test -count=1 -timeout 30m ./test/crash -v -args -rounds=50

mutate: build ## apply wrong changes to a copy, one at a time, and name the tests that notice them: MUTATE='-suites unit,crash -only m03,m14'
	cd tools && go run ./mutate -root .. $(MUTATE)

services: ## MariaDB and a Kafka cluster of three nodes for the tests, on loopback; they need a JDK 17, Maven, Python 3 and Node
	test/services/services up

services-down: ## stop them, and forget their data
	test/services/services down

FOR := 5m
cluster-test: build services ## several nodes under load while nodes, MariaDB and brokers fail, for FOR=5m
	go test -count=1 -timeout 30m ./test/cluster -v -args -for=$(FOR)

INPUTS := 10000x
fuzz: ## try new inputs on every fuzz test, INPUTS=10000x or INPUTS=1m each; make test runs the inputs that are stored
	.ci/fuzz $(INPUTS)

bench: build ## measure latency, writes, fan-out, memory, start
	bin/wiredesk bench

gen: $(MODULES) ## the TypeScript types from api/openapi.yaml
	cd web && npm run gen

check: web/dist/index.html ## format, vet, staticcheck, wording and sizes, types, lint, size of the dashboard, generated code, workflows, deploy/
	@test -z "$$(gofmt -l api client cmd deploy examples internal test tools web/embed.go)" || { gofmt -l api client cmd deploy examples internal test tools web/embed.go; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	$(STATIC) ./...
	cd tools && go vet ./... && go test -count=1 ./... && go run ./codestats -check ..
	cd web && npm run check
	cp web/packages/client/src/schema.gen.ts web/node_modules/.schema.before && $(MAKE) gen && cmp web/node_modules/.schema.before web/packages/client/src/schema.gen.ts
	go tool -modfile=tools/go.mod actionlint -shellcheck= -pyflakes=
	cd deploy/check && go test -count=1 .

vulnerabilities: $(MODULES) ## published vulnerabilities of the dependencies
	.ci/vulnerabilities

share: bin/wiredesk ## manual pages and shell completions, in bin/share as packages install them
	rm -rf bin/share
	mkdir -p bin/share/bash-completion/completions bin/share/zsh/site-functions bin/share/fish/vendor_completions.d
	bin/wiredesk man bin/share/man/man1
	bin/wiredesk completion bash > bin/share/bash-completion/completions/wiredesk
	bin/wiredesk completion zsh > bin/share/zsh/site-functions/_wiredesk
	bin/wiredesk completion fish > bin/share/fish/vendor_completions.d/wiredesk.fish

# GoReleaser takes minutes to compile, so make check leaves it to make release-check.
GORELEASER := go run github.com/goreleaser/goreleaser/v2@v2.17.0
release-check: ## .goreleaser.yaml, and the section of CHANGELOG.md for the chart's version
	.ci/release-notes "v$$(sed -n 's/^version: //p' deploy/helm/wiredesk/Chart.yaml)" > /dev/null
	$(GORELEASER) check

snapshot: ## the archives of a release, without SBOMs, in dist
	$(GORELEASER) release --snapshot --clean --skip=sbom

NOTES := /dev/null
release: ## publish the tag that is checked out, with NOTES=FILE, as a draft; needs syft and GITHUB_TOKEN
	$(GORELEASER) release --clean --release-notes=$(NOTES)

clean:
	rm -rf bin dist web/dist/assets web/dist/index.html web/packages/*/dist
