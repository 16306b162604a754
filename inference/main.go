// Command rsclip serves Git-RSCLIP and other SigLIP models.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// version is set by the build.
var version = "dev"

// commands are what the program does, in the order in which help lists them.
var commands = []struct {
	name, summary string
	run           func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}{
	{"serve", "answer over HTTP", serve},
	{"pull", "download a checkpoint from a hub, and export it", pull},
	{"fetch-model", "download an archive of a model folder, and unpack it", fetchModel},
	{"export", "turn a Hugging Face SigLIP checkpoint into a model folder", exportModel},
	{"adopt", "make a model folder of ONNX towers that another exporter has written", adopt},
	{"embed", "print the embeddings of files of texts and pictures", embed},
	{"bench", "put load on a server, and measure it", bench},
	{"check", "verify a model folder: hashes, shapes and a run of both towers", check},
}

func main() {
	ctx, end := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		// A second signal ends the program at once, from before anybody sees the first.
		signal.Stop(signals)
		end()
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		for _, c := range commands {
			if c.name != args[0] {
				continue
			}
			err := c.run(ctx, args[1:], stdout, stderr)
			switch {
			case err == nil || errors.Is(err, flag.ErrHelp):
				return 0
			case errors.Is(err, errUsage):
				return 2
			}
			_, _ = fmt.Fprintf(stderr, "rsclip %s: %s\n", c.name, strings.ReplaceAll(err.Error(), "\n", "; "))
			return 1
		}
		_, _ = fmt.Fprintf(stderr, "rsclip: unknown command %q\n", args[0])
	}
	_, _ = fmt.Fprintln(stderr, "usage: rsclip COMMAND [flags]; rsclip COMMAND -h lists the flags")
	for _, c := range commands {
		_, _ = fmt.Fprintf(stderr, "  %-11s %s\n", c.name, c.summary)
	}
	return 2
}

// errUsage reports arguments that the flag package has already complained about.
var errUsage = errors.New("wrong usage")

// required reports a flag that has no value and needs one.
func required(flags map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] == "" {
			return fmt.Errorf("-%s is missing: name a folder", name)
		}
	}
	return nil
}

// parse parses flags, and refuses arguments that are no flags.
func parse(flags *flag.FlagSet, args []string, stderr io.Writer) error {
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		_, _ = fmt.Fprintf(stderr, "rsclip %s: unexpected argument %q: every setting is a flag\n", flags.Name(), flags.Arg(0))
		return errUsage
	}
	return nil
}
