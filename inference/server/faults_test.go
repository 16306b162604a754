package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// Texts that a model of snares hangs and fails on, as a device might, and of which
// its embedding is NaN.
const (
	hangs = "bridge"
	fails = "harbour"
	nan   = "airport"
)

// snaredFolder is a model folder whose towers are testdata/snare's.
func snaredFolder(t *testing.T) string {
	t.Helper()
	tiny, err := tinyFolder()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
		t.Fatal(err)
	}
	metadata, err := modelfolder.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range metadata.Files {
		data, err := os.ReadFile(filepath.Join(testdata, "snare", f.Name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, f.Name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(data)
		metadata.Files[i].Size, metadata.Files[i].SHA256 = int64(len(data)), hex.EncodeToString(hash[:])
	}
	if err := modelfolder.Write(dir, metadata); err != nil {
		t.Fatal(err)
	}
	return dir
}

// snared serves a model of snares.
func snared(t *testing.T, app config.App, mc config.Model) *instance {
	t.Helper()
	i := newServer(t, app, mc)
	i.SetModel(openFolder(t, snaredFolder(t), mc, i.telemetry), nil)
	return i
}

// embed asks for the embedding of a text, with a deadline in seconds.
func embed(t *testing.T, ctx context.Context, url, text, deadline string) (status int, code string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/embeddings", strings.NewReader(fmt.Sprintf(`{"input": %q}`, text)))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Request-Timeout-Seconds", deadline)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct{ Error struct{ Code string } }
	_ = json.NewDecoder(response.Body).Decode(&answer)
	return response.StatusCode, answer.Error.Code
}

// until waits for a path to answer with a status and a code.
func until(t *testing.T, url string, status int, code string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		gotStatus, gotCode := answered(t, url)
		if gotStatus == status && gotCode == code {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: status %d, code %q, want %d, %q", url, gotStatus, gotCode, status, code)
		}
	}
}

// answered is the status and the code that a path answers with.
func answered(t *testing.T, url string) (status int, code string) {
	t.Helper()
	status, answer := get[failure](t, url)
	return status, answer.Error.Code
}

// TestADeadlineEndsARun has a run that would never end by itself.
func TestADeadlineEndsARun(t *testing.T) {
	t.Parallel()
	url := serve(t, snared(t, config.App{}, config.Model{}))
	for range 2 {
		if status, code := embed(t, t.Context(), url, hangs, "0.2"); status != http.StatusGatewayTimeout || code != "deadline_exceeded" {
			t.Errorf("a run that hangs: status %d, code %q", status, code)
		}
		if status, code := embed(t, t.Context(), url, "river", "600"); status != http.StatusOK {
			t.Errorf("the request behind it: status %d, code %q", status, code)
		}
	}
	// A caller that leaves ends its run, too.
	ctx, leave := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer leave()
	embed(t, ctx, url, hangs, "600")
	if status, code := embed(t, t.Context(), url, "lake", "600"); status != http.StatusOK {
		t.Errorf("the request behind one whose caller left: status %d, code %q", status, code)
	}
}

// TestAFailingRunFailsItsRequestsOnly has a run that the runtime gives up.
func TestAFailingRunFailsItsRequestsOnly(t *testing.T) {
	t.Parallel()
	i := snared(t, config.App{}, config.Model{})
	url := serve(t, i)
	for range 3 {
		if status, code := embed(t, t.Context(), url, fails, "600"); status != http.StatusInternalServerError || code != "internal" {
			t.Errorf("status %d, code %q", status, code)
		}
		if status, code := embed(t, t.Context(), url, "river", "600"); status != http.StatusOK {
			t.Errorf("the request behind it: status %d, code %q", status, code)
		}
	}
	if !strings.Contains(i.log.String(), "running the text tower") {
		t.Errorf("the log does not say what failed: %q", i.log)
	}
}

// TestTheWatchdog has /health fail while a run hangs, and when a tower is lost,
// until it is found or there is another model.
func TestTheWatchdog(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	i := newServer(t, config.App{Server: config.Server{WatchdogSeconds: 1, DrainSeconds: -1}}, config.Model{})
	dir := snaredFolder(t)
	i.SetModel(openFolder(t, dir, config.Model{}, i.telemetry), nil)
	url, _ := listen(t, i)

	until(t, url+"/health", http.StatusOK, "")
	hanging, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { embed(t, hanging, url, hangs, "600") })
	until(t, url+"/health", http.StatusServiceUnavailable, "stuck")
	leave()
	group.Wait()
	until(t, url+"/health", http.StatusOK, "")

	lose(t, dir, true) // Nobody calls: the watchdog finds out.
	until(t, url+"/health", http.StatusServiceUnavailable, "broken")
	until(t, url+"/ready", http.StatusServiceUnavailable, "device_lost")
	lose(t, dir, false)
	until(t, url+"/health", http.StatusOK, "")
	until(t, url+"/ready", http.StatusOK, "")
	lose(t, dir, true)
	until(t, url+"/health", http.StatusServiceUnavailable, "broken")
	i.SetModel(openTiny(t, config.Model{}, i.telemetry), nil)
	if status, code := answered(t, url+"/health"); status != http.StatusOK {
		t.Errorf("by another model: status %d, code %q", status, code)
	}
}

// fill has a run of the text tower hang and an item wait behind it, in a queue
// of one place, until their callers leave and it is empty again.
func fill(t *testing.T, url string) (leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { embed(t, ctx, url, hangs, "600") })
	until(t, url+"/health", http.StatusServiceUnavailable, "stuck")
	group.Go(func() { embed(t, ctx, url, "river behind it", "600") })
	wait := func(items int) {
		for !strings.Contains(scrape(t, url), fmt.Sprintf("rsclip_queue_items{tower=\"text\"} %d\n", items)) {
			time.Sleep(time.Millisecond)
		}
	}
	wait(1)
	return func() {
		cancel()
		group.Wait()
		wait(0) // The server hears a little later that its caller has left.
	}
}

// TestAFullQueueRefusesSingleAndListAlike sends a text, and a list of more than
// there is room for.
func TestAFullQueueRefusesSingleAndListAlike(t *testing.T) {
	t.Parallel()
	url := serve(t, snared(t, config.App{Server: config.Server{WatchdogSeconds: 1}}, config.Model{MaxQueueItems: 1}))
	leave := fill(t, url)
	texts := make([]string, 1000)
	for n := range texts {
		texts[n] = fmt.Sprintf("caption %d", n)
	}
	for name, input := range map[string]any{"single": "river", "list": texts} {
		if status, code, retry := refusal(t, url+"/v1/embeddings", object{"input": input}); status != 429 || code != "overloaded" || retry != "1" {
			t.Errorf("%s: status %d, code %q, Retry-After %q", name, status, code, retry)
		}
	}
	wantMetrics(t, url, `rsclip_refusals_total{reason="overloaded"} 2`, `rsclip_queue_items_limit{tower="text"} 1`)
	leave()
	if status, code := embed(t, t.Context(), url, "river", "600"); status != http.StatusOK {
		t.Errorf("when there is room again: status %d, code %q", status, code)
	}
}

// TestOverloadIsNotReady has the queue refuse items for longer than a second.
func TestOverloadIsNotReady(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	url := serve(t, snared(t, config.App{Server: config.Server{OverloadSeconds: 1, WatchdogSeconds: 1}}, config.Model{MaxQueueItems: 1}))
	leave := fill(t, url)
	until(t, url+"/ready", http.StatusOK, "") // Full, and nobody has been refused.
	if status, code := embed(t, t.Context(), url, "river", "600"); status != http.StatusTooManyRequests {
		t.Errorf("status %d, code %q, want 429", status, code)
	}
	until(t, url+"/ready", http.StatusServiceUnavailable, "overloaded")
	leave()
	until(t, url+"/ready", http.StatusOK, "")
}

// TestFullQueuesLeavePodsReady has the queue of a pod refuse requests for seconds.
// It knows of no other, which may be as full, and hence may not give up its place.
func TestFullQueuesLeavePodsReady(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	if limit := (config.Server{}).OverloadLimit(); limit != 0 {
		t.Errorf("an overload ends a server's readiness after %v", limit)
	}
	url := serve(t, snared(t, config.App{Server: config.Server{WatchdogSeconds: 1}}, config.Model{MaxQueueItems: 1}))
	defer fill(t, url)()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if status, code := embed(t, t.Context(), url, "river", "600"); status != http.StatusTooManyRequests {
			t.Errorf("status %d, code %q, want 429", status, code)
		}
		if status, code := answered(t, url+"/ready"); status != http.StatusOK {
			t.Fatalf("/ready: status %d, code %q", status, code)
		}
	}
}

// TestTheLogKeepsSecrets provokes every kind of complaint with requests that
// carry a key, a picture and addresses with credentials.
func TestTheLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	const key, password, token = "a-key-0123456789abcdef", "hunter2-password", "signature-5f2c"
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("nightly-job: "+key), 0o600); err != nil {
		t.Fatal(err)
	}
	i := snared(t, config.App{Server: config.Server{APIKeysFile: path}}, config.Model{})
	url := serve(t, i)
	picture := inlinePicture(t, "one-pixel.png")
	for body, want := range map[string]int{
		`{"text": "` + fails + `", "image": "` + picture + `"}`:                                          500,
		`{"text": "river", "image": "` + picture[:40] + `"}`:                                             422,
		`{"text": "river", "image_url": "http://user:` + password + `@127.0.0.1/a.jpg?s=` + token + `"}`: 400,
		`{"text": "river", "image_url": "http://127.0.0.1:1/a.jpg?s=` + token + `"}`:                     400,
	} {
		for _, authorization := range []string{"Bearer " + key, "Bearer " + key + "-wrong"} {
			request, err := http.NewRequest(http.MethodPost, url+"/predict", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", authorization)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			status, answer := readReply(t, response)
			if authorization != "Bearer "+key {
				want = 401
			}
			if status != want {
				t.Errorf("%.60s: status %d, want %d", body, status, want)
			}
			for _, secret := range []string{key, password, token} {
				if strings.Contains(answer.Error.Message, secret) {
					t.Errorf("the answer shows %q: %s", secret, answer.Error.Message)
				}
			}
		}
	}
	logged := i.log.String()
	if !strings.Contains(logged, "request failed") || !strings.Contains(logged, "key=nightly-job") {
		t.Errorf("nothing was logged: %q", logged)
	}
	for _, secret := range []string{key, password, token, picture[30:60]} {
		if strings.Contains(logged, secret) {
			t.Errorf("the log shows %q: %s", secret, logged)
		}
	}
}
