package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// index is `rsclip index`: an archive of scenes becomes GeoParquet files, with an
// embedding for each tile.
func index(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("index", flag.ContinueOnError)
	folder, open := modelFlags(flags)
	images := flags.String("images", "", "`folder` of pictures and scenes, a pattern, or a list of paths and addresses, one a line; - for standard input")
	stac := flags.String("stac", "", "`file` of STAC items, one after another or as a FeatureCollection, a folder or a pattern of such files, in place of -images; - for standard input")
	asset := flags.String("asset", "visual", "`key` of the asset of each STAC item")
	properties := flags.String("properties", "", "`names` of properties of STAC items that the table keeps, with commas between")
	var o indexing.Options
	flags.StringVar(&o.Out, "out", "", "`folder` to write to; a run that was interrupted goes on there")
	flags.IntVar(&o.Layout.Side, "tile", 256, "side of a tile in `pixels`; 0 takes pictures whole")
	flags.Float64Var(&o.Layout.Overlap, "overlap", 0.1, "`share` of a tile that it has in common with the next one, from 0 to below 1")
	flags.Float64Var(&o.Metres, "metres", 0, "wanted side of a pixel in `metres`: the overview with the largest pixels that are no larger; 0 for full resolution")
	flags.Float64Var(&o.MaxNodata, "max-nodata", 0.5, "largest `share` of a tile that may hold no data, from 0 to 1")
	allowFailures := flags.Bool(contract.AllowFailuresFlag, false, "end with status 0 if tiles or sources have failed; "+failuresFile+" lists them all the same")
	shard := flags.String(contract.ShardFlag, "", "`number/count`, such as 0/4: every fourth source from the first one on, as one of four runs that may run at the same time with the same -out")
	flags.IntVar(&o.ShardRows, "shard-rows", 10_000, "most rows of a file")
	to := engineFlags(flags, contract.ToFlag, "`address` of a search engine that is filled with the tiles, such as weaviate://HOST or postgres://HOST/DATABASE", "")
	var from foreignTable
	flags.StringVar(&from.path, "from", "", "`folder` or file of embeddings that are there, in Parquet: of rsclip index, or made elsewhere with this model; nothing is embedded. They are sent with -to, or become an index with -out")
	flags.StringVar(&from.madeBy, "made-by", "", "`SHA-256` of the model that made the embeddings of -from, if the file does not say so")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if to.Address != "" {
		if err := to.Validate(); err != nil {
			return fmt.Errorf("-to: %w", err)
		}
	}
	// Ctrl-C ends the run at once; it goes on behind the last whole file.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	switch {
	case from.path != "" && (*images != "" || *stac != ""):
		return errors.New("-from wants neither -images nor -stac: it takes embeddings that are there")
	case from.path != "" && (to.Address == "") == (o.Out == ""):
		return errors.New("-from wants -to or -out, one of them: name an engine that is filled, or a folder for an index")
	case from.path == "" && from.madeBy != "":
		return errors.New("-made-by wants -from: pictures are embedded by -model")
	case from.madeBy != "" && !contract.SHA256.MatchString(from.madeBy):
		return fmt.Errorf("-made-by is %.80q: must be 64 hexadecimal digits in lower case", from.madeBy)
	case o.ShardRows < 1:
		return errors.New("-shard-rows must be 1 or more")
	case from.path != "":
		return from.take(ctx, *folder, o, *to, stdout, stderr)
	case o.Out == "":
		return errors.New("-out is missing: name a folder")
	case (*images == "") == (*stac == ""):
		return errors.New("-images or -stac is missing, or both are there: name the pictures by one of them")
	case o.Layout.Side < 0 || o.Layout.Side > 1<<14:
		return fmt.Errorf("-tile is %d: must be 0 to %d", o.Layout.Side, 1<<14)
	case !(o.Layout.Overlap >= 0 && o.Layout.Overlap < 1):
		return fmt.Errorf("-overlap is %v: must be from 0 to below 1", o.Layout.Overlap)
	case !(o.MaxNodata >= 0 && o.MaxNodata <= 1):
		return fmt.Errorf("-max-nodata is %v: must be from 0 to 1", o.MaxNodata)
	case !(o.Metres >= 0):
		return errors.New("-metres must be 0 or more")
	}
	part, err := indexing.ParsePart(*shard)
	if err != nil {
		return fmt.Errorf("-shard: %w", err)
	}
	if o.Out, err = part.Folder(o.Out); err != nil {
		return err
	}
	sources, err := archiveSources(*images, *stac, *asset, *properties)
	if err != nil {
		return err
	}
	distinct := indexing.Distinct(sources)
	if again := len(sources) - len(distinct); again > 0 {
		_, _ = fmt.Fprintf(stderr, "index: %d of %d sources are named again, and indexed once\n", again, len(sources))
	}
	sources = part.Sources(distinct)
	m, err := open()
	if err != nil {
		return err
	}
	defer m.Close()
	o.Workers, o.Client = runtime.GOMAXPROCS(0), &http.Client{Timeout: time.Minute}
	o.Progress = progressLines(stderr)
	p, err := indexing.Run(ctx, m, sources, o)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted after %d tiles: the same command goes on behind the last file of %s", p.Rows, o.Out)
	}
	if err != nil {
		return err
	}
	failures, err := writeFailures(o.Out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %d tiles of %d sources, %d of them new; %d left out for want of data\n", o.Out, p.RowsBefore+p.Rows, p.Sources, p.Rows, p.Skipped)
	if err == nil && to.Address != "" && p.RowsBefore+p.Rows > 0 {
		err = fill(ctx, o.Out, *to, stdout, stderr)
	}
	if err == nil && failures > 0 && !*allowFailures {
		err = fmt.Errorf("%d tiles or sources have failed: %s lists them", failures, filepath.Join(o.Out, failuresFile))
	}
	return err
}

// modelFlags adds the flags that say which model is run, and on what. The function
// that it returns opens it, once the flags are parsed.
func modelFlags(flags *flag.FlagSet) (dir *string, open func() (*model.Model, error)) {
	dir = flags.String("model", cmp.Or(os.Getenv(contract.ModelPathEnv), contract.ModelFolder), "model `folder` that rsclip export wrote (environment: "+contract.ModelPathEnv+")")
	modelConfig := flags.String("model-config", os.Getenv(contract.ModelConfigEnv), "model-config.json `file`, for how pictures are read and the device is used; none means the defaults (environment: "+contract.ModelConfigEnv+")")
	device := flags.String("device", "", "cpu, cuda or tensorrt (default that of -model-config, or cpu)")
	return dir, func() (*model.Model, error) {
		fallback := config.DefaultModel()
		fallback.Device = config.CPU
		c, err := readConfig(*modelConfig, fallback, config.ParseModel)
		if err != nil {
			return nil, err
		}
		c.Device = cmp.Or(config.Device(*device), c.Device)
		if err := c.Validate(); err != nil {
			return nil, err
		}
		return model.Open(*dir, c, nil)
	}
}

// archiveSources reads the sources that the flags name.
func archiveSources(images, stac, asset, properties string) ([]indexing.Source, error) {
	if images != "" {
		return indexing.Sources(images, os.Stdin)
	}
	items := indexing.Items{Asset: asset}
	for name := range strings.SplitSeq(properties, ",") {
		if name = strings.TrimSpace(name); name != "" {
			items.Properties = append(items.Properties, name)
		}
	}
	return items.STAC(stac, os.Stdin)
}

// progressLines writes a line every few seconds.
func progressLines(to io.Writer) func(indexing.Progress) {
	const every = 2 * time.Second
	start, last := time.Now(), time.Now()
	return func(p indexing.Progress) {
		if now := time.Now(); now.Sub(last) >= every {
			last = now
			_, _ = fmt.Fprintln(to, progressLine(p, now.Sub(start)))
		}
	}
}

// progressLine says how much is done after some time, how fast, and how long the rest
// takes.
func progressLine(p indexing.Progress, elapsed time.Duration) string {
	line := fmt.Sprintf("index: %d tiles, %.1f a second, %d of %d sources, %d failed", p.Rows, float64(p.Rows+p.Skipped)/elapsed.Seconds(), p.SourcesDone, p.Sources, p.Failed)
	if left, known := p.Left(elapsed); known {
		line += ", about " + left.Round(time.Second).String() + " left"
	}
	return line
}

// failuresFile is what the failures of all files are written to.
const failuresFile = "failures.jsonl"

// writeFailures lists the failures of an index, a JSON object a line, and returns how
// many there are.
func writeFailures(folder string) (count int, err error) {
	failures, err := indexing.Failures(folder)
	if err != nil {
		return 0, err
	}
	path := filepath.Join(folder, failuresFile)
	if len(failures) == 0 {
		err := os.Remove(path)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return 0, err
	}
	var lines bytes.Buffer
	for _, failure := range failures {
		line, err := json.Marshal(failure)
		if err != nil {
			return 0, err
		}
		_, _ = lines.Write(append(line, '\n'))
	}
	return len(failures), os.WriteFile(path, lines.Bytes(), 0o644)
}
