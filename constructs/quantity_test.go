package constructs

import (
	"math/big"
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
