// Package httprange reads parts of a file over HTTP, as much as is asked for and
// little more, so that the header of a scene of gigabytes costs one request.
package httprange

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// BlockBytes is the unit in which a file is asked for. The directories of a
// Cloud-Optimized GeoTIFF fit into one, and a tile of JPEG takes about one.
const BlockBytes = 64 << 10

// cachedBlocks are kept for what is read again, 16 MiB.
const cachedBlocks = 256

// tries are how often a request is made whose server is busy or cannot be reached.
const tries = 4

// ErrNoRanges reports a server that does not answer with parts of a file.
var ErrNoRanges = errors.New("the server does not answer with ranges: download the file, and name its path")

// Reader reads one file. It is an [io.ReaderAt], and may be used by several
// goroutines at the same time.
type Reader struct {
	ctx    context.Context
	client *http.Client
	url    string
	size   int64
	etag   string // that all ranges must have

	mu     sync.Mutex
	blocks map[int64]*list.Element
	order  *list.List // of *block, the one that was read last at the front

	// Requests and Bytes are what has been asked for so far.
	requests, bytes int64
}

type block struct {
	index int64
	data  []byte
}

// Open asks for the first block of a file, and with it for its size. All requests
// end with ctx.
func Open(ctx context.Context, client *http.Client, url string) (*Reader, error) {
	r := &Reader{ctx: ctx, client: client, url: url, blocks: map[int64]*list.Element{}, order: list.New()}
	data, err := r.get(0, BlockBytes-1)
	if err != nil {
		return nil, err
	}
	r.keep(0, data)
	return r, nil
}

// Size is the file's, in bytes.
func (r *Reader) Size() int64 { return r.size }

// Asked returns how many requests there were so far, and how many bytes came.
func (r *Reader) Asked() (requests, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests, r.bytes
}

// ReadAt reads from the blocks that are there, and asks for the others, those side
// by side in one request.
func (r *Reader) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, fmt.Errorf("reading %s: offset %d is negative", r.url, at)
	}
	if at >= r.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > r.size-at
	if short {
		p = p[:r.size-at]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	first, last := at/BlockBytes, (at+int64(len(p))-1)/BlockBytes
	for index := first; index <= last; index++ {
		if _, ok := r.blocks[index]; ok {
			r.copy(p, at, index)
			continue
		}
		missing := index
		for missing < last && missing < index+cachedBlocks-1 && r.blocks[missing+1] == nil {
			missing++
		}
		data, err := r.get(index*BlockBytes, min((missing+1)*BlockBytes, r.size)-1)
		if err != nil {
			return 0, err
		}
		for ; len(data) > 0; index++ {
			n := min(BlockBytes, len(data))
			r.keep(index, bytes.Clone(data[:n])) // A block must not hold the others.
			r.copy(p, at, index)
			data = data[n:]
		}
		index--
	}
	if short {
		return len(p), io.EOF
	}
	return len(p), nil
}

// copy copies what a block has of the bytes that p wants from a place on.
func (r *Reader) copy(p []byte, at, index int64) {
	e := r.blocks[index]
	r.order.MoveToFront(e)
	from := index * BlockBytes
	data := e.Value.(*block).data
	if from < at {
		data, from = data[at-from:], at
	}
	copy(p[from-at:], data)
}

func (r *Reader) keep(index int64, data []byte) {
	r.blocks[index] = r.order.PushFront(&block{index, data})
	for r.order.Len() > cachedBlocks {
		oldest := r.order.Back()
		r.order.Remove(oldest)
		delete(r.blocks, oldest.Value.(*block).index)
	}
}

// get asks for the bytes from first to last, again if the server is busy.
func (r *Reader) get(first, last int64) (data []byte, err error) {
	for try := range tries {
		if try > 0 {
			select {
			case <-r.ctx.Done():
				return nil, r.ctx.Err()
			case <-time.After(time.Duration(1<<try) * 100 * time.Millisecond):
			}
		}
		var again bool
		if data, again, err = r.ask(first, last); err == nil || !again {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading bytes %d to %d of %s: %w", first, last, r.url, err)
	}
	return data, nil
}

// ask makes one request, and says whether another one might succeed.
func (r *Reader) ask(first, last int64) (data []byte, again bool, err error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, false, err
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", first, last))
	request.Header.Set("Accept-Encoding", "identity")
	if r.etag != "" {
		request.Header.Set("If-Match", r.etag)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, r.ctx.Err() == nil, err
	}
	defer func() { _ = response.Body.Close() }()
	switch code := response.StatusCode; code {
	case http.StatusPartialContent:
	case http.StatusOK:
		return nil, false, ErrNoRanges
	case http.StatusPreconditionFailed:
		return nil, false, errors.New("the file has changed meanwhile: begin again")
	default:
		return nil, code == http.StatusTooManyRequests || code >= 500, fmt.Errorf("the server answered %s", response.Status)
	}
	var from, to, size int64
	if _, err := fmt.Sscanf(response.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); err != nil {
		return nil, false, fmt.Errorf("the server's Content-Range is %s", strconv.Quote(response.Header.Get("Content-Range")))
	}
	if r.size == 0 && size > 0 { // The first answer.
		r.size = size
		if etag := response.Header.Get("ETag"); !strings.HasPrefix(etag, "W/") {
			r.etag = etag
		}
	}
	last = min(last, r.size-1)
	if from != first || to != last || size != r.size {
		return nil, false, fmt.Errorf("the server answered with bytes %d to %d of %d, and was asked for %d to %d of %d", from, to, size, first, last, r.size)
	}
	data = make([]byte, last-first+1)
	n, err := io.ReadFull(response.Body, data)
	r.requests, r.bytes = r.requests+1, r.bytes+int64(n)
	return data, r.ctx.Err() == nil, err
}
