package interrupt_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// TestAllow works for ever, and may do so for a while.
func TestAllow(t *testing.T) {
	t.Parallel()
	allowed, done := interrupt.Allow(t.Context(), 50*time.Millisecond)
	defer done()
	time.Sleep(100 * time.Millisecond) // Which keeps no processor busy.
	if err := allowed.Err(); err != nil {
		t.Fatalf("after it has slept: %v", err)
	}
	give := time.Now().Add(time.Minute)
	for allowed.Err() == nil {
		if time.Now().After(give) {
			t.Fatal("it went on")
		}
	}
	if err := allowed.Err(); !errors.Is(err, interrupt.ErrSpent) {
		t.Errorf("it ended with %v", err)
	}
}

// TestAllowKeepsTheContext has a context that ends before what is allowed is spent.
func TestAllowKeepsTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	allowed, done := interrupt.Allow(ctx, time.Hour)
	defer done()
	if err := allowed.Err(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := allowed.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
