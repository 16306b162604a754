// Package budget gives out the memory that requests may take, before they take
// it: for bodies, fetched files, pictures and answers. What does not fit now
// waits in a queue that is bounded, and what never fits is refused.
package budget

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Budget is a number of bytes in four shares, so that none of them can take the
// room of another. A request takes from them in their order here and never
// waits for an earlier one, so that no two requests can wait for each other.
type Budget struct {
	Bodies   *Share // what requests bring
	Answers  *Share // embeddings and scores, until they are sent
	Files    *Share // what is fetched, until it is embedded
	Pictures *Share // what decoding takes, and the tensors that wait for the model

	total, held atomic.Int64
	// freed is what was given back since memory was last handed to the system.
	// Until then it may still be there, as garbage or as Go's reserve, which
	// decoders in C cannot use.
	freed atomic.Int64
	room  sync.Mutex

	goHeap goHeap
}

// large is a lease, in bytes, before which memory is looked after. Go's own
// collector keeps up with smaller ones.
const large = 1 << 20

// New makes a budget of so many bytes, where as many pictures as there are
// workers are prepared at the same time. Large ones have places of their own,
// for at most half of the cores, so that others need not wait for them.
func New(bytes int64, workers int) *Budget {
	b := &Budget{}
	b.Bodies = b.share("bodies", 6, 64<<10, 0, 0)
	b.Answers = b.share("answers", 2, 256<<10, 0, 0)
	b.Files = b.share("files", 2, 1<<20, 0, 0)
	b.Pictures = b.share("pictures", 6, 32<<20, workers, max(1, min(workers, runtime.GOMAXPROCS(0)/2)))
	b.Resize(bytes)
	return b
}

// sixteenths is what the shares' parts add up to.
const sixteenths = 16

func (b *Budget) share(name string, part, small int64, places, largePlaces int) *Share {
	s := &Share{Name: name, budget: b, part: part, small: small}
	s.lanes[0] = lane{places: places, most: maxWaiting}
	s.lanes[1] = lane{places: largePlaces, most: maxLargeWaiting}
	return s
}

// Shares returns all of them.
func (b *Budget) Shares() []*Share { return []*Share{b.Bodies, b.Answers, b.Files, b.Pictures} }

// Resize gives the budget another size. What is held stays held.
func (b *Budget) Resize(bytes int64) {
	b.total.Store(bytes)
	for _, s := range b.Shares() {
		s.resize(bytes * s.part / sixteenths)
	}
}

// Bytes returns the size of the budget.
func (b *Budget) Bytes() int64 { return b.total.Load() }

// hold counts what has been given out, and sees to it that the memory is there:
// what was freed before and lingers is handed to the system when both would not
// fit.
func (b *Budget) hold(bytes int64) {
	if b.held.Add(bytes)+b.freed.Load() <= b.total.Load() || bytes < large {
		return
	}
	b.room.Lock()
	defer b.room.Unlock()
	if freed := b.freed.Load(); freed > 0 && b.held.Load()+freed > b.total.Load() {
		debug.FreeOSMemory()
		b.freed.Add(-freed)
	}
}

func (b *Budget) free(bytes int64) {
	b.held.Add(-bytes)
	b.freed.Add(bytes)
}

// BoundGo has Go collect its garbage before it has so many bytes, less those that
// pictures hold: decoders in C, and those that are processes, take theirs beside Go's.
// C gives back at once what they free.
func (b *Budget) BoundGo(bytes int64) {
	giveBack()
	b.goHeap.bound(bytes)
}
