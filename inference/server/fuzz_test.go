package server

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// FuzzReadPrediction sends bodies of any kind through the readers of both forms.
func FuzzReadPrediction(f *testing.F) {
	f.Add("application/json", `{"text": "river", "image": "aGVsbG8="}`)
	f.Add("application/json", `{"texts": ["a", "b"], "image_urls": ["https://example.com/a.jpg"]}`)
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nriver\r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nbytes\r\n--x--\r\n")
	f.Add("text/plain", "river")
	f.Add("application/json", "{\"text\": \"a\xff\", \"image\": null}")
	f.Add("application/json", `{"texts": ["a", null], "images": ["\ud800", 1e400]}`)
	f.Add("application/json", `{"texts": `+strings.Repeat("[", 20_000))
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/predict", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		p, err := readPrediction(r)
		var refused *Problem
		switch {
		case err == nil && (len(p.texts) == 0 || len(p.images) == 0 || len(p.texts) > maxItems || len(p.images) > maxItems):
			t.Errorf("accepted %d texts and %d images", len(p.texts), len(p.images))
		case err != nil && (!errors.As(err, &refused) || refused.Status < 400 || refused.Status > 499):
			t.Errorf("a request's mistake is not the caller's: %v", err)
		}
	})
}

// FuzzItem reads items of any kind.
func FuzzItem(f *testing.F) {
	f.Add(`"river"`)
	f.Add(`{"image": "aGVsbG8="}`)
	f.Add(`{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}`)
	f.Add(`["river", {"text": "a"}, {"image_url": "https://example.com/a.jpg"}]`)
	f.Add(`[null, {"text": null}, {"text": "a", "text": "b"}, 1e400, "\ud800"]`)
	f.Add(strings.Repeat("[", 20_000))
	f.Fuzz(func(t *testing.T, data string) {
		var q embeddingsRequest
		var items []item
		err := readJSON(strings.NewReader(`{"input": `+data+`}`), -1, &q)
		if err == nil {
			items, err = q.items()
		}
		var refused *Problem
		if err != nil && !errors.As(err, &refused) || err == nil && len(items) == 0 {
			t.Errorf("%d items, %v", len(items), err)
		}
	})
}

// FuzzInfer reads bodies of the Open Inference Protocol, binary tensors too.
func FuzzInfer(f *testing.F) {
	f.Add([]byte(`{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["river"]}]}`), "")
	f.Add([]byte(`{"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 6}}]}`+"\x02\x00\x00\x00ab"), "102")
	f.Add([]byte(`{"x": {"a": 1, "a": 2}, "inputs": [{"name": "text", "datatype": "BYTES", "shape": [1e400], "data": [null, "\ud800", ["a"]]}]}`), "")
	f.Add([]byte(`{"inputs": `+strings.Repeat("[", 20_000)), "")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		_, inputs, err := readInfer(body, header)
		if err == nil {
			_, _, err = readTensors(inputs)
		}
		var refused *Problem
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("a request's mistake is not the caller's: %v", err)
		}
	})
}

// FuzzRawInputs reads the binary tensors of calls over gRPC.
func FuzzRawInputs(f *testing.F) {
	f.Add("text", "BYTES", int64(1), []byte("\x05\x00\x00\x00river"))
	f.Add("image", "BYTES", int64(2), []byte("\x01\x00\x00\x00a\x00\x00\x00\x00"))
	f.Add("image_url", "BYTES", int64(1), []byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, name, datatype string, n int64, raw []byte) {
		inputs := []bytesTensor{{name: name, datatype: datatype, shape: []int64{n}}}
		err := rawInputs([][]byte{raw}, inputs)
		var texts []string
		var images []pipeline.Image
		if err == nil {
			texts, images, err = readTensors(inputs)
		}
		var refused *Problem
		switch {
		case err != nil && !errors.As(err, &refused):
			t.Errorf("a caller's mistake is not the caller's: %v", err)
		case err == nil && int64(len(texts)+len(images)) != n:
			t.Errorf("%d texts and %d pictures for a shape of %d", len(texts), len(images), n)
		}
	})
}

// FuzzClassify makes the captions of requests of any kind.
func FuzzClassify(f *testing.F) {
	f.Add(`{"labels": ["river", "harbour"], "image": "aGVsbG8="}`)
	f.Add(`{"labels": ["river"], "template": "{label}{label}{{label}}", "top_k": 1}`)
	f.Fuzz(func(t *testing.T, body string) {
		var q classifyRequest
		if err := readJSON(strings.NewReader(body), -1, &q); err != nil {
			return
		}
		template, size, err := q.template()
		var refused *Problem
		switch {
		case err != nil && !errors.As(err, &refused):
			t.Errorf("a caller's mistake is not the caller's: %v", err)
		case err == nil && (size > maxCaptions || len(strings.Join(q.captions(template), "")) != size):
			t.Errorf("captions of %d labels do not have %d bytes", len(q.Labels), size)
		}
	})
}

// TestCaptionsMultiply asks for captions that would take all memory there is. What is
// allocated is the process's, so that the test runs alone.
func TestCaptionsMultiply(t *testing.T) {
	for name, q := range map[string]struct {
		places int
		labels []string
	}{
		"one long label":    {500, []string{strings.Repeat("x", 16<<20)}},
		"many labels":       {500, slices.Repeat([]string{strings.Repeat("x", 1000)}, maxItems)},
		"labels of nothing": {500, make([]string, maxItems)},
		"a long template":   {1 << 20, make([]string, maxItems)},
	} {
		long := strings.Repeat(placeOfLabel, q.places)
		q := classifyRequest{Labels: q.labels, Template: &long}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		template, size, err := q.template()
		if err == nil {
			q.captions(template)
		}
		runtime.ReadMemStats(&after)
		if after.TotalAlloc-before.TotalAlloc > 64<<20 {
			t.Errorf("%s: %d MiB were allocated", name, (after.TotalAlloc-before.TotalAlloc)>>20)
		}
		if err == nil && size > maxCaptions {
			t.Errorf("%s: captions without bound", name)
		}
	}
}

// FuzzParseKeys reads files of API keys. No error may show a key.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte("# of the team\nan-entirely-secret-key\n\nanother-secret-key\r\n"))
	f.Add([]byte("short\n"))
	f.Add([]byte("nightly: an-entirely-secret-key\nnightly:\tthe-next-secret-key\nweb: short\na:b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := parseKeys(data)
		if err == nil && len(found) == 0 {
			t.Error("neither keys nor an error")
		}
		names := map[string]bool{}
		for _, k := range found {
			names[k.name] = true
			if k.name == "" || len(k.name) > 63 || strings.ContainsAny(k.name, " \t\n:\"{}") {
				t.Errorf("a key's name is %q", k.name)
			}
		}
		if len(names) > maxKeyNames {
			t.Errorf("%d names", len(names))
		}
		plain := bytes.ToValidUTF8(data, []byte("?"))
		masked := bytes.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
				return 'x'
			}
			return r
		}, plain)
		_, err = parseKeys(plain)
		if _, other := parseKeys(masked); len(names) < 2 && fmt.Sprint(err) != fmt.Sprint(other) {
			t.Errorf("the error depends on what the keys are: %v, and %v", err, other)
		}
	})
}

// FuzzDecode reads messages of gRPC. What is decoded takes memory by its bytes
// and the bound of fields.
func FuzzDecode(f *testing.F) {
	for _, wire := range []string{"", "\x0a\x04tiny", "\x2a\x02\x22\x00", "\x2a\x04\x2a\x02\x42\x00", "\x3a\x00\x3a\x00", "\x2a\x05\x1a\x03\x01\x02\x03", "\x0b\x0c", "\x78\x01"} {
		f.Add([]byte(wire), uint16(1))
		f.Add([]byte(wire), uint16(20_000))
	}
	f.Fuzz(func(t *testing.T, unit []byte, times uint16) {
		if len(unit) > 1000 {
			return
		}
		wire := bytes.Repeat(unit, int(times))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var q oip.ModelInferRequest
		err := decodeMessage(wire, &q)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20+8*uint64(len(wire)) {
			t.Errorf("%d bytes took %d", len(wire), took)
		}
		if n := len(q.GetInputs()) + len(q.GetOutputs()) + len(q.GetRawInputContents()); err == nil && n > maxFields {
			t.Errorf("%d fields", n)
		}
	})
}
