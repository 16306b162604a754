package table

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// leaf reads the values of a column row by row, page by page.
type leaf struct {
	column *parquet.Column
	pages  parquet.Pages
	page   parquet.Page
	reader parquet.ValueReader
	buffer []parquet.Value
	values []parquet.Value // of the buffer, that are not read
}

// leafOf finds the column of a name, or the one within it that holds its values; nil if
// there is none. A struct has several.
func leafOf(f *parquet.File, path ...string) (*leaf, error) {
	c := f.Root()
	for _, name := range path {
		if c = c.Column(name); c == nil {
			return nil, nil //nolint:nilnil // It is optional.
		}
	}
	for !c.Leaf() {
		within := c.Columns()
		if len(within) != 1 {
			return nil, fmt.Errorf("it has %d fields: must be one value or one list", len(within))
		}
		c = within[0]
	}
	if c.MaxRepetitionLevel() > 1 {
		return nil, errors.New("it is a list of lists: must be one value or one list")
	}
	return &leaf{column: c, buffer: make([]parquet.Value, 1024)}, nil
}

// open goes to the beginning of a row group.
func (l *leaf) open(g parquet.RowGroup) error {
	if err := l.close(); err != nil {
		return err
	}
	l.values, l.reader = nil, nil
	l.pages = g.ColumnChunks()[l.column.Index()].Pages()
	return nil
}

// close gives back what is held.
func (l *leaf) close() (err error) {
	if l.page != nil {
		parquet.Release(l.page)
		l.page = nil
	}
	if l.pages != nil {
		err = l.pages.Close()
		l.pages = nil
	}
	return err
}

// fill reads more values. It returns io.EOF behind the last one.
func (l *leaf) fill() error {
	for len(l.values) == 0 {
		if l.reader == nil {
			page, err := l.pages.ReadPage()
			if err != nil {
				return err
			}
			if l.page != nil {
				parquet.Release(l.page)
			}
			l.page, l.reader = page, page.Values()
		}
		clear(l.buffer)
		n, err := l.reader.ReadValues(l.buffer)
		l.values = l.buffer[:n]
		if err != nil {
			l.reader = nil
			if !errors.Is(err, io.EOF) {
				return err
			}
		}
	}
	return nil
}

// row gives the values of the next row to a function, for as long as it takes them. They
// are valid until it returns.
func (l *leaf) row(each func(parquet.Value) error) error {
	for first := true; ; first = false {
		if err := l.fill(); err != nil {
			if errors.Is(err, io.EOF) && !first {
				return nil
			}
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		v := l.values[0]
		if !first && v.RepetitionLevel() == 0 {
			return nil
		}
		l.values = l.values[1:]
		if err := each(v); err != nil {
			return err
		}
		if l.column.MaxRepetitionLevel() == 0 {
			return nil
		}
	}
}

// value is the one value of the next row; null if there is no such column.
func (l *leaf) value() (out parquet.Value, err error) {
	if l == nil {
		return parquet.NullValue(), nil
	}
	values := 0
	err = l.row(func(v parquet.Value) error {
		if values++; values > 1 {
			return errors.New("it is a list: must be one value")
		}
		out = v.Clone()
		return nil
	})
	return out, err
}

// isKind tells whether the column's values are of one of some kinds.
func (l *leaf) isKind(kinds ...parquet.Kind) bool {
	return slices.Contains(kinds, l.column.Type().Kind())
}
