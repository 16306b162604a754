package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestFilesThatKilledServers sends pictures that each ended a server once, or kept it
// busy for ten seconds: lines of up to 100 million pixels, squares of a bit a pixel, 16
// bands that all lie in one strip, and a hundred scans. Meanwhile and afterwards others
// are answered.
func TestFilesThatKilledServers(t *testing.T) {
	t.Parallel()
	long(t, "large pictures")
	url := start(t, config.App{Server: config.Server{MemoryMiB: 1024}})
	good := func(when string) {
		t.Helper()
		if status, code := embed(t, t.Context(), url, "river "+when, "60"); status != http.StatusOK {
			t.Errorf("%s: status %d, code %q", when, status, code)
		}
	}
	for name, file := range map[string][]byte{
		"1 x 2 million":              hostile.PNG(1, 2_000_000, 1, 0, false),
		"1 x 20 million":             hostile.PNG(1, 20_000_000, 1, 0, false),
		"1 x 100 million":            hostile.PNG(1, 100_000_000, 1, 0, false),
		"100 million x 1":            hostile.PNG(100_000_000, 1, 1, 0, false),
		"10000 x 10000 of a bit":     hostile.PNG(10_000, 10_000, 1, 0, false),
		"5000 x 5000 in 16 bands":    hostile.TIFF{Width: 5000, Height: 5000, Bands: 16, Bits: 16, Format: 1, Predictor: 2, Rows: 50}.Bytes(),
		"100 scans":                  hostile.JPEG(10_000, 10_000, 3, 100),
		"100 scans of 64 megapixels": hostile.JPEG(8000, 8000, 3, 100),
		"groups of codes":            hostile.WebPOfGroups(1024, 1024, 4),
		"deflate of nothing":         hostile.PNGOf(1, 1, 8, 2, 0, hostile.Zlib(hostile.Nothing(20<<20), make([]byte, 4))),
	} {
		data, contentType := form(t, []string{"river"}, file)
		done := make(chan struct{})
		began := time.Now()
		go func() {
			defer close(done)
			status, r := post(t, url+"/predict", contentType, data)
			if want := map[int]string{413: "image_too_large", 422: "image_corrupt"}[status]; want == "" || r.Error.Code != want {
				t.Errorf("%s, %d bytes: status %d, %+v", name, len(file), status, r.Error)
			}
		}()
		good("while " + name)
		<-done
		t.Logf("%s, %d bytes: after %v", name, len(file), time.Since(began))
		good("after " + name)
	}
}
