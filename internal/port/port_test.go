package port_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/seed-74198975/rsclip/internal/port"
)

// TestReserve has nobody answer on a reserved port, nobody else be given it, and
// a server that names it listen there, also after it is given back.
func TestReserve(t *testing.T) {
	t.Parallel()
	r, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", r.Number)
	dial := func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err
	}
	if err := dial(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens, and dialing gives %v", err)
	}
	var others []net.Listener
	for range 1000 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, l)
		if l.Addr().String() == address {
			t.Error("the port was given to another")
		}
	}
	for _, l := range others {
		_ = l.Close()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	r.Release()
	if err := dial(); err != nil {
		t.Errorf("somebody listens, and dialing gives %v", err)
	}
}
