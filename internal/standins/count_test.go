package standins_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/standins"
)

var update = flag.Bool("update", false, "write what was counted to testdata")

// These tell this program that it is the child which runs a model folder, and what
// it does: the libraries that it finds are chosen when it starts.
const (
	folderEnv = "STANDINS_TEST_FOLDER"
	childEnv  = "STANDINS_TEST_CHILD"
)

// children are what a child may do, by its name.
var children = map[string]func(folder string) error{"count": countRuns, "feed": feed, "overlap": overlap, "tell apart": tellApart}

func TestMain(m *testing.M) {
	if folder := os.Getenv(folderEnv); folder != "" {
		if err := children[os.Getenv(childEnv)](folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// counted is what a model folder asks of CUDA.
type counted struct {
	// Nodes are the nodes of both towers by the provider that runs them.
	Nodes map[string]int
	// Runs are the calls of one run of each tower on one item after warming up,
	// with the bytes of copies.
	Runs map[model.Tower]map[string]int
}

// TestWhatARunAsksOfCUDA compares placement and calls with those of the last
// change that was looked at: go test ./internal/standins -update writes them.
func TestWhatARunAsksOfCUDA(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what builds libraries")
	}
	needCUDA(t)
	libraries := build(t)
	got := map[string]counted{}
	for _, precision := range []config.Precision{config.FP32, config.FP16} {
		for _, portable := range []bool{false, true} {
			folder := exportTiny(t, precision, portable)
			out, err := run(t, "count", folder, libraries, "STANDIN_WIDTH=40", "STANDIN_LOG="+filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			var c counted
			if err := json.Unmarshal(out, &c); err != nil {
				t.Fatal(err)
			}
			name := string(precision)
			if portable {
				name += ", portable"
			}
			got[name] = c
			if len(c.Nodes) != 1 || c.Nodes["CUDA"] == 0 {
				t.Errorf("%s: nodes are placed %v, want all on CUDA", name, c.Nodes)
			}
		}
	}
	data, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/counts.golden.json"
	if *update {
		if err := os.WriteFile(golden, append(data, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.TrimSpace(string(want)), string(data)); d != "" {
		t.Error(d)
	}
}

// TestWhyCUDACannotBeHad has the words of the error for a node without a GPU, for
// one without a driver, on CUDA's own libraries, and for an image without any.
func TestWhyCUDACannotBeHad(t *testing.T) {
	t.Parallel()
	needCUDA(t)
	folder, libraries := exportTiny(t, config.FP16, false), build(t)
	closure, err := filepath.Abs(filepath.Join(installed, "closure"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ libraries, variable, want string }{
		"no device": {libraries, "STANDIN_DEVICES=0", "there is no CUDA device here"},
		"no driver": {closure, "", "the node's NVIDIA driver is not there"},
		"no CUDA":   {t.TempDir(), "", "libcublasLt.so.12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t, "count", folder, tt.libraries, tt.variable)
			if err == nil {
				t.Skip("this machine has cuda")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

// build makes the stand-ins for CUDA's libraries.
func build(t testing.TB) string {
	t.Helper()
	out := t.TempDir()
	if err := standins.Build(t.Context(), filepath.Join(installed, "onnxruntime", "libonnxruntime_providers_cuda.so"), out); err != nil {
		t.Fatal(err)
	}
	return out
}

func exportTiny(t testing.TB, precision config.Precision, portable bool) string {
	t.Helper()
	o := export.Options{
		Checkpoint: "../../inference/testdata/tiny-base", Out: filepath.Join(t.TempDir(), "model"),
		Precision: precision, Portable: portable, Progress: func(string) {},
	}
	if err := export.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o.Out
}

// run starts this program as a child, with the libraries of a folder.
func run(t testing.TB, child, folder, libraries string, variables ...string) ([]byte, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	library, err := filepath.Abs(filepath.Join(installed, "onnxruntime", "libonnxruntime.so.1"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), folderEnv+"="+folder, childEnv+"="+child, "LD_LIBRARY_PATH="+libraries, model.LibraryEnv+"="+library)
	command.Env = append(command.Env, variables...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.Bytes())
	}
	return out, nil
}

// countRuns opens a model folder on CUDA, runs each tower, and prints what was
// asked of CUDA as JSON.
func countRuns(folder string) error {
	counted := counted{Nodes: map[string]int{}, Runs: map[model.Tower]map[string]int{}}
	slog.SetDefault(slog.New(&placements{Handler: slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}), nodes: counted.Nodes}))
	ctx := context.Background()
	c := config.DefaultModel()
	c.BatchSize = 2
	if err := model.LoadRuntime(); err != nil {
		return err
	}
	if err := ort.SetEnvironmentLogLevel(ort.LoggingLevelVerbose); err != nil {
		return err
	}
	m, err := model.Open(folder, c, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.WarmUp(ctx); err != nil {
		return err
	}
	for tower, embed := range map[model.Tower]func() error{
		model.Text: func() error { _, err := m.EmbedText(ctx, "a river"); return err },
		model.Vision: func() error {
			picture, err := os.ReadFile("../../inference/testdata/pictures/river-mouth-444.jpg")
			if err == nil {
				_, err = m.EmbedImage(ctx, picture)
			}
			return err
		},
	} {
		// Until three runs are alike: memory is taken in the first ones.
		var calls map[string]int
		for alike := 0; alike < 3; {
			before, err := log()
			if err != nil {
				return err
			}
			if err := embed(); err != nil {
				return err
			}
			after, err := log()
			if err != nil {
				return err
			}
			now := count(after[len(before):])
			if alike++; !maps.Equal(now, calls) {
				alike = 0
			}
			calls = now
		}
		counted.Runs[tower] = calls
	}
	return json.NewEncoder(os.Stdout).Encode(counted)
}

func log() ([]byte, error) {
	path := os.Getenv("STANDIN_LOG")
	if path == "" {
		return nil, errors.New("nothing is counted")
	}
	return os.ReadFile(path)
}

// count counts the calls of a log, copies by their bytes.
func count(log []byte) map[string]int {
	calls := map[string]int{}
	for line := range strings.Lines(string(log)) {
		what, bytes, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case what == "cudaGetLastError": // It asks the device nothing.
		case bytes == "0":
			calls[what]++
		default:
			calls[what+" "+bytes]++
		}
	}
	return calls
}

// placements is a handler that keeps what ONNX Runtime says of where nodes run.
type placements struct {
	slog.Handler
	mu    sync.Mutex
	nodes map[string]int
}

var placed = regexp.MustCompile(`placed on \[(\w+)ExecutionProvider\]\. Number of nodes: (\d+)`)

func (p *placements) Enabled(context.Context, slog.Level) bool { return true }

func (p *placements) Handle(ctx context.Context, r slog.Record) error {
	if match := placed.FindStringSubmatch(r.Message); match != nil {
		n, err := strconv.Atoi(match[2])
		if err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.nodes[match[1]] += n
	}
	if !p.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return p.Handler.Handle(ctx, r)
}
