package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var update = flag.Bool("update", false, "write docs/page.png")

const (
	testdata = "../testdata"
	picture  = testdata + "/pictures/river-mouth-444.jpg"
	// The page's picture in the README must not promise anything.
	name   = "tiny-random-weights-scores-mean-nothing"
	secret = "a-key-that-stays-here"
)

// awkward are captions that a shell, curl or HTML could misread.
var awkward = []string{
	`a sailor's harbour; type=text/html, with "ships"`,
	`@forest`, `<b>river</b>`, `$HOME and $(id) and !!`, "a `tick` \\ and \\n", `it''s 'quoted'`, `Fluss bei Nacht – 河`,
}

// curl runs the page's command beside the picture and returns its answer.
func curl(t *testing.T, command string) []byte {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl is installed")
	}
	c := exec.CommandContext(t.Context(), "bash", "-c", command)
	c.Dir = filepath.Dir(picture)
	c.Env = append(os.Environ(), "RSCLIP_KEY="+secret)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, command)
	}
	return out
}

// tab is a page in a browser, and what went wrong in it.
type tab struct {
	*testing.T
	ctx context.Context

	mu             sync.Mutex
	asked, trouble []string
}

func newTab(t *testing.T) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what starts a browser")
	}
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("no Chromium is installed: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(browser), chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			b.asked = append(b.asked, e.Request.URL)
		case *runtime.EventExceptionThrown:
			b.trouble = append(b.trouble, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			// What the policy refuses is reported here, and so are the errors
			// that the server is meant to answer.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				b.trouble = append(b.trouble, e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type action = chromedp.Action[chromedp.Void]

// call makes an action of a command without parameters.
func call(command cdp.Command[cdp.Empty, cdp.Empty]) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, cdp.Empty{})
		return err
	})
}

func (b *tab) do(actions ...action) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// eval returns the value of an expression of JavaScript.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// previews waits until the page shows the picture that it has been given, or has
// found that it cannot: until then the button moves, and a click may miss it.
func (b *tab) previews(shown bool) {
	b.Helper()
	b.do(chromedp.Poll[chromedp.Void](fmt.Sprintf(`(preview => preview.hidden ? !%v : %v && preview.naturalWidth > 0)(document.querySelector("#preview"))`, shown, shown)))
}

// captions replaces the captions.
func (b *tab) captions(texts ...string) {
	b.Helper()
	b.do(chromedp.SetValue(chromedp.CSS("#captions"), strings.Join(texts, "\n")))
}

// score presses a key or a button and waits for the answer.
func (b *tab) score(press action) {
	b.Helper()
	b.do(press, chromedp.Poll[chromedp.Void](`!document.querySelector("#score").ariaDisabled && !document.querySelector("#answer").hidden`))
}

var click = chromedp.Click(chromedp.CSS("#score"))

// check compares the table with what /predict answers.
func (b *tab) check(texts []string, want reply) {
	b.Helper()
	if e := eval[string](b, `document.querySelector("#error").hidden ? "" : document.querySelector("#error").textContent`); e != "" {
		b.Fatal(e)
	}
	type row struct {
		Cells []string
		Bars  []float64
	}
	got := eval[[]row](b, `[...document.querySelectorAll("#scores tbody tr")].map(tr => ({
		Cells: [...tr.cells].map(td => td.textContent),
		Bars: [...tr.querySelectorAll(".bar")].map(b => b.firstChild.getBoundingClientRect().width / b.getBoundingClientRect().width),
	}))`)
	order := make([]int, len(texts))
	total := 0.0
	for i := range order {
		order[i] = i
		total += math.Exp(want.Logit[0][i])
	}
	slices.SortStableFunc(order, func(i, j int) int { return int(math.Copysign(1, want.Logit[0][j]-want.Logit[0][i])) })
	if len(got) != len(texts) {
		b.Fatalf("%d rows for %d captions", len(got), len(texts))
	}
	for at, i := range order {
		share, probability := math.Exp(want.Logit[0][i])/total, want.Probability[0][i]
		cells := []string{
			texts[i], fmt.Sprintf("%.1f %%", 100*share), jsNumber(probability),
			fmt.Sprintf("%.4f", want.Logit[0][i]), fmt.Sprintf("%.4f", want.Similarity[0][i]),
		}
		if !slices.Equal(got[at].Cells, cells) {
			b.Errorf("row %d is %q, want %q", at, got[at].Cells, cells)
		}
		for k, part := range []float64{share, max(0, 1+math.Log10(probability)/8)} {
			if math.Abs(got[at].Bars[k]-part) > 0.01 {
				b.Errorf("row %d, bar %d is %v long, want %v", at, k, got[at].Bars[k], part)
			}
		}
	}
}

// jsNumber is a probability as JavaScript writes it: exponents of one digit.
func jsNumber(v float64) string {
	if v >= 0.001 {
		return fmt.Sprintf("%.4f", v)
	}
	return strings.Replace(fmt.Sprintf("%.2e", v), "e-0", "e-", 1)
}

func TestBrowser(t *testing.T) {
	b := newTab(t)
	s := newSite(t)
	full, err := filepath.Abs(picture)
	if err != nil {
		t.Fatal(err)
	}
	b.do(call(log.Enable), call(runtime.Enable), chromedp.Navigate(s.url),
		chromedp.Poll[chromedp.Void](`document.querySelector("#model").textContent.startsWith("`+name+`, ")`))

	if !eval[bool](b, `document.querySelector("#tabs").hidden`) {
		t.Error("there is a tab to search, and no index")
	}
	t.Run("file", func(t *testing.T) {
		b.T = t
		b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{full}))
		b.previews(true)
		b.score(click)
		texts := s.sent(t).texts
		if len(texts) != 4 {
			t.Errorf("the page begins with captions %q", texts)
		}
		b.check(texts, s.post(t, texts))
		if *update {
			b.do(chromedp.Blur(chromedp.CSS("#score")), chromedp.EmulateViewport(1000, 870))
			png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("../../docs/page.png", png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("curl of a file", func(t *testing.T) {
		b.T = t
		b.captions(awkward...)
		b.score(click)
		want := s.sent(t).texts
		if !slices.Equal(want, awkward) {
			t.Errorf("the page sent %q", want)
		}
		answer := s.post(t, want)
		b.check(want, answer)
		var got reply
		if err := json.Unmarshal(curl(t, eval[string](b, `document.querySelector("#curl").innerText`)), &got); err != nil {
			t.Fatal(err)
		}
		if texts := s.sent(t).texts; !slices.Equal(texts, want) || !slices.Equal(got.Logit[0], answer.Logit[0]) {
			t.Errorf("curl sent %q, want %q", texts, want)
		}
	})
	t.Run("one caption by keyboard", func(t *testing.T) {
		b.T = t
		b.captions("a river")
		b.do(chromedp.Focus(chromedp.CSS("#captions")))
		b.score(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(kb.ModifierCtrl)))
		if texts := s.sent(t).texts; !slices.Equal(texts, []string{"a river"}) {
			t.Errorf("the page sent %q", texts)
		}
		got := eval[[]string](b, `[...document.querySelectorAll("#scores tbody td")].map(td => td.textContent)`)
		if len(got) != 5 || got[0] != "a river" || got[1] != "100.0 %" {
			t.Errorf("shown: %q", got)
		}
	})
	t.Run("dropped file", func(t *testing.T) {
		b.T = t
		b.do(chromedp.Evaluate[chromedp.Void](`{
			const files = new DataTransfer();
			files.items.add(new File(["not a picture"], "a \"quoted\" name.jpg"));
			document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
		}`))
		b.previews(false)
		b.score(click)
		s.sent(t)
		if e := eval[string](b, `document.querySelector("#error").innerText`); !strings.Contains(e, ": ") {
			t.Errorf("not a picture: %q", e)
		}
		if c := eval[string](b, `document.querySelector("#curl").innerText`); !strings.Contains(c, `@"a \"quoted\" name.jpg"`) {
			t.Errorf("curl %s", c)
		}
	})
	t.Run("refused address", func(t *testing.T) {
		b.T = t
		b.captions(awkward...)
		b.score(chromedp.SendKeys(chromedp.CSS("#url"), "http://127.0.0.1/x.jpg"+kb.Enter))
		s.sent(t)
		if e := eval[string](b, `document.querySelector("#error").innerText`); !strings.HasPrefix(e, "forbidden_address: ") {
			t.Errorf("the page says %q", e)
		}
		if !eval[bool](b, `document.querySelector("#scores").hidden`) {
			t.Error("scores are still shown")
		}
		out := curl(t, eval[string](b, `document.querySelector("#curl").innerText`))
		if texts := s.sent(t).texts; !slices.Equal(texts, awkward) || !bytes.Contains(out, []byte(`"forbidden_address"`)) {
			t.Errorf("curl sent %q and was told %s", texts, out)
		}
	})
	t.Run("key", func(t *testing.T) {
		b.T = t
		b.do(chromedp.SendKeys(chromedp.CSS("#key"), secret))
		b.score(click)
		command := eval[string](b, `document.querySelector("#curl").innerText`)
		if got := s.sent(t).authorization; got != "Bearer "+secret || strings.Contains(command, secret) {
			t.Errorf("sent %q, shown %s", got, command)
		}
		curl(t, command)
		if got := s.sent(t).authorization; got != "Bearer "+secret {
			t.Errorf("curl sent %q", got)
		}
		if kept := eval[string](b, `JSON.stringify([localStorage, sessionStorage, document.cookie])`); kept != `[{},{},""]` {
			t.Errorf("kept: %s", kept)
		}
	})
	t.Run("phone", func(t *testing.T) {
		b.T = t
		b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
		if width := eval[int](b, `document.documentElement.scrollWidth`); width > 360 {
			t.Errorf("the page is %d wide", width)
		}
	})

	b.mu.Lock()
	defer b.mu.Unlock()
	for _, url := range b.asked {
		if !strings.HasPrefix(url, s.url+"/") && !strings.HasPrefix(url, "blob:"+s.url) && url != "data:," {
			t.Errorf("the page asked %s", url)
		}
	}
	if len(b.trouble) > 0 {
		t.Errorf("the browser reports %q", b.trouble)
	}
}
