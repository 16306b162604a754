package pipeline

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestWhatIsTakenIsGivenBack embeds pictures by file and by URL, of which some
// are broken behind a sound header, and then has no room for them.
func TestWhatIsTakenIsGivenBack(t *testing.T) {
	t.Parallel()
	river := pictureFile(t, "river-mouth-444.jpg")
	wide := pictureFile(t, "wide.png")
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(river) }))
	t.Cleanup(origin.Close)
	p := open(t, config.Cache{TextMiB: -1, URLMiB: -1}, 1, origin.Listener.Addr().String())
	sound := []Image{{URL: origin.URL}, {File: wide}}
	for range 3 {
		_, got, err := p.Embed(t.Context(), nil, append(sound, Image{File: wide[:len(wide)/2]}))
		if err != nil || got[0].Err != nil || got[1].Err != nil || got[2].Err == nil || got[2].Vector != nil {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, s := range p.budget.Shares() {
		if held := s.State().Held; held != 0 {
			t.Errorf("%s: %d bytes are held for nobody", s.Name, held)
		}
	}
	p.budget.Resize(1000)
	_, got, err := p.Embed(t.Context(), nil, sound)
	if err != nil || got[0].Err == nil || got[1].Err == nil {
		t.Errorf("without room: %+v, %v", got, err)
	}
}

// TestAPictureThatWaitsHoldsItsTensor prepares a picture: what decoding took is given
// back before the model has room for it.
func TestAPictureThatWaitsHoldsItsTensor(t *testing.T) {
	t.Parallel()
	p := open(t, config.Cache{}, 1)
	_, lease, err := p.prepare(t.Context(), pictureFile(t, "wide.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	if held, want := p.budget.Pictures.State().Held, p.model.TensorBytes(); held != want {
		t.Errorf("it holds %d bytes, want %d", held, want)
	}
}
