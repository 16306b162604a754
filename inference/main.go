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
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// version is set by the build.
var version = "dev"

// commands are what the program does, in the order in which help lists them.
var commands = []command{
	{contract.Serve, "", "answer over HTTP", serve},
	{contract.Pull, "OWNER/NAME[@REVISION]", "download a checkpoint from a hub, and export it", pull},
	{contract.FetchModel, "", "download an archive of a model folder, and unpack it", fetchModel},
	{contract.FetchIndex, "", "download an archive of an index, and unpack it", fetchIndex},
	{"export", "", "turn a Hugging Face SigLIP checkpoint into a model folder", exportModel},
	{"adopt", "", "make a model folder of ONNX towers that another exporter has written", adopt},
	{"info", "FILE-OR-URL", "print what a TIFF says of itself: size, place on earth, nodata, overviews", info},
	{"index", "", "make a searchable index of an archive: embeddings of the tiles of its scenes, in GeoParquet", index},
	{"embed", "", "print the embeddings of files of texts and pictures", embed},
	{"evaluate", "", "measure a model, or a server, on a data set of classes or captions", evaluate},
	{"bench", "", "put load on a server, and measure it", bench},
	{"check", "", "verify a model folder: hashes, shapes and a run of both towers; or an index", check},
}

type command struct {
	name, argument, summary string
	run                     func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

func main() {
	os.Exit(run(untilSignal(), os.Args[1:], os.Stdout, os.Stderr))
}

// untilSignal returns a context that ends with the first SIGTERM, which a cluster
// sends, or SIGINT, which a terminal does; the cause tells them apart. A second
// signal ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		got := <-signals
		signal.Stop(signals)
		if got == syscall.SIGINT {
			cancel(server.ErrInterrupted)
		}
		cancel(nil)
	}()
	return ctx
}

// run is main with its surroundings as arguments; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		list(stderr)
		return 2
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(args) == 0 {
			list(stdout)
			return 0
		}
		name, args = args[0], []string{"-h"}
	case "version", "-version", "--version":
		_, _ = fmt.Fprintf(stdout, "rsclip %s, %s, %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return 0
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i < 0 {
		_, _ = fmt.Fprintf(stderr, "rsclip: unknown command %q%s; rsclip help lists them\n", name, meant(name))
		return 2
	}
	c := commands[i]
	err := c.run(ctx, args, stdout, stderr)
	var help *helpError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &help):
		c.help(help.flags, stdout)
		return 0
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintf(stderr, "rsclip %s -h lists the flags\n", c.name)
		return 2
	}
	_, _ = fmt.Fprintf(stderr, "rsclip %s: %s\n", c.name, strings.ReplaceAll(err.Error(), "\n", "; "))
	return 1
}

// list prints what commands there are.
func list(to io.Writer) {
	_, _ = fmt.Fprintln(to, "usage: rsclip COMMAND [flags]; rsclip COMMAND -h lists the flags")
	for _, c := range commands {
		_, _ = fmt.Fprintf(to, "  %-11s %s\n", c.name, c.summary)
	}
	_, _ = fmt.Fprintf(to, "  %-11s %s\n", "version", "print the program's version")
}

// help prints what a command takes.
func (c command) help(flags *flag.FlagSet, to io.Writer) {
	usage := c.name
	if c.argument != "" {
		usage += " " + c.argument
	}
	_, _ = fmt.Fprintf(to, "usage: rsclip %s [flags]\n%s\n\n", usage, c.summary)
	flags.SetOutput(to)
	flags.PrintDefaults()
}

// meant guesses the command that a name is a misspelling of.
func meant(name string) string {
	if strings.HasPrefix(name, "-") {
		return ": a command comes before its flags"
	}
	best, distance := "", 3 // What is further away is another word.
	for _, c := range commands {
		d := edits(name, c.name)
		if strings.HasPrefix(c.name, name) && name != "" {
			d = 1
		}
		if d < distance {
			best, distance = c.name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// edits is how many bytes must be put in, left out or replaced to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// errUsage reports arguments that have been complained about already.
var errUsage = errors.New("wrong usage")

// helpError asks for the help of a command.
type helpError struct{ flags *flag.FlagSet }

func (*helpError) Error() string { return flag.ErrHelp.Error() }

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
	flags.SetOutput(io.Discard) // It would print all flags for one that is wrong.
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return &helpError{flags}
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "rsclip %s: %s\n", flags.Name(), err)
		return errUsage
	}
	if flags.NArg() > 0 {
		_, _ = fmt.Fprintf(stderr, "rsclip %s: unexpected argument %q: every setting is a flag\n", flags.Name(), flags.Arg(0))
		return errUsage
	}
	return nil
}
