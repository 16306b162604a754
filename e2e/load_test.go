package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// clients is how many requests are under way at any time, each on a
// connection that it keeps alive, as a pool of a real client does.
const clients = 4

// load sends requests until it is stopped, and counts those that fail.
type load struct {
	done   chan struct{}
	wg     sync.WaitGroup
	mu     sync.Mutex
	total  int
	failed int
	sample string // the first failure
}

func startLoad(t *testing.T, service string) *load {
	t.Helper()
	body, contentType := predictBody(t)
	l := &load{done: make(chan struct{})}
	for range clients {
		l.wg.Add(1)
		go func() {
			defer l.wg.Done()
			client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
			deadline := time.Now().Add(5 * time.Minute)
			for time.Now().Before(deadline) {
				select {
				case <-l.done:
					return
				default:
				}
				l.count(post(client, service+"/predict", contentType, body))
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	return l
}

func post(client *http.Client, url, contentType string, body []byte) error {
	response, err := client.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", response.StatusCode, answer)
	}
	return err
}

func (l *load) count(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	if err != nil {
		l.failed++
		if l.sample == "" {
			l.sample = err.Error()
		}
	}
}

func (l *load) stop() (total, failed int, sample string) {
	close(l.done)
	l.wg.Wait()
	return l.total, l.failed, l.sample
}
