package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// damages are what may happen to a model folder, here M, beside L, the folder of
// another architecture, and what the server says of it.
var damages = []struct{ how, script, want string }{
	{"no folder", `rm -r M`, "rsclip export"},
	{"no metadata", `rm M/rsclip.json`, "rsclip export"},
	{"metadata cut off", `truncate -s 1000 M/rsclip.json`, "rsclip.json"},
	{"a family that nobody knows", `sed -i 's/"family": "siglip"/"family": "clip"/' M/rsclip.json`, "must be siglip"},
	{"weights cut off", `truncate -s 400000 M/text_model.onnx.data`, "text_model.onnx.data has 400000 bytes"},
	{"weights without their last byte", `truncate -s -1 M/vision_model.onnx.data`, "vision_model.onnx.data has 1421471 bytes"},
	{"empty weights", `: > M/text_model.onnx.data`, "text_model.onnx.data has 0 bytes"},
	{"no weights", `rm M/vision_model.onnx.data`, "vision_model.onnx.data: no such file"},
	{"a graph cut off", `truncate -s 1000 M/text_model.onnx`, "text_model.onnx has 1000 bytes"},
	{"a graph of noise", `size=$(stat -c %s M/text_model.onnx) && head -c $size /dev/urandom > M/text_model.onnx`, "loading the text tower"},
	{"a vocabulary cut off", `truncate -s 100000 M/spiece.model`, "spiece.model has 100000 bytes"},
	{"a text tower of another architecture", `cp L/text_model.onnx* M`, "the file is damaged or foreign"},
	{"a vision tower of another architecture", `cp L/vision_model.onnx* M`, "the file is damaged or foreign"},
	{"metadata of another architecture", `cp L/rsclip.json M`, "the file is damaged or foreign"},
	{"weights of another folder", `cp M/text_model.onnx.data M/../outside-1234.data && sed -i 's|\x12\x14text_model.onnx.data|\x12\x14../outside-1234.data|g' M/text_model.onnx`, "escapes model directory"},
	{"weights by an absolute path", `sed -i 's|\x12\x14text_model.onnx.data|\x12\x14/proc/self/./environ|g' M/text_model.onnx`, "Absolute paths not allowed"},
	{"weights behind the end of the file", `sed -i 's|offset\x12\x06[0-9]\{6\}|offset\x12\x06999999|g' M/text_model.onnx`, "out of bounds"},
	{"weights before the file", `sed -i 's|offset\x12\x06[0-9]\{6\}|offset\x12\x06-99999|g' M/text_model.onnx`, "out of bounds"},
	{"weights of another length", `sed -i 's|length\x12\x04[0-9]\{4\}|length\x12\x049999|g' M/text_model.onnx`, "size mismatch"},
	{"weights by a link to another folder", `mv M/text_model.onnx.data M/../linked.data && ln -s ../linked.data M/text_model.onnx.data`, "escapes model directory"},
	{"weights that never end", `rm M/text_model.onnx.data && ln -s /dev/zero M/text_model.onnx.data`, "text_model.onnx.data has 0 bytes"},
	{"a pipe in place of a graph", `rm M/text_model.onnx && mkfifo M/text_model.onnx`, "text_model.onnx has 0 bytes"},
	{"a graph of another folder", `cp M/text_model.onnx M/../text_model.onnx && sed -i 's|"text_model.onnx"|"../text_model.onnx"|g' M/rsclip.json`, "rsclip.json"},
	{"metadata of nested lists", `head -c 4000000 /dev/zero | tr '\0' '[' > M/rsclip.json`, "rsclip.json"},
	{"metadata of 4 TB", `truncate -s 4T M/rsclip.json`, "rsclip.json has more than"},
	{"weights that may not be read", `chmod 0 M/text_model.onnx.data`, "ermission denied"},
	{"metadata that may not be read", `chmod 0 M/rsclip.json`, "permission denied"},
	{"a folder that may not be read", `chmod 0 M`, "permission denied"},
}

// unprivileged has root, too, not read what may not be read.
var unprivileged = []string{"setpriv", "--bounding-set=-all"}

// TestADamagedModelFolder starts a server on every kind of damage, and has
// another switch to each while it serves: the first ends and says why, the
// second serves on with what it has.
func TestADamagedModelFolder(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath(unprivileged[0]); err != nil && os.Geteuid() == 0 {
		t.Skip("there is no setpriv, without which root may read everything")
	}
	through := unprivileged
	if os.Geteuid() != 0 {
		through = nil
	}
	sound, large := exported(t), exportedOf(t, "tiny-large")
	dir := t.TempDir()
	link := filepath.Join(dir, "current")
	lead(t, link, sound)
	serving := start(t, link, unhurried, through...).ready(t)
	before := serving.serves(t, "before")
	for n, d := range damages {
		damaged := filepath.Join(dir, fmt.Sprint(n))
		if err := os.CopyFS(damaged, os.DirFS(sound)); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("sh", "-ec", strings.NewReplacer("M", damaged, "L", large).Replace(d.script))
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", d.how, err, out)
		}
		server := start(t, damaged, unhurried, through...)
		if status := server.ends(t); status.ExitStatus() != 1 || !strings.Contains(server.logged(t), d.want) {
			t.Errorf("%s: status %d, want 1 and a log with %q:\n%s", d.how, status.ExitStatus(), d.want, server.logged(t))
		}
		said := len(serving.logged(t))
		lead(t, link, damaged)
		_ = serving.Process.Signal(syscall.SIGHUP)
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
			log := serving.logged(t)[said:]
			if strings.Contains(log, "the model before it serves on") && strings.Contains(log, d.want) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: it was not refused with %q: %s", d.how, d.want, log)
			}
		}
		if after := serving.serves(t, d.how); after != before {
			t.Errorf("%s: another answer than before: %s", d.how, after)
		}
		_ = os.Chmod(damaged, 0o755) // So that it can be removed.
	}
	serving.stop(t)
}

// TestWeightsAreCutOffInPlace does what no tool of ours does: it writes to the
// files that a server has open. ONNX Runtime maps them, so that the process
// cannot live on; it must end, and the next must say why.
func TestWeightsAreCutOffInPlace(t *testing.T) {
	t.Parallel()
	model := exported(t)
	server := start(t, model, unhurried).ready(t)
	for _, name := range []string{"text_model.onnx.data", "vision_model.onnx.data"} {
		if err := os.Truncate(filepath.Join(model, name), 1000); err != nil {
			t.Fatal(err)
		}
	}
	if status, answer := server.embed(t.Context(), "river", ""); status != 0 {
		t.Errorf("weights that are gone gave an answer: status %d: %s", status, answer)
	}
	if status := server.ends(t); status == 0 || !strings.Contains(server.logged(t), "SIGBUS") {
		t.Errorf("status %d, want an end by SIGBUS", status.ExitStatus())
	}
	next := start(t, model, unhurried)
	if status := next.ends(t); status.ExitStatus() != 1 || !strings.Contains(next.logged(t), "text_model.onnx.data has 1000 bytes") {
		t.Errorf("started anew: status %d: %s", status.ExitStatus(), next.logged(t))
	}
}
