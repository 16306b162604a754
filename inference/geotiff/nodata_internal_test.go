package geotiff

import (
	"math"
	"testing"
)

// TestNodata has values as GDAL and others write them.
func TestNodata(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"-9999": -9999, " 0 ": 0, "65535.0": 65535, "1e+20": 1e20, "-32768,": -32768, "-9999 extra": -9999,
		"-3.4028234663852886e+38": -math.MaxFloat32, "-1.79769313486232e+308": -math.MaxFloat64, "1e999": math.MaxFloat64,
		"nan": math.NaN(), "NaN": math.NaN(), "-nan": math.NaN(), "nan(ind)": math.NaN(), "-1.#IND": math.NaN(), "1.#QNAN": math.NaN(),
		"inf": math.Inf(1), "-inf": math.Inf(-1), "-1.#INF": math.Inf(-1),
	} {
		got := parseNodata(text)
		if got == nil || *got != want && !(math.IsNaN(*got) && math.IsNaN(want)) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "  ", "none", "?"} {
		if got := parseNodata(text); got != nil {
			t.Errorf("%q: %v, want none", text, *got)
		}
	}
}

// TestEmpty says what tiles that are left out hold, if their type has no such nodata.
func TestEmpty(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind         SampleType
		nodata, want float64
	}{
		{SampleType{Unsigned, 8}, -9999, 0},
		{SampleType{Unsigned, 8}, 65535, 255},
		{SampleType{Unsigned, 8}, 7, 7},
		{SampleType{Unsigned, 16}, 255.7, 256},
		{SampleType{Unsigned, 12}, 65535, 65535},
		{SampleType{Unsigned, 32}, 1e40, math.MaxUint32},
		{SampleType{Unsigned, 16}, math.NaN(), 0},
		{SampleType{Signed, 8}, -9999, -128},
		{SampleType{Signed, 16}, math.Inf(1), 32767},
		{SampleType{Float, 32}, -1e40, -1e40},
	} {
		i := &Image{Type: tt.kind, Nodata: &tt.nodata}
		if got := i.empty(); got != tt.want {
			t.Errorf("%s without %v: %v, want %v", tt.kind, tt.nodata, got, tt.want)
		}
	}
}
