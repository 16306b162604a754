package preprocess_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/preprocess"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// measured is the file that a process of the test decodes, instead of testing, and
// measuredFast says that fewer pixels are enough.
const measured, measuredFast = "RSCLIP_TEST_MEASURE", "RSCLIP_TEST_MEASURE_FAST"

func TestMain(m *testing.M) {
	if path := os.Getenv(measured); path != "" {
		if err := measure(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fast ends the names of pictures that are decoded to fewer pixels.
const fast = ", fast"

// programs is what the measure itself may add, in bytes: stacks, Go's own tables,
// and the pages of code that decoders are.
const programs = 16 << 20

// TestCostsAreUpperBounds decodes the dearest file of each format, and resizes
// it, in a process of its own. The most that its memory has grown by, that of
// the decoder's processes included, must be within what the header told before.
func TestCostsAreUpperBounds(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out a hundred large pictures")
	}
	// Not this program: the race detector of make test takes several times the memory.
	program := filepath.Join(t.TempDir(), "measure")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-race=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, shape := range []struct{ width, height int }{{2896, 2896}, {picture.MaxSide, 32}, {32, picture.MaxSide}} {
		pictures := hostile.Pictures(shape.width, shape.height)
		for _, p := range pictures {
			if bytes.HasPrefix(p.Data, []byte("\xff\xd8")) {
				p.Name += fast
				pictures = append(pictures, p)
			}
		}
		for _, p := range pictures {
			t.Run(fmt.Sprintf("%s of %d x %d", p.Name, shape.width, shape.height), func(t *testing.T) {
				t.Parallel()
				path := t.TempDir() + "/picture"
				if err := os.WriteFile(path, p.Data, 0o600); err != nil {
					t.Fatal(err)
				}
				child := exec.CommandContext(t.Context(), program)
				// What counts is what is held. By default garbage is collected beside the
				// program, and on a busy machine it comes late (145 MiB seen instead of 113).
				child.Env = append(os.Environ(), measured+"="+path, fmt.Sprintf("%s=%t", measuredFast, strings.HasSuffix(p.Name, fast)), "GODEBUG=gcstoptheworld=2")
				child.Stderr = os.Stderr
				out, err := child.Output()
				if err != nil {
					t.Fatal(err)
				}
				var grown, cost, work, took int64
				if _, err := fmt.Sscan(string(out), &grown, &cost, &work, &took); err != nil {
					t.Fatalf("%q: %v", out, err)
				}
				t.Logf("%d bytes took %d of %d MiB, and %v of %v", len(p.Data), grown>>20, cost>>20, time.Duration(took), time.Duration(work))
				if grown > cost+programs {
					t.Errorf("it took %d MiB, its header tells of %d", grown>>20, cost>>20)
				}
			})
		}
	}
}

// measure prints by how much memory grows, the cost that was told, the work, and
// how long a core was busy.
func measure(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	p, err := preprocess.New(siglip(224))
	if err != nil {
		return err
	}
	out := make([]uint8, p.Elements())
	var o picture.Options
	if os.Getenv(measuredFast) == "true" {
		o.Enough = [2]int{224, 224}
	}
	cost, err := picture.Inspect(data, o)
	if err != nil {
		return err
	}
	most := cost.Bytes + p.Cost(cost.Width, cost.Height)
	// As in a server whose memory is bounded: garbage is collected before more is asked for.
	debug.FreeOSMemory()
	debug.SetMemoryLimit(most)
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return err
	}
	before, start := resident("VmRSS"), cpuTime()
	image, err := picture.Decode(context.Background(), data, o)
	if err != nil {
		return err
	}
	if err := p.Pixels(context.Background(), out, image); err != nil {
		return err
	}
	var children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		return err
	}
	_, err = fmt.Println(resident("VmHWM")-before+children.Maxrss<<10, most, cost.Work, cpuTime()-start)
	return err
}

// resident returns a line of the process's status, in bytes.
func resident(what string) int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, line, _ := bytes.Cut(status, []byte(what+":"))
	kib, _ := strconv.ParseInt(strings.Fields(string(line))[0], 10, 64)
	return kib << 10
}
