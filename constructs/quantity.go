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

// quantity checks one quantity and returns its value, nil where it is none.
func (c *check) quantity(field, s string) *big.Rat {
	value, ok := parseQuantity(s)
	if !ok || value.Sign() == 0 {
		c.add(field, s, "a Kubernetes quantity above zero", `write it like "500m", "4" or "16Gi"`)
		return nil
	}
	return value
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
