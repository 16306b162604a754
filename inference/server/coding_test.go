package server_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// pack compresses by what makes a writer.
func pack(t *testing.T, data []byte, newWriter func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := newWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var packers = map[string]func(io.Writer) (io.WriteCloser, error){
	"gzip":         func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"deflate":      func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil },
	"deflate, raw": func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) },
	"zstd":         func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
}

func sendCoded(t *testing.T, url, contentType, coding string, body []byte) (int, reply, http.Header) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Content-Encoding", coding)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	status, r := readReply(t, response)
	return status, r, response.Header
}

// TestCodedBodies sends JSON and forms in each coding, whole, cut off and as
// something else.
func TestCodedBodies(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{}) + "/predict"
	picture := readPicture(t, "one-pixel.png")
	data, contentType := form(t, []string{"river"}, picture)
	_, want := post(t, url, contentType, data)
	plain := []byte(`{"text": "river", "image": "` + inlinePicture(t, "one-pixel.png") + `"}`)
	for name, packer := range packers {
		coding, _, _ := strings.Cut(name, ",")
		for _, spelled := range []string{coding, strings.ToUpper(coding), " " + coding + " "} {
			if status, r, _ := sendCoded(t, url, "application/json", spelled, pack(t, plain, packer)); status != 200 || string(r.Logit) != string(want.Logit) {
				t.Errorf("%s, %q: status %d, %+v", name, spelled, status, r.Error)
			}
		}
		if status, r, _ := sendCoded(t, url, contentType, coding, pack(t, data, packer)); status != 200 || string(r.Logit) != string(want.Logit) {
			t.Errorf("%s, a form: status %d, %+v", name, status, r.Error)
		}
		packed := pack(t, plain, packer)
		for what, body := range map[string][]byte{"cut off": packed[:len(packed)/2], "not packed": plain, "nothing": nil} {
			if status, r, _ := sendCoded(t, url, "application/json", coding, body); status != 400 || !strings.HasPrefix(r.Error.Code, "invalid_") {
				t.Errorf("%s, %s: status %d, %+v", name, what, status, r.Error)
			}
		}
	}
	if status, r, _ := sendCoded(t, url, "application/json", "identity", plain); status != 200 {
		t.Errorf("identity: status %d, %+v", status, r.Error)
	}
	for _, coding := range []string{"br", "compress", "gzip, gzip", "gzip,zstd", "aes128gcm", "*"} {
		if status, r, header := sendCoded(t, url, "application/json", coding, plain); status != 415 || r.Error.Code != "unsupported_encoding" || header.Get("Accept-Encoding") != "gzip, deflate, zstd" {
			t.Errorf("%s: status %d, %+v, %v", coding, status, r.Error, header)
		}
	}
}

// TestBodiesThatUnpackToALot sends little that unpacks to 16 MiB.
func TestBodiesThatUnpackToALot(t *testing.T) {
	long(t, "large bodies")
	const most = 1 << 20
	url := start(t, config.App{Server: config.Server{MaxBodyBytes: most}}) + "/v1/embeddings"
	endless := []byte(`{"input": "` + strings.Repeat("a", 8<<20))
	for name, packer := range packers {
		packed := pack(t, endless, packer)
		if len(packed) > 2*most { // Then its own length refuses it.
			t.Errorf("%s: packed to %d bytes", name, len(packed))
		}
		coding, _, _ := strings.Cut(name, ",")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		status, r, _ := sendCoded(t, url, "application/json", coding, packed)
		runtime.ReadMemStats(&after)
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; status != 413 || r.Error.Code != "body_too_large" || allocated > 16 {
			t.Errorf("%s: status %d, %+v, %d MiB were allocated", name, status, r.Error, allocated)
		}
	}
}

// TestBodiesOfNothing sends megabytes that unpack to nothing, and bodies in which they
// come after a lot.
func TestBodiesOfNothing(t *testing.T) {
	t.Parallel()
	long(t, "large bodies")
	url := start(t, config.App{}) + "/v1/embeddings"
	empty := func(coding string) []byte { return pack(t, nil, packers[coding]) }
	long := []byte(`{"input": "river"` + strings.Repeat(" ", 2<<20))
	end := []byte("}")
	nothing := hostile.Nothing(4 << 20)
	for name, tt := range map[string]struct {
		coding string
		body   []byte
		want   int
	}{
		"members of gzip without data": {"gzip", slices.Concat(bytes.Repeat(empty("gzip"), 100_000), pack(t, []byte(`{"input": "river"}`), packers["gzip"])), 400},
		"some members":                 {"gzip", slices.Concat(bytes.Repeat(empty("gzip"), 100), pack(t, []byte(`{"input": "river"}`), packers["gzip"])), 200},
		"members behind a lot":         {"gzip", slices.Concat(pack(t, long, packers["gzip"]), bytes.Repeat(empty("gzip"), 100_000), pack(t, end, packers["gzip"])), 400},
		"a lot and its end":            {"gzip", slices.Concat(pack(t, long, packers["gzip"]), pack(t, end, packers["gzip"])), 200},
		"deflate that brings tables":   {"deflate", hostile.Zlib(nothing, []byte(`{"input": "river"}`)), 400},
		"bare deflate, the same":       {"deflate", hostile.Zlib(nothing, []byte(`{"input": "river"}`))[2:], 400},
		"frames of zstd without data":  {"zstd", bytes.Repeat(empty("zstd"), 400_000), 400},
	} {
		if status, r, _ := sendCoded(t, url, "application/json", tt.coding, tt.body); status != tt.want || status == 400 && !strings.Contains(r.Error.Message, "next to nothing") {
			t.Errorf("%s: %d bytes: status %d, %+v, want %d", name, len(tt.body), status, r.Error, tt.want)
		}
	}
}
