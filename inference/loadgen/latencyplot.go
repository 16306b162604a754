package loadgen

import (
	"fmt"
	"math"
	"strings"
)

// Size of the plot and of the margin that its labels need, in pixels.
const (
	plotWidth, plotHeight = 720, 400
	plotMargin            = 60
)

// SVG draws the latency by percentile, each axis by powers of ten, so that the
// slowest of a thousand requests are as wide as the fastest half.
func (r *Report) SVG() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	low, high := math.Floor(math.Log10(max(0.01, r.Latency.P50/10))), math.Ceil(math.Log10(max(1, r.Latency.Max)))
	decades := math.Max(1, math.Ceil(math.Log10(float64(max(10, r.Requests)))))
	x := func(percentile float64) float64 {
		rest := math.Max(1-percentile/100, math.Pow(10, -decades))
		return plotMargin + (plotWidth-1.5*plotMargin)*-math.Log10(rest)/decades
	}
	y := func(ms float64) float64 {
		return plotHeight - plotMargin - (plotHeight-1.5*plotMargin)*(math.Log10(max(ms, math.Pow(10, low)))-low)/(high-low)
	}
	line := func(x1, y1, x2, y2 float64) {
		_, _ = fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#ccc"/>`+"\n", x1, y1, x2, y2)
	}
	for decade := low; decade <= high; decade++ {
		ms := math.Pow(10, decade)
		line(plotMargin, y(ms), plotWidth-plotMargin/2, y(ms))
		_, _ = fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%g ms</text>`+"\n", plotMargin-6, y(ms)+4, ms)
	}
	for decade := 0.0; decade <= decades; decade++ {
		percentile := 100 * (1 - math.Pow(10, -decade))
		line(x(percentile), plotMargin/2, x(percentile), plotHeight-plotMargin)
		_, _ = fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">P%.6g</text>`+"\n", x(percentile), plotHeight-plotMargin+18, percentile)
	}
	var points strings.Builder
	for _, p := range r.Curve {
		_, _ = fmt.Fprintf(&points, "%.1f,%.1f ", x(p.Percentile), y(p.Milliseconds))
	}
	_, _ = fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#1565c0" stroke-width="2"/>`+"\n", points.String())
	_, _ = fmt.Fprintf(&b, `<text x="%d" y="%d">latency by percentile: %d requests, %.1f a second, %d failed</text>`+"\n", plotMargin, plotHeight-14, r.Requests, r.PerSecond, r.Failed())
	b.WriteString("</svg>\n")
	return b.String()
}
