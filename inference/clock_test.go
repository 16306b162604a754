package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestTheClockJumps moves the wall clock of a server under load, by up to ten
// years. Nothing may fail or end early by it, and deadlines must last as long as
// they say.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" {
		t.Skip("testdata/clock moves the clock of x86-64 only")
	}
	dir := t.TempDir()
	library, offset := filepath.Join(dir, "clock.so"), filepath.Join(dir, "offset")
	if out, err := exec.Command("cc", "-O2", "-shared", "-fPIC", "-o", library, "testdata/clock/clock.c").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.Create(offset)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	jump := func(by time.Duration) {
		t.Helper()
		seconds := binary.LittleEndian.AppendUint64(nil, uint64(by/time.Second))
		if _, err := file.WriteAt(seconds, 0); err != nil {
			t.Fatal(err)
		}
	}
	jump(0)
	server := start(t, snared(t), unhurried, "env", "LD_PRELOAD="+library, "RSCLIP_CLOCK="+offset).ready(t)

	picture, err := os.ReadFile("testdata/pictures/narrow.png")
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"input": {"image": %q}}`, base64.StdEncoding.EncodeToString(picture)) // The other tower's, which does not hang.
	var asked, failed atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			asked.Add(1)
			if status, answer := answered(http.Post(server.url+"/v1/embeddings", "application/json", strings.NewReader(body))); status != http.StatusOK {
				failed.Add(1)
				t.Logf("status %d: %s", status, answer)
			}
		}
	}()
	const day, deadline = 24 * time.Hour, time.Second
	for _, by := range []time.Duration{time.Hour, -time.Hour, 3650 * day, -3650 * day, 0} {
		began := time.Now()
		ended := make(chan int, 1)
		go func() {
			status, _ := server.embed(t.Context(), hangs, "1")
			ended <- status
		}()
		time.Sleep(deadline / 4)
		jump(by)
		status := <-ended
		if took := time.Since(began); status != http.StatusGatewayTimeout || took < deadline {
			t.Errorf("by %v: a deadline of %v ended with status %d after %v", by, deadline, status, took)
		}
	}
	close(stop)
	<-stopped
	if failed.Load() != 0 || asked.Load() == 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), asked.Load())
	}
	jump(3650 * day)
	server.stop(t)
	if year := time.Now().Add(3650 * day).Format("2006-"); !strings.Contains(server.logged(t), year) {
		t.Errorf("the log does not say %s: the clock did not jump", year)
	}
	t.Logf("%d requests of others were answered meanwhile", asked.Load())
}
