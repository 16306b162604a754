// Package filename judges names that strangers give to files.
package filename

import "regexp"

var plain = regexp.MustCompile(`^[A-Za-z0-9._][A-Za-z0-9._-]{0,199}$`)

// IsPlain reports whether a name is one of a file, in the folder where it is
// written, on every system, in lists of names and on command lines: of letters,
// digits, '.', '_' and '-', of which the last does not begin it, and at most 200.
func IsPlain(name string) bool {
	return plain.MatchString(name) && name != "." && name != ".."
}
