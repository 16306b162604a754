package main

import (
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRun measures the tiny checkpoint in the least time, so that the figures
// mean nothing, and looks at what is printed: each row of the two tables.
func TestRun(t *testing.T) {
	work := t.TempDir()
	program, folder := filepath.Join(work, "rsclip"), filepath.Join(work, "tiny")
	for _, command := range [][]string{
		{"go", "build", "-o", program, ".."},
		{program, "export", "-checkpoint", "../../inference/testdata/tiny-base", "-out", folder, "-name", "tiny"},
	} {
		if out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", command, err, out)
		}
	}
	file, err := os.Create(filepath.Join(work, "picture.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(file, image.NewRGBA(image.Rect(0, 0, 60, 60)), nil); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(t.Context(), &out, program, work, 2, 10*time.Millisecond, []string{folder}); err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`[\d.]+`)
	columns := map[int]bool{} // of the rows, without those of names
	for _, tower := range []string{"text", "vision"} {
		rows := regexp.MustCompile(`(?m)^\| tiny fp32 \| `+tower+` \|(.*)\|$`).FindAllStringSubmatch(out.String(), -1)
		if len(rows) != 2 {
			t.Errorf("%s has %d rows, want one in each of two tables:\n%s", tower, len(rows), &out)
		}
		for _, row := range rows {
			cells := number.FindAllString(row[1], -1)
			columns[len(cells)] = true
			for i, cell := range cells[:4] { // Of the others, some may be 0.
				if v, err := strconv.ParseFloat(cell, 64); err != nil || v <= 0 {
					t.Errorf("%s: number %d is %s, want above 0", row[0], i, cell)
				}
			}
		}
	}
	if !columns[7] || !columns[6] || len(columns) != 2 {
		t.Errorf("the tables have these numbers of columns: %v, want 7 and 6", columns)
	}
}
