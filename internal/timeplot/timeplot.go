// Package timeplot draws what a test has seen over time, as SVG.
package timeplot

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Panel is one quantity over time, below the panels before it.
type Panel struct {
	Title  string
	Series []Series
}

// Series is one line. It has a point for each time, in seconds.
type Series struct {
	Name   string
	Times  []float64
	Values []float64
}

// Mark is a moment that all panels show.
type Mark struct {
	Time float64 // in seconds
	Text string
}

// Sizes in pixels.
const (
	width       = 860
	panelHeight = 170
	left, right = 80, 20
	top, bottom = 26, 24
)

var colours = []string{"#1565c0", "#c62828", "#2e7d32", "#6a1b9a", "#ef6c00"}

// SVG draws the panels over one axis of time, each from 0 to its largest value.
func SVG(title string, panels []Panel, marks []Mark) string {
	end := 1.0
	for _, p := range panels {
		for _, s := range p.Series {
			for _, t := range s.Times {
				end = max(end, t)
			}
		}
	}
	x := func(t float64) float64 { return left + (width-left-right)*t/end }
	var b strings.Builder
	height := 30 + len(panels)*panelHeight + 16*len(marks)
	_, _ = fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	text(&b, left, 18, "start", "#000", title)
	for i, p := range panels {
		p.draw(&b, 30+float64(i*panelHeight), end, x)
		for n, m := range marks {
			y := 30 + float64(i*panelHeight)
			_, _ = fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#999" stroke-dasharray="3,3"/>`+"\n", x(m.Time), y+top, x(m.Time), y+panelHeight-bottom)
			text(&b, x(m.Time), y+top-2, "middle", "#666", fmt.Sprint(n+1))
		}
	}
	for n, m := range marks {
		text(&b, left, float64(30+len(panels)*panelHeight+16*n+8), "start", "#333", fmt.Sprintf("%d: at %.0f s, %s", n+1, m.Time, m.Text))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p Panel) draw(b *strings.Builder, y0, end float64, x func(float64) float64) {
	most := 0.0
	for _, s := range p.Series {
		for _, v := range s.Values {
			most = max(most, v)
		}
	}
	step := tick(most)
	most = max(step, math.Ceil(most/step)*step)
	y := func(v float64) float64 { return y0 + panelHeight - bottom - (panelHeight-top-bottom)*v/most }
	for v := 0.0; v <= most*1.0001; v += step {
		_, _ = fmt.Fprintf(b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>`+"\n", left, y(v), width-right, y(v))
		text(b, left-6, y(v)+4, "end", "#333", fmt.Sprintf("%.6g", v))
	}
	for i := range 5 {
		t := end * float64(i) / 4
		text(b, x(t), y0+panelHeight-bottom+15, "middle", "#333", fmt.Sprintf("%.0f s", t))
	}
	text(b, left, y0+top-12, "start", "#000", p.Title)
	at := left + 8*float64(len(p.Title)) + 20
	for i, s := range p.Series {
		colour := colours[i%len(colours)]
		var points strings.Builder
		for j, v := range s.Values {
			_, _ = fmt.Fprintf(&points, "%.1f,%.1f ", x(s.Times[j]), y(v))
		}
		_, _ = fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", points.String(), colour)
		if len(p.Series) > 1 {
			text(b, at, y0+top-12, "start", colour, s.Name)
			at += 8*float64(len(s.Name)) + 20
		}
	}
}

// tick returns a round step that divides 0 to most in at most five.
func tick(most float64) float64 {
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/5)))
	for _, factor := range []float64{1, 2, 5} {
		if power*factor*5 >= most {
			return power * factor
		}
	}
	return power * 10
}

func text(b *strings.Builder, x, y float64, anchor, colour, s string) {
	_, _ = fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(s))
}
