package onnx

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Attribute is an encoded AttributeProto.
type Attribute []byte

// Int is an integer attribute.
func Int(name string, v int) Attribute {
	return attribute(name, 2, appendInt(nil, 3, int64(v)))
}

// Ints is an attribute that is a list of integers.
func Ints(name string, values ...int) Attribute {
	var b []byte
	for _, v := range values {
		b = appendInt(b, 8, int64(v))
	}
	return attribute(name, 7, b)
}

// Float32 is a floating-point attribute.
func Float32(name string, v float32) Attribute {
	b := protowire.AppendTag(nil, 2, protowire.Fixed32Type)
	return attribute(name, 1, protowire.AppendFixed32(b, math.Float32bits(v)))
}

// String is a string attribute.
func String(name, v string) Attribute {
	return attribute(name, 3, appendString(nil, 4, v))
}

func attribute(name string, kind int64, value []byte) Attribute {
	return appendInt(append(appendString(nil, 1, name), value...), 20, kind)
}

func tensor(name string, t DataType, shape []int) []byte {
	var b []byte
	for _, d := range shape {
		b = appendInt(b, 1, int64(d))
	}
	return appendString(appendInt(b, 2, int64(t)), 8, name)
}

// valueInfo encodes a ValueInfoProto; dims are ints and symbolic strings.
func valueInfo(name string, t DataType, dims []any) []byte {
	var shape []byte
	for _, d := range dims {
		var dim []byte
		switch d := d.(type) {
		case int:
			dim = appendInt(nil, 1, int64(d))
		case string:
			dim = appendString(nil, 2, d)
		default:
			panic(fmt.Sprintf("onnx: dimension %v is neither int nor string", d))
		}
		shape = appendBytes(shape, 1, dim)
	}
	tensorType := appendBytes(appendInt(nil, 1, int64(t)), 2, shape)
	return appendBytes(appendString(nil, 1, name), 2, appendBytes(nil, 1, tensorType))
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func appendString(b []byte, field protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func appendInt(b []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v)) //nolint:gosec // Protobuf's own encoding of negative numbers.
}
