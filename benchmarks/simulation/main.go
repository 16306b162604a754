// Command simulation says how many pods a rate of requests needs, how an
// autoscaler follows traffic, and what that costs, by a simulation of the
// server's batches and of Kubernetes' autoscaler:
//
//	go run ./benchmarks/simulation measure -model FOLDER > pod.json   # how long batches take on this machine
//	go run ./benchmarks/simulation plan -pod pod.json                 # pods, autoscalers and costs, in Markdown
//	go run ./benchmarks/simulation signals                            # what autoscalers see of a GPU
//	go run ./benchmarks/simulation check -rsclip ./rsclip -model FOLDER   # beside the real server
//	go run ./benchmarks/simulation replay -timeline docs/scaling.csv ...  # beside a real autoscaler
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

var commands = map[string]func(ctx context.Context, args []string) error{
	"measure": measure,
	"plan":    plan,
	"check":   check,
	"replay":  replay,
	"signals": signals,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "simulation:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		if command, ok := commands[args[0]]; ok {
			return command(ctx, args[1:])
		}
	}
	return fmt.Errorf("choose a command: %s", strings.Join(slices.Sorted(maps.Keys(commands)), ", "))
}
