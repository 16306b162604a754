package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// picturesVariable names a folder of pictures that are indexed beside the scenes of the
// demonstration.
const picturesVariable = "RSCLIP_DATA"

// mostPictures are indexed of that folder.
const mostPictures = 40

// TestSearch has a Job of four shards index an archive on a claim and fill a Weaviate of
// three nodes, evicts one of its pods meanwhile, and asks the service, which must answer
// what an index of the same archive answers that one run has made here: from the claim,
// then from Weaviate, and from Weaviate with a node killed.
func TestSearch(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if os.Getenv("KUBECONFIG") == "" || tools == "" {
		t.Skip("no cluster, or nothing to build images with: KUBECONFIG or CLUSTER_TOOLS is not set")
	}
	c, volume := startSearch(t)
	output(t, filepath.Join(tools, "weaviate"), "--load")
	c.kubectl("create", "secret", "generic", "weaviate", "-n", c.namespace, "--from-literal=key="+weaviateKey)
	const onClaim, inEngine = "claim: {name: archive, subPath: index}", `address: "weaviate://git-rscilp-weaviate", secret: {name: weaviate}`
	image := buildImage(t, tools, "e2e-1")
	c.apply("testdata/search.yaml", "$IMAGE", image, "$INDEX", onClaim, "$ENGINE", inEngine)
	victim := c.runningShard()
	evict := exec.CommandContext(t.Context(), "kubectl", "create", "--raw", "/api/v1/namespaces/"+c.namespace+"/pods/"+victim+"/eviction", "-f", "-")
	evict.Stdin = strings.NewReader(fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": %q, "namespace": %q}}`, victim, c.namespace))
	if out, err := evict.CombinedOutput(); err != nil {
		t.Fatalf("evicting %s: %v: %s", victim, err, out)
	}
	c.kubectl("wait", "-n", c.namespace, "--for=condition=complete", "job/git-rscilp-index", "--timeout=20m")
	if status := c.kubectl("get", "job", "-n", c.namespace, "git-rscilp-index", "-o", "jsonpath={.status.completedIndexes} {.status.failedIndexes}"); status != "0-3 " {
		t.Errorf("completed and failed shards: %q", status)
	}
	parts, err := filepath.Glob(filepath.Join(volume, "index", "part-*-of-4", "shard-000000.parquet"))
	if err != nil || len(parts) != 4 {
		t.Errorf("parts %q, %v", parts, err)
	}

	// The same archive, indexed at once.
	whole := filepath.Join(t.TempDir(), "index")
	program := filepath.Join(t.TempDir(), "rsclip")
	output(t, "go", "build", "-o", program, "../inference")
	output(t, program, "index", "--model", filepath.Join(volume, "model"), "--images", filepath.Join(volume, "scenes"), "--tile", "32", "--overlap", "0.25", "--out", whole, "--allow-failures")
	settings := filepath.Join(t.TempDir(), "app.yaml")
	if err := os.WriteFile(settings, []byte("server: {port: 18481, drain_seconds: -1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.CommandContext(t.Context(), program, "serve", "--model", filepath.Join(volume, "model"), "--index", whole, "--device", "cpu", "--address", "127.0.0.1", "--app-config", settings)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	const here = "http://127.0.0.1:18481"
	waitForAnswer(t, here+"/ready")

	// Its pods may have waited for the index long.
	c.kubectl("rollout", "restart", "-n", c.namespace, deployment)
	c.settle()
	service := c.nodePort("git-rscilp-service", "/ready")
	compare := func(from string) {
		t.Helper()
		for _, body := range []string{
			`{"text": "desert"}`,
			`{"text": "a satellite picture of ice", "top_k": 10, "overlap": 1}`,
			`{"text": "coast", "filter": {"bbox": [-20, 30, 40, 70]}}`,
		} {
			got, want := searchAt(t, service, body), searchAt(t, here, body)
			if len(want.places()) != 10 || !slices.Equal(got.places(), want.places()) || got.NumberAllowed != want.NumberAllowed {
				t.Errorf("%s, from %s:\n%d: %v\nwant %d: %v", body, from, got.NumberAllowed, got.places(), want.NumberAllowed, want.places())
			}
		}
	}
	compare("the claim")
	c.apply("testdata/search.yaml", "$IMAGE", image, "$INDEX", "engine: {"+inEngine+"}", "$ENGINE", inEngine)
	c.kubectl("rollout", "status", "-n", c.namespace, "statefulset/git-rscilp-weaviate", "--timeout=5m")
	c.settle()
	compare("Weaviate")
	c.kubectl("delete", "pod", "-n", c.namespace, "git-rscilp-weaviate-1", "--force", "--grace-period=0")
	compare("Weaviate without a node")

	first := searchAt(t, service, `{"text": "desert"}`).Features[0].ID
	response, err := http.Get(service + "/v1/search/" + first + "/picture")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if shown, err := png.Decode(response.Body); err != nil || shown.Bounds().Dx() != 32 {
		t.Errorf("the picture of a hit: status %d, %v", response.StatusCode, err)
	}
}

// startSearch makes a namespace with a claim, on which are a model and scenes.
func startSearch(t *testing.T) (c *cluster, volume string) {
	t.Helper()
	// It is none of the test's own, since nodes of Weaviate may write to it to the end.
	folder, err := os.MkdirTemp("", "search")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // It is the test's own.
		t.Fatal(err)
	}
	volume = filepath.Join(folder, "volume")
	for _, folder := range []string{"index", "scenes", "node-0", "node-1", "node-2"} {
		if err := os.MkdirAll(filepath.Join(volume, folder), 0o777); err != nil {
			t.Fatal(err)
		}
		// Whatever the umask: the pods are another user.
		if err := os.Chmod(filepath.Join(volume, folder), 0o777); err != nil { //nolint:gosec // It is the test's own.
			t.Fatal(err)
		}
	}
	scenes, err := filepath.Glob("../examples/blue-marble/scenes/*.tif")
	if err != nil || len(scenes) == 0 {
		t.Fatalf("no scenes: %v", err)
	}
	pictures, err := filepath.Glob(filepath.Join(os.Getenv(picturesVariable), "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(scenes, pictures[:min(len(pictures), mostPictures)]...) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(volume, "scenes", filepath.Base(file)), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// One that is broken must cost nothing else.
	if err := os.WriteFile(filepath.Join(volume, "scenes", "broken.tif"), []byte("II*\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	output(t, "go", "run", "../inference", "export", "-checkpoint", "../examples/blue-marble/checkpoint", "-out", filepath.Join(volume, "model"), "-name", "blue-marble-demo-not-git-rsclip")

	removeVolumes := func(wait string) {
		output(t, "kubectl", "delete", "persistentvolume", "-l", "of=git-rscilp-search", "--ignore-not-found", wait)
	}
	t.Cleanup(func() { removeVolumes("--wait=false") }) // They go after the namespace, for which nobody waits.
	// A namespace does not go while a Job in it waits to replace a pod.
	const namespace = "git-rscilp-search"
	removeJob := func() {
		output(t, "kubectl", "delete", "job", "-n", namespace, "--all", "--wait", "--timeout=2m")
	}
	removeJob()
	c = newCluster(t, namespace)
	removeVolumes("--wait")
	t.Cleanup(removeJob)
	t.Cleanup(func() {
		if t.Failed() {
			out, err := exec.Command("kubectl", "logs", "-n", namespace, "-l", "app=git-rscilp-weaviate", "--tail=40", "--prefix").CombinedOutput()
			t.Logf("the nodes of Weaviate: %v\n%s", err, out)
		}
	})
	c.kubectl("create", "namespace", c.namespace)
	c.kubectl("label", "namespace", c.namespace, "pod-security.kubernetes.io/enforce=restricted")
	node := c.kubectl("get", "nodes", "-o", `jsonpath={.items[0].metadata.labels.kubernetes\.io/hostname}`)
	template, err := os.ReadFile("testdata/search-volume.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(t.TempDir(), "volume.yaml")
	filled := strings.NewReplacer("$FOLDER", volume, "$NODE", node).Replace(string(template))
	if err := os.WriteFile(manifest, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	c.kubectl("apply", "-f", manifest)
	return c, volume
}

// runningShard returns the name of a pod of the job that runs.
func (c *cluster) runningShard() string {
	c.t.Helper()
	for range 300 {
		name := c.kubectl("get", "pods", "-n", c.namespace, "-l", "app=git-rscilp-index", "--field-selector=status.phase=Running", "-o", "jsonpath={.items[*].metadata.name}")
		if names := strings.Fields(name); len(names) > 0 {
			return names[0]
		}
		time.Sleep(200 * time.Millisecond)
	}
	c.t.Fatal("no pod of the job runs")
	return ""
}

// found is an answer of /v1/search.
type found struct {
	NumberAllowed int
	Features      []struct {
		ID         string
		Properties struct {
			Source    string
			PixelBBox []int `json:"pixel_bbox"`
		}
	}
}

// places are the hits without the folder of their sources, on which their ids depend.
func (f found) places() (out []string) {
	for _, feature := range f.Features {
		out = append(out, fmt.Sprint(filepath.Base(feature.Properties.Source), feature.Properties.PixelBBox))
	}
	return out
}

func searchAt(t *testing.T, url, body string) (f found) {
	t.Helper()
	response, err := http.Post(url+"/v1/search", "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", body, response.StatusCode, err, data)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}
