package main

import (
	"strings"
	"testing"
)

// TestRows prints rounds whose medians are known, with a column for each of the
// page's.
func TestRows(t *testing.T) {
	t.Parallel()
	m := measured{
		name: "tiny fp32 | text", batch: 4,
		saturated: []turn{
			{bare: cost{0.010, 0.020}, server: cost{0.0125, 0.022}, clients: 0.05},
			{bare: cost{0.008, 0.016}, server: cost{0.010, 0.018}, clients: 0.03},
			{bare: cost{0.020, 0.040}, server: cost{0.040, 0.042}, clients: 0.20},
		},
		alone: []request{
			{bare: 0.004, whole: 0.0070, inside: 0.0062, run: 0.0045, preparation: 0.0005},
			{bare: 0.002, whole: 0.0090, inside: 0.0082, run: 0.0055, preparation: 0.0015},
		},
		indexed: []turn{
			{bare: cost{0.010, 0.020}, server: cost{0.0125, 0.022}},
			{bare: cost{0.008, 0.016}, server: cost{0.010, 0.018}},
			{bare: cost{0.020, 0.040}, server: cost{0.040, 0.042}},
		},
	}
	for name, tt := range map[string]struct{ got, want string }{
		"saturated": {m.saturatedRow(), "| tiny fp32 | text | 4 | 100.00 | 80.00 | 0.800 | 5.0 % | 20.0 ms | 22.0 ms |\n"},
		"indexed":   {m.indexedRow(), "| tiny fp32 | text | 4 | 100.00 | 80.00 | 0.800 | 20.0 ms | 22.0 ms |\n"},
		"alone":     {m.aloneRow(), "| tiny fp32 | text | 3.0 ms | 8.0 ms | 5.0 ms | 1.00 ms | 2.00 ms | 1.20 ms |\n"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s:\n got %swant %s", name, tt.got, tt.want)
		}
		if columns := strings.Count(tt.want, "|"); !strings.Contains(heading, "\n|"+strings.Repeat("---|", columns-1)+"\n") {
			t.Errorf("%s: no table of the heading has %d columns", name, columns-1)
		}
	}
}
