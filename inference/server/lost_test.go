package server_test

import (
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/credentials/insecure"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

// lose has the text tower of a folder of snares fail on every text, or no longer,
// while it is loaded.
func lose(t *testing.T, dir string, lost bool) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(dir, "text_model.onnx.data"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	number := map[bool]uint64{true: 1}[lost]
	if _, err := file.WriteAt(binary.LittleEndian.AppendUint64(nil, number), 0); err != nil {
		t.Fatal(err)
	}
}

const (
	lostLine  = "a run failed, and so did the probe behind it"
	foundLine = "the tower computes again"
)

// TestALostDevice has runs fail from one moment to another. The pod is not ready
// when the first caller knows, by every protocol, and ready again when a probe or
// another model computes.
func TestALostDevice(t *testing.T) {
	t.Parallel()
	for name, watchdog := range map[string]int{"with a watchdog": 0, "without": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := snaredFolder(t)
			i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1, WatchdogSeconds: watchdog}, Cache: &config.Cache{TextMiB: -1}}, config.Model{})
			i.SetModel(openFolder(t, dir, config.Model{}, i.telemetry), nil)
			url, rpc := listen(t, i)
			client := connect(t, rpc, insecure.NewCredentials())
			ready := func(want bool) {
				t.Helper()
				status, code, gauge := http.StatusOK, "", "rsclip_ready 1"
				if !want {
					status, code, gauge = http.StatusServiceUnavailable, "device_lost", "rsclip_ready 0"
				}
				if got, gotCode := answered(t, url+"/ready"); got != status || gotCode != code {
					t.Errorf("/ready: status %d, code %q, want %d, %q", got, gotCode, status, code)
				}
				for _, path := range []string{"/v2/health/ready", "/v2/models/tiny/ready"} {
					if response, err := http.Get(url + path); err != nil || response.Body.Close() != nil || response.StatusCode != status {
						t.Errorf("%s: %v, %v, want %d", path, response, err, status)
					}
				}
				if a, err := client.ServerReady(t.Context(), &oip.ServerReadyRequest{}); err != nil || a.GetReady() != want {
					t.Errorf("ServerReady: %v, %v, want %v", a, err, want)
				}
				if a, err := client.ModelReady(t.Context(), &oip.ModelReadyRequest{Name: "tiny"}); err != nil || a.GetReady() != want {
					t.Errorf("ModelReady: %v, %v, want %v", a, err, want)
				}
				wantMetrics(t, url, gauge)
			}
			ready(true)
			lose(t, dir, true)
			for range 3 {
				if status, code := embed(t, t.Context(), url, "river", "600"); status != http.StatusInternalServerError || code != "internal" {
					t.Errorf("by a lost device: status %d, code %q", status, code)
				}
				ready(false)
			}
			wantMetrics(t, url, `rsclip_tower_lost{tower="text"} 1`, `rsclip_tower_lost{tower="vision"} 0`)
			lose(t, dir, false) // Nobody calls: a probe finds out.
			until(t, url+"/ready", http.StatusOK, "")
			ready(true)
			if lost, found := i.logged(lostLine), i.logged(foundLine); lost != 1 || found != 1 {
				t.Errorf("%d and %d lines of the log for one change each", lost, found)
			}

			lose(t, dir, true)
			embed(t, t.Context(), url, "river", "600")
			ready(false)
			i.SetModel(openTiny(t, config.Model{}, i.telemetry), nil)
			ready(true)
			if lost := i.logged(lostLine); lost != 2 {
				t.Errorf("%d lines of the log for two losses", lost)
			}
		})
	}
}

// TestStrangersDoNotTakeAPodAway sends what runs fail on, and what they have no
// number for, and asks meanwhile whether the pod is ready and alive.
func TestStrangersDoNotTakeAPodAway(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	i := snared(t, config.App{Server: config.Server{DrainSeconds: -1, WatchdogSeconds: 1}, Cache: &config.Cache{TextMiB: -1}}, config.Model{MaxQueueDelay: 100_000})
	url, _ := listen(t, i)
	var group sync.WaitGroup
	ends := time.Now().Add(3 * time.Second) // In which the watchdog looks, too.
	for _, text := range []string{fails, fails, nan, "river"} {
		group.Go(func() {
			for time.Now().Before(ends) {
				embed(t, t.Context(), url, text, "600") // In a batch with others, or not.
				time.Sleep(5 * time.Millisecond)        // ONNX Runtime writes a line for each.
			}
		})
	}
	for time.Now().Before(ends) {
		for _, path := range []string{"/ready", "/health"} {
			if status, code := answered(t, url+path); status != http.StatusOK {
				t.Errorf("%s: status %d, code %q", path, status, code)
			}
		}
	}
	group.Wait()
	if lost := i.logged(lostLine); lost > 0 || !strings.Contains(i.log.String(), "running the text tower") {
		t.Errorf("%d losses are logged, or no failure: %q", lost, i.log)
	}
}
