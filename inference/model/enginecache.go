package model

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// withoutFullCache takes TensorRT's cache out of a configuration where it has no
// engine yet and no room for those of the model, which are about as large as its
// files: one that is cut off by a full disk would be refused at every later start.
func withoutFullCache(c config.Model, d *modelfolder.Metadata) (config.Model, []Adjustment) {
	o := c.TensorRTOptions()
	if c.Device != config.TensorRT || o.CacheDir == "" {
		return c, nil
	}
	if engines, err := filepath.Glob(filepath.Join(o.CacheDir, "*.engine")); err == nil && len(engines) > 0 {
		return c, nil
	}
	err := hasRoom(o.CacheDir, d.Files)
	if err == nil {
		return c, nil
	}
	a := Adjustment{"tensorrt.cache_dir", o.CacheDir, "", err.Error()}
	o.CacheDir = ""
	c.TensorRT = &o
	return c, []Adjustment{a}
}

// hasRoom says why a folder cannot take as much as the files.
func hasRoom(dir string, files []modelfolder.File) error {
	probe, err := os.CreateTemp(dir, ".rsclip-")
	if err != nil {
		return err
	}
	_, _ = probe.Close(), os.Remove(probe.Name())
	var need, room int64
	for _, f := range files {
		need += f.Size
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return fmt.Errorf("asking for the room in %s: %w", dir, err)
	}
	if room = int64(disk.Bavail) * disk.Bsize; room < need { //nolint:gosec // No disk has 8 EiB.
		return fmt.Errorf("its disk has room for %d bytes, and the model's engines take about %d", room, need)
	}
	return nil
}
