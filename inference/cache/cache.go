// Package cache keeps the values that were used last, within a number of bytes.
package cache

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// entryOverhead is about what an entry costs beside its key and value, in
// bytes: list element, map slot and headers.
const entryOverhead = 200

// Cache holds values by their keys. Its methods may be called at the same time.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[K, V]
	size  func(K, V) int
	bytes int
	limit int
}

// New makes a cache of at most limit bytes, of which size counts an entry's
// own; a limit of 0 makes one that keeps nothing.
func New[K comparable, V any](limit int, size func(K, V) int) *Cache[K, V] {
	c := &Cache[K, V]{size: size, limit: limit}
	// The bound is in bytes; entries have none.
	c.lru, _ = simplelru.NewLRU(math.MaxInt, func(k K, v V) { c.bytes -= c.size(k, v) + entryOverhead })
	return c
}

// Get returns the value of a key, if it is held.
func (c *Cache[K, V]) Get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Get(k)
}

// Set holds a value in place of the key's last one, unless it alone is larger
// than the cache.
func (c *Cache[K, V]) Set(k K, v V) {
	n := c.size(k, v) + entryOverhead
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(k)
	if n > c.limit {
		return
	}
	for c.bytes+n > c.limit {
		c.lru.RemoveOldest()
	}
	c.lru.Add(k, v)
	c.bytes += n
}

// Delete forgets a key.
func (c *Cache[K, V]) Delete(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(k)
}

// Held returns the bytes that the cache holds.
func (c *Cache[K, V]) Held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
