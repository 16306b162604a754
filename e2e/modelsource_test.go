package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	modelCheckpoint = "../inference/testdata/tiny-large"
	modelCommit     = "0123456789abcdef0123456789abcdef01234567"
	modelStore      = "http://store.git-rscilp-models.svc"
)

// TestModelSources has the model come from a hub by way of a claim, from that
// claim alone, from an archive, with an index in another, and from the pods' image; of an OCI image only
// that the API server keeps its volume, where it can.
func TestModelSources(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if os.Getenv("KUBECONFIG") == "" || tools == "" {
		t.Skip("no cluster, or nothing to build images with: KUBECONFIG or CLUSTER_TOOLS is not set")
	}
	s := startStore(t, tools)
	t.Run("a hub, kept on a claim", s.hub)
	t.Run("the claim", s.claim)
	t.Run("an archive", s.archive)
	t.Run("an index in an archive", s.index)
	t.Run("an archive that is another", s.wrongArchive)
	t.Run("an image volume", s.image)
	t.Run("the pods' own image", s.path)
}

// sources is one deployment whose model comes from several places in turn.
type sources struct {
	*cluster
	imageName string
	sum       string // SHA-256 of the archive of a model
	indexSum  string // that of one of an index of it
}

// startStore starts the stand-in of a hub and a store, with a volume beside it.
func startStore(t *testing.T, tools string) *sources {
	t.Helper()
	work := t.TempDir()
	volume, model, archive := filepath.Join(work, "volume"), filepath.Join(work, "model"), filepath.Join(work, "model.tar.gz")
	if err := os.Mkdir(volume, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, "go", "run", "../inference", "export", "-checkpoint", modelCheckpoint, "-out", model, "-name", "from-an-archive", "-precision", "fp16")
	output(t, "go", "run", "../inference", "index", "-model", model, "-images", "../inference/testdata/geotiff/nodata.tif", "-tile", "16", "-out", filepath.Join(work, "index"), "-shard", "0/1")
	index := filepath.Join(work, "index.tar")
	pack := func(archive, folder string) (sum string) {
		output(t, "tar", "-C", work, "-caf", archive, folder)
		data, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(data)
		return hex.EncodeToString(hash[:])
	}
	s := &sources{imageName: buildImage(t, tools, "e2e-models"), sum: pack(archive, "model"), indexSum: pack(index, "index")}
	loadProgram(t, tools, "./store", "localhost/rsclip-store:e2e")
	t.Cleanup(func() {
		output(t, "kubectl", "delete", "persistentvolume", "git-rscilp-models", "--ignore-not-found", "--wait")
	})
	s.cluster = newCluster(t, "git-rscilp-models")

	s.kubectl("create", "namespace", s.namespace)
	s.kubectl("label", "namespace", s.namespace, "pod-security.kubernetes.io/enforce=restricted")
	// A ConfigMap holds a megabyte.
	files, err := filepath.Glob(filepath.Join(modelCheckpoint, "*"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]string{"archive": {"--from-file=" + archive, "--from-file=" + index}}
	for _, file := range files {
		part := "checkpoint-1"
		if strings.Contains(file, "-of-") {
			part = "checkpoint-2"
		}
		parts[part] = append(parts[part], "--from-file="+file)
	}
	for name, from := range parts {
		s.kubectl(append([]string{"create", "configmap", "-n", s.namespace, name}, from...)...)
	}
	s.kubectl("create", "secret", "generic", "-n", s.namespace, "hub", "--from-literal=token=e2e")
	s.kubectl("create", "secret", "generic", "-n", s.namespace, "model", "--from-literal=url="+modelStore+"/archives/model.tar.gz?sig=e2e")
	s.kubectl("create", "secret", "generic", "-n", s.namespace, "index", "--from-literal=url="+modelStore+"/archives/index.tar?sig=e2e")
	node := s.kubectl("get", "nodes", "-o", `jsonpath={.items[0].metadata.labels.kubernetes\.io/hostname}`)
	template, err := os.ReadFile("testdata/store.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(work, "store.yaml")
	filled := strings.NewReplacer("$FOLDER", volume, "$NODE", node).Replace(string(template))
	if err := os.WriteFile(manifest, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	s.kubectl("apply", "-f", manifest)
	s.kubectl("rollout", "status", "-n", s.namespace, "deployment/store", "--timeout=2m")
	return s
}

// from deploys with a model source.
func (s *sources) from(source string) {
	s.t.Helper()
	s.withIndex(source, "{}")
}

// withIndex deploys with an index, too.
func (s *sources) withIndex(source, index string) {
	s.t.Helper()
	s.apply("testdata/modelsource.yaml", "$IMAGE", s.imageName, "$SOURCE", source, "$INDEX", index)
}

// serves waits until all pods are new, of which an old one may answer on while it
// drains, and checks what model they serve.
func (s *sources) serves(t *testing.T, name, revision string) {
	t.Helper()
	s.waitForRollout()
	service := s.nodePort("git-rscilp-service", "/ready")
	deadline := time.Now().Add(2 * time.Minute)
	for {
		var model struct {
			Name   string
			Source struct{ Revision string }
		}
		err := fetch(t.Context(), service+"/v1/model", &model)
		if err == nil && model.Name == name && model.Source.Revision == revision {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the model is %+v, %v, want %s at %q", model, err, name, revision)
		}
		time.Sleep(time.Second)
	}
}

// sent returns how often the store has sent a file.
func (s *sources) sent(name string) int {
	s.t.Helper()
	return strings.Count(s.kubectl("logs", "-n", s.namespace, "deployment/store"), `sent "`+name+`"`)
}

func (s *sources) hub(t *testing.T) {
	s.from(`{hub: {repo: e2e/tiny, revision: ` + modelCommit + `, endpoint: "` + modelStore + `", token: {name: hub}, claim: {size: 1Gi, storageClass: git-rscilp-models}}}`)
	s.serves(t, "tiny", modelCommit)
	// A pod on whose node the model is, and two that start at the same time.
	s.kubectl("rollout", "restart", "-n", s.namespace, deployment)
	s.serves(t, "tiny", modelCommit)
	if sent := s.sent("model-00001-of-00004.safetensors"); sent != 1 {
		t.Errorf("the weights were sent %d times to four pods, want once", sent)
	}
	for _, pod := range s.pods() {
		if log := s.kubectl("logs", "-n", s.namespace, pod, "-c", "fetch-model"); !strings.Contains(log, "is there, and sound") {
			t.Errorf("%s has not found the model: %s", pod, log)
		}
	}
}

func (s *sources) claim(t *testing.T) {
	s.from("{claim: {name: git-rscilp-model, subPath: tiny-" + modelCommit[:12] + "-fp32}}")
	s.serves(t, "tiny", modelCommit)
}

func (s *sources) archive(t *testing.T) {
	s.from("{archive: {urlFrom: {name: model}, sha256: " + s.sum + "}}")
	s.serves(t, "from-an-archive", "")
	if sent := s.sent("model.tar.gz"); sent != 2 {
		t.Errorf("the archive was sent %d times to two pods, want twice", sent)
	}
}

// index has an archive of an index beside that of its model.
func (s *sources) index(t *testing.T) {
	s.withIndex("{archive: {urlFrom: {name: model}, sha256: "+s.sum+"}}", "{archive: {urlFrom: {name: index}, sha256: "+s.indexSum+", sizeLimit: 1Gi}}")
	s.serves(t, "from-an-archive", "")
	if sent := s.sent("index.tar"); sent != 2 {
		t.Errorf("the index was sent %d times to two pods, want twice", sent)
	}
	if f := searchAt(t, s.nodePort("git-rscilp-service", "/ready"), `{"text": "a harbour", "top_k": 3, "overlap": 1}`); len(f.Features) != 3 {
		t.Errorf("%d hits, want 3", len(f.Features))
	}
}

// wrongArchive pins that a pod without its model takes nobody's place.
func (s *sources) wrongArchive(t *testing.T) {
	s.from("{archive: {urlFrom: {name: model}, sha256: " + strings.Repeat("0a", 32) + "}}")
	deadline := time.Now().Add(2 * time.Minute)
	for said := ""; !strings.Contains(said, "its hash is not the one expected"); time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			t.Fatalf("no pod has refused the archive: %s", said)
		}
		out, _ := exec.Command("kubectl", "logs", "-n", s.namespace, "-l", "app=git-rscilp", "-c", "fetch-model", "--tail=5").CombinedOutput()
		said = string(out)
	}
	var model struct{ Name string }
	if err := fetch(t.Context(), s.nodePort("git-rscilp-service", "/ready")+"/v1/model", &model); err != nil || model.Name != "from-an-archive" {
		t.Errorf("the model is %+v, %v, want the old pods'", model, err)
	}
}

// image has the API server look at an image volume, and skips where it drops it.
func (s *sources) image(t *testing.T) {
	s.synth("testdata/modelsource.yaml", "$IMAGE", s.imageName, "$SOURCE", "{image: {reference: localhost/rsclip-model:e2e}}", "$INDEX", "{}")
	kept := s.kubectl("apply", "--dry-run=server", "-f", s.dist, "-o", "jsonpath={.items[*].spec.template.spec.volumes[*].image.reference}")
	if kept == "" {
		t.Skip("the cluster has no image volumes: they need Kubernetes 1.35, or the feature gate ImageVolume")
	}
	if kept != "localhost/rsclip-model:e2e" {
		t.Errorf("the volume's image is %q", kept)
	}
}

// path serves the model that the pods' own image has.
func (s *sources) path(t *testing.T) {
	s.from("{path: /app/model}")
	s.serves(t, "tiny-random-weights-scores-mean-nothing", "")
}
