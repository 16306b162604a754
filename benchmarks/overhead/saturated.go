package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/internal/served"
)

// cost is what one item takes, in seconds: of the clock, and of all cores.
type cost struct{ seconds, cpu float64 }

// turn is one round under saturating load.
type turn struct {
	bare, server cost
	clients      float64 // part of all cores' time that this process took during the server's turn
}

// saturate has a closed loop of clients keep the server's queue full, and stops the
// server wherever it has answered enough, to run as many items bare: it then goes on
// with what it holds as though nothing had been. Most is the largest batch of a run.
func saturate(ctx context.Context, b *bare, s *served.Server, target *loadgen.Target, most, rounds int, duration time.Duration) (turns []turn, err error) {
	clients := max(leastClients, 3*most)
	send, err := target.Sender(clients)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	answers := make(chan string, clients)
	var loop sync.WaitGroup
	defer loop.Wait()
	defer cancel() // Before the wait, which would not end.
	var n atomic.Int64
	for range clients {
		loop.Go(func() {
			for ctx.Err() == nil {
				outcome := send(ctx, int(n.Add(1)))
				select {
				case answers <- outcome:
				case <-ctx.Done():
				}
			}
		})
	}
	answered := func(items int) error {
		for range items {
			select {
			case outcome := <-answers:
				if outcome != loadgen.OK {
					return fmt.Errorf("a request to the server: %s", outcome)
				}
			case <-time.After(time.Minute):
				return errors.New("the server has answered no request for a minute")
			}
		}
		return nil
	}
	// By then the queue is full, and so are batches.
	if err := answered(2 * most); err != nil {
		return nil, err
	}
	for range rounds {
		if err := s.Signal(syscall.SIGSTOP); err != nil {
			return nil, err
		}
		bare, items, err := b.beside(max(1, 2*most/b.threads), duration)
		if err := s.Signal(syscall.SIGCONT); err != nil {
			return nil, err
		}
		if err != nil {
			return nil, err
		}
		start, mine, its := time.Now(), cpuTime(), serverTime(s)
		if err := answered(items); err != nil {
			return nil, err
		}
		took := time.Since(start).Seconds()
		turns = append(turns, turn{
			bare:    bare,
			server:  cost{took / float64(items), (serverTime(s) - its).Seconds() / float64(items)},
			clients: (cpuTime() - mine).Seconds() / took / float64(runtime.NumCPU()),
		})
	}
	return turns, nil
}

// cpuTime is the time that this process has kept cores busy.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
