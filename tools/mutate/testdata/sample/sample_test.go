package sample

import (
	"errors"
	"testing"
)

func TestHeld(t *testing.T) {
	for n, want := range []int{10, 10, 11, 11, 16} {
		if got, err := Held(n); got != want || err != nil {
			t.Errorf("%d: got %d, %v, want %d", n, got, err, want)
		}
	}
	if _, err := Held(-1); !errors.Is(err, ErrNegative) {
		t.Error(err)
	}
}

func TestLoose(*testing.T) { Loose(0) }
