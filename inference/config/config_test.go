package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/config"
)

// The two files as the published deployment has them.
const (
	publishedModel = `{
  "model_name": "Git-RSCLIP",
  "batch_size": 32,
  "max_seq_length": 77,
  "image_size": 224,
  "device": "cuda",
  "precision": "fp16"
}
`
	publishedApp = `server:
  port: 8080
  workers: 4
logging:
  level: INFO
  format: "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
`
)

func TestPublishedFiles(t *testing.T) {
	t.Parallel()
	m, err := config.ParseModel([]byte(publishedModel))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.DefaultModel(), m); diff != "" {
		t.Errorf("model (-default +parsed):\n%s", diff)
	}
	rendered, err := config.MarshalModel(m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(publishedModel, string(rendered)); diff != "" {
		t.Errorf("rendered model (-published +rendered):\n%s", diff)
	}
	a, err := config.ParseApp([]byte(publishedApp))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.DefaultApp(), a); diff != "" {
		t.Errorf("app (-default +parsed):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	app := config.App{
		Server:  config.Server{Port: 9000, Workers: 2},
		Logging: config.Logging{Level: "DEBUG", Format: "json"},
		Fetch:   &config.Fetch{AllowedHosts: []string{"minio.store:9000"}, TimeoutSeconds: 3, MaxBytes: 1000, MaxRedirects: -1},
	}
	data, err := config.MarshalApp(app)
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.ParseApp(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(app, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptyFilesAreDefaults(t *testing.T) {
	t.Parallel()
	if m, err := config.ParseModel([]byte(`{}`)); err != nil || m != config.DefaultModel() {
		t.Errorf("ParseModel({}) = %+v, %v", m, err)
	}
	a, err := config.ParseApp(nil)
	if diff := cmp.Diff(config.DefaultApp(), a); err != nil || diff != "" {
		t.Errorf("ParseApp(empty): %v\n%s", err, diff)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	model := func(data string) error { _, err := config.ParseModel([]byte(data)); return err }
	app := func(data string) error { _, err := config.ParseApp([]byte(data)); return err }
	tests := []struct {
		name  string
		parse func(string) error
		data  string
		want  []string
	}{
		{"unknown model key", model, `{"batchsize": 32}`, []string{"line 1: batchsize is no setting: must be one of allow_cpu_fallback, batch_size"}},
		{"key in another case", model, `{"Batch_Size": 32}`, []string{"line 1: Batch_Size is no setting"}},
		{"repeated key", model, `{"batch_size": 1, "batch_size": 2}`, []string{"line 1: batch_size is set a second time"}},
		{"wrong type", model, `{"batch_size": "32"}`, []string{`line 1: batch_size is "32": must be a whole number`}},
		{"not JSON", model, "\nmodel_name: x", []string{"model configuration", "line 2: is no JSON"}},
		{"empty", model, " \n", []string{"the file is empty: must be JSON"}},
		{"cut off", model, "{\n\"batch_size\": 3", []string{"line 2: is no JSON"}},
		{"batch of zero", model, `{"batch_size": 0}`, []string{`line 1: batch_size is "0": must be left out for the default`}},
		{"no bands", model, `{"picture": {"bands": []}}`, []string{`picture.bands is "[]": must be three numbers`}},
		{"values by line", model, "{\n\"device\": \"gpu\",\n\"picture\": {\n\"stretch\": [0, 101]}}", []string{`line 2: device is "gpu"`, "line 4: picture.stretch"}},
		{"trailing bytes", model, `{} {}`, []string{"model configuration"}},
		{"every bad value named", model, `{"batch_size": -1, "device": "gpu", "precision": "bf16"}`, []string{
			"batch_size is -1: must be 1 to 1024", `device is "gpu": must be cpu, cuda, tensorrt`, `precision is "bf16": must be fp32, fp16, int8`,
		}},
		{"two bands", model, `{"picture": {"bands": [1, 2]}}`, []string{"picture.bands is \"[1 2]\""}},
		{"stretch backwards", model, `{"picture": {"stretch": [98, 2]}}`, []string{"picture.stretch"}},
		{"queue delay", model, `{"max_queue_delay_microseconds": -2}`, []string{"max_queue_delay_microseconds is -2: must be 1 to 1000000"}},
		{"queue bytes", model, `{"max_queue_bytes": 10}`, []string{"max_queue_bytes is 10"}},
		{"threads", model, `{"cpu": {"threads": 5000}}`, []string{"cpu.threads is 5000"}},
		{"arena", model, `{"cuda": {"arena_extend_strategy": "double"}}`, []string{`cuda.arena_extend_strategy is "double": must be kSameAsRequested, kNextPowerOfTwo`}},
		{"graphs of CUDA", model, `{"cuda": {"graphs": true}}`, []string{"line 1: cuda.graphs is no setting"}},
		{"metrics on the API's port", app, "server: {metrics_port: 8080}", []string{"server.metrics_port is 8080: must be another port"}},
		{"half of TLS", app, "server: {tls: {cert_file: a}}", []string{"server.tls", "cert_file and key_file"}},
		{"timeout", app, "server: {request_timeout_seconds: 601}", []string{"server.request_timeout_seconds is 601"}},
		{"cache", app, "cache: {text_mib: -5}", []string{"cache.text_mib is -5"}},
		{"traces to nowhere", app, "tracing: {endpoint: 'collector:4318'}", []string{`tracing.endpoint is "collector:4318"`}},
		{"sample ratio", app, "tracing: {endpoint: 'http://c:4318', sample_ratio: 2}", []string{"tracing.sample_ratio"}},
		{"unknown app key", app, "server:\n  prot: 8080\n", []string{"line 2: server.prot is no setting: must be one of api_keys_file"}},
		{"repeated app key", app, "server:\n  port: 1\n  port: 2\n", []string{"line 3: server.port is set a second time, after line 2"}},
		{"app wrong type", app, "server: {port: eighty}", []string{`line 1: server.port is "eighty": must be a whole number`}},
		{"port out of range", app, "server: {port: 70000}", []string{"server.port is 70000: must be 1 to 65535"}},
		{"bad level", app, "logging: {level: LOUD}", []string{`logging.level is "LOUD"`, "WARNING"}},
		{"bad format", app, "logging: {format: '%(nme)s'}", []string{"logging.format", `unknown attribute "nme"`}},
		{"host with scheme", app, "fetch: {allowed_hosts: ['http://minio']}", []string{`fetch.allowed_hosts[0] is "http://minio"`}},
		{"port of zero", app, "server:\n  port: 0\n", []string{`line 2: server.port is "0": must be left out for the default`}},
		{"no redirects", app, "fetch: {max_redirects: 0}", []string{`fetch.max_redirects is "0"`}},
		{"redirects", app, "fetch: {max_redirects: -2}", []string{"fetch.max_redirects is -2: must be 1 to 10, or -1"}},
		{"anchor", app, "server: &a {port: 1}\ntracing: *a\n", []string{"line 1: server is an alias or anchor", "line 2: tracing is an alias or anchor"}},
		{"values by line", app, "cache:\n  text_mib: -5\nlogging:\n  level: LOUD\n", []string{"line 2: cache.text_mib is -5", `line 4: logging.level is "LOUD"`}},
		{"not YAML", app, "server: [", []string{"application configuration"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.parse(tt.data)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q lacks %q", err, w)
				}
			}
		})
	}
	var fields config.FieldErrors
	if err := model(`{"batch_size": 5000}`); !errors.As(err, &fields) || fields[0].Field != "batch_size" {
		t.Errorf("a value out of range is no FieldErrors: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(publishedModel))
	f.Add([]byte(publishedApp))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := config.ParseModel(data); err == nil && m.Validate() != nil {
			t.Fatal("parsed a model configuration that is not valid")
		}
		if a, err := config.ParseApp(data); err == nil && a.Validate() != nil {
			t.Fatal("parsed an application configuration that is not valid")
		}
	})
}
