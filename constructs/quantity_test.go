package constructs

import (
	"math/big"
	"slices"
	"strings"
	"testing"
)

func TestParseQuantity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want *big.Rat // nil where it is no quantity
	}{
		{"1", big.NewRat(1, 1)},
		{"500m", big.NewRat(1, 2)},
		{"2000m", big.NewRat(2, 1)},
		{"0.5", big.NewRat(1, 2)},
		{".5", big.NewRat(1, 2)},
		{"5.", big.NewRat(5, 1)},
		{"100n", big.NewRat(1, 1e7)},
		{"16Gi", big.NewRat(16<<30, 1)},
		{"1.5Gi", big.NewRat(3<<29, 1)},
		{"16G", big.NewRat(16e9, 1)},
		{"1k", big.NewRat(1000, 1)},
		{"1E", big.NewRat(1e18, 1)},
		{"12e6", big.NewRat(12e6, 1)},
		{"12E-3", big.NewRat(12, 1000)},
		{"0", new(big.Rat)},
		{"", nil},
		{"-1", nil},
		{"Gi", nil},
		{".", nil},
		{"1 Gi", nil},
		{"1gb", nil},
		{"1K", nil},
		{"0x10", nil},
		{"1e999999999", nil},
		{"1_000", nil},
		{"infinity", nil},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, ok := parseQuantity(tt.in)
			if ok != (tt.want != nil) || ok && got.Cmp(tt.want) != 0 {
				t.Errorf("parseQuantity(%q) = %v, %v; want %v", tt.in, got, ok, tt.want)
			}
		})
	}
}

func TestMilli(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{100: "100", 2.5: "2500m", 0.001: "1m", 0.0126: "13m", 1e6: "1000000"} {
		if got := milli(in); got != want {
			t.Errorf("milli(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestPinned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a":                    "a:" + Version,
		"a:1":                  "a:1",
		"r.example:5000/a":     "r.example:5000/a:" + Version,
		"r.example:5000/a:2":   "r.example:5000/a:2",
		"r.example/a@sha256:0": "r.example/a@sha256:0",
	} {
		if got := pinned(in); got != want {
			t.Errorf("pinned(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2000m": "2", "1500m": "1500m", "1.5": "1500m", "0.5": "500m", "1000": "1k", "4": "4", "2.50": "2500m", ".1": "100m",
		"8Gi": "8Gi", "1024Mi": "1Gi", "1.5Gi": "1536Mi", "512Ki": "512Ki", "1000Gi": "1000Gi", "0.5Ki": "512", "1Ki": "1Ki",
		"1e3": "1e3", "16G": "16G", "16000M": "16G", "1E": "1E", "100n": "100n", "0.5n": "1n",
	} {
		if got := canonicalOf(in); got != want {
			t.Errorf("canonicalOf(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestCoresAndBytes tries what people write without a suffix, or with that of another
// kind.
func TestCoresAndBytes(t *testing.T) {
	t.Parallel()
	cores := func(c *check, s string) { c.cores("field", s, maxCores) }
	bytes := func(c *check, s string) { c.bytes("field", s) }
	for _, tt := range []struct {
		check func(c *check, s string)
		in    string
		fix   string // none where it is accepted
	}{
		{cores, "1m", ""},
		{cores, "0.001", ""},
		{cores, "2", ""},
		{cores, "1024", ""},
		{cores, "1e3", ""},
		{cores, "1k", ""},
		{cores, "0", "500m"},
		{cores, "0.0001", "500m"},
		{cores, "999u", "500m"},
		{cores, "1025", "500m"},
		{cores, "4Gi", "500m"},
		{cores, "1Ki", "500m"},
		{cores, "4G", "500m"},
		{cores, "500 m", "500m"},
		{cores, "", "500m"},
		{bytes, "1Mi", ""},
		{bytes, "1048576", ""},
		{bytes, "16Gi", ""},
		{bytes, "1.5G", ""},
		{bytes, "12e6", ""},
		{bytes, "1073741824000m", ""},
		{bytes, "500m", `did you mean "500Mi"?`},
		{bytes, "8", `did you mean "8Gi"?`},
		{bytes, "5m", `did you mean "5Mi"?`},
		{bytes, "4 GB", `did you mean "4Gi"?`},
		{bytes, "4Gb", `did you mean "4Gi"?`},
		{bytes, "4g", `did you mean "4Gi"?`},
		{bytes, "1.5g", `did you mean "1.5Gi"?`},
		{bytes, "4k", "write it like"},
		{bytes, "0", "write it like"},
		{bytes, "1048575", "write it like"},
		{bytes, "1023Ki", "write it like"},
		{bytes, "lots", "write it like"},
	} {
		c := new(check)
		tt.check(c, tt.in)
		if refused := len(c.errs) > 0; refused != (tt.fix != "") || refused && !strings.Contains(c.errs[0].Fix, tt.fix) {
			t.Errorf("%q: %v, want a fix with %q", tt.in, c.errs, tt.fix)
		}
	}
}

// TestEveryQuantityHasAKind gives each field that is a quantity one of another kind.
func TestEveryQuantityHasAKind(t *testing.T) {
	t.Parallel()
	c := new(check)
	cpu, halfAByte := ResourceList{CPU: "4Gi", Memory: "1Gi"}, ResourceList{CPU: "4", Memory: "500m"}
	Resources{Requests: cpu, Limits: cpu}.check(c)
	Resources{Requests: halfAByte, Limits: halfAByte}.check(c)
	ResourceQuota{Requests: cpu, Limits: halfAByte}.check(c, RsclipModelServiceProps{})
	GPU{Count: 1, ResourceName: "nvidia.com/gpu", SharedMemory: "10m"}.check(c, "16Gi")
	ModelFetch{FetchSeconds: 60, SizeLimit: "10"}.check(c, "hub")
	VolumeClaim{Size: "5m", AccessMode: ReadWriteOnce}.check(c, "claim")
	(&Security{TemporaryStorage: "100m", NamespaceEnforces: Baseline}).withDefaults().check(c)
	c.errs = append(c.errs, (&RsclipVectorStoreProps{Anonymous: true, Service: &RsclipModelService{props: RsclipModelServiceProps{Name: "a"}}, Storage: StoreStorage{Size: "5m"}}).withDefaults().check().errs...)
	var got []string
	for _, e := range c.errs {
		got = append(got, e.Field)
	}
	if want := []string{
		"resources.requests.cpu", "resources.limits.cpu", "resources.requests.memory", "resources.limits.memory",
		"resourceQuota.requests.cpu", "resourceQuota.limits.memory", "gpu.sharedMemory", "hub.sizeLimit", "claim.size", "security.temporaryStorage", "storage.size",
	}; !slices.Equal(got, want) {
		t.Errorf("refused %q, want %q", got, want)
	}
}
