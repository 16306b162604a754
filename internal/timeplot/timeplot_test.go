package timeplot_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/internal/timeplot"
)

func TestSVG(t *testing.T) {
	t.Parallel()
	svg := timeplot.SVG("a < b", []timeplot.Panel{
		{Title: "pods", Series: []timeplot.Series{{Name: "wanted", Times: []float64{0, 10}, Values: []float64{0, 7}}, {Name: "ready", Times: []float64{10}, Values: []float64{3}}}},
		{Title: "nothing", Series: []timeplot.Series{{}}},
	}, []timeplot.Mark{{Time: 5, Text: "load begins"}})
	var drawn struct {
		Lines []struct {
			Points string `xml:"points,attr"`
		} `xml:"polyline"`
		Texts []string `xml:"text"`
	}
	if err := xml.Unmarshal([]byte(svg), &drawn); err != nil {
		t.Fatal(err)
	}
	// From the lower left corner of the first panel, 0, to 7 of 8 at the right.
	if len(drawn.Lines) != 3 || drawn.Lines[0].Points != "80.0,176.0 840.0,71.0 " {
		t.Errorf("lines %q", drawn.Lines)
	}
	for _, want := range []string{"a < b", "8", "10 s", "wanted", "1: at 5 s, load begins"} {
		if !strings.Contains("\n"+strings.Join(drawn.Texts, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("no text %q among %q", want, drawn.Texts)
		}
	}
	if strings.Contains(svg, "NaN") {
		t.Error("NaN")
	}
}
