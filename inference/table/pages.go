package table

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// Bounds of a page of files that others made. DuckDB writes pages of 100 MB, and nobody
// larger ones.
const (
	maxPageBytes  = 256 << 20
	maxPageValues = 32 << 20
)

// smallestBuffer is what the library has at least for a page, in bytes. What LZ4 packs to
// over a third of that, or of the page, it unpacks elsewhere, and then reads what was in
// the buffer before (Column.decompress of parquet-go 0.32).
const smallestBuffer = 4 << 10

// checkPages refuses a column of which a page would take more memory than those bounds.
// The library believes what pages say of themselves: a few bytes may say that they are
// two billion values, or unpack to as many.
func checkPages(file io.ReaderAt, size int64, chunk *format.ColumnChunk) error {
	m := &chunk.MetaData
	from := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		from = m.DictionaryPageOffset
	}
	if from < 0 || m.TotalCompressedSize < 0 || from > size || m.TotalCompressedSize > size-from {
		return io.ErrUnexpectedEOF
	}
	r := bufio.NewReaderSize(io.NewSectionReader(file, from, m.TotalCompressedSize), 64<<10)
	var protocol thrift.CompactProtocol
	decoder := thrift.NewDecoder(protocol.NewReader(r))
	for values := int64(0); values < m.NumValues; {
		var h format.PageHeader
		if err := decoder.Decode(&h); err != nil {
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		var n int32
		encoding := format.Plain
		codec, levels := m.Codec, int32(0) // of a page, and its bytes that are never packed
		switch {
		case h.DictionaryPageHeader.Valid:
			n = h.DictionaryPageHeader.V.NumValues
		case h.DataPageHeader.Valid:
			n, encoding = h.DataPageHeader.V.NumValues, h.DataPageHeader.V.Encoding
			values += int64(n)
		case h.DataPageHeaderV2.Valid:
			v := h.DataPageHeaderV2.V
			n, encoding, levels = v.NumValues, v.Encoding, v.RepetitionLevelsByteLength+v.DefinitionLevelsByteLength
			values += int64(n)
			if v.IsCompressed.Valid && !v.IsCompressed.V {
				codec = format.Uncompressed
			}
		}
		if encoding == format.DeltaByteArray { // In which a byte may stand for any number of them.
			return fmt.Errorf("it is written as %v: write it as plain values or with a dictionary", encoding)
		}
		if n < 0 || n > maxPageValues || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPageBytes || h.CompressedPageSize < 0 || h.CompressedPageSize > maxPageBytes || levels < 0 || levels > h.CompressedPageSize {
			return fmt.Errorf("a page has %d values and %d bytes: write it with pages of at most %d values and %d MiB", n, h.UncompressedPageSize, maxPageValues, maxPageBytes>>20)
		}
		if _, err := r.Discard(int(levels)); err != nil {
			return io.ErrUnexpectedEOF
		}
		packed := io.LimitReader(r, int64(h.CompressedPageSize-levels))
		unpacked, err := unpackedSize(codec, packed, h.UncompressedPageSize)
		if err != nil {
			return err
		}
		if unpacked > int64(h.UncompressedPageSize) {
			return fmt.Errorf("a page says that it has %d bytes, and unpacks to more", h.UncompressedPageSize)
		}
		if _, err := io.Copy(io.Discard, packed); err != nil {
			return err
		}
	}
	return nil
}

// unpackedSize returns how many bytes a page unpacks to. It looks no further than one
// byte beyond the bound, and does not unpack what says so beforehand.
func unpackedSize(codec format.CompressionCodec, packed io.Reader, said int32) (n int64, err error) {
	var r io.Reader
	switch codec {
	case format.Uncompressed:
		return 0, nil
	case format.Snappy:
		n, err := binary.ReadUvarint(bufio.NewReaderSize(packed, binary.MaxVarintLen64))
		if errors.Is(err, io.EOF) {
			return 0, nil // Nothing is packed: all are null.
		}
		return int64(min(n, maxPageBytes+1)), err //nolint:gosec // Bounded.
	case format.Lz4Raw: // Of a broken one the library never tires.
		data, err := io.ReadAll(packed)
		if err != nil || len(data) == 0 {
			return 0, err
		}
		if 3*len(data) > max(int(said), smallestBuffer) {
			return 0, errors.New("a page is packed by LZ4 to over a third of its size: write it with zstd or snappy")
		}
		n, err := lz4.UncompressBlock(data, make([]byte, said))
		return int64(n), err
	case format.Zstd:
		d, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPageBytes), zstd.WithDecoderMaxWindow(maxPageBytes))
		if err != nil {
			return 0, err
		}
		defer d.Close()
		r = d
	case format.Gzip:
		if r, err = gzip.NewReader(packed); errors.Is(err, io.EOF) {
			return 0, nil // The same.
		}
		if err != nil {
			return 0, err
		}
	case format.Brotli:
		r = brotli.NewReader(packed)
	default:
		return 0, fmt.Errorf("it is packed by %v: write it with zstd or snappy", codec)
	}
	return io.Copy(io.Discard, io.LimitReader(r, maxPageBytes+1))
}
