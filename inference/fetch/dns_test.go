package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/seed-74198975/rsclip/inference/config"
)

// nameServer is a DNS server on loopback. Each query for IPv4 addresses of a
// name takes the next of its answers; the last stays.
type nameServer struct {
	mu      sync.Mutex
	answers map[string][][]string
	queries map[string]int
}

func startNameServer(t *testing.T, answers map[string][][]string) (*nameServer, *net.Resolver) {
	t.Helper()
	connection, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	s := &nameServer{answers: answers, queries: make(map[string]int)}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := connection.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply := s.reply(buffer[:n]); reply != nil {
				_, _ = connection.WriteTo(reply, from)
			}
		}
	}()
	return s, &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", connection.LocalAddr().String())
	}}
}

func (s *nameServer) reply(query []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if _, known := s.answers[q.Name.String()]; !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	if q.Type == dnsmessage.TypeA {
		for _, address := range s.next(q.Name.String()) {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 0},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
			})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

func (s *nameServer) next(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	answers := s.answers[name]
	if len(answers) == 0 {
		return nil
	}
	i := min(s.queries[name], len(answers)-1)
	s.queries[name]++
	return answers[i]
}

// count returns how often a name's IPv4 addresses were asked for.
func (s *nameServer) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries[name]
}

func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	_, resolver := startNameServer(t, map[string][][]string{
		"private.test.":  {{"10.0.0.1"}},
		"metadata.test.": {{"169.254.169.254"}},
		"mixed.test.":    {{"93.184.215.14", "127.0.0.1"}},
		"rebound.test.":  {{"127.0.0.1"}, {"93.184.215.14"}},
	})
	f := New(config.Fetch{}.WithDefaults(), 0)
	f.resolver = resolver
	for _, host := range []string{"private.test", "metadata.test", "mixed.test", "rebound.test"} {
		var own *Error
		if _, _, err := f.Get(t.Context(), "http://"+host+"/"); !errors.As(err, &own) || own.Code != ForbiddenAddress {
			t.Errorf("%s: %v, want code %s", host, err, ForbiddenAddress)
		}
	}
}

// TestTheCheckedAddressIsDialed lets a name answer with an address that
// serves, then with one that does not: a second look-up would show.
func TestTheCheckedAddressIsDialed(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, config.Fetch{})
	_, port, err := net.SplitHostPort(o.url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	server, resolver := startNameServer(t, map[string][][]string{"store.test.": {{"127.0.0.1"}, {"127.0.0.2"}}})
	f := New(config.Fetch{AllowedHosts: []string{"store.test"}}.WithDefaults(), 0)
	f.resolver = resolver
	data, _, err := f.Get(t.Context(), "http://store.test:"+port+"/ok")
	if err != nil || string(data) != "picture" {
		t.Errorf("got %q, %v", data, err)
	}
	if n := server.count("store.test."); n != 1 {
		t.Errorf("the name was resolved %d times, want once", n)
	}
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	_, resolver := startNameServer(t, nil)
	f := New(config.Fetch{}.WithDefaults(), 0)
	f.resolver = resolver
	var own *Error
	if _, _, err := f.Get(t.Context(), "http://nowhere.test/"); !errors.As(err, &own) || own.Code != NameNotFound {
		t.Errorf("got %v, want code %s", err, NameNotFound)
	}
}
