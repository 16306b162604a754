package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/fetch"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/telemetry"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

const testdata = "../testdata"

// patience is how long a test waits, on a machine however busy, for what must
// come.
const patience = 30 * time.Second

// tinyFolder is the tiny-base checkpoint, exported once.
var tinyFolder = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rsclip-test-")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "model")
	return out, export.Run(context.Background(), export.Options{
		Checkpoint: filepath.Join(testdata, "tiny-base"), Out: out, Name: "tiny", Progress: func(string) {},
	})
})

// open makes a pipeline to the tiny model, with these caches in MiB.
func open(t *testing.T, cache config.Cache, workers int, hosts ...string) *Pipeline {
	t.Helper()
	dir, err := tinyFolder()
	if err != nil {
		t.Fatal(err)
	}
	c := config.DefaultModel()
	c.Device = config.CPU
	tel := telemetry.New("test", noop.NewTracerProvider().Tracer(""))
	m, err := model.Open(dir, c, tel.Batch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	app := config.App{Server: config.Server{Workers: workers}, Cache: &cache, Fetch: &config.Fetch{AllowedHosts: hosts}}
	return NewShared(app.WithDefaults(), budget.New(1<<30, workers), tel).New(m)
}

// counters are what the metrics say: look-ups in caches, as "text hit", stages,
// as "stage decode", and errors of fetching, as "fetch not_found".
func counters(t *testing.T, p *Pipeline) map[string]float64 {
	t.Helper()
	families, err := p.telemetry.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			switch f.GetName() {
			case "rsclip_cache_requests_total":
				seen[labels["cache"]+" "+labels["result"]] = m.GetCounter().GetValue()
			case "rsclip_fetch_errors_total":
				seen["fetch "+labels["code"]] = m.GetCounter().GetValue()
			case "rsclip_cache_bytes":
				seen["bytes "+labels["cache"]] = m.GetGauge().GetValue()
			case "rsclip_stage_duration_seconds":
				if n := m.GetHistogram().GetSampleCount(); n > 0 {
					seen["stage "+labels["stage"]+" "+labels["tower"]] = float64(n)
				}
			}
		}
	}
	return seen
}

func pictureFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "pictures", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// busy takes the places of all workers, of which there is one, and returns what
// gives them back.
func busy(t *testing.T, p *Pipeline) (free func()) {
	t.Helper()
	lease, err := p.budget.Pictures.Acquire(t.Context(), 1, false)
	if err != nil {
		t.Fatal(err)
	}
	p.workers <- struct{}{}
	return sync.OnceFunc(func() {
		lease.Release()
		<-p.workers
	})
}

// different are pictures of one look, and as many files.
func different(t *testing.T, n int) []Image {
	t.Helper()
	picture := pictureFile(t, "wide.png")
	images := make([]Image, n)
	for i := range images {
		images[i] = Image{File: fmt.Append(slices.Clone(picture), i)}
	}
	return images
}

// near says whether two embeddings of length 1 are as good as equal: a run of
// more items may round otherwise.
func near(a, b []float32) bool {
	dot := 0.0
	for i := range min(len(a), len(b)) {
		dot += float64(a[i]) * float64(b[i])
	}
	return len(a) == len(b) && dot > 1-1e-5
}

// TestEmbed asks twice for texts and pictures of every kind: those that the
// caches then have, and those that fail.
func TestEmbed(t *testing.T) {
	t.Parallel()
	river, wide := pictureFile(t, "river-mouth-444.jpg"), pictureFile(t, "wide.png")
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/river" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Header().Set("Content-Length", fmt.Sprint(len(river)))
		_, _ = w.Write(river)
	}))
	t.Cleanup(origin.Close)
	p := open(t, config.Cache{TextMiB: 1, ImageMiB: 1, URLMiB: 1}, 2, origin.Listener.Addr().String())
	if p.Model() == nil || p.textBytes != 1<<20 || p.imageBytes != 1<<20 || cap(p.workers) != 2 {
		t.Errorf("caches of %d and %d bytes, %d workers", p.textBytes, p.imageBytes, cap(p.workers))
	}
	texts := []string{"a river", "a forest"}
	images := []Image{{File: river}, {File: []byte("no picture")}, {File: wide}, {URL: origin.URL + "/gone"}}
	ask := func() {
		t.Helper()
		gotTexts, gotImages, err := p.Embed(t.Context(), texts, images)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			want, err := p.model.EmbedText(t.Context(), text)
			if err != nil || !near(gotTexts[i].Vector, want.Vector) || gotTexts[i].Tokens != want.Tokens {
				t.Errorf("%s: %+v, want %+v, %v", text, gotTexts[i], want, err)
			}
		}
		for i, file := range [][]byte{river, nil, wide, nil} {
			if file == nil {
				if gotImages[i].Err == nil || gotImages[i].Vector != nil {
					t.Errorf("picture %d: %+v, want an error", i, gotImages[i])
				}
				continue
			}
			want, err := p.model.EmbedImage(t.Context(), file)
			if err != nil || gotImages[i].Err != nil || !near(gotImages[i].Vector, want) {
				t.Errorf("picture %d: %+v, want %v, %v", i, gotImages[i], want, err)
			}
		}
	}
	ask()
	var failed *fetch.Error
	_, only, err := p.Embed(t.Context(), nil, images[3:])
	if err != nil || !errors.As(only[0].Err, &failed) {
		t.Errorf("a picture that is gone: %v, %v", only, err)
	}
	const vector, entry = 4 * 40, 200 // An embedding, and what an entry costs besides.
	want := map[string]float64{
		"text miss": 2, "image miss": 3, "fetch " + string(failed.Code): 2,
		"bytes text": float64(len("a river") + len("a forest") + 2*(vector+entry)), "bytes image": 2 * (32 + vector + entry), "bytes url": 0,
		"stage tokenize text": 2, "stage decode vision": 2, "stage preprocess vision": 2, "stage fetch vision": 2,
	}
	compare := func() {
		t.Helper()
		got := counters(t, p)
		for name := range got { // The comparisons above have runs of their own.
			if strings.HasPrefix(name, "stage queue") || strings.HasPrefix(name, "stage infer") {
				delete(got, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	compare()
	ask()
	want["text hit"], want["image hit"], want["image miss"] = 2, 2, 4
	want["stage fetch vision"], want["fetch "+string(failed.Code)] = 3, 3
	compare()
	for range 2 { // The origin lets its picture be kept, and the image cache has it already.
		_, got, err := p.Embed(t.Context(), nil, []Image{{URL: origin.URL + "/river"}})
		direct, directErr := p.model.EmbedImage(t.Context(), river)
		if err != nil || directErr != nil || got[0].Err != nil || !near(got[0].Vector, direct) {
			t.Errorf("by URL: %+v, %v, %v", got, err, directErr)
		}
	}
	got := counters(t, p)
	if got["url miss"] != 1 || got["url hit"] != 1 || got["image hit"] != 4 || got["bytes url"] < float64(len(river)) {
		t.Errorf("counters %v", got)
	}
}

// TestOneAddressTwice asks for pictures of one address, and of one that fails, again and
// again within a request. What was seen of a picture comes with each.
func TestOneAddressTwice(t *testing.T) {
	t.Parallel()
	deep := hostile.TIFF{Width: 60, Height: 60, Bands: 3, Bits: 16, Format: 1}.Bytes() // black, which is stretched nevertheless
	var asked atomic.Int32
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/deep" {
			http.NotFound(w, r)
			return
		}
		asked.Add(1)
		_, _ = w.Write(deep)
	}))
	t.Cleanup(origin.Close)
	p := open(t, config.Cache{URLMiB: -1}, 2, origin.Listener.Addr().String())
	good, gone := Image{URL: origin.URL + "/deep"}, Image{URL: origin.URL + "/gone"}
	_, got, err := p.Embed(t.Context(), nil, slices.Repeat([]Image{good, gone}, 50))
	if err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 1 {
		t.Errorf("the origin was asked %d times", asked.Load())
	}
	want, err := p.model.EmbedImage(t.Context(), deep)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if i%2 == 1 {
			if got[i].Err == nil || got[i].Vector != nil {
				t.Errorf("picture %d: %+v, want an error", i, got[i])
			}
			continue
		}
		if got[i].Err != nil || !near(got[i].Vector, want) || len(got[i].Seen.Stretched) != 3 {
			t.Errorf("picture %d: %+v", i, got[i])
		}
	}
}

// TestAPictureThatIsCutOff has a header that promises more than the file has.
func TestAPictureThatIsCutOff(t *testing.T) {
	t.Parallel()
	p := open(t, config.Cache{}, 2)
	file := pictureFile(t, "river-mouth-444.jpg")
	_, got, err := p.Embed(t.Context(), nil, []Image{{File: file[:len(file)/2]}})
	if err != nil || !errors.Is(got[0].Err, picture.ErrCorrupt) {
		t.Errorf("%v, %v, want %v", err, got[0].Err, picture.ErrCorrupt)
	}
}

// TestWithoutCaches asks for the same twice.
func TestWithoutCaches(t *testing.T) {
	t.Parallel()
	p := open(t, config.Cache{TextMiB: -1, URLMiB: -1}, 2)
	for range 2 {
		texts, images, err := p.Embed(t.Context(), []string{"a river"}, []Image{{File: pictureFile(t, "wide.png")}})
		if err != nil || len(texts[0].Vector) != 40 || images[0].Err != nil || len(images[0].Vector) != 40 {
			t.Errorf("%v, %v, %v", texts, images, err)
		}
	}
	want := map[string]float64{"bytes text": 0, "bytes image": 0, "bytes url": 0}
	for _, s := range []string{"tokenize text", "queue text", "infer text", "decode vision", "preprocess vision", "queue vision", "infer vision"} {
		want["stage "+s] = 2
	}
	// A run is counted once its items are answered.
	eventually(t, "counting runs", func() bool {
		return counters(t, p)["stage infer text"] == 2 && counters(t, p)["stage infer vision"] == 2
	})
	if diff := cmp.Diff(want, counters(t, p)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestErrorsAreNotKept asks a model that has ended, twice, with caches and
// without: a text fails its request, and a picture itself.
func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]config.Cache{"with caches": {TextMiB: 1, ImageMiB: 1}, "without": {TextMiB: -1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, cache, 2)
			p.model.Close()
			for range 2 {
				if _, _, err := p.Embed(t.Context(), []string{"a river"}, nil); !errors.Is(err, batch.ErrClosed) {
					t.Errorf("a text: got %v, want %v", err, batch.ErrClosed)
				}
				_, images, err := p.Embed(t.Context(), nil, []Image{{File: pictureFile(t, "wide.png")}})
				if err != nil || !errors.Is(images[0].Err, batch.ErrClosed) || images[0].Vector != nil {
					t.Errorf("a picture: got %+v, %v, want %v", images, err, batch.ErrClosed)
				}
			}
			if got := counters(t, p); got["bytes text"] != 0 || got["bytes image"] != 0 {
				t.Errorf("what failed is kept: %v", got)
			}
		})
	}
}

// TestACallerThatHasLeft asks with a context that has ended, while no worker is free.
func TestACallerThatHasLeft(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]config.Cache{"with caches": {TextMiB: 1, ImageMiB: 1}, "without": {TextMiB: -1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, cache, 1)
			defer busy(t, p)()
			ctx, leave := context.WithCancel(t.Context())
			leave()
			if _, _, err := p.Embed(ctx, []string{"a river"}, nil); !errors.Is(err, context.Canceled) {
				t.Errorf("a text: got %v, want %v", err, context.Canceled)
			}
			many := different(t, 4) // More than have a turn.
			if _, images, err := p.Embed(ctx, nil, many); !errors.Is(err, context.Canceled) || images[0].Vector != nil {
				t.Errorf("pictures: got %+v, %v, want %v", images, err, context.Canceled)
			}
			if _, err := p.embedFile(ctx, nil, nil); !errors.Is(err, context.Canceled) {
				t.Errorf("a picture whose turn does not come: got %v, want %v", err, context.Canceled)
			}
		})
	}
}

// eventually waits for what must come.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for start := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("%s: not in %s", what, patience)
		}
	}
}

// TestEqualWorkIsShared asks for the same thing in two requests, while no worker
// is free, and the origin does not answer.
func TestEqualWorkIsShared(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	defer release()
	river := pictureFile(t, "river-mouth-444.jpg")
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-answer
		_, _ = w.Write(river)
	}))
	t.Cleanup(origin.Close)
	p := open(t, config.Cache{TextMiB: 1, ImageMiB: 1}, 1, origin.Listener.Addr().String())
	free := busy(t, p)
	wide := pictureFile(t, "wide.png")
	var asked sync.WaitGroup
	for range 2 {
		asked.Go(func() {
			texts, images, err := p.Embed(t.Context(), []string{"a river"}, []Image{{File: wide}, {URL: origin.URL}})
			if err != nil || len(texts[0].Vector) != 40 || images[0].Err != nil || images[1].Err != nil {
				t.Errorf("%v, %v, %v", texts, images, err)
			}
		})
	}
	eventually(t, "joining", func() bool {
		got := counters(t, p)
		return got["text shared"] == 1 && got["image shared"] == 1 && got["url shared"] == 1
	})
	release()
	free()
	asked.Wait()
	got := counters(t, p)
	for name, want := range map[string]float64{"text miss": 1, "image miss": 2, "url miss": 1, "stage decode vision": 2, "stage tokenize text": 1} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
}

// TestTheItemsOfARequestUnderWay are as many as a run of each tower takes, and
// no more, while no worker is free.
func TestTheItemsOfARequestUnderWay(t *testing.T) {
	t.Parallel()
	p := open(t, config.Cache{TextMiB: 1, ImageMiB: 1}, 1)
	defer busy(t, p)()
	limit := float64(p.model.BatchSize(model.Text) + p.model.BatchSize(model.Vision))
	images := different(t, int(limit)+20)
	ctx, leave := context.WithCancel(t.Context())
	var asked sync.WaitGroup
	asked.Go(func() { _, _, _ = p.Embed(ctx, nil, images) })
	eventually(t, "items under way", func() bool { return counters(t, p)["image miss"] >= limit })
	time.Sleep(20 * time.Millisecond) // More would come at once.
	if n := counters(t, p)["image miss"]; n != limit {
		t.Errorf("%v items are under way, want %v", n, limit)
	}
	leave()
	asked.Wait()
}
