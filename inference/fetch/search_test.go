package fetch

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/seed-74198975/rsclip/inference/config"
)

// searchFile is set in the process that has a file of its own in the place of
// /etc/resolv.conf.
const searchFile = "RSCLIP_TEST_RESOLV_CONF"

// TestTheSearchListIsNotUsed runs in a process whose names are searched in a
// cluster's domains, as pods' are.
func TestTheSearchListIsNotUsed(t *testing.T) {
	if file := os.Getenv(searchFile); file != "" {
		insideTheCluster(t, file)
		return
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 127.0.0.1\noptions ndots:5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inner := exec.Command(self, "-test.run=^TestTheSearchListIsNotUsed$", "-test.v")
	inner.Env = append(os.Environ(), searchFile+"="+file)
	inner.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	out, err := inner.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Skipf("no namespace of mounts can be made here, which takes root: %v", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestTheSearchListIsNotUsed") {
		t.Errorf("%v\n%s", err, out)
	}
}

func insideTheCluster(t *testing.T, file string) {
	t.Helper()
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(file, "/etc/resolv.conf", "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	connection, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var asked []string
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		buffer := make([]byte, 1500)
		for {
			n, from, err := connection.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(buffer[:n]); err != nil || len(m.Questions) != 1 {
				continue
			}
			mu.Lock()
			asked = append(asked, m.Questions[0].Name.String())
			mu.Unlock()
			m.Response, m.RCode, m.Additionals = true, dnsmessage.RCodeNameError, nil
			if packed, err := m.Pack(); err == nil {
				_, _ = connection.WriteTo(packed, from)
			}
		}
	}()
	f := New(config.Fetch{AllowedHosts: []string{"minio.stores:9000"}}.WithDefaults(), 0)
	f.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", connection.LocalAddr().String())
	}}
	for _, url := range []string{"http://a.example/", "http://b.example./", "http://minio.stores:9000/"} {
		if code := codeOf(f.Get(t.Context(), url)); code != NameNotFound {
			t.Errorf("%s: code %q", url, code)
		}
	}
	_ = connection.Close()
	<-answered
	slices.Sort(asked)
	// What the configuration names may be short.
	want := []string{"a.example.", "b.example.", "minio.stores.", "minio.stores.cluster.local.", "minio.stores.default.svc.cluster.local.", "minio.stores.svc.cluster.local."}
	if got := slices.Compact(asked); !slices.Equal(got, want) {
		t.Errorf("names asked for: %q, want %q", got, want)
	}
}
