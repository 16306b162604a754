//go:build race

package interrupt

// slowdown is how much longer work takes with the race detector.
const slowdown = 5
