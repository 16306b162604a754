package fetch

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strings"

	"github.com/seed-74198975/rsclip/internal/internet"
)

// guarded sends requests, each redirect being one, once the addresses that they
// go to have been judged and one of the address's places is free. An origin's
// ports and names share the places of its address.
type guarded struct {
	fetcher *Fetcher
	next    http.RoundTripper
}

// addressesKey is where a request's context has the addresses that may be dialed.
type addressesKey struct{}

func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	addresses, err := g.fetcher.resolve(ctx, r)
	if err != nil {
		return nil, err
	}
	p, err := g.fetcher.slots.acquire(ctx, originOf(addresses[0]))
	if err != nil {
		return nil, err
	}
	// Whoever forgets the body ends the context.
	context.AfterFunc(ctx, p.release)
	ctx = httptrace.WithClientTrace(context.WithValue(ctx, addressesKey{}, addresses), &httptrace.ClientTrace{
		// A connection that was kept, or a second address, may be another's.
		GotConn: func(info httptrace.GotConnInfo) {
			if remote, ok := info.Conn.RemoteAddr().(*net.TCPAddr); ok {
				p.move(ctx, originOf(remote.AddrPort().Addr()))
			}
		},
	})
	response, err := g.next.RoundTrip(r.WithContext(ctx))
	if err != nil || response.Body == http.NoBody {
		p.release()
		return response, err
	}
	response.Body = placedBody{response.Body, p}
	return response, nil
}

// placedBody gives its place back when it is closed.
type placedBody struct {
	io.ReadCloser
	place *place
}

func (b placedBody) Close() error {
	defer b.place.release()
	return b.ReadCloser.Close()
}

// originOf returns what counts as one origin: an IPv4 address, or the network of 64
// bits that an IPv6 address is in, all of which is one subscriber's.
func originOf(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		network, _ := a.WithZone("").Prefix(64)
		return network.String()
	}
	return a.String()
}

// resolve returns the addresses of a request's host, all of which may be dialed.
// A name is refused where any of its addresses is not public.
func (f *Fetcher) resolve(ctx context.Context, r *http.Request) ([]netip.Addr, error) {
	host, err := asciiHost(r.URL)
	if err != nil {
		return nil, err
	}
	allowed := f.isAllowed(r.URL)
	var addresses []netip.Addr
	if address, err := netip.ParseAddr(host); err == nil {
		addresses = []netip.Addr{address}
	} else {
		// What strangers name is a whole name, to which none of the cluster's
		// domains is added; what the configuration names may be short.
		if !allowed && !strings.HasSuffix(host, ".") {
			host += "."
		}
		if addresses, err = f.lookUp(ctx, host); err != nil {
			return nil, err
		}
	}
	for _, a := range addresses {
		if !allowed && !internet.IsPublic(a, f.private...) {
			return nil, fail(ForbiddenAddress, r.URL, "the name leads to an address that is not public: use one that does not; whoever runs the server may name a private store in fetch.allowed_hosts")
		}
	}
	return addresses, nil
}

// ownNetworks are those of this machine, which are its own whatever their
// addresses: no network policy keeps a pod from itself.
func ownNetworks() []netip.Prefix {
	addresses, _ := net.InterfaceAddrs() // What cannot be told is closed by the policy only.
	var networks []netip.Prefix
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			networks = append(networks, p.Masked())
		}
	}
	return networks
}

// dial connects to the addresses that were judged, not to the name.
func dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout) // Of all addresses.
	defer cancel()
	var dialer net.Dialer
	var last error
	addresses, _ := ctx.Value(addressesKey{}).([]netip.Addr)
	for _, a := range addresses {
		connection, err := dialer.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port))
		if err == nil {
			return connection, nil
		}
		last = err
	}
	return nil, last
}
