package internet_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/internal/internet"
)

// TestTheEdgesOfRanges judges the first and the last address of every range,
// and those beside it, which are public unless they are in another.
func TestTheEdgesOfRanges(t *testing.T) {
	t.Parallel()
	special := append(internet.Special(internet.IPv4), internet.Special(internet.IPv6)...)
	within := func(a netip.Addr) bool {
		return a.Is6() && !internet.IPv6.Contains(a) || slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	neighbours := 0
	for _, p := range special {
		if p.Masked() != p {
			t.Errorf("%s does not begin with its first address", p)
		}
		first, last := p.Addr(), lastOf(p)
		for _, a := range []netip.Addr{first, last} {
			if internet.IsPublic(a) || internet.IsPublic(netip.AddrFrom16(a.As16())) {
				t.Errorf("%s, an end of %s, is public", a, p)
			}
		}
		for _, a := range []netip.Addr{first.Prev(), last.Next()} {
			if a.IsValid() && !within(a) {
				neighbours++
				if !internet.IsPublic(a) {
					t.Errorf("%s, a neighbour of %s, is not public", a, p)
				}
			}
		}
	}
	if len(special) < 30 || neighbours < 40 {
		t.Errorf("only %d ranges and %d neighbours were judged", len(special), neighbours)
	}
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"8.8.8.8": true, "93.184.215.14": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true,
		"2000::": true, "2000::5eff:7f00:1": true, "2606:4700::5efd:7f00:1": true, "2606:4700::100:5efe:7f00:1": true, "3ffe:ffff:ffff::1": true,
		// Services and metadata of clouds.
		"34.118.224.1": false, "34.118.239.255": false, "34.118.223.255": true, "34.118.240.0": true,
		"169.254.169.254": false, "169.254.170.2": false, "168.63.129.16": false, "100.100.100.200": false, "192.0.0.192": false,
		"fd00:ec2::254": false, "fd20:ce::254": false, "161.26.0.10": false, "166.9.0.1": false, "199.36.153.4": false, "199.36.153.11": false, "199.36.153.12": true,
		// IPv4 in IPv6: mapped, compatible, translated, 6to4, Teredo, ISATAP.
		"::ffff:10.0.0.1": false, "::10.0.0.1": false, "64:ff9b::8.8.8.8": false, "64:ff9b:1::8.8.8.8": false,
		"2002:808:808::1": false, "2001:0:808:808::1": false, "2606:4700::5efe:7f00:1": false, "2606:4700::200:5efe:7f00:1": false,
		// The rest of the registries.
		"::": false, "::1": false, "100::1": false, "100:0:0:1::1": false, "2001:2::1": false, "2001:20::1": false, "2001:30::1": false, "5f00::1": false,
		"fc00::1": false, "fe80::1": false, "fec0::1": false, "ff02::1": false, "4000::1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.251": false,
	} {
		if got := internet.IsPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public %v, want %v", text, got, want)
		}
	}
	private := []netip.Prefix{netip.MustParsePrefix("2600:1f14::/36"), netip.MustParsePrefix("34.0.0.0/9")}
	for _, text := range []string{"2600:1f14:abc::99", "34.1.2.3", "::ffff:34.1.2.3", "10.0.0.1"} {
		if internet.IsPublic(netip.MustParseAddr(text), private...) {
			t.Errorf("%s is public beside private ranges", text)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"example.com": true, "a.svc.example.com": true, "internal.example.com": true, "local.example": true, "EXAMPLE.com.": true, "svc.net": true,
		"": false, ".": false, "localhost": false, "minio": false, "minio.": false, "kubernetes.default.svc": false, "kubernetes.default.svc.cluster.local": false,
		"Metadata.Google.INTERNAL.": false, "printer.local": false, "a.localhost": false, "router.home.arpa": false, "abc.onion": false, "1.0.0.127.in-addr.arpa": false,
		"nas.lan": false, "x.localdomain": false, "wiki.corp": false, "ip-10-0-0-1.eu-1.compute.internal": false,
	} {
		if got := internet.IsPublicName(name); got != want {
			t.Errorf("%q: public %v, want %v", name, got, want)
		}
	}
}

// FuzzIsPublic compares the check of addresses with what Go knows of them.
func FuzzIsPublic(f *testing.F) {
	for _, a := range []string{"127.0.0.1", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "8.8.8.8", "2606:4700::1111", "2002:7f00:1::", "224.0.0.1"} {
		f.Add(netip.MustParseAddr(a).AsSlice())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, ok := netip.AddrFromSlice(data)
		if !ok || !internet.IsPublic(a) {
			return
		}
		if b := a.Unmap(); !b.IsGlobalUnicast() || b.IsPrivate() || b.IsLoopback() || b.IsLinkLocalUnicast() || b.IsMulticast() || b.IsUnspecified() {
			t.Errorf("%s is public", a)
		}
		if internet.IsPublic(a.WithZone("eth0")) && a.Is6() {
			t.Errorf("%s with a zone is public", a)
		}
	})
}
