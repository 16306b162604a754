package internet

import "strings"

// insideNames are the ends of names that are never the public Internet's: those
// of clusters, clouds, sites and hosts, and those that a name server should not
// be asked for.
// Source: IANA's Special-Use Domain Names registry, ICANN's reservation of
// .internal, and the names that sites have long used, which ICANN delegates to nobody.
var insideNames = map[string]bool{
	"alt": true, "arpa": true, "corp": true, "home": true, "internal": true, "intranet": true, "invalid": true, "lan": true,
	"local": true, "localdomain": true, "localhost": true, "mail": true, "onion": true, "private": true, "svc": true,
}

// IsPublicName reports whether a host's name may be one of the public Internet:
// it has a dot, and does not end as names of clusters and sites do.
func IsPublicName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	dot := strings.LastIndexByte(host, '.')
	return dot >= 0 && !insideNames[host[dot+1:]]
}
