package page_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

// demo is the checkpoint of the demonstration, and the scenes that it was trained on.
const demo = "../../examples/blue-marble"

// TestSearchTab looks for deserts on the demonstration's scenes, in a browser: the
// pictures and the places must be there, and be right.
func TestSearchTab(t *testing.T) {
	b := newTab(t)
	sources, err := indexing.Sources(demo+"/scenes", nil)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(newServer(t, demo+"/checkpoint", "demo", sources...).Handler())
	t.Cleanup(h.Close)
	b.do(call(log.Enable), call(runtime.Enable), chromedp.Navigate(h.URL+"/#search"),
		chromedp.Poll[chromedp.Void](`!document.querySelector("#searching").hidden`))
	look := func(press action) {
		t.Helper()
		b.do(press, chromedp.Poll[chromedp.Void](`!document.querySelector("#search").ariaDisabled && !document.querySelector("#found-box").hidden`))
		if e := eval[string](b, `document.querySelector("#search-error").hidden ? "" : document.querySelector("#search-error").textContent`); e != "" {
			t.Fatal(e)
		}
		b.do(chromedp.Poll[chromedp.Void](`[...document.querySelectorAll("#hits img")].every(i => i.naturalWidth > 0)`))
	}
	// boxes are the places on the map: west, south, east and north.
	boxes := func() [][4]float64 {
		return eval[[][4]float64](b, `[...document.querySelectorAll("#map rect")].map(r => [r.x, r.y, r.width, r.height].map(v => v.baseVal.value)).map(([x, y, w, h]) => [x, -y-h, x+w, -y])`)
	}

	look(chromedp.SendKeys(chromedp.CSS("#query"), "desert"+kb.Enter))
	if shown := eval[[]int](b, `[...document.querySelectorAll("#hits img")].map(i => i.naturalWidth)`); len(shown) != 12 || slices.Min(shown) != 96 || slices.Max(shown) != 96 {
		t.Errorf("pictures of widths %v, want 12 of 96", shown)
	}
	places := boxes()
	if len(places) != 12 {
		t.Errorf("%d places on the map, want 12", len(places))
	}
	dry := 0 // in the belts of deserts
	for _, p := range places {
		if middle := (p[1] + p[3]) / 2; middle > 12 && middle < 48 || middle > -33 && middle < -15 {
			dry++
		}
	}
	if dry < 10 {
		t.Errorf("%d of the first 12 deserts are where deserts are: %v", dry, places)
	}
	text := eval[string](b, `document.querySelector("#extent").textContent`)
	var west, south, east, north float64
	if _, err := fmt.Sscanf(text, "Extent: %f, %f, %f, %f", &west, &south, &east, &north); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	view := eval[[]float64](b, `(v => [v.x, -v.y-v.height, v.x+v.width, -v.y])(document.querySelector("#map").viewBox.baseVal)`)
	for _, p := range places {
		if p[0] < west-1e-4 || p[1] < south-1e-4 || p[2] > east+1e-4 || p[3] > north+1e-4 {
			t.Errorf("%v lies outside of the extent %q", p, text)
		}
		if p[0] < view[0] || p[1] < view[1] || p[2] > view[2] || p[3] > view[3] {
			t.Errorf("%v lies outside of the map %v", p, view)
		}
	}
	var answer struct{ NumberReturned int }
	if err := json.Unmarshal(curl(t, eval[string](b, `document.querySelector("#search-curl").innerText`)), &answer); err != nil || answer.NumberReturned != 12 {
		t.Errorf("curl: %v, %+v", err, answer)
	}

	b.do(chromedp.SetValue(chromedp.CSS("#query"), "ice sheet"))
	look(chromedp.Click(chromedp.CSS("#search")))
	for _, p := range boxes() {
		if middle := (p[1] + p[3]) / 2; middle > -60 && middle < 55 {
			t.Errorf("an ice sheet at %v", p)
		}
	}
	if *update {
		b.do(chromedp.SetValue(chromedp.CSS("#query"), "desert"))
		look(chromedp.Click(chromedp.CSS("#search")))
		b.do(chromedp.Blur(chromedp.CSS("#search")), chromedp.EmulateViewport(1000, 1000))
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("../../docs/search.png", png, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	// The tabs by keyboard.
	b.do(chromedp.Focus(chromedp.CSS("#tab-searching")), chromedp.KeyEvent(kb.ArrowLeft))
	if !eval[bool](b, `document.querySelector("#searching").hidden && !document.querySelector("#scoring").hidden && document.activeElement.id == "tab-scoring"`) {
		t.Error("the left arrow does not lead to the other tab")
	}
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), chromedp.Click(chromedp.CSS("#tab-searching")))
	if width := eval[int](b, `document.documentElement.scrollWidth`); width > 360 {
		t.Errorf("the page is %d wide", width)
	}
	h.CloseClientConnections()
	h.Close()
	b.do(chromedp.Click(chromedp.CSS("#search")), chromedp.Poll[chromedp.Void](`!document.querySelector("#search-error").hidden`))
	if e := eval[string](b, `document.querySelector("#search-error").textContent`); !strings.HasPrefix(e, "unreachable: ") || !eval[bool](b, `document.querySelector("#found").hidden`) {
		t.Errorf("without a server the page says %q", e)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.trouble) > 0 {
		t.Errorf("the browser reports %q", b.trouble)
	}
}
