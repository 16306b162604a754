package table

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/seed-74198975/rsclip/internal/float16"
	"github.com/seed-74198975/rsclip/internal/rfc3339"
)

// floatOf is a number of any kind. Two bytes are one of 16 bits.
func floatOf(v parquet.Value) float64 {
	switch v.Kind() {
	case parquet.Int32:
		return float64(v.Int32())
	case parquet.Int64:
		return float64(v.Int64())
	case parquet.Float:
		return float64(v.Float())
	case parquet.Double:
		return v.Double()
	case parquet.FixedLenByteArray:
		if b := v.ByteArray(); len(b) == 2 {
			return float64(float16.Widen(binary.LittleEndian.Uint16(b)))
		}
	}
	return math.NaN()
}

// Years that a moment may be of, so that all that comes later can write it.
const firstYear, lastYear = 1, 9999

// milliseconds reads a moment, since 1970 in UTC. One of no zone is of UTC.
func (l *leaf) milliseconds(v parquet.Value) (int64, error) {
	var at time.Time
	switch v.Kind() {
	case parquet.ByteArray:
		var err error
		text := strings.TrimSpace(string(v.ByteArray()[:min(len(v.ByteArray()), maxID)]))
		if at, err = rfc3339.Parse(text); err != nil {
			return 0, fmt.Errorf("it is %.60q; must be as RFC 3339 has it, such as 2024-05-06T07:08:09Z", text)
		}
	case parquet.Int96: // Nanoseconds of a day, and the day as a Julian one.
		const julian1970 = 2_440_588
		n := v.Int96()
		at = time.Unix((int64(n[2])-julian1970)*24*60*60, int64(n[1])<<32|int64(n[0])) //nolint:gosec // As it is written.
	case parquet.Int32:
		if _, day := l.logical().(*format.DateType); !day {
			return 0, fmt.Errorf("it is the number %d; must be a timestamp, a date or a text as RFC 3339 has it", v.Int32())
		}
		at = time.Unix(int64(v.Int32())*24*60*60, 0)
	case parquet.Int64:
		t, is := l.logical().(*format.TimestampType)
		if !is {
			return 0, fmt.Errorf("it is the number %d, of no unit; must be a timestamp, a date or a text as RFC 3339 has it", v.Int64())
		}
		switch t.Unit.Value.(type) {
		case *format.MilliSeconds:
			at = time.UnixMilli(v.Int64())
		case *format.MicroSeconds:
			at = time.UnixMicro(v.Int64())
		default:
			at = time.Unix(0, v.Int64())
		}
	}
	if at = at.UTC(); at.Year() < firstYear || at.Year() > lastYear {
		return 0, fmt.Errorf("it is in the year %d; must be %d to %d", at.Year(), firstYear, lastYear)
	}
	return at.UnixMilli(), nil
}
