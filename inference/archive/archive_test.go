package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/archive"
)

// entry is one of an archive; a plain file where kind is zero.
type entry struct {
	name, content string
	kind          byte
}

func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o777}
		switch e.kind {
		case tar.TypeSymlink, tar.TypeLink:
			header.Linkname = e.content
		case 0:
			header.Typeflag, header.Size = tar.TypeReg, int64(len(e.content))
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if e.kind == 0 {
			_, _ = w.Write([]byte(e.content))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func zip(data []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(data)
	_ = w.Close()
	return packed.Bytes()
}

// raw is an entry of any kind, as its bytes.
func raw(kind byte, name, content string) []byte {
	block := make([]byte, 512)
	copy(block, name)
	copy(block[100:], "0000000")
	copy(block[124:], fmt.Sprintf("%011o", len(content)))
	copy(block[136:], fmt.Sprintf("%011o", 0))
	block[156] = kind
	copy(block[257:], "ustar\x0000")
	copy(block[148:], "        ")
	sum := 0
	for _, b := range block {
		sum += int(b)
	}
	copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
	return slices.Concat(block, []byte(content), make([]byte, (512-len(content)%512)%512))
}

// record is one of a PAX header, which begins with its own length.
func record(key, value string) string {
	n := len(key) + len(value) + 3
	return fmt.Sprintf("%d %s=%s\n", n+len(fmt.Sprint(n+2)), key, value)
}

// comments are a header of as many bytes as the reader takes.
func comments() string {
	const n = 1<<20 - 512
	return fmt.Sprintf("%d comment=%s\n", n, strings.Repeat("x", n-len("1048064 comment=\n")))
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string][]entry{
		"at the root":   {{name: "a", content: "first"}, {name: "b"}},
		"as tar -C . .": {{name: "./", kind: tar.TypeDir}, {name: "./a", content: "first"}, {name: "./b"}},
		"in a folder":   {{name: "model/", kind: tar.TypeDir}, {name: "model/a", content: "first"}, {name: "model/b"}},
	} {
		for form, data := range map[string][]byte{"tar": pack(t, entries), "tar.gz": zip(pack(t, entries))} {
			t.Run(name+", "+form, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if err := archive.Unpack(t.Context(), bytes.NewReader(data), dir, archive.Model, 5); err != nil {
					t.Fatal(err)
				}
				first, err := os.ReadFile(filepath.Join(dir, "a"))
				if second, err2 := os.ReadFile(filepath.Join(dir, "b")); err != nil || err2 != nil || string(first) != "first" || len(second) != 0 {
					t.Errorf("unpacked %q, %q, %v, %v", first, second, err, err2)
				}
				if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Mode().Perm()&0o111 != 0 {
					t.Errorf("an executable file: %v, %v", info.Mode(), err)
				}
			})
		}
	}
}

// TestUnpackParts has an index that several runs made.
func TestUnpackParts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		entries []entry
		want    string // what is there, or in the error
	}{
		"at the root":          {[]entry{{name: "./part-0-of-2/a"}, {name: "./part-1-of-2/a"}, {name: "./b"}}, "b part-0-of-2/a part-1-of-2/a"},
		"in a folder":          {[]entry{{name: "index/part-0-of-2/a"}, {name: "index/part-1-of-2/a"}}, "part-0-of-2/a part-1-of-2/a"},
		"a folder of a part":   {[]entry{{name: "index/part-0-of-2/part-0-of-2/a"}, {name: "index/a"}}, "another folder"},
		"two indexes":          {[]entry{{name: "a/part-0-of-2/a"}, {name: "b/part-1-of-2/a"}}, "another folder"},
		"another folder":       {[]entry{{name: "b"}, {name: "other/a"}}, "another folder"},
		"a part twice":         {[]entry{{name: "part-0-of-2/a"}, {name: "part-0-of-2/a"}}, "file exists"},
		"a file, and its part": {[]entry{{name: "part-0-of-2"}, {name: "part-0-of-2/a"}}, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			err := archive.Unpack(t.Context(), bytes.NewReader(pack(t, tt.entries)), dir, archive.Index, 10)
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %q", err, tt.want)
				}
				return
			}
			var files []string
			for _, pattern := range []string{"*", "*/*"} {
				found, _ := filepath.Glob(filepath.Join(dir, pattern))
				for _, path := range found {
					if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
						files = append(files, strings.TrimPrefix(path, dir+"/"))
					}
				}
			}
			if got := strings.Join(files, " "); got != tt.want {
				t.Errorf("there are %s, want %s", got, tt.want)
			}
		})
	}
	// A model has no parts.
	if err := archive.Unpack(t.Context(), bytes.NewReader(pack(t, []entry{{name: "a"}, {name: "part-0-of-2/a"}})), t.TempDir(), archive.Model, 10); err == nil {
		t.Error("a model with parts was unpacked")
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	file := entry{name: "a", content: "first"}
	many := make([]entry, 1001)
	for i := range many {
		many[i] = entry{name: "d/", kind: tar.TypeDir}
	}
	whole := pack(t, []entry{file})
	var claim bytes.Buffer
	_ = tar.NewWriter(&claim).WriteHeader(&tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: 1 << 62, Format: tar.FormatGNU})
	huge := append(claim.Bytes(), make([]byte, 1024)...)
	sparse := record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") + record("GNU.sparse.name", "a") + record("GNU.sparse.realsize", "9")
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"path upwards":      {pack(t, []entry{{name: "../a"}}), "leads out of the archive"},
		"path up and down":  {pack(t, []entry{{name: "x/../../a"}}), "leads out of the archive"},
		"absolute path":     {pack(t, []entry{{name: "/etc/passwd"}}), "leads out of the archive"},
		"symbolic link":     {pack(t, []entry{{name: "a", content: "/etc/passwd", kind: tar.TypeSymlink}}), "no plain file"},
		"hard link":         {pack(t, []entry{file, {name: "b", content: "a", kind: tar.TypeLink}}), "no plain file"},
		"device":            {pack(t, []entry{{name: "a", kind: tar.TypeChar}}), "no plain file"},
		"named pipe":        {pack(t, []entry{{name: "a", kind: tar.TypeFifo}}), "no plain file"},
		"two folders":       {pack(t, []entry{{name: "x/a"}, {name: "y/b"}}), "another folder"},
		"one name twice":    {pack(t, []entry{file, file}), "file exists"},
		"sparse":            {append(raw('S', "a", ""), whole...), "unpacking"},
		"sparse by PAX":     {append(raw('x', "h", sparse), raw('0', "a", "1\n0\n1\n"+strings.Repeat("\x00", 506)+"x")...), "it is sparse"},
		"a name of lines":   {pack(t, []entry{{name: "a\nb"}}), "its name has other characters"},
		"a very long name":  {pack(t, []entry{{name: strings.Repeat("x", 100_000)}}), "its name has other characters"},
		"headers for ever":  {zip(bytes.Repeat(raw('x', "h", "11 a=aaaaa\n"+strings.Repeat("\x00", 1<<19)), 40)), "invalid"},
		"comments for ever": {zip(bytes.Repeat(raw('x', "h", comments()), 40)), "more bytes than its files may have"},
		"too large":         {pack(t, []entry{file, {name: "b", content: "second"}}), "more than 10 bytes"},
		"too many entries":  {pack(t, many), "more than 1000 entries"},
		"nothing":           {pack(t, nil), "no files"},
		"no archive":        {[]byte(strings.Repeat("<html>", 200)), "must be a .tar or .tar.gz"},
		"cut off":           {whole[:514], "unpacking"},
		"cut off in a zip":  {zip(whole)[:40], "unexpected EOF"},
		"gzip of no tar":    {zip([]byte("text")), "must be a .tar or .tar.gz"},
		"gzip of nothing":   {bytes.Repeat(zip(nil), 100_000), "holds next to nothing"},
		"ZIP":               {[]byte("PK\x03\x04" + strings.Repeat("\x00", 600)), "must be a .tar or .tar.gz"},
		"ZIP64 without end": {[]byte("PK\x03\x04\x2d\x00" + strings.Repeat("\xff", 600)), "must be a .tar or .tar.gz"},
		"4 EiB":             {huge, "more than 10 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			dir := filepath.Join(parent, "model")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := archive.Unpack(t.Context(), bytes.NewReader(tt.data), dir, archive.Model, 10); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
				t.Errorf("written outside the folder: %v, %v", entries, err)
			}
		})
	}
}

// FuzzUnpack looks for an archive that writes outside its folder, or more than
// its limit.
func FuzzUnpack(f *testing.F) {
	f.Add(pack(f, []entry{{name: "model/a", content: "first"}}))
	f.Add(zip(pack(f, []entry{{name: "../a"}, {name: "b", content: "a", kind: tar.TypeSymlink}})))
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "model")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		_ = archive.Unpack(t.Context(), bytes.NewReader(data), dir, archive.Index, 100)
		if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
			t.Fatalf("written outside the folder: %v, %v", entries, err)
		}
		var total int64
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() {
				t.Fatalf("%s: %v", e.Name(), err)
			}
			total += info.Size()
		}
		if total > 100 {
			t.Errorf("%d bytes were written", total)
		}
	})
}
