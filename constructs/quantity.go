package constructs

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// quantitySyntax is the grammar of Kubernetes quantities without sign: digits
// with at most one point, then a binary suffix, a decimal suffix or an exponent.
var quantitySyntax = regexp.MustCompile(`^([0-9]{1,18}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$`)

var quantitySuffixes = map[string]*big.Rat{
	"": big.NewRat(1, 1), "n": big.NewRat(1, 1e9), "u": big.NewRat(1, 1e6), "m": big.NewRat(1, 1e3),
	"k": big.NewRat(1e3, 1), "M": big.NewRat(1e6, 1), "G": big.NewRat(1e9, 1),
	"T": big.NewRat(1e12, 1), "P": big.NewRat(1e15, 1), "E": big.NewRat(1e18, 1),
	"Ki": big.NewRat(1<<10, 1), "Mi": big.NewRat(1<<20, 1), "Gi": big.NewRat(1<<30, 1),
	"Ti": big.NewRat(1<<40, 1), "Pi": big.NewRat(1<<50, 1), "Ei": big.NewRat(1<<60, 1),
}

// parseQuantity returns the value of a Kubernetes quantity that is not negative.
func parseQuantity(s string) (*big.Rat, bool) {
	m := quantitySyntax.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	number, suffix := m[1], m[2]
	scale, ok := quantitySuffixes[suffix]
	if !ok {
		number, scale = number+suffix, quantitySuffixes[""]
	}
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return nil, false
	}
	return value.Mul(value, scale), true
}

// maxCores are more than one node has.
const maxCores = 1024

// leastBytes is less than anything here needs, and more than who forgets a suffix writes.
var leastBytes = big.NewRat(1<<20, 1)

// cores checks a quantity of CPUs, of which Kubernetes counts thousandths, and returns its
// value, nil where it is none.
func (c *check) cores(field, s string, most int64) *big.Rat {
	value, ok := parseQuantity(s)
	if !ok || strings.HasSuffix(s, "i") || value.Cmp(big.NewRat(1, 1000)) < 0 || value.Cmp(big.NewRat(most, 1)) > 0 {
		c.add(field, s, fmt.Sprintf("a Kubernetes quantity of cores, 1m to %d", most), `write it like "500m" or "4"`)
		return nil
	}
	return value
}

// bytes checks a quantity of memory or storage, and returns its value, nil where it is
// none.
func (c *check) bytes(field, s string) *big.Rat {
	value, ok := parseQuantity(s)
	if !ok || value.Cmp(leastBytes) < 0 {
		c.add(field, s, "a Kubernetes quantity of bytes, at least 1Mi", meantBytes(s))
		return nil
	}
	return value
}

// writtenBytes are what people write for a quantity of bytes.
var writtenBytes = regexp.MustCompile(`^([0-9]{1,4}(?:\.[0-9]{1,2})?) ?([kmgtKMGT]?)i?[bB]?$`)

// meantBytes says how to mend a quantity that is too small, or none: "500m" is half a
// byte.
func meantBytes(s string) string {
	if m := writtenBytes.FindStringSubmatch(s); m != nil {
		suffix := strings.ToUpper(m[2]) + "i"
		if m[2] == "" {
			suffix = "Gi"
		}
		if value, ok := parseQuantity(m[1] + suffix); ok && value.Cmp(leastBytes) >= 0 {
			return fmt.Sprintf("did you mean %q?", m[1]+suffix)
		}
	}
	return `write it like "512Mi" or "16Gi"`
}

// milli renders a number as a quantity with a precision of a thousandth.
func milli(v float64) string {
	if v == float64(int64(v)) {
		return strconv.FormatInt(int64(v), 10)
	}
	return fmt.Sprintf("%.0fm", v*1000)
}

// canonicalOf writes a quantity as the API server stores it, so that what is
// applied does not differ from what is there: "2000m" is "2".
func canonicalOf(s string) string {
	value, ok := parseQuantity(s)
	if !ok || value.Sign() == 0 || strings.ContainsAny(strings.TrimRight(s, "E"), "eE") {
		return s // An exponent stays one.
	}
	return canonical(value, strings.HasSuffix(s, "i"))
}

// canonical writes a value with the largest suffix that leaves no fraction.
func canonical(value *big.Rat, binary bool) string {
	suffixes := []string{"E", "P", "T", "G", "M", "k", "", "m", "u", "n"}
	if binary && value.Cmp(big.NewRat(1024, 1)) >= 0 && value.IsInt() {
		suffixes = []string{"Ei", "Pi", "Ti", "Gi", "Mi", "Ki", ""}
	}
	for _, suffix := range suffixes {
		if mantissa := new(big.Rat).Quo(value, quantitySuffixes[suffix]); mantissa.IsInt() {
			return mantissa.Num().String() + suffix
		}
	}
	// The API server rounds up what is finer than it can hold.
	mantissa := new(big.Rat).Quo(value, quantitySuffixes["n"])
	return new(big.Int).Add(new(big.Int).Quo(mantissa.Num(), mantissa.Denom()), big.NewInt(1)).String() + "n"
}
