package search

import "testing"

// TestLikePattern has CQL2's wildcards and what takes their meaning away.
func TestLikePattern(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"Landsat_8", "Landsat-8", true},
		{`Landsat\_8`, "Landsat_8", true},
		{`Landsat\_8`, "Landsat-8", false},
		{`100\%%`, "100% clear", true},
		{`100\%%`, "1000", false},
		{`a\\%`, `a\b`, true},
		{`a\\%`, "ab", false},
		{`\a.b`, "a.b", true},
		{`\a.b`, "axb", false},
		{`a\`, `a\`, true},
		{`a%`, "a\nb", true},
	} {
		if got := likePattern(tt.pattern).MatchString(tt.text); got != tt.want {
			t.Errorf("%q like %q is %v", tt.text, tt.pattern, got)
		}
	}
}
