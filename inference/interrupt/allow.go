package interrupt

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ErrSpent ends work that keeps a processor busy for longer than it may.
var ErrSpent = errors.New("it takes more of a processor than it may")

// Allow returns a context whose Err is [ErrSpent], too, once the calling goroutine
// has kept a processor busy for longer than most. Time in which others have the
// processor does not count. The goroutine keeps to its thread until it calls done.
// The context is for that goroutine only, and its Done does not know of the end.
func Allow(ctx context.Context, most time.Duration) (allowed context.Context, done func()) {
	runtime.LockOSThread()
	return allowance{ctx, busy() + slowdown*most}, runtime.UnlockOSThread
}

type allowance struct {
	context.Context
	until time.Duration
}

func (a allowance) Err() error {
	if err := a.Context.Err(); err != nil {
		return err
	}
	if busy() > a.until {
		return ErrSpent
	}
	return nil
}

// busy is for how long this thread has kept a processor busy, 0 if the system does
// not tell.
func busy() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}
