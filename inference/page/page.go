// Package page is a placeholder.
package page

import "net/http"

// Handler answers not found.
func Handler() http.Handler { return http.NotFoundHandler() }
