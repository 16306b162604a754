package weaviate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// client asks the nodes of a Weaviate by REST and GraphQL: one port, through any
// gateway that speaks HTTP, and no generated code. Its gRPC is faster for the vectors
// that a fill sends, which is short beside their embedding.
type client struct {
	nodes []string // as scheme://host:port
	key   string
	http  *http.Client
	next  atomic.Uint32
}

// Bounds of a call.
const (
	dialTimeout = 2 * time.Second // of a node, before the next one is asked
	// answerTimeout is that of a fill; a search has its request's deadline.
	answerTimeout = 2 * time.Minute
	maxAnswer     = 1 << 30
	firstPause    = 100 * time.Millisecond
	maxPause      = 5 * time.Second
)

// newClient takes the nodes of an address of [contract.ParseEngine].
func newClient(address, key string) (*client, error) {
	engine, err := contract.ParseEngine(address)
	if err != nil {
		return nil, err
	}
	c := &client{key: key, http: &http.Client{Transport: &http.Transport{
		DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: answerTimeout, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute,
	}}}
	protocol := "http://"
	if engine.Scheme == contract.WeaviateHTTPSScheme {
		protocol = "https://"
	}
	for _, host := range engine.Hosts {
		c.nodes = append(c.nodes, protocol+net.JoinHostPort(host.Name, strconv.Itoa(host.Port)))
	}
	return c, nil
}

// statusError is an answer that is no success.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %.300s", e.status, e.text) }

// answerError is an answer that is of no use: with errors, none of which may be passed
// over, such as that of a shard of which no node answers, or one that cannot be read.
type answerError struct{ message string }

func (e *answerError) Error() string { return e.message }

// call sends a request and reads the answer. If a node does not answer, or a shard
// behind it does not, another is asked, so many times in all, with pauses between once
// all have been. Calls can be repeated: what is put has its id.
func (c *client) call(ctx context.Context, tries int, method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	pause := firstPause
	var said error // by the last node that has answered
	var answered *answerError
	first := int(c.next.Add(1))
	for try := 1; ; try++ {
		node := c.nodes[(first+try)%len(c.nodes)] // Other calls may go on meanwhile, and each asks all nodes.
		err := c.once(ctx, node, method, path, data, into)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		var status *statusError
		if errors.As(err, &status) && status.status < http.StatusInternalServerError && status.status != http.StatusTooManyRequests {
			return &search.EngineError{Engine: engine, Err: err}
		}
		if errors.As(err, &answered) {
			said = err
		}
		if try == tries {
			return &search.EngineError{Engine: engine, Unavailable: said == nil, Err: cmp.Or(said, err)}
		}
		if try%len(c.nodes) != 0 {
			continue
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, maxPause)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *client) once(ctx context.Context, node, method, path string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, node+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return &statusError{response.StatusCode, string(data)}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &answerError{fmt.Sprintf("its answer cannot be read: %v", err)}
	}
	if answer, ok := into.(interface{ failed() error }); ok {
		return answer.failed()
	}
	return nil
}

// graph is an answer of GraphQL: the results of Get or Aggregate, by the collection.
type graph struct {
	Data struct {
		Get, Aggregate map[string]json.RawMessage
	}
	Errors []struct{ Message string }
}

func (g *graph) failed() error {
	if len(g.Errors) > 0 {
		return &answerError{g.Errors[0].Message}
	}
	return nil
}
