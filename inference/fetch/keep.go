package fetch

import (
	"bytes"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/cache"
)

// keeper is a shared cache of HTTP (RFC 9111) for requests of GET that carry
// nobody's credentials. It keeps what origins let it keep for a time that they
// state, and guesses none. It answers with nothing stale: what is older is asked
// for again by ETag or time of modification.
type keeper struct {
	next    http.RoundTripper
	maxKept int64 // bytes of one body
	cache   *cache.Cache[string, *kept]
}

// kept is an answer. It does not change, since several requests may read it.
type kept struct {
	status   int
	header   http.Header
	body     []byte
	varying  http.Header // what the request said in the fields that Vary names
	asOf     time.Time   // when the answer had its age
	age      time.Duration
	lifetime time.Duration // 0 if it is always to be asked for again
}

// newKeeper makes a cache of so many bytes. One file takes an eighth of them at
// most, and so not the place of all others.
func newKeeper(next http.RoundTripper, limit int) *keeper {
	return &keeper{next: next, maxKept: int64(limit / 8), cache: cache.New(limit, func(url string, k *kept) int {
		return len(url) + len(k.body) + sizeOf(k.header) + sizeOf(k.varying)
	})}
}

func sizeOf(header http.Header) (n int) {
	for name, values := range header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// keptBody is the body of an answer of the cache, by which it is told from others:
// an origin could write whatever header a cache would mark it by.
type keptBody struct{ *bytes.Reader }

func (keptBody) Close() error { return nil }

// isKept reports whether an answer is the cache's.
func isKept(response *http.Response) bool {
	_, is := response.Body.(keptBody)
	return is
}

// RoundTrip answers from the cache if it may, and else asks the origin.
func (k *keeper) RoundTrip(request *http.Request) (*http.Response, error) {
	key := keyOf(request)
	have, found := k.cache.Get(key)
	if found && !maps.EqualFunc(have.varying, fieldsOf(request, have.header), slices.Equal) {
		have, found = nil, false // It is for other requests.
	}
	if found && have.isFresh() {
		return have.answer(request), nil
	}
	sent := time.Now()
	if !found {
		response, err := k.next.RoundTrip(request)
		return k.keep(key, request, response, sent), err
	}
	response, err := k.next.RoundTrip(have.conditional(request))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode >= http.StatusInternalServerError:
		return response, nil // It may be better the next time.
	case response.StatusCode != http.StatusNotModified:
		return k.keep(key, request, response, sent), nil
	}
	_ = response.Body.Close()
	if tag := response.Header.Get("Etag"); tag != "" && have.header.Get("Etag") != "" && opaque(tag) != opaque(have.header.Get("Etag")) {
		// The origin speaks of another answer than the one that was asked about.
		k.cache.Delete(key)
		return k.RoundTrip(request)
	}
	renewed := *have
	renewed.header = have.header.Clone()
	delete(renewed.header, "Age") // It was that of the answer before.
	for name, values := range response.Header {
		if !ofBody[name] {
			renewed.header[name] = values
		}
	}
	if renewed.judge(request, sent) {
		k.cache.Set(key, &renewed)
	} else {
		k.cache.Delete(key)
	}
	return renewed.answer(request), nil
}

// ofBody are the fields that describe the body that is kept, and not the answer
// that says that it has not changed.
var ofBody = map[string]bool{"Content-Length": true, "Content-Encoding": true, "Content-Type": true, "Content-Range": true, "Transfer-Encoding": true}

func keyOf(request *http.Request) string {
	u := *request.URL
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// keep has an answer be kept when it has been read to its end, if it may be.
// What was kept before it is forgotten.
func (k *keeper) keep(key string, request *http.Request, response *http.Response, sent time.Time) *http.Response {
	if response == nil {
		return nil
	}
	k.cache.Delete(key)
	answer := &kept{status: response.StatusCode, header: response.Header.Clone()}
	if request.Method != http.MethodGet || !slices.Contains(keepable, response.StatusCode) || !answer.judge(request, sent) {
		return response
	}
	length := response.ContentLength
	if length > k.maxKept || length < 0 && response.StatusCode == http.StatusOK {
		return response // A file of unknown length would be copied as it grows.
	}
	response.Body = &copying{ReadCloser: response.Body, limit: int(k.maxKept), length: max(0, int(length)), done: func(body []byte) {
		answer.body = body
		k.cache.Set(key, answer)
	}}
	return response
}

// keepable are the statuses that lead to a picture. Others are asked for again.
var keepable = []int{
	http.StatusOK, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
	http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
}

// copying copies what is read of a body, up to a limit, and hands it over at its end.
type copying struct {
	io.ReadCloser

	copied []byte // room for it is made with the first byte, when there is memory for it
	length int    // if known, else 0
	limit  int
	done   func([]byte)
}

func (c *copying) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.done != nil && len(c.copied)+n > c.limit {
		c.copied, c.done = nil, nil
	}
	if c.done != nil {
		if c.copied == nil {
			c.copied = make([]byte, 0, c.length)
		}
		c.copied = append(c.copied, p[:n]...)
		if err == io.EOF { //nolint:errorlint // As io.Reader says it.
			c.done(slices.Clip(c.copied))
			c.done = nil
		}
	}
	return n, err
}

// judge reports whether an answer may be kept, and sets for how long it is fresh
// and how old it is now.
func (k *kept) judge(request *http.Request, sent time.Time) bool {
	now := time.Now()
	said := directivesOf(k.header)
	if said.has("no-store") || said.has("private") || slices.Contains(fieldNames(k.header, "Vary"), "*") {
		return false
	}
	k.varying = fieldsOf(request, k.header)
	// An answer is at least as old as its way here took, and as its clock says.
	k.asOf = now
	if age, valid := seconds(k.header.Get("Age")); valid {
		k.age = age
	} else {
		k.age = 0
	}
	k.age += now.Sub(sent)
	date, err := http.ParseTime(k.header.Get("Date"))
	if err == nil {
		k.age = max(k.age, now.Sub(date))
	} else {
		date = now
	}
	k.lifetime = said.lifetime(k.header, date)
	return k.lifetime > k.age || k.header.Get("Etag") != "" || k.modified() != ""
}

func (k *kept) isFresh() bool { return k.lifetime > k.age+time.Since(k.asOf) }

// modified is the time of modification, if it is one.
func (k *kept) modified() string {
	value := k.header.Get("Last-Modified")
	if _, err := http.ParseTime(value); err != nil {
		return ""
	}
	return value
}

// conditional is the request for the answer if it has changed.
func (k *kept) conditional(request *http.Request) *http.Request {
	conditional := request.Clone(request.Context())
	if tag := k.header.Get("Etag"); tag != "" {
		conditional.Header.Set("If-None-Match", tag)
	}
	if modified := k.modified(); modified != "" {
		conditional.Header.Set("If-Modified-Since", modified)
	}
	return conditional
}

func (k *kept) answer(request *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(k.status) + " " + http.StatusText(k.status), StatusCode: k.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: k.header.Clone(), Body: keptBody{bytes.NewReader(k.body)}, ContentLength: int64(len(k.body)), Request: request,
	}
}

// opaque is an ETag without the mark of a weak one.
func opaque(tag string) string { return strings.TrimPrefix(tag, "W/") }

// fieldsOf are the fields of a request that an answer varies by.
func fieldsOf(request *http.Request, header http.Header) http.Header {
	fields := make(http.Header)
	for _, name := range fieldNames(header, "Vary") {
		name = http.CanonicalHeaderKey(name)
		fields[name] = request.Header[name]
	}
	return fields
}

// fieldNames are the members of a list in a header.
func fieldNames(header http.Header, field string) (names []string) {
	for _, value := range header[field] {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// directives are those of Cache-Control, in lower case, each with its values.
type directives map[string][]string

func directivesOf(header http.Header) directives {
	d := make(directives)
	for _, value := range header["Cache-Control"] {
		for value != "" {
			var member string
			member, value = cutMember(value)
			name, argument, _ := strings.Cut(member, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			d[name] = append(d[name], strings.Trim(strings.TrimSpace(argument), `"`))
		}
	}
	if len(header["Cache-Control"]) == 0 && slices.Contains(fieldNames(header, "Pragma"), "no-cache") {
		d["no-cache"] = []string{""}
	}
	return d
}

// cutMember cuts a list behind its first member, in which quotes may hold commas.
func cutMember(list string) (member, rest string) {
	quoted := false
	for i := range len(list) {
		switch {
		case list[i] == '"' && (i == 0 || list[i-1] != '\\'):
			quoted = !quoted
		case list[i] == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

func (d directives) has(name string) bool { return len(d[name]) > 0 }

// lifetime is for how long an answer is fresh from when it was made. What cannot
// be understood, or is said in two ways, is no time at all.
func (d directives) lifetime(header http.Header, made time.Time) time.Duration {
	if d.has("no-cache") {
		return 0
	}
	for _, name := range []string{"s-maxage", "max-age"} {
		if !d.has(name) {
			continue
		}
		lifetime, valid := seconds(d[name][0])
		for _, again := range d[name][1:] {
			valid = valid && again == d[name][0]
		}
		if !valid {
			return 0
		}
		return lifetime
	}
	if len(header["Expires"]) != 1 {
		return 0
	}
	expires, err := http.ParseTime(header.Get("Expires"))
	if err != nil {
		return 0
	}
	return max(0, expires.Sub(made))
}

// seconds reads a number of seconds. More than 2^31, which is 68 years, is that.
func seconds(text string) (time.Duration, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > math.MaxInt32 {
		n = math.MaxInt32 // It has digits only, and so is too large.
	}
	return time.Duration(n) * time.Second, true
}
