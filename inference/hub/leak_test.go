package hub_test

import (
	"testing"

	"github.com/seed-74198975/rsclip/internal/leakcheck"
)

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) { leakcheck.Main(m, nil) }
