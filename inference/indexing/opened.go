package indexing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/httprange"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/projection"
	"github.com/seed-74198975/rsclip/internal/regular"
)

// maxFile bounds the files that are read whole: all that are no TIFF.
const maxFile = 1 << 30

// opened is a source of which windows are shown.
type opened interface {
	Size() (width, height int)
	Show(ctx context.Context, w geotiff.Window) (*picture.Image, error)
}

// open opens a source. Of a TIFF the windows that are shown are read, and nothing
// else; other pictures are decoded whole.
func open(ctx context.Context, client *http.Client, name string, metres float64, o picture.Options) (source opened, closeSource func(), err error) {
	if !utf8.ValidString(name) {
		return nil, nil, errors.New("its name is not UTF-8, as the table wants it: rename it")
	}
	r, size, closeReader, err := readerAt(ctx, client, name)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			closeReader()
		}
	}()
	head := make([]byte, min(4, size))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if isTIFF(head) {
		scene, err := picture.OpenScene(ctx, r, size, metres, o)
		return scene, closeReader, err
	}
	if size > maxFile {
		return nil, nil, fmt.Errorf("it has %d bytes, and a picture that is no TIFF may have %d: convert it with gdal_translate -of COG", size, maxFile)
	}
	data := make([]byte, size)
	if _, err := r.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	image, err := picture.Decode(ctx, data, o)
	if err != nil {
		return nil, nil, err
	}
	o.Enough = [2]int{}
	full, err := picture.Inspect(data, o)
	if err != nil {
		return nil, nil, err
	}
	return whole{image, float64(full.Width) / float64(image.Width), float64(full.Height) / float64(image.Height)}, closeReader, nil
}

func isTIFF(head []byte) bool {
	for _, magic := range []string{"II*\x00", "MM\x00*", "II+\x00", "MM\x00+"} {
		if string(head) == magic {
			return true
		}
	}
	return false
}

// readerAt opens a file, or the address of one.
func readerAt(ctx context.Context, client *http.Client, name string) (r io.ReaderAt, size int64, closeSource func(), err error) {
	if isAddress(name) {
		r, err := httprange.Open(ctx, client, name)
		if err != nil {
			return nil, 0, nil, err
		}
		return r, r.Size(), func() {}, nil
	}
	if scheme, _, found := strings.Cut(name, "://"); found && !strings.Contains(scheme, "/") {
		return nil, 0, nil, fmt.Errorf("addresses of %s are not read: name a path, or an http or https address, which may be presigned", scheme)
	}
	file, size, err := openFile(name)
	return file, size, func() { _ = file.Close() }, err
}

// openFile opens a file, and no folder or pipe.
func openFile(name string) (file *os.File, size int64, err error) {
	if file, err = regular.Open(name); err != nil {
		return nil, 0, err
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, stat.Size(), nil
}

// ReadFile reads the file of a picture whole.
func ReadFile(name string) ([]byte, error) {
	file, size, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if size > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, and a picture that is read whole may have %d: rsclip index reads larger ones by tiles", name, size, maxFile)
	}
	data := make([]byte, size)
	_, err = io.ReadFull(file, data)
	return data, err
}

// whole is a picture that has been decoded.
type whole struct {
	image *picture.Image
	x, y  float64 // how many pixels of the file one of the picture is
}

// Scale returns how many pixels of the file one of the picture is, each way.
func (p whole) Scale() (x, y float64) { return p.x, p.y }

func (p whole) Size() (width, height int) { return p.image.Width, p.image.Height }

// Show copies a window out of the picture.
func (p whole) Show(_ context.Context, w geotiff.Window) (*picture.Image, error) {
	out := &picture.Image{Pix: make([]byte, 0, 3*w.Width*w.Height+1), Width: w.Width, Height: w.Height, Seen: p.image.Seen}
	for y := range w.Height {
		out.Pix = append(out.Pix, p.image.Pix[3*((w.Y+y)*p.image.Width+w.X):][:3*w.Width]...)
	}
	return out, nil
}

// place is where windows of a scene are on earth.
type place struct {
	inverse        projection.Inverse
	transform      [6]float64
	scaleX, scaleY float64
	metres         float64
}

// placeOf returns where a source is, nil if it does not say.
func placeOf(source opened) (*place, error) {
	scene, ok := source.(*picture.Scene)
	if !ok || scene.Georeference == nil || scene.Georeference.EPSG == 0 {
		return nil, nil
	}
	if scene.Georeference.EPSG == geotiff.UserDefined {
		return nil, fmt.Errorf("%w: the file describes it and has no EPSG code: warp the file with gdalwarp -t_srs EPSG:4326, or name the code with gdal_edit.py -a_srs", projection.ErrUnknown)
	}
	inverse, err := projection.ToWGS84(scene.Georeference.EPSG)
	if err != nil {
		return nil, err
	}
	p := &place{inverse: inverse, transform: scene.Georeference.Transform, metres: scene.Metres()}
	p.scaleX, p.scaleY = scene.Scale()
	width, height := scene.Size()
	return p, p.check(float64(width), float64(height))
}

// check refuses a place that is not on earth, as of numbers in metres that are said to be
// degrees. Of the middles of pixels none is beyond a pole: grids of the whole earth have
// some at the poles themselves.
func (p *place) check(width, height float64) error {
	for _, corner := range [][2]float64{{0.5, 0.5}, {width - 0.5, 0.5}, {0.5, height - 0.5}, {width - 0.5, height - 0.5}} {
		at := p.unbounded(corner[0], corner[1])
		if !(math.Abs(at[0]) <= 720 && math.Abs(at[1]) <= 90+1e-6) {
			return fmt.Errorf("a corner of it would be at longitude %.6g and latitude %.6g: say what its coordinates are with gdal_edit.py -a_srs, or cut off what is beyond the poles", at[0], at[1])
		}
	}
	return nil
}

// at returns the place of a corner of a pixel, in degrees, longitude first. No place is
// beyond a pole.
func (p *place) at(x, y float64) [2]float64 {
	at := p.unbounded(x, y)
	at[1] = min(max(at[1], -90), 90)
	return at
}

func (p *place) unbounded(x, y float64) [2]float64 {
	x, y = x*p.scaleX, y*p.scaleY
	t := p.transform
	longitude, latitude := p.inverse(t[0]+x*t[1]+y*t[2], t[3]+x*t[4]+y*t[5])
	return [2]float64{longitude, latitude}
}

// outline returns the middle of a window, from -180 to below 180 degrees, and its
// corners, counterclockwise from the lower left of a scene whose north is up, as GeoJSON
// and GeoParquet have outer rings. Only corners of a window over the antimeridian are
// beyond 180 degrees.
func (p *place) outline(w geotiff.Window) (middle [2]float64, corners [][2]float64) {
	left, top, right, bottom := float64(w.X), float64(w.Y), float64(w.X+w.Width), float64(w.Y+w.Height)
	middle = p.at((left+right)/2, (top+bottom)/2)
	corners = [][2]float64{p.at(left, bottom), p.at(right, bottom), p.at(right, top), p.at(left, top)}
	turns := 360 * math.Floor((middle[0]+180)/360)
	middle[0] -= turns
	twice := 0.0 // the area, less than 0 if the corners are clockwise
	for i := range corners {
		corners[i][0] -= turns
		// The zone of a projection may be cut by the antimeridian.
		switch off := corners[i][0] - middle[0]; {
		case off > 180:
			corners[i][0] -= 360
		case off < -180:
			corners[i][0] += 360
		}
	}
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		twice += a[0]*b[1] - b[0]*a[1]
	}
	if twice < 0 {
		slices.Reverse(corners)
	}
	return middle, corners
}
