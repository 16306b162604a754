// Package leakcheck fails a package's tests where they leave goroutines behind.
package leakcheck

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long goroutines have to end that are about to: on a busy
// machine that takes a while, and one that is left behind stays for ever.
const patience = time.Minute

// Main runs a package's tests, then cleanup where there is one, and exits. What
// a test that failed left behind is not looked for.
func Main(m *testing.M, cleanup func()) {
	code := m.Run()
	if cleanup != nil {
		cleanup()
	}
	if code != 0 {
		os.Exit(code)
	}
	if leak := Find(); leak != nil {
		fmt.Fprintln(os.Stderr, leak)
		os.Exit(1)
	}
}

// Find returns what goroutines there are besides the caller's, once all have had
// the time to end.
func Find() error {
	leak := goleak.Find()
	for start := time.Now(); leak != nil && time.Since(start) < patience; {
		leak = goleak.Find()
	}
	return leak
}
