package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/internal/standins"
)

const (
	// gpuRun is how long a run of the GPU takes, so that a pod answers 40 texts a
	// second, and hardly computes meanwhile.
	gpuRun = 100 * time.Millisecond
	// gpuLoad is what three pods can answer just not.
	gpuLoad = 120
)

// TestScalingOfAGPU puts the same load on pods with a GPU twice: once the autoscaler
// follows the CPU, as it does by default, and then the queue. No GPU is behind them.
// ONNX Runtime's CUDA provider runs on libraries that stand in for CUDA's, whose runs
// take time and no processor, as a GPU's do.
func TestScalingOfAGPU(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if os.Getenv("KUBECONFIG") == "" || tools == "" {
		t.Skip("no cluster, or nothing to build images and install monitoring with: KUBECONFIG or CLUSTER_TOOLS is not set")
	}
	image := standInImage(t, tools)
	output(t, filepath.Join(tools, "monitoring"))
	c := newCluster(t, "git-rscilp-gpu")
	apply := func(signal string) { c.apply("testdata/gpuscaling.yaml", "$IMAGE", image, "$SIGNAL", signal) }
	apply("cpuUtilization: 70")
	c.waitForRollout()
	s := &scaling{cluster: c, service: c.nodePort("git-rscilp-service", "/ready"), timeline: watch(t, c.namespace), clients: 4096}
	s.scraped(t)

	load := s.startLoad(t, s.service+embeddings, gpuLoad, mostLoad, texts(1), http.StatusOK)
	s.timeline.mark(t, "%d texts a second begin, and the autoscaler follows the CPU", gpuLoad)
	s.timeline.wait(t, mostLoad, "a text waits three runs or more", func(m moment) bool { return m.queued > 3*gpuRun.Seconds() })
	// The autoscaler looks each 15 seconds, at averages of as long.
	time.Sleep(time.Minute)
	used := c.cpuUtilization()
	s.timeline.mark(t, "the CPU is used by %d %% of what is asked for", used)
	if used <= 0 || used >= 70 {
		t.Errorf("the autoscaler sees a CPU that is used by %d %%, want more than nothing and less than 70", used)
	}
	s.timeline.wait(t, time.Minute, "one pod is there", one)
	alone := load.stop(t)
	if late := alone.Requests - alone.Outcomes[loadgen.OK] - alone.Outcomes["status 429"]; late > 0 {
		t.Errorf("%d of %d requests were neither answered nor refused at once: %v", late, alone.Requests, alone.Outcomes)
	}
	t.Logf("one pod: %.0f texts a second, p50 %.0f ms, p95 %.0f ms, %v", alone.PerSecond, alone.Latency.P50, alone.Latency.P95, alone.Outcomes)

	s.timeline.wait(t, 2*time.Minute, "nothing has waited for half a minute", func(m moment) bool { return m.queued == 0 })
	apply("queueSeconds: 0.05\n  rateSeconds: 30\n  cpuUtilization: -1")
	c.useAdapterRules(tools)
	load = s.startLoad(t, s.service+embeddings, gpuLoad, mostLoad, texts(1), http.StatusOK)
	s.timeline.mark(t, "%d texts a second begin, and the autoscaler follows the queue", gpuLoad)
	s.timeline.wait(t, mostLoad, fmt.Sprintf("%d pods are ready", mostPods), full)
	s.scaledBy(t, "queue_seconds")
	up := load.stop(t)
	t.Logf("meanwhile: %.0f texts a second, p50 %.0f ms, p95 %.0f ms, %v", up.PerSecond, up.Latency.P50, up.Latency.P95, up.Outcomes)
	load = s.startLoad(t, s.service+embeddings, gpuLoad, 30*time.Second, texts(1), http.StatusOK)
	<-load.done
	scaled := load.stop(t)
	t.Logf("%d pods: %.0f texts a second, p50 %.0f ms, p95 %.0f ms, %v", mostPods, scaled.PerSecond, scaled.Latency.P50, scaled.Latency.P95, scaled.Outcomes)
	if scaled.Latency.P50 > alone.Latency.P50/2 {
		t.Errorf("half of the texts are answered within %.0f ms by %d pods, want less than half of one pod's %.0f ms", scaled.Latency.P50, mostPods, alone.Latency.P50)
	}
}

// cpuUtilization is what the autoscaler sees, in percent of what is asked for.
func (c *cluster) cpuUtilization() int {
	c.t.Helper()
	var seen struct {
		Status struct {
			CurrentMetrics []struct {
				Resource struct {
					Current struct{ AverageUtilization int }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(c.kubectl("get", "hpa", "-n", c.namespace, "git-rscilp-hpa", "-o", "json")), &seen); err != nil {
		c.t.Fatal(err)
	}
	if len(seen.Status.CurrentMetrics) != 1 {
		c.t.Fatalf("the autoscaler sees %d metrics, want 1", len(seen.Status.CurrentMetrics))
	}
	return seen.Status.CurrentMetrics[0].Resource.Current.AverageUtilization
}

// standInImage builds the CUDA image with libraries that stand in for CUDA's, and puts
// it on the node.
func standInImage(t *testing.T, tools string) string {
	t.Helper()
	folder := t.TempDir()
	provider := filepath.Join("..", standins.Installed, "onnxruntime", "libonnxruntime_providers_cuda.so")
	if !exists(provider) {
		t.Skip("no CUDA libraries: `make .build/cuda/installed` fetches them, 1.7 GB")
	}
	if err := standins.Build(t.Context(), provider, filepath.Join(folder, "standins")); err != nil {
		t.Fatal(err)
	}
	image := repository + ":e2e-cuda"
	output(t, filepath.Join(tools, "image"), image, filepath.Join(folder, "image.tar"), "..", "--target", "cuda", "--layers",
		"--build-arg", "VERSION=e2e-cuda", "--build-arg", "PRECISION=fp16",
		"--build-arg", "CHECKPOINT=inference/testdata/tiny-base", "--build-arg", "NAME=tiny-random-weights-scores-mean-nothing")
	const width = 40 // of the tiny checkpoint's embeddings
	dockerfile := fmt.Sprintf("FROM localhost/%s\nCOPY standins /standins\nENV LD_LIBRARY_PATH=/standins STANDIN_WIDTH=%d STANDIN_RUN_MICROSECONDS=%d\n", image, width, gpuRun.Microseconds())
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "image.tar")); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	output(t, filepath.Join(tools, "image"), image+"-standins", archive, folder)
	output(t, filepath.Join(tools, "load"), archive)
	return image + "-standins"
}
