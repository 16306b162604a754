// Package rfc3339 reads moments as RFC 3339 has them, and not as package time, which
// knows neither lower case nor leap seconds, and takes commas.
package rfc3339

import (
	"fmt"
	"regexp"
	"time"
)

// moment has a date, the seconds of a day, a fraction and an offset. By section 5.6 the
// T and the Z may be lower case, and a space may stand in the place of the T.
var moment = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):\d\d)$`)

// Parse reads a moment. A leap second is the one that follows it.
func Parse(text string) (time.Time, error) {
	parts := moment.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, fmt.Errorf("%.60q is no moment of RFC 3339", text)
	}
	date, minute, second, fraction, zone := parts[1], parts[2], parts[3], parts[4], parts[5]
	var leap time.Duration
	if second == "60" {
		second, leap = "59", time.Second
	}
	if zone == "z" {
		zone = "Z"
	}
	t, err := time.Parse(time.RFC3339, date+"T"+minute+second+fraction+zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.60q is no moment of RFC 3339: %w", text, err)
	}
	return t.Add(leap), nil
}
