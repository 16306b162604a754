package server

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// withCleanPaths answers a path with a slash or a dot too many as the one that was
// meant, where the mux would answer with a redirect: behind a proxy that takes a
// prefix off, that would lead to a path without it. An address without a path is that of
// the root; what is no address, such as HOST:PORT alone, is a path that nobody has.
func withCleanPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.URL.EscapedPath()
		if given == "" && r.Method != http.MethodConnect {
			r = r.Clone(r.Context())
			r.URL.Path = "/"
			if r.URL.Opaque != "" {
				r.URL.Path, r.URL.Opaque = "/"+r.RequestURI, ""
			}
			given = r.URL.EscapedPath()
		}
		clean := path.Clean("/" + given)
		if strings.HasSuffix(given, "/") && clean != "/" {
			clean += "/"
		}
		if clean != given && strings.HasPrefix(given, "/") { // OPTIONS has a path of *, and CONNECT none.
			whole, err := url.PathUnescape(clean)
			if err == nil {
				r = r.Clone(r.Context())
				r.URL.Path, r.URL.RawPath = whole, clean
			}
		}
		next.ServeHTTP(w, r)
	})
}
