package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestMemoryLimit runs a server in a cgroup. Of uploads that come together, those
// that its memory has no room for are told to come again, and are answered then.
// The kernel must not end it.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	model := exported(t)
	through := limited(t, 256<<20)
	small, large := pictureForm(t, 1600, 1000), pictureForm(t, 3600, 2400) // 4.8 and 26 MB
	server := start(t, model, unhurried, through...).ready(t)
	for range 2 {
		left := 12
		for end := time.Now().Add(time.Minute); left > 0 && time.Now().Before(end); {
			statuses := small.upload(server, left)
			if statuses[http.StatusOK]+statuses[http.StatusTooManyRequests] != left {
				t.Fatalf("%d uploads of 4.8 MB in 256 MiB: by status %v, want 200 and 429", left, statuses)
			}
			left -= statuses[http.StatusOK]
		}
		if left > 0 {
			t.Errorf("%d uploads of 4.8 MB in 256 MiB were never answered", left)
		}
	}
	server.serves(t, "after uploads")
	statuses := large.upload(server, 20)
	t.Logf("20 uploads of 26 MB in 256 MiB: by status %v", statuses)
	if statuses[http.StatusOK]+statuses[http.StatusTooManyRequests] != 20 {
		t.Errorf("20 uploads of 26 MB in 256 MiB: by status %v, want 200 and 429", statuses)
	}
	server.serves(t, "after large uploads")
	server.stop(t)
}

// form is a body of POST /predict.
type form struct {
	contentType string
	body        []byte
}

// upload has callers send it at the same time, and counts the statuses that they
// get, 0 where no answer comes.
func (f form) upload(server *process, callers int) map[int]int {
	var mu sync.Mutex
	var group sync.WaitGroup
	statuses := map[int]int{}
	for range callers {
		group.Go(func() {
			status, _ := answered(http.Post(server.url+"/predict", f.contentType, bytes.NewReader(f.body)))
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	group.Wait()
	return statuses
}

// pictureForm is a form with a text and a BMP of so many pixels.
func pictureForm(t *testing.T, width, height uint32) form {
	t.Helper()
	picture := make([]byte, 54+3*width*height)
	copy(picture, "BM")
	for at, v := range map[int]uint32{2: 54 + 3*width*height, 10: 54, 14: 40, 18: width, 22: height, 26: 1 | 24<<16} {
		binary.LittleEndian.PutUint32(picture[at:], v)
	}
	return formOf(picture)
}

// formOf is a form with a text and a picture's file.
func formOf(picture []byte) form {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("text", "river")
	part, _ := w.CreateFormFile("image", "picture") // A buffer takes everything.
	_, _ = part.Write(picture)
	_ = w.Close()
	return form{w.FormDataContentType(), b.Bytes()}
}

// limited makes a cgroup, and returns what a command goes through to be in it.
func limited(t *testing.T, bytes int) []string {
	t.Helper()
	for _, hierarchy := range []struct{ root, limit, swap string }{
		{"/sys/fs/cgroup", "memory.max", "memory.swap.max"},
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.swappiness"},
	} {
		group := filepath.Join(hierarchy.root, fmt.Sprintf("rsclip-test-%d-%d", os.Getpid(), time.Now().UnixNano()))
		if os.Mkdir(group, 0o755) != nil {
			continue
		}
		set := func(name string, value int) error {
			f, err := os.OpenFile(filepath.Join(group, name), os.O_WRONLY, 0) // A file that is not there is of no cgroup.
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(f, value)
			return errors.Join(err, f.Close())
		}
		if set(hierarchy.limit, bytes) != nil {
			_ = os.Remove(group)
			continue
		}
		_ = set(hierarchy.swap, 0) // There may be none.
		t.Cleanup(func() {
			// What was in it ends before.
			for deadline := time.Now().Add(2 * time.Minute); os.Remove(group) != nil; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s cannot be removed", group)
				}
			}
		})
		return []string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, filepath.Join(group, "cgroup.procs")}
	}
	t.Skip("no cgroup with a limit of memory can be made here, which takes root")
	return nil
}
