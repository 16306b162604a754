package cache_test

import (
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/cache"
)

func TestCache(t *testing.T) {
	t.Parallel()
	c := cache.New(1000, func(k, v string) int { return len(k) + len(v) })
	value := strings.Repeat("v", 99) // With the key's byte and 200 of overhead, three fit.
	for _, k := range []string{"a", "b", "c"} {
		c.Set(k, value)
	}
	if _, ok := c.Get("a"); !ok || c.Held() != 900 {
		t.Errorf("a is held: %v; %d bytes, want 900", ok, c.Held())
	}
	c.Set("d", value) // In the place of b, since a was used after it.
	for k, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if _, ok := c.Get(k); ok != want {
			t.Errorf("%s is held: %v, want %v", k, ok, want)
		}
	}
	c.Set("a", "new")
	if v, _ := c.Get("a"); v != "new" || c.Held() != 804 {
		t.Errorf("a is %q; %d bytes, want 804", v, c.Held())
	}
	c.Set("a", strings.Repeat("v", 800)) // Alone too large, and a's last value is not a's any more.
	if _, ok := c.Get("a"); ok || c.Held() != 600 {
		t.Errorf("a is held: %v; %d bytes, want 600", ok, c.Held())
	}
	c.Delete("c")
	c.Delete("nothing")
	if c.Held() != 300 {
		t.Errorf("%d bytes, want 300", c.Held())
	}
	none := cache.New(0, func(_, _ string) int { return 0 })
	none.Set("a", "b")
	if _, ok := none.Get("a"); ok {
		t.Error("a cache of nothing holds something")
	}
}
