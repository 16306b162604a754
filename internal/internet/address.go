// Package internet tells what is on the public Internet from what is not, by
// addresses and by names. The server's fetching and the network policy that the
// constructs write both go by its tables, so that neither opens what the other
// refuses.
package internet

import (
	"net/netip"
	"slices"
	"strings"
)

// The networks that all public addresses are in. Outside of IPv6's are
// loopback, mapped and translated IPv4 (64:ff9b::/96 and 64:ff9b:1::/48), unique
// local addresses with the clouds' metadata (fc00::/7), link-local (fe80::/10),
// site-local (fec0::/10), discard-only (100::/64), segment routing (5f00::/16)
// and multicast (ff00::/8).
var (
	IPv4 = netip.MustParsePrefix("0.0.0.0/0")
	IPv6 = netip.MustParsePrefix("2000::/3")
)

// special are the parts of both that are not the public Internet, or that lead
// into another range that may not be.
// Source: IANA's IPv4 and IPv6 Special-Purpose Address Registries, and the
// clouds' own pages on their metadata, services and default ranges.
//
// The check is our own after a look at two libraries. code.dny.dev/ssrf judges
// the same registries at the moment of dialing, but sees one address at a time,
// so that a name with a public and a private address is half open.
// doyensec/safeurl wraps the client and its redirects, and would bring an
// allowlist, errors and logging beside those that are here.
var special = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"10.0.0.0/8",      // private, RFC 1918
	"100.64.0.0/10",   // carrier-grade NAT, RFC 6598, and Alibaba's metadata
	"127.0.0.0/8",     // loopback, RFC 1122
	"169.254.0.0/16",  // link-local, RFC 3927, and the clouds' metadata
	"172.16.0.0/12",   // private, RFC 1918
	"192.0.0.0/24",    // protocol assignments, RFC 6890, and Oracle's metadata
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.31.196.0/24", // AS112, RFC 7535
	"192.52.193.0/24", // AMT, RFC 7450
	"192.88.99.0/24",  // 6to4 relays, RFC 7526
	"192.168.0.0/16",  // private, RFC 1918
	"192.175.48.0/24", // AS112, RFC 7534
	"198.18.0.0/15",   // benchmarks, RFC 2544
	"198.51.100.0/24", // documentation, RFC 5737
	"203.0.113.0/24",  // documentation, RFC 5737
	"224.0.0.0/4",     // multicast, RFC 1112
	"240.0.0.0/4",     // reserved, RFC 1112, and broadcast; pods on some clusters

	"34.118.224.0/20",   // Services of GKE, where no other range was chosen
	"161.26.0.0/16",     // IBM's services for its own cloud
	"166.8.0.0/14",      // the same
	"168.63.129.16/32",  // Azure's metadata
	"199.36.153.4/30",   // Google's services for networks inside of a perimeter
	"199.36.153.8/30",   // Google's services for networks of its own cloud
	"2600:2d00:2::/48",  // the same two in IPv6
	"2001::/23",         // protocol assignments, RFC 2928: Teredo, ORCHID, benchmarks and others
	"2001:db8::/32",     // documentation, RFC 3849
	"2002::/16",         // 6to4, RFC 3056: carries any IPv4 address
	"2620:4f:8000::/48", // AS112, RFC 7534
	"3fff::/20",         // documentation, RFC 9637
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// Special returns the parts of [IPv4] or [IPv6] that are not public.
func Special(of netip.Prefix) []netip.Prefix {
	var parts []netip.Prefix
	for _, p := range special {
		if of.Overlaps(p) {
			parts = append(parts, p)
		}
	}
	return parts
}

// IsPublic reports whether an address is on the public Internet, of which the
// ranges of private are no part.
func IsPublic(a netip.Addr, private ...netip.Prefix) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	// An IPv4 address in IPv6 clothes is dialed as what it is.
	a = a.Unmap()
	if a.Is6() && (!IPv6.Contains(a) || isISATAP(a)) {
		return false
	}
	holds := func(p netip.Prefix) bool { return p.Contains(a) }
	return !slices.ContainsFunc(special, holds) && !slices.ContainsFunc(private, holds)
}

// isISATAP reports whether an IPv6 address of any network carries an IPv4 one
// that a tunnel would take it to (RFC 5214, section 6.1).
func isISATAP(a netip.Addr) bool {
	b := a.As16()
	interfaceID := string(b[8:12])
	return strings.HasSuffix(interfaceID, "\x00\x5e\xfe") && interfaceID[0]&^2 == 0
}
