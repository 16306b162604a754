//go:build !race

package interrupt

const slowdown = 1
