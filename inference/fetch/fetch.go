// Package fetch gets files from URLs that strangers name. It connects only to
// public addresses, each checked at the moment of dialing and again for every
// redirect, so that no name can lead it into the network it runs in.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/internet"
	"github.com/seed-74198975/rsclip/internal/urlerror"
)

// Stages of a fetch have bounds of their own inside the whole one's.
const (
	dialTimeout    = 5 * time.Second
	tlsTimeout     = 5 * time.Second
	headerTimeout  = 10 * time.Second
	maxHeaderBytes = 64 << 10
	maxURL         = 8 << 10
)

// Fetcher gets files. Its methods may be called at the same time.
type Fetcher struct {
	client   *http.Client
	cache    *keeper
	resolver *net.Resolver
	slots    *slots // of fetches, by the address
	lookups  *slots // of look-ups, by the domain
	limits   config.Fetch
	allowed  map[string]bool
	private  []netip.Prefix
}

// New makes a fetcher within limits, whose defaults must have been applied. It
// keeps files within a number of bytes, for as long as HTTP lets a cache keep
// them (RFC 9111), and asks their origins again by ETag or modification time.
// The environment's proxies are not used: a proxy would dial in our place, and
// the address could not be checked.
func New(limits config.Fetch, cacheBytes int) *Fetcher {
	f := &Fetcher{
		limits: limits, resolver: net.DefaultResolver, allowed: make(map[string]bool), private: append(limits.Private(), ownNetworks()...),
		slots: newSlots(limits.MaxConcurrent, limits.MaxConcurrentPerHost), lookups: newSlots(limits.MaxConcurrent, limits.MaxConcurrentPerHost),
	}
	for _, h := range limits.AllowedHosts {
		f.allowed[strings.ToLower(h)] = true
	}
	transport := &guarded{fetcher: f, next: &http.Transport{
		DialContext:            dial,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		// Connections are kept for as many fetches as may be under way.
		MaxIdleConns:        limits.MaxConcurrent,
		MaxIdleConnsPerHost: limits.MaxConcurrentPerHost,
		IdleConnTimeout:     30 * time.Second,
		ForceAttemptHTTP2:   true,
		// What is compressed is a picture already, and a bomb stays small.
		DisableCompression: true,
	}}
	f.cache = newKeeper(transport, cacheBytes)
	f.client = &http.Client{CheckRedirect: f.checkRedirect, Transport: transport}
	if cacheBytes > 0 {
		f.client.Transport = f.cache
	}
	return f
}

// Cached returns the bytes that the cache holds.
func (f *Fetcher) Cached() int { return f.cache.cache.Held() }

// Get is GetWithin without a bound of memory.
func (f *Fetcher) Get(ctx context.Context, rawURL string) (data []byte, cached bool, err error) {
	return f.GetWithin(ctx, rawURL, func(context.Context, int64) error { return nil })
}

// GetWithin returns the bytes at a URL, and whether they are the cache's: still
// fresh, or unchanged as the origin says. Before the file is read, take is told
// how many bytes of memory that takes, and may wait or refuse; so it is again if
// a file of unknown length becomes large. Errors are [*Error], but for the
// context's own and take's.
func (f *Fetcher) GetWithin(ctx context.Context, rawURL string, take func(ctx context.Context, bytes int64) error) (data []byte, cached bool, err error) {
	u, err := parse(rawURL)
	if err != nil {
		return nil, false, err
	}
	if err := f.check(u); err != nil {
		return nil, false, err
	}
	limited, cancel := context.WithTimeout(WithNames(ctx), time.Duration(f.limits.TimeoutSeconds)*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, false, fail(InvalidURL, u, "%w", err)
	}
	request.Header.Set("User-Agent", "rsclip")
	request.Header.Set("Accept", "image/*,*/*;q=0.5")
	var refused error
	data, cached, err = f.read(request, func(ctx context.Context, bytes int64) error {
		refused = take(ctx, bytes)
		return refused
	})
	switch {
	case err == nil:
		return data, cached, nil
	case ctx.Err() != nil: // The caller's end, not the fetch's.
		return nil, false, ctx.Err()
	case refused != nil && limited.Err() == nil:
		return nil, false, refused
	}
	return nil, false, classify(err, u)
}

// read sends the request and reads the answer.
func (f *Fetcher) read(request *http.Request, take func(ctx context.Context, bytes int64) error) (data []byte, cached bool, err error) {
	response, err := f.client.Do(request)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = response.Body.Close() }()
	u := response.Request.URL
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, false, fail(BadStatus, u, "the origin answered %s", response.Status)
	case response.ContentLength > int64(f.limits.MaxBytes):
		return nil, false, fail(TooLarge, u, "the file has %d bytes, the limit is %d", response.ContentLength, f.limits.MaxBytes)
	case response.Header.Get("Content-Encoding") != "":
		return nil, false, fail(BadResponse, u, "the origin encoded the file as %q, which was not asked for", response.Header.Get("Content-Encoding"))
	}
	if err := take(request.Context(), f.memoryOf(response.ContentLength)); err != nil {
		return nil, false, err
	}
	if response.ContentLength >= 0 {
		data = make([]byte, response.ContentLength)
		if _, err := io.ReadFull(response.Body, data); err != nil {
			return nil, false, err
		}
		// Past the last byte, so that the cache sees the end.
		if _, err := response.Body.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			return nil, false, err
		}
	} else if data, err = f.readUntold(request.Context(), response.Body, take); err != nil {
		return nil, false, err
	}
	if len(data) > f.limits.MaxBytes {
		return nil, false, fail(TooLarge, u, "the file has more than %d bytes, the limit", f.limits.MaxBytes)
	}
	return data, isKept(response), nil
}

// smallFile is what a file of unknown length may have, in bytes, before the memory
// of the largest is taken for it.
const smallFile = 256 << 10

// readUntold reads a file of unknown length, up to a byte beyond the limit.
func (f *Fetcher) readUntold(ctx context.Context, body io.Reader, take func(ctx context.Context, bytes int64) error) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, smallFile))
	if err != nil || len(data) < smallFile {
		return data, err
	}
	most := max(f.limits.MaxBytes+1, len(data))
	if err := take(ctx, int64(most)); err != nil {
		return nil, err
	}
	// With room for the end, so that it does not grow.
	all := bytes.NewBuffer(append(make([]byte, 0, most+bytes.MinRead), data...))
	_, err = all.ReadFrom(io.LimitReader(body, int64(most-len(data))))
	return all.Bytes(), err
}

// memoryOf returns the most bytes that reading a file of that length takes, or
// the beginning of one of unknown length for -1: that grows by copies. What may be
// kept is copied once.
func (f *Fetcher) memoryOf(length int64) int64 {
	switch {
	case length < 0:
		return 3 * smallFile
	case length <= f.cache.maxKept:
		return 2 * length
	}
	return length
}

// classify turns the errors of net/http into our own.
func classify(err error, u *url.URL) error {
	var own *Error
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &dns) && dns.IsNotFound:
		return fail(NameNotFound, u, "the name does not exist")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fail(TimedOut, u, "it took too long")
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" || dns != nil {
		return fail(ConnectFailed, u, "the connection failed")
	}
	return fail(BadResponse, u, "the answer cannot be read: %w", urlerror.Cause(err))
}

// parse checks the form of a URL.
func parse(rawURL string) (*url.URL, error) {
	if len(rawURL) > maxURL {
		return nil, fail(InvalidURL, nil, "the URL has %d bytes, the limit is %d", len(rawURL), maxURL)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fail(InvalidURL, nil, "it is no URL: %w", urlerror.Cause(err))
	}
	return u, nil
}

// check refuses what can be refused before any name is resolved. The addresses
// of a name are judged when it has been. What leads inside is refused first, so
// that its ports and answers are all alike from outside.
func (f *Fetcher) check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fail(UnsupportedScheme, u, "the scheme is %q: use http or https", u.Scheme)
	case u.Hostname() == "":
		return fail(InvalidURL, u, "the URL names no host")
	case u.User != nil:
		return fail(InvalidURL, u, "the URL holds a user name: leave it out")
	}
	port := portOf(u)
	if port < 0 {
		return fail(ForbiddenPort, u, "there is no port %s: use 80, 443, or 1024 to 65535", u.Port())
	}
	if f.isAllowed(u) {
		return nil
	}
	host, err := asciiHost(u)
	if err != nil {
		return err
	}
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil && !internet.IsPublic(address, f.private...):
		return fail(ForbiddenAddress, u, "%s is not a public address: use one that is; whoever runs the server may name a private store in fetch.allowed_hosts", address)
	case err != nil && looksNumeric(host):
		// Resolvers read these as addresses, each in its own way.
		return fail(ForbiddenAddress, u, "the host is a number in an unusual form: write the address in full")
	case err != nil && !internet.IsPublicName(host):
		return fail(ForbiddenAddress, u, "the name does not lead to the public Internet: use one that does; whoever runs the server may name a private store in fetch.allowed_hosts")
	}
	if port != 80 && port != 443 && port < 1024 {
		return fail(ForbiddenPort, u, "port %d is not one that serves pictures: use 80, 443, or 1024 and above", port)
	}
	return nil
}

// asciiHost returns a URL's host as it is looked up, which other letters,
// digits and dots are folded into.
func asciiHost(u *url.URL) (string, error) {
	host := strings.ToLower(u.Hostname())
	for i := range len(host) {
		if host[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", fail(InvalidURL, u, "the host is no name that can be looked up: %w", err)
			}
			return ascii, nil
		}
	}
	return host, nil
}

// looksNumeric reports whether a host's last label begins with a digit, as no
// top-level domain does.
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "" || last[0] >= '0' && last[0] <= '9'
}

// portOf returns a URL's port, and -1 for one that is none.
func portOf(u *url.URL) int {
	switch {
	case u.Port() != "":
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			return -1
		}
		return int(port)
	case u.Scheme == "https":
		return 443
	}
	return 80
}

// isAllowed reports whether the configuration opens a URL's host, on any port
// or on the URL's.
func (f *Fetcher) isAllowed(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return f.allowed[host] || f.allowed[net.JoinHostPort(host, strconv.Itoa(portOf(u)))]
}

func (f *Fetcher) checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > max(0, f.limits.MaxRedirects) {
		return fail(TooManyRedirects, next.URL, "there are more than %d redirects", max(0, f.limits.MaxRedirects))
	}
	// Where the picture is must not learn where it was linked from.
	next.Header.Del("Referer")
	return f.check(next.URL)
}
