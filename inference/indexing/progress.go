package indexing

import "time"

// Progress is how far a run is.
type Progress struct {
	Sources, SourcesDone  int
	Rows, Skipped, Failed int // of this run: tiles written, with too little data, and failed
	RowsBefore            int // that were there when it began
	// Expected is how many tiles this run will have had in the end, as far as it is
	// known: those of the sources that were opened, and as many of the others for their
	// bytes, or for each of them if sizes are unknown. 0 while nothing is known.
	Expected int
}

// Done is how many tiles of this run are done.
func (p Progress) Done() int { return p.Rows + p.Skipped + p.Failed }

// Left is how long the rest takes, if the run went on as it did for so long; ok is
// false while nothing is known.
func (p Progress) Left(elapsed time.Duration) (left time.Duration, ok bool) {
	done := p.Done()
	if done == 0 || p.Expected == 0 {
		return 0, false
	}
	return time.Duration(float64(elapsed) / float64(done) * float64(p.Expected-done)), true
}

// outlook tells how many tiles a run will have.
type outlook struct {
	tiles float64 // of the sources that were opened, from where the run began
	seen  float64 // their weight
	more  float64 // the weight of the others
	mean  float64 // size of a file; 0 if no size is known
}

// weight of a source is its size, of an address the mean of the files; 1 if no size is
// known.
func (o outlook) weight(s Source) float64 {
	switch {
	case o.mean == 0:
		return 1
	case isAddress(s.Name):
		return o.mean
	}
	return float64(s.Size)
}

// outlookOf begins with sources of which none was opened.
func outlookOf(sources []Source) (o outlook) {
	files, bytes := 0.0, 0.0
	for _, s := range sources {
		if s.Size > 0 {
			files, bytes = files+1, bytes+float64(s.Size)
		}
	}
	if files > 0 {
		o.mean = bytes / files
	}
	for _, s := range sources {
		o.more += o.weight(s)
	}
	return o
}

// open takes in a source with so many tiles, of which some were done before.
func (o *outlook) open(s Source, tiles, before int) {
	w := o.weight(s)
	o.more -= w
	o.tiles += float64(tiles - before)
	o.seen += w * float64(tiles-before) / float64(tiles)
}

// expected is how many tiles the run will have had in the end.
func (o outlook) expected() int {
	if o.seen == 0 {
		return int(o.tiles)
	}
	return int(o.tiles + o.tiles/o.seen*max(0, o.more) + 0.5)
}
