package page_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

// TestSearchTabInTrouble has the search tab show scenes with names that HTML could
// misread, and answers of what stands before the server in the place of its own.
func TestSearchTabInTrouble(t *testing.T) {
	b := newTab(t)
	scene, err := os.ReadFile(demo + "/scenes/north-000east.tif")
	if err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(t.TempDir(), `"'><img src=x onerror=hurt=1> &lt; `+strings.Repeat("long", 30)+".tif")
	if err := os.WriteFile(odd, scene, 0o600); err != nil {
		t.Fatal(err)
	}
	var before atomic.Pointer[http.HandlerFunc] // what answers searches and pictures
	inner := newServer(t, demo+"/checkpoint", "demo", indexing.Source{Name: odd}).Handler()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := before.Load(); f != nil && strings.HasPrefix(r.URL.Path, "/v1/search") {
			(*f)(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	answer := func(status int, kind, body string) {
		f := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
		before.Store(&f)
	}
	b.do(call(log.Enable), call(runtime.Enable), chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), chromedp.Navigate(h.URL+"/#search"),
		chromedp.Poll[chromedp.Void](`!document.querySelector("#searching").hidden`))
	look := func() string {
		t.Helper()
		b.do(chromedp.SendKeys(chromedp.CSS("#query"), kb.Enter), chromedp.Poll[chromedp.Void](`!document.querySelector("#search").ariaDisabled && !document.querySelector("#found-box").hidden`))
		return eval[string](b, `document.querySelector("#search-error").hidden ? "" : document.querySelector("#search-error").textContent`)
	}
	b.do(chromedp.SendKeys(chromedp.CSS("#query"), " "+kb.Enter))
	if !eval[bool](b, `document.querySelector("#found-box").hidden`) {
		t.Error("the page searches for no text")
	}
	b.do(chromedp.SetValue(chromedp.CSS("#query"), `<img src=x onerror=hurt=1> 'é' $(id)`))
	// Pictures fail one by one, and the places stay. They come first, since pictures are kept.
	pictures := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/picture") {
			inner.ServeHTTP(w, r)
			return
		}
		http.Error(w, "<h1>Bad Gateway</h1>", http.StatusBadGateway)
	})
	before.Store(&pictures)
	if e := look(); e != "" {
		t.Fatal(e)
	}
	b.do(chromedp.Poll[chromedp.Void](`document.querySelectorAll("#hits .none").length == document.querySelectorAll("#hits li").length`))
	if text := eval[string](b, `document.querySelector("#hits .none").textContent`); text != "no picture: 502: the answer is not JSON" {
		t.Errorf("for a picture that fails the page says %q", text)
	}
	before.Store(nil)

	if e := look(); e != "" {
		t.Fatal(e)
	}
	b.do(chromedp.Poll[chromedp.Void](`[...document.querySelectorAll("#hits img")].every(i => i.naturalWidth > 0)`))
	if text := eval[string](b, `document.querySelector("#hits li").innerText`); !strings.Contains(text, filepath.Base(odd)) {
		t.Errorf("a hit is %q", text)
	}
	if width := eval[int](b, `document.documentElement.scrollWidth`); width > 360 {
		t.Errorf("the page is %d wide", width)
	}

	for _, tt := range []struct {
		status           int
		kind, body, want string
	}{
		{http.StatusServiceUnavailable, "application/json", `{"message": "no healthy upstream"}`, "503: no healthy upstream"},
		{http.StatusForbidden, "application/json", `{"error": "denied"}`, "403: denied"},
		{http.StatusTooManyRequests, "application/json", `null`, "429: the answer is not the server's"},
		{http.StatusBadGateway, "text/html", `<h1>Bad Gateway</h1>`, "502: the answer is not JSON"},
		{http.StatusOK, "text/html", `<h1>Please log in</h1>`, "200: the answer is not JSON"},
		{http.StatusOK, "application/json", `{"login": "https://example.com"}`, "200: the answer is not the server's"},
	} {
		answer(tt.status, tt.kind, tt.body)
		if e := look(); e != tt.want {
			t.Errorf("for %d %s the page says %q, want %q", tt.status, tt.body, e, tt.want)
		}
	}

	// Tables made elsewhere have ids of any text, and points.
	b.do(chromedp.Evaluate[chromedp.Void](`const f = {id: 'a"]\\b', bbox: [10, 20, 10, 20], properties: {similarity: 0.5, source: "", pixel_bbox: [0, 0, 0, 0]}}, li = hit(f); document.querySelector("#found").hidden = false; drawMap([f]); document.querySelector("#hits").replaceChildren(li); li.onmouseenter()`))
	if shown := eval[[]float64](b, `(r => [r.getBBox().width, r.getBBox().height, r.getBoundingClientRect().width, +r.classList.contains("shown")])(document.querySelector("#map rect"))`); !(shown[0] > 0 && shown[1] > 0 && shown[2] >= 2) || shown[3] != 1 {
		t.Errorf("a point with an odd id is %v", shown)
	}

	// A search is given up when another begins.
	left, began := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // That the caller leaves is seen behind its body.
		close(began)
		<-r.Context().Done()
		close(left)
	})
	before.Store(&slow)
	b.do(chromedp.SendKeys(chromedp.CSS("#query"), kb.Enter))
	<-began
	before.Store(nil)
	if e := look(); e != "" || eval[bool](b, `document.querySelector("#found").hidden`) {
		t.Errorf("behind a slow search: %q", e)
	}
	<-left

	if eval[bool](b, `"hurt" in window`) {
		t.Error("a name was run")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.trouble) > 0 {
		t.Errorf("the browser reports %q", b.trouble)
	}
}
