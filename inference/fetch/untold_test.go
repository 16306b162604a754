package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestFilesOfUnknownLength take the memory of the largest once they are not small,
// and no more than that.
func TestFilesOfUnknownLength(t *testing.T) {
	t.Parallel()
	const most = 1_000_000
	refusal := errors.New("no room")
	f := New(config.Fetch{MaxBytes: most}.WithDefaults(), 0)
	for _, tt := range []struct {
		length, read int
		taken        int64
	}{
		{0, 0, 0}, {smallFile - 1, smallFile - 1, 0}, {smallFile, smallFile, most + 1}, {most, most, most + 1}, {most + 1, most + 1, most + 1}, {2 * most, most + 1, most + 1},
	} {
		var taken int64
		take := func(_ context.Context, bytes int64) error {
			taken += bytes
			return nil
		}
		data, err := f.readUntold(t.Context(), bytes.NewReader(make([]byte, tt.length)), take)
		if err != nil || len(data) != tt.read || taken != tt.taken {
			t.Errorf("of %d bytes %d were read, and %d taken: %v", tt.length, len(data), taken, err)
		}
		if tt.taken > 0 && cap(data) > most+1+2*bytes.MinRead {
			t.Errorf("a file of %d bytes has room for %d", tt.length, cap(data))
		}
		data, err = f.readUntold(t.Context(), bytes.NewReader(make([]byte, tt.length)), func(context.Context, int64) error { return refusal })
		if refused := tt.taken > 0; refused && (data != nil || !errors.Is(err, refusal)) || !refused && err != nil {
			t.Errorf("of %d bytes %d were read without room: %v", tt.length, len(data), err)
		}
	}
	cut := io.MultiReader(bytes.NewReader(make([]byte, 2*smallFile)), broken{})
	if _, err := f.readUntold(t.Context(), cut, func(context.Context, int64) error { return nil }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a large file that is cut off: %v", err)
	}
	if _, err := f.readUntold(t.Context(), broken{}, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a small file that is cut off: %v", err)
	}
}

// broken fails at once.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestHostsThatLookNumeric tells what resolvers may read as an address.
func TestHostsThatLookNumeric(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"": true, ".": true, "0": true, "9": true, "0x7f": true, "127.1": true, "a.0": true, "a.9x": true, "a.9.": true, "a..": true,
		"9.a": false, "a": false, "1.2.x": false, "a/9": false, "a.:": false,
	} {
		if got := looksNumeric(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

// TestHostsThatCannotBeLookedUp have letters, and no form of a name.
func TestHostsThatCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	f := New(config.Fetch{}.WithDefaults(), 0)
	for _, raw := range []string{"http://-ä.com/", "http://ä\u200d.com/"} {
		u, err := parse(raw)
		if err == nil {
			err = f.check(u)
		}
		if code := codeOf(nil, false, err); code != InvalidURL {
			t.Errorf("%q: code %q", raw, code)
		}
	}
}

// TestErrorsNameTheHostIfThereIsOne has an error of a URL, and one of none.
func TestErrorsNameTheHostIfThereIsOne(t *testing.T) {
	t.Parallel()
	cause := errors.New("a cause")
	for host, want := range map[string]string{"": "fetching the image: a cause", "example.com": "fetching the image from example.com: a cause"} {
		if got := (&Error{Host: host, Err: cause}).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
