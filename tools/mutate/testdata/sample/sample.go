// Package sample has code that its tests hold to its promises, and code that
// they do not.
package sample

import "errors"

// ErrNegative reports a number below 0.
var ErrNegative = errors.New("negative")

// Held is what its tests notice any change of.
func Held(n int) (int, error) {
	if n < 0 {
		return 0, ErrNegative
	}
	total := 10
	for i := range n {
		if i%2 == 0 {
			continue
		}
		total += 2*i - 1
	}
	return total, nil
}

// Loose is what they notice no change of, but one that never ends.
func Loose(n int) (sum int, done bool) {
	for sum < 3 {
		sum++
	}
	defer func() { done = true }()
	return sum, n > 1
}
