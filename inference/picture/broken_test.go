package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// Bounds of the corpus. Memory is what one decode allocates altogether, so what
// it holds at a time is less.
const (
	maxPixels    = 1 << 20
	maxAllocated = 40*maxPixels + 32<<20
	maxTime      = 20 * time.Second // of the processor
)

type broken struct {
	name string
	data []byte
}

// TestBrokenPictures decodes pictures that were broken in every way. Each gives
// an error of a known kind, or a picture within the limit, in bounded memory and
// time. It runs alone, since both are the process's.
func TestBrokenPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out a thousand pictures")
	}
	corpus := brokenPictures(t)
	runtime.GC()
	unbounded := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600)
	peakBefore := peak(t)
	decoded, most, slowest := 0, uint64(0), time.Duration(0)
	var mostName, slowestName string
	for i, b := range corpus {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := processorTime(t)
		image, err := picture.Decode(t.Context(), b.data, picture.Options{MaxPixels: maxPixels, EXIFOrientation: i%2 == 0})
		took := processorTime(t) - start
		runtime.ReadMemStats(&after)
		switch {
		case err == nil && (image.Width < 1 || image.Height < 1 || image.Width > maxPixels/image.Height || len(image.Pix) != 3*image.Width*image.Height):
			t.Errorf("%s: %d bytes for %d x %d pixels", b.name, len(image.Pix), image.Width, image.Height)
		case err != nil && !errors.Is(err, picture.ErrUnsupported) && !errors.Is(err, picture.ErrTooLarge) && !errors.Is(err, picture.ErrCorrupt):
			t.Errorf("%s: an error of no kind: %v", b.name, err)
		case err == nil:
			decoded++
			image.Release()
		}
		allocated := after.TotalAlloc - before.TotalAlloc
		if allocated > maxAllocated {
			t.Errorf("%s: %d MiB were allocated for %d bytes, result %v", b.name, allocated>>20, len(b.data), err)
		}
		if took > maxTime {
			t.Errorf("%s: it took %s", b.name, took)
		}
		if allocated > most {
			most, mostName = allocated, b.name
		}
		if took > slowest {
			slowest, slowestName = took, b.name
		}
	}
	t.Logf("%d files, %d decoded all the same; most memory %.1f MiB: %s; longest %s: %s", len(corpus), decoded, float64(most)/(1<<20), mostName, slowest, slowestName)
	if len(corpus) < 300 {
		t.Errorf("%d files are fewer than there were", len(corpus))
	}
	grown := peak(t) - peakBefore
	t.Run("resident memory", func(t *testing.T) { // Of which the decoders in C take some, too.
		if unbounded != nil {
			t.Skipf("the peak of memory cannot be set back here: %v", unbounded)
		}
		t.Logf("the peak of resident memory grew by %d MiB", grown>>10)
		if grown > 512<<10 {
			t.Errorf("the peak grew by %d MiB", grown>>10)
		}
	})
}

// processorTime is what this process has had of the processors, which a busy
// machine does not stretch.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// peak returns the most resident memory so far, in KiB.
func peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(line, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}

// brokenPictures are the same at every call.
func brokenPictures(t *testing.T) []broken {
	t.Helper()
	var out []broken
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // The corpus must be the same each time.
	for _, folder := range []string{"pictures", "formats"} {
		entries, err := os.ReadDir(filepath.Join(testdata, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			file := readFile(t, folder, entry.Name())
			add := func(how string, data []byte) { out = append(out, broken{entry.Name() + ", " + how, data}) }
			for _, eighth := range []int{1, 4, 7} {
				add(fmt.Sprintf("cut at %d/8", eighth), file[:len(file)*eighth/8])
			}
			for n := range 3 { // Where headers are, and all over.
				add(fmt.Sprintf("a bit flipped in its head, %d", n), flipped(random, file, 1, min(200, len(file))))
			}
			add("bits flipped", flipped(random, file, 1+len(file)/500, len(file)))
			add("numbers of its head at their most", overwritten(random, file, 0xff))
			add("numbers of its head at nothing", overwritten(random, file, 0))
			add("its middle left out", append(bytes.Clone(file[:len(file)/3]), file[len(file)*2/3:]...))
			add("twice", append(bytes.Clone(file), file...))
		}
	}
	for _, special := range [][]broken{brokenPNGs(t), brokenJPEGs(t), brokenGIFs(t), brokenWebPs(t), brokenBMPs(t), brokenTIFFs()} {
		out = append(out, special...)
	}
	return out
}

func flipped(random *rand.Rand, file []byte, bits, within int) []byte {
	out := bytes.Clone(file)
	for range bits {
		out[random.IntN(within)] ^= 1 << random.IntN(8)
	}
	return out
}

// overwritten fills four bytes of the first 100, behind the signature.
func overwritten(random *rand.Rand, file []byte, b byte) []byte {
	out := bytes.Clone(file)
	at := 8 + random.IntN(min(92, len(file)-12))
	for i := range 4 {
		out[at+i] = b
	}
	return out
}

// put returns a copy of a file with a value at a place.
func put(file []byte, at int, order binary.ByteOrder, value any) []byte {
	out := bytes.Clone(file)
	n, err := binary.Encode(out[at:], order, value)
	if err != nil || n == 0 {
		panic(fmt.Sprintf("putting %v at %d of %d bytes: %v", value, at, len(file), err))
	}
	return out
}

// bomb is deflated once, since that takes seconds.
var bomb = sync.OnceValue(func() []byte { return zeros(64 << 20) })

// zeros are n zero bytes, deflated.
func zeros(n int) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	for ; n > 0; n -= 1 << 16 {
		_, _ = w.Write(make([]byte, min(n, 1<<16)))
	}
	_ = w.Close()
	return b.Bytes()
}

func pngChunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data))) //nolint:gosec // Small.
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// pngOf makes a PNG of chunks between its header and its end.
func pngOf(width, height uint32, depth, color, interlace byte, chunks ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	header = append(header, depth, color, 0, 0, interlace)
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header)...)
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, pngChunk("IEND", nil)...)
}

func brokenPNGs(t testing.TB) []broken {
	t.Helper()
	rgb := read(t, "rgb.png")
	pixels := pngChunk("IDAT", bomb())
	name := []byte("profile\x00\x00")
	wrong := bytes.Clone(rgb)
	wrong[29] ^= 1 // the header's check sum
	var many [][]byte
	for range 10_000 {
		many = append(many, pngChunk("tEXt", []byte("a\x00b")))
	}
	return []broken{
		{"PNG with a wrong check sum", wrong},
		{"PNG of the largest size", pngOf(1<<31-1, 1<<31-1, 8, 2, 0)},
		{"PNG of a size that overflows", pngOf(1<<16, 1<<16, 8, 2, 0)},
		{"PNG of negative size", pngOf(1<<31, 1<<31, 8, 2, 0)},
		{"PNG of no size", pngOf(0, 10, 8, 2, 0)},
		{"PNG over the limit by one row", pngOf(1024, 1025, 8, 2, 0, pixels)},
		{"PNG at the limit, without pixels", pngOf(1024, 1024, 16, 6, 0)},
		{"PNG at the limit, all zeros and more", pngOf(1024, 1024, 16, 6, 0, pixels)},
		{"PNG at the limit, interlaced", pngOf(1024, 1024, 16, 6, 1, pixels)},
		{"PNG of one column, interlaced", pngOf(1, maxPixels, 1, 0, 1, pixels)},
		{"PNG that unpacks to far more than it needs", pngOf(1, 1, 8, 2, 0, pixels)},
		{"PNG with a colour profile that unpacks to 64 MiB", pngOf(1, 1, 8, 2, 0, pngChunk("iCCP", append(name, bomb()...)), pngChunk("IDAT", zeros(4)))},
		{"PNG with a text that unpacks to 64 MiB", pngOf(1, 1, 8, 2, 0, pngChunk("zTXt", append(name, bomb()...)), pngChunk("IDAT", zeros(4)))},
		{"PNG with 10,000 texts", pngOf(1, 1, 8, 2, 0, append(many, pngChunk("IDAT", zeros(4)))...)},
		{"PNG with a palette of 300 colours", pngOf(1, 1, 8, 3, 0, pngChunk("PLTE", make([]byte, 900)), pngChunk("IDAT", zeros(2)))},
		{"PNG without its palette", pngOf(1, 1, 8, 3, 0, pngChunk("IDAT", zeros(2)))},
		{"PNG of a depth that there is not", pngOf(1, 1, 7, 2, 0, pngChunk("IDAT", zeros(4)))},
		{"PNG of a colour that there is not", pngOf(1, 1, 8, 5, 0, pngChunk("IDAT", zeros(4)))},
		{"PNG whose chunk is 4 GiB long", put(rgb, 33, binary.BigEndian, uint32(1<<32-1))},
		{"PNG whose EXIF leads to itself", pngOf(1, 1, 8, 2, 0, pngChunk("eXIf", []byte("II*\x00\x08\x00\x00\x00\xff\xff")), pngChunk("IDAT", zeros(4)))},
		{"PNG with a header twice", pngOf(1, 1, 8, 2, 0, rgb[8:33], pngChunk("IDAT", zeros(4)))},
	}
}

// jpegSize is where a JPEG's first frame header has its height and width.
func jpegSize(file []byte) int {
	return bytes.Index(file, []byte("\xff\xc0\x00\x11\x08")) + 5
}

func brokenJPEGs(t testing.TB) []broken {
	t.Helper()
	file, progressive := read(t, "delta-420.jpg"), read(t, "progressive-420.jpg")
	size := jpegSize(file)
	frame := file[size-5 : size+14]
	scan := bytes.LastIndex(progressive, []byte("\xff\xda"))
	segments := func(marker string, count int) []byte {
		out := []byte("\xff\xd8")
		for range count {
			out = append(out, marker...)
		}
		return append(out, file[2:]...)
	}
	exif := "\xff\xe1\x00\x12Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff"
	cases := []broken{
		{"JPEG of the largest size", put(file, size, binary.BigEndian, uint32(0xffffffff))},
		{"JPEG of no size", put(file, size, binary.BigEndian, uint32(0))},
		{"JPEG at the limit, without the pixels", put(file, size, binary.BigEndian, uint32(1024<<16|1024))},
		{"JPEG of one row", put(file, size, binary.BigEndian, uint32(1<<16|65500))},
		{"JPEG of 12 bits", put(file, size-1, binary.BigEndian, uint8(12))},
		{"JPEG of 255 components", put(file, size+4, binary.BigEndian, uint8(255))},
		{"JPEG sampled 15 times", put(file, size+6, binary.BigEndian, uint8(0xff))},
		{"JPEG sampled no times", put(file, size+6, binary.BigEndian, uint8(0))},
		{"JPEG with two frame headers", append(append(bytes.Clone(file[:size-5]), frame...), file[size-5:]...)},
		{"JPEG with 1,000 EXIF blocks that lead to themselves", segments(exif, 1000)},
		{"JPEG with a segment longer than the file", segments("\xff\xe2\xff\xff", 1)},
		{"JPEG with a segment of no length", segments("\xff\xe2\x00\x00", 1)},
		{"JPEG with a code table of too many codes", segments("\xff\xc4\x01\x13\x00"+strings.Repeat("\xff", 16)+strings.Repeat("\x00", 256), 1)},
		{"JPEG of padding", append([]byte("\xff\xd8"), bytes.Repeat([]byte{0xff}, 1<<20)...)},
		{"JPEG of restart markers", append(bytes.Clone(file[:len(file)/2]), bytes.Repeat([]byte("\xff\xd0"), 1<<18)...)},
		{"JPEG with its last scan 5,000 times", append(bytes.Clone(progressive), bytes.Repeat(progressive[scan:len(progressive)-2], 5000)...)},
	}
	repeated := bytes.Clone(progressive[:len(progressive)-2])
	for range 5000 {
		repeated = append(repeated, progressive[scan:len(progressive)-2]...)
	}
	return append(cases, broken{"progressive JPEG of 5,000 scans", append(repeated, 0xff, 0xd9)})
}

func brokenGIFs(t testing.TB) []broken {
	t.Helper()
	file := readFile(t, "formats", "palette.gif")
	frame := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White})
	var frames bytes.Buffer
	animation := &gif.GIF{Config: image.Config{ColorModel: frame.Palette, Width: 4, Height: 4}}
	for range 20_000 {
		animation.Image, animation.Delay = append(animation.Image, frame), append(animation.Delay, 1)
	}
	if err := gif.EncodeAll(&frames, animation); err != nil {
		t.Fatal(err)
	}
	head := func(width, height uint16) []byte {
		return append(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte("GIF89a"), width), height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
	}
	image := func(left, top, width, height uint16, codes ...byte) []byte {
		out := []byte{0x2c}
		for _, v := range []uint16{left, top, width, height} {
			out = binary.LittleEndian.AppendUint16(out, v)
		}
		return append(append(out, 0), codes...)
	}
	one := []byte{2, 2, 0x4c, 0x01, 0, 0x3b}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	return []broken{
		{"GIF with 20,000 frames", frames.Bytes()},
		{"GIF of the largest size", put(file, 6, binary.LittleEndian, uint32(0xffffffff))},
		{"GIF of no size", put(file, 6, binary.LittleEndian, uint32(0))},
		{"GIF with a frame outside of the screen", join(head(4, 4), image(60000, 60000, 60000, 60000, one...))},
		{"GIF with a frame larger than the screen", join(head(4, 4), image(0, 0, 65535, 65535, one...))},
		{"GIF with a frame of no size", join(head(4, 4), image(0, 0, 0, 0, one...))},
		{"GIF at the limit, with one pixel", join(head(1024, 1024), image(0, 0, 1024, 1024, one...))},
		{"GIF with codes of no bits", join(head(4, 4), image(0, 0, 4, 4, 0, 1, 0, 0, 0x3b))},
		{"GIF with codes of 255 bits", join(head(4, 4), image(0, 0, 4, 4, 255, 1, 0, 0, 0x3b))},
		{"GIF of empty extensions", join(head(4, 4), bytes.Repeat([]byte{0x21, 0xff, 0}, 1<<19))},
		{"GIF with an extension without end", join(head(4, 4), []byte{0x21, 0xfe}, bytes.Repeat(append([]byte{255}, make([]byte, 255)...), 4096))},
		{"GIF with a palette that is cut off", put(file, 10, binary.LittleEndian, uint8(0xff))[:40]},
	}
}

func brokenWebPs(t testing.TB) []broken {
	t.Helper()
	lossy, lossless, animated := readFile(t, "formats", "lossy.webp"), readFile(t, "formats", "lossless.webp"), readFile(t, "formats", "animated.webp")
	cases := []broken{
		{"WebP of many groups of codes", hostile.WebPOfGroups(64, 64, 4)},
		{"WebP of 65,536 groups of codes", hostile.WebPOfGroups(1024, 1024, 4)},
		{"WebP whose file is 4 GiB long", put(lossy, 4, binary.LittleEndian, uint32(0xffffffff))},
		{"WebP whose file has no length", put(lossy, 4, binary.LittleEndian, uint32(0))},
		{"WebP whose chunk is 4 GiB long", put(lossy, 16, binary.LittleEndian, uint32(0xffffffff))},
		{"lossless WebP of the largest size", put(lossless, 21, binary.LittleEndian, uint32(0x0fffffff))},
		{"lossless WebP at the limit", put(lossless, 21, binary.LittleEndian, uint32(1023<<14|1023))},
		{"animated WebP on a canvas of the largest size", put(animated, 24, binary.LittleEndian, [6]uint8{255, 255, 255, 255, 255, 255})},
		{"animated WebP on a canvas at the limit", put(animated, 24, binary.LittleEndian, [6]uint8{255, 3, 0, 255, 3, 0})},
		{"animated WebP on a canvas of one pixel", put(animated, 24, binary.LittleEndian, [6]uint8{})},
		{"WebP without chunks", []byte("RIFF\x04\x00\x00\x00WEBP")},
	}
	if at := bytes.Index(lossy, []byte("\x9d\x01\x2a")); at > 0 {
		cases = append(cases, broken{"lossy WebP of the largest size", put(lossy, at+3, binary.LittleEndian, uint32(0x3fff3fff))}, broken{"lossy WebP of no size", put(lossy, at+3, binary.LittleEndian, uint32(0))})
	}
	return cases
}

func brokenBMPs(t testing.TB) []broken {
	t.Helper()
	file := readFile(t, "formats", "rgb.bmp")
	palette := readFile(t, "formats", "palette.bmp")
	little := binary.LittleEndian
	return []broken{
		{"BMP of the largest size", put(put(file, 18, little, uint32(1<<31-1)), 22, little, uint32(1<<31-1))},
		{"BMP of negative width", put(file, 18, little, int32(-5))},
		{"BMP of the most negative height", put(file, 22, little, int32(-1<<31))},
		{"BMP at the limit, without the pixels", put(put(file, 18, little, uint32(1024)), 22, little, uint32(1024))},
		{"BMP whose pixels begin beyond its end", put(file, 10, little, uint32(0xfffffff0))},
		{"BMP whose pixels begin in its header", put(file, 10, little, uint32(0))},
		{"BMP of 255 bits", put(file, 28, little, uint16(255))},
		{"BMP of no bits", put(file, 28, little, uint16(0))},
		{"BMP with a header of 4 GiB", put(file, 14, little, uint32(0xffffffff))},
		{"BMP that is compressed", put(file, 30, little, uint32(1))},
		{"BMP with 4 billion colours", put(palette, 46, little, uint32(0xffffffff))},
	}
}

// tag is an entry of a TIFF's directory.
type tag struct {
	number, kind uint16
	count, value uint32
}

// tiffOf makes a little-endian TIFF: tail is at byte 8, and the directory
// behind it leads to another at next, or to itself where next is 1.
func tiffOf(tail []byte, next uint32, tags ...tag) []byte {
	little := binary.LittleEndian
	directory := uint32(8 + len(tail)) //nolint:gosec // Small.
	out := append(little.AppendUint32([]byte("II*\x00"), directory), tail...)
	out = little.AppendUint16(out, uint16(len(tags))) //nolint:gosec // Small.
	for _, t := range tags {
		out = little.AppendUint16(little.AppendUint16(out, t.number), t.kind)
		out = little.AppendUint32(little.AppendUint32(out, t.count), t.value)
	}
	if next == 1 {
		next = directory
	}
	return little.AppendUint32(out, next)
}

func brokenTIFFs() []broken {
	const short, long = 3, 4
	gray := func(width, height uint32, more ...tag) []tag {
		return append([]tag{{256, long, 1, width}, {257, long, 1, height}, {258, short, 1, 8}, {262, short, 1, 1}}, more...)
	}
	strip := func(offset, size uint32) []tag { return []tag{{273, long, 1, offset}, {279, long, 1, size}} }
	pixels := make([]byte, 100)
	plain := gray(10, 10, strip(8, 100)...)
	deflated := zeros(1 << 20)
	size := uint32(len(deflated)) //nolint:gosec // Small.

	// A table of pieces that are all the same one.
	pieces := uint32(1 << 18)
	same := bytes.Clone(deflated)
	for range pieces {
		same = binary.LittleEndian.AppendUint32(same, 8)
	}
	for range pieces {
		same = binary.LittleEndian.AppendUint32(same, size)
	}
	offsets, counts := 8+size, 8+size+4*pieces

	// All tags that are read claim as many values as the file holds.
	var greedy []tag
	for _, number := range []uint16{256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 339} {
		greedy = append(greedy, tag{number, 1, 1 << 22, 8})
	}
	big := []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00")
	return []broken{
		{"TIFF whose directory leads to itself", tiffOf(pixels, 1, plain...)},
		{"TIFF whose directory leads into its pixels", tiffOf(pixels, 8, plain...)},
		{"TIFF whose directory is the header", append([]byte("II*\x00\x00\x00\x00\x00"), make([]byte, 100)...)},
		{"TIFF with inner directories that lead to themselves", tiffOf(pixels, 0, append([]tag{{330, long, 1, 108}, {34665, long, 1, 108}, {34853, long, 1, 108}}, plain...)...)},
		{"TIFF with a directory of 65,535 entries", put(tiffOf(pixels, 0, plain...), 108, binary.LittleEndian, uint16(65535))},
		{"TIFF without entries", tiffOf(pixels, 0)},
		{"TIFF of the largest size", tiffOf(pixels, 0, gray(0xffffffff, 0xffffffff, strip(8, 100)...)...)},
		{"TIFF of no size", tiffOf(pixels, 0, gray(0, 10, strip(8, 100)...)...)},
		{"TIFF whose pixels are beyond its end", tiffOf(pixels, 0, gray(10, 10, strip(0xfffffff0, 100)...)...)},
		{"TIFF whose piece is longer than the file", tiffOf(pixels, 0, gray(10, 10, strip(8, 0xffffffff)...)...)},
		{"TIFF whose tags claim all values there can be", tiffOf(make([]byte, 1<<22), 0, greedy...)},
		{"TIFF whose tags claim more than the file", tiffOf(pixels, 0, gray(10, 10, tag{273, long, 0xffffffff, 8}, tag{279, long, 0xffffffff, 8})...)},
		{"TIFF with tags of an unknown type", tiffOf(pixels, 0, gray(10, 10, tag{273, 99, 1, 8}, tag{279, long, 1, 100})...)},
		{"TIFF in rows of none", tiffOf(pixels, 0, append(plain, tag{278, long, 1, 0})...)},
		{"TIFF of 65,535 bands", tiffOf(pixels, 0, append(plain, tag{277, short, 1, 65535})...)},
		{"TIFF that unpacks to more than it needs", tiffOf(deflated, 0, gray(10, 10, append(strip(8, size), tag{259, short, 1, 8})...)...)},
		{
			"TIFF of a tile larger than the limit",
			tiffOf(deflated, 0, gray(10, 10, tag{259, short, 1, 8}, tag{322, long, 1, 1 << 20}, tag{323, long, 1, 1 << 20}, tag{324, long, 1, 8}, tag{325, long, 1, size})...),
		},
		{
			"TIFF of 262,144 tiles of a mebibyte for a pixel each",
			tiffOf(same, 0, gray(1, pieces, tag{259, short, 1, 8}, tag{322, long, 1, 1 << 20}, tag{323, long, 1, 1}, tag{324, long, pieces, offsets}, tag{325, long, pieces, counts})...),
		},
		{
			"TIFF of 1,024 bands in 512 strips that are the same one",
			tiffOf(same, 0, gray(512, 512, tag{259, short, 1, 8}, tag{277, short, 1, 1024}, tag{278, long, 1, 1}, tag{273, long, 512, offsets}, tag{279, long, 512, counts})...),
		},
		{"BigTIFF whose directory is at the end of all numbers", append([]byte("II+\x00\x08\x00\x00\x00"), bytes.Repeat([]byte{0xff}, 100)...)},
		{"BigTIFF of more entries than there are numbers", append(bytes.Clone(big), bytes.Repeat([]byte{0xff}, 100)...)},
		{"BigTIFF of empty entries", append(append(bytes.Clone(big), 5, 0, 0, 0, 0, 0, 0, 0), make([]byte, 100)...)},
	}
}
