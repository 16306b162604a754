package pipeline

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// entryOverhead is about what an entry costs beside its key and value, in
// bytes: list element, map slot and headers.
const entryOverhead = 200

// cache keeps the values used last within a number of bytes.
type cache[K comparable, V any] struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[K, V]
	size  func(K, V) int
	bytes int
	limit int
}

// newCache makes a cache of at most limit bytes, of which size counts an
// entry's own; a limit of 0 makes one that keeps nothing.
func newCache[K comparable, V any](limit int, size func(K, V) int) *cache[K, V] {
	c := &cache[K, V]{size: size, limit: limit}
	// The bound is in bytes; entries have none.
	c.lru, _ = simplelru.NewLRU(math.MaxInt, func(k K, v V) { c.bytes -= c.size(k, v) + entryOverhead })
	return c
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Get(k)
}

func (c *cache[K, V]) put(k K, v V) {
	n := c.size(k, v) + entryOverhead
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > c.limit || c.lru.Contains(k) {
		return
	}
	for c.bytes+n > c.limit {
		c.lru.RemoveOldest()
	}
	c.lru.Add(k, v)
	c.bytes += n
}

// held returns the bytes that the cache holds.
func (c *cache[K, V]) held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
