package fetch

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// maxNames is how many different names one request may have looked up.
const maxNames = 100

// names are those that one request has had looked up.
type names struct {
	mu sync.Mutex
	of map[string]*result
}

// result is what a look-up has brought, once done is closed.
type result struct {
	done      chan struct{}
	addresses []netip.Addr
	err       error
}

type namesKey struct{}

// WithNames returns a context for the fetches of one request, which share their
// look-ups of names and a bound of them.
func WithNames(ctx context.Context) context.Context {
	if ctx.Value(namesKey{}) != nil {
		return ctx
	}
	return context.WithValue(ctx, namesKey{}, &names{of: make(map[string]*result)})
}

// lookUp returns a name's addresses, which a request asks for once.
func (f *Fetcher) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	n := ctx.Value(namesKey{}).(*names)
	n.mu.Lock()
	a, known := n.of[host]
	if !known && len(n.of) < maxNames {
		a = &result{done: make(chan struct{})}
		n.of[host] = a
	}
	n.mu.Unlock()
	switch {
	case a == nil:
		return nil, fail(TooManyHosts, &url.URL{Host: strings.TrimSuffix(host, ".")}, "the request names more than %d hosts: send them in several requests", maxNames)
	case known:
		select {
		case <-a.done:
			return a.addresses, a.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer close(a.done)
	// Others may await the answer when the caller has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialTimeout)
	defer cancel()
	p, err := f.lookups.acquire(ctx, domain(host))
	if err != nil {
		a.err = err
		return nil, err
	}
	defer p.release()
	a.addresses, a.err = f.resolver.LookupNetIP(ctx, "ip", host)
	if a.err == nil && len(a.addresses) == 0 {
		a.err = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	return a.addresses, a.err
}

// domain is the part of a name that somebody has registered, who answers for
// all names below.
func domain(host string) string {
	host = strings.TrimSuffix(host, ".")
	if registered, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return registered
	}
	return host
}
