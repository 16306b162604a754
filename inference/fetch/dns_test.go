package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/seed-74198975/rsclip/inference/config"
)

// nameServer is a DNS server on loopback. Each query for IPv4 addresses of a
// name takes the next of its answers; the last stays. IPv6 addresses are those
// of the first.
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
	name := strings.ToLower(q.Name.String())
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if _, known := s.answers[name]; !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	var addresses []string
	switch answers := s.answers[name]; {
	case q.Type == dnsmessage.TypeA:
		addresses = s.next(name)
	case q.Type == dnsmessage.TypeAAAA && len(answers) > 0:
		addresses = answers[0]
	}
	for _, text := range addresses {
		var body dnsmessage.ResourceBody
		switch address := netip.MustParseAddr(text); {
		case address.Is4() && q.Type == dnsmessage.TypeA:
			body = &dnsmessage.AResource{A: address.As4()}
		case address.Is6() && q.Type == dnsmessage.TypeAAAA:
			body = &dnsmessage.AAAAResource{AAAA: address.As16()}
		default:
			continue
		}
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}, Body: body})
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
	s.queries[name]++
	if len(answers) == 0 {
		return nil
	}
	return answers[min(s.queries[name]-1, len(answers)-1)]
}

// count returns how often a name's IPv4 addresses were asked for.
func (s *nameServer) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries[name]
}

// total returns how often IPv4 addresses were asked for, of any name.
func (s *nameServer) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, queries := range s.queries {
		n += queries
	}
	return n
}

// TestNamesThatLeadInside asks for names that strangers may give any address,
// and for those that clouds and clusters give their own.
func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	names := map[string][][]string{
		"private.test.":                         {{"10.0.0.1"}},
		"mixed.test.":                           {{"93.184.215.14", "127.0.0.1"}},
		"mixed-other-way.test.":                 {{"127.0.0.1", "93.184.215.14"}},
		"mixed-families.test.":                  {{"93.184.215.14", "::1"}},
		"mixed-private.test.":                   {{"2606:4700::1111", "192.168.1.1"}},
		"rebound.test.":                         {{"127.0.0.1"}, {"93.184.215.14"}},
		"unspecified.test.":                     {{"0.0.0.0"}},
		"broadcast.test.":                       {{"255.255.255.255"}},
		"mapped.test.":                          {{"::ffff:127.0.0.1"}},
		"compatible.test.":                      {{"::7f00:1"}},
		"translated.test.":                      {{"64:ff9b::a9fe:a9fe"}},
		"translated-locally.test.":              {{"64:ff9b:1::a9fe:a9fe"}},
		"6to4.test.":                            {{"2002:7f00:1::"}},
		"teredo.test.":                          {{"2001:0:7f00:1::"}},
		"isatap.test.":                          {{"2606:4700::5efe:7f00:1"}},
		"isatap-global.test.":                   {{"2606:4700::200:5efe:7f00:1"}},
		"unique-local.test.":                    {{"fd12::1"}},
		"link-local.test.":                      {{"fe80::1"}},
		"127.0.0.1.nip.test.":                   {{"127.0.0.1"}},
		"metadata.google.internal.":             {{"169.254.169.254"}},
		"metadata.goog.":                        {{"fd20:ce::254"}},
		"instance-data.ec2.internal.":           {{"169.254.169.254", "fd00:ec2::254"}},
		"metadata.tencentyun.com.":              {{"169.254.0.23"}},
		"metadata.oracle.test.":                 {{"192.0.0.192"}},
		"metadata.alibaba.test.":                {{"100.100.100.200"}},
		"wireserver.azure.test.":                {{"168.63.129.16"}},
		"metadata.scaleway.test.":               {{"169.254.42.42", "fd00:42::42"}},
		"metadata.openstack.test.":              {{"fe80::a9fe:a9fe"}},
		"kubernetes.default.svc.":               {{"10.96.0.1"}},
		"kubernetes.default.svc.cluster.local.": {{"10.96.0.1"}},
	}
	_, resolver := startNameServer(t, names)
	f := New(config.Fetch{}.WithDefaults(), 0)
	f.resolver = resolver
	for name := range names {
		if code := codeOf(f.Get(t.Context(), "http://"+strings.TrimSuffix(name, ".")+"/")); code != ForbiddenAddress {
			t.Errorf("%s: code %q, want %s", name, code, ForbiddenAddress)
		}
	}
	for _, host := range []string{"private.test.", "PRIVATE.Test", "Metadata.Google.Internal.", "ｐｒｉｖａｔｅ。ｔｅｓｔ"} {
		if code := codeOf(f.Get(t.Context(), "http://"+host+"/")); code != ForbiddenAddress {
			t.Errorf("%s: code %q, want %s", host, code, ForbiddenAddress)
		}
	}
}

// codeOf returns the code of a Get's error, and "" for none.
func codeOf(_ []byte, _ bool, err error) Code {
	var own *Error
	if err != nil && !errors.As(err, &own) {
		return Code(err.Error())
	} else if err != nil {
		return own.Code
	}
	return ""
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
