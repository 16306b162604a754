package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/internal/pages"
	"github.com/seed-74198975/rsclip/internal/weaviate"
)

const weaviateKey = "a-key-of-weaviate-0123456789"

// TestWeaviate has a real Weaviate of three nodes embed pictures and questions by
// each of its modules that know this server, with the classes of docs/clients.md.
// What is near to what must be as /v1/embeddings has it. It needs CLUSTER_TOOLS,
// and no cluster.
func TestWeaviate(t *testing.T) {
	weaviate.Need(t)
	address := serveTiny(t)
	weaviate.Start(t, "ENABLE_MODULES=multi2vec-clip,multi2vec-jinaai,multi2vec-cohere",
		"CLIP_INFERENCE_API=http://weaviate:"+weaviateKey+"@"+address,
		"JINAAI_APIKEY="+weaviateKey, "COHERE_APIKEY="+weaviateKey)

	text := "a remote sensing image of river"
	names := []string{"delta-420.jpg", "exact-224.jpg", "grey.png", "narrow.png", "palette.png", "rgb.png", "river-mouth-444.jpg", "wide.png"}
	pictures := make(map[string]string)
	items := []any{map[string]string{"text": text}}
	for _, name := range names {
		data, err := os.ReadFile("../inference/testdata/pictures/" + name)
		if err != nil {
			t.Fatal(err)
		}
		pictures[name] = base64.StdEncoding.EncodeToString(data)
		items = append(items, map[string]string{"image": pictures[name]})
	}
	var embedded struct {
		Data []struct{ Embedding []float64 }
	}
	postJSON(t, "http://any:"+weaviateKey+"@"+address+"/v1/embeddings", map[string]any{"input": items}, &embedded)
	want := make(map[string]float64) // distances from the text
	for i, name := range names {
		want[name] = 1 - dot(embedded.Data[0].Embedding, embedded.Data[i+1].Embedding)
	}

	blocks, err := pages.Blocks("..", "docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	classes := 0
	for _, block := range blocks {
		if !strings.HasPrefix(block.File, "tile-") {
			continue
		}
		classes++
		t.Run(strings.TrimSuffix(block.File, ".json"), func(t *testing.T) {
			var class map[string]any
			definition := strings.NewReplacer("http://rsclip:8080", "http://"+address, "NAME", "tiny").Replace(block.Text)
			if err := json.Unmarshal([]byte(definition), &class); err != nil {
				t.Fatal(err)
			}
			class["shardingConfig"] = map[string]int{"desiredCount": 3}
			class["replicationConfig"] = map[string]int{"factor": 2}
			postJSON(t, "http://"+weaviate.Nodes[0]+"/v1/schema", class, nil)
			var objects []any
			for _, name := range names {
				objects = append(objects, map[string]any{"class": class["class"], "properties": map[string]string{"image": pictures[name], "source": name}})
			}
			var stored []struct {
				Result struct {
					Status string
					Errors json.RawMessage
				}
			}
			postJSON(t, "http://"+weaviate.Nodes[0]+"/v1/batch/objects?consistency_level=ALL", map[string]any{"objects": objects}, &stored)
			for i, o := range stored {
				if o.Result.Status != "SUCCESS" {
					t.Fatalf("storing %s: %s %s", names[i], o.Result.Status, o.Result.Errors)
				}
			}
			for _, node := range weaviate.Nodes {
				found := near(t, node, class["class"], fmt.Sprintf("nearText: {concepts: [%q]}", text))
				if len(found) != len(names) {
					t.Errorf("%s: %d of %d pictures are found by a text", node, len(found), len(names))
				}
				for name, distance := range found {
					if math.Abs(distance-want[name]) > 1e-4 {
						t.Errorf("%s: %s is at %.5f from the text, want %.5f", node, name, distance, want[name])
					}
				}
			}
			for _, name := range names {
				if distance, ok := near(t, weaviate.Nodes[0], class["class"], fmt.Sprintf("nearImage: {image: %q}", pictures[name]))[name]; !ok || math.Abs(distance) > 1e-4 {
					t.Errorf("%s is at %v from itself (found: %v)", name, distance, ok)
				}
			}
		})
	}
	if classes != 3 {
		t.Errorf("docs/clients.md has %d classes, want one for each module", classes)
	}
}

// near returns the distances of what a query finds, by source.
func near(t *testing.T, node string, class any, to string) map[string]float64 {
	t.Helper()
	var answer struct {
		Data struct {
			Get map[string][]struct {
				Source     string
				Additional struct{ Distance float64 } `json:"_additional"`
			}
		}
		Errors json.RawMessage
	}
	postJSON(t, "http://"+node+"/v1/graphql", map[string]string{"query": fmt.Sprintf("{Get {%v(limit: 10, %s) {source _additional {distance}}}}", class, to)}, &answer)
	if answer.Errors != nil {
		t.Fatalf("%s: %s", to[:min(80, len(to))], answer.Errors)
	}
	found := make(map[string]float64)
	for _, hits := range answer.Data.Get {
		for _, hit := range hits {
			found[hit.Source] = hit.Additional.Distance
		}
	}
	return found
}

// postJSON posts JSON, and reads the answer, which must be 200.
func postJSON(t *testing.T, url string, body, answer any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", response.Request.URL.Redacted(), response.StatusCode, err, got)
	}
	if answer != nil {
		if err := json.Unmarshal(got, answer); err != nil {
			t.Fatalf("%v: %s", err, got)
		}
	}
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// serveTiny starts the server that `make build` has built, with the tiny checkpoint
// and a key, and returns its address.
func serveTiny(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)
	keys, settings := filepath.Join(dir, "keys"), filepath.Join(dir, "app.yaml")
	for path, content := range map[string]string{keys: "weaviate: " + weaviateKey + "\n", settings: "server: {port: " + port + ", drain_seconds: -1, api_keys_file: " + keys + "}\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	model := filepath.Join(dir, "model")
	if out, err := exec.Command("../rsclip", "export", "--checkpoint", "../inference/testdata/tiny-base", "--out", model, "--name", "tiny").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server := exec.Command("../rsclip", "serve", "--model", model, "--device", "cpu", "--address", "127.0.0.1", "--app-config", settings)
	server.Stdout, server.Stderr = t.Output(), t.Output()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	waitForStatus(t, "http://"+address+"/.well-known/ready", http.StatusNoContent)
	return address
}

func waitForStatus(t *testing.T, url string, want int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		response, err := http.Get(url)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == want {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v, never %d", url, err, want)
		}
	}
}
