package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// TestFullDisk pulls, fetches and exports to a disk of 1 MiB. Each must say so at
// once and show no folder, and go on once there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	program := programOf(t)
	folder := exported(t)
	archived := filepath.Join(t.TempDir(), "model.tar.gz")
	if out, err := exec.Command("tar", "-czf", archived, "-C", folder, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(archived)
	if err != nil {
		t.Fatal(err)
	}
	store := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(archived))))
	t.Cleanup(store.Close)
	hub := tinyHub(t)
	for name, args := range map[string][]string{
		"pull":        {"pull", "lcybuaa/Git-RSCLIP", "-endpoint", hub.URL, "-out", "DISK/model"},
		"pull once":   {"pull", "lcybuaa/Git-RSCLIP@" + commit, "-once", "-endpoint", hub.URL, "-export", "DISK/model"},
		"fetch-model": {"fetch-model", "-url", store.URL + "/model.tar.gz", "-sha256", hashOf(content), "-out", "DISK/model"},
		"export":      {"export", "-checkpoint", "testdata/tiny-base", "-out", "DISK/model"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t)
			command := func() ([]byte, error) {
				var in []string
				for _, arg := range args {
					in = append(in, strings.ReplaceAll(arg, "DISK", disk))
				}
				c := exec.CommandContext(t.Context(), program, in...)
				c.Env = append(os.Environ(), "HF_TOKEN=hf_token")
				return c.CombinedOutput()
			}
			began := time.Now()
			out, err := command()
			if err == nil || !strings.Contains(string(out), "no space left on device") || strings.Contains(string(out), "trying again") {
				t.Errorf("%v: %s", err, out)
			}
			t.Logf("%v after %v", err, time.Since(began))
			if _, err := os.Stat(filepath.Join(disk, "model")); !os.IsNotExist(err) {
				t.Errorf("half a folder is shown: %v", err)
			}
			if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=16m"); err != nil {
				t.Fatal(err)
			}
			if out, err := command(); err != nil {
				t.Errorf("with room: %v: %s", err, out)
			}
			if name == "pull" {
				return // A checkpoint, of which each file was verified.
			}
			if err := modelfolder.Verify(t.Context(), filepath.Join(disk, "model")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNoRoomForEngines opens a model with an engine cache on a disk that is too
// small for it, without a GPU: the cache must be left out, so that no engine is
// cut off by the disk's end.
func TestNoRoomForEngines(t *testing.T) {
	t.Parallel()
	disk, dir := smallDisk(t), exported(t)
	for _, tt := range []struct{ size, cache, reason string }{
		{"size=1m", disk, "has room for"},
		{"size=16m", disk, ""},
		{"size=16m", filepath.Join(disk, "none"), "no such file or directory"},
	} {
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, tt.size); err != nil {
			t.Fatal(err)
		}
		c := config.DefaultModel()
		c.Device, c.AllowCPUFallback, c.TensorRT = config.TensorRT, true, &config.TensorRTOptions{CacheDir: tt.cache}
		m, err := model.Open(dir, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		reason := ""
		for _, a := range m.Description().Adjustments {
			if a.Setting == "tensorrt.cache_dir" {
				reason = a.Reason
			}
		}
		if !strings.Contains(reason, tt.reason) || (reason == "") != (tt.reason == "") {
			t.Errorf("%s: left out since %q, want %q", tt.size, reason, tt.reason)
		}
		m.Close()
	}
}

// smallDisk is a filesystem of 1 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no small filesystem can be mounted here, which takes root: %v", err)
	}
	t.Cleanup(func() {
		// Detached, since a process that a test beside this one has just begun may hold
		// what was open here until it runs its own program.
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return disk
}
