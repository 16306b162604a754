// Package weaviate starts a real Weaviate for a test: one at a time on a machine,
// as its ports are always the same.
package weaviate

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Nodes are where the three nodes answer REST, by host and port.
var Nodes = []string{"127.0.0.1:17116", "127.0.0.1:17126", "127.0.0.1:17136"}

// Need skips a test that cannot have a Weaviate, and with -short: it takes a minute.
//
// CLUSTER_TOOLS is a folder with the program `weaviate --local FOLDER`, which starts
// the nodes and writes their process ids to FOLDER/n1.pid and so on.
func Need(t *testing.T) {
	t.Helper()
	if os.Getenv("CLUSTER_TOOLS") == "" {
		t.Skip("no cluster tools to start Weaviate with: CLUSTER_TOOLS is not set")
	}
	if testing.Short() {
		t.Skip("Weaviate takes a minute")
	}
}

// Start starts the nodes, with environment added to their own, and ends them when
// the test ends. It waits while another test has them, also one of another process.
// kill kills one of them, from 1.
func Start(t *testing.T, environment ...string) (kill func(node int)) {
	t.Helper()
	Need(t)
	alone(t)
	folder := t.TempDir()
	t.Cleanup(func() {
		for node := range Nodes {
			end(t, folder, node+1)
		}
	})
	start := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("CLUSTER_TOOLS"), "weaviate"), "--local", folder) //nolint:gosec // The folder that the tester names.
	start.Env = append(os.Environ(), environment...)
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("starting Weaviate: %v: %s", err, out)
	}
	for _, node := range Nodes {
		waitFor(t, node)
	}
	return func(node int) { end(t, folder, node) }
}

// alone waits until no other test has the nodes. The lock is given back when the test
// ends, and by the kernel when its process does.
func alone(t *testing.T) {
	path := filepath.Join(os.TempDir(), "rsclip-weaviate.lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	for {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		t.Fatalf("locking %s: %v", path, err)
	}
}

func waitFor(t *testing.T, node string) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+node+"/v1/.well-known/ready", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("Weaviate at %s is not ready: %v", node, err)
		}
	}
}

// end kills a node, and waits until it writes no more; nothing if it was killed before.
func end(t *testing.T, folder string, node int) {
	path := filepath.Join(folder, fmt.Sprintf("n%d.pid", node))
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	pid, numberErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if err := errors.Join(err, numberErr); err != nil || pid < 2 {
		t.Errorf("%s has no process id: %v", path, err)
		return
	}
	// Its id may be another's soon.
	if err := errors.Join(os.Remove(path), syscall.Kill(pid, syscall.SIGKILL)); err != nil {
		t.Error(err)
		return
	}
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Errorf("node %d does not end", node)
}
