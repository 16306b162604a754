package constructs

import "reflect"

// detached copies a value with all that its pointers, lists and mappings hold, so that
// whoever gave it may change it and give it again. Of what stands in an interface only
// lists and mappings are copied: jsii knows its objects by their addresses.
func detached[T any](value T) T {
	return detach(reflect.ValueOf(&value).Elem()).Interface().(T)
}

func detach(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		if v.IsNil() {
			return v
		}
	}
	into := reflect.New(v.Type()).Elem()
	into.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(v.Type().Elem()))
		into.Elem().Set(detach(v.Elem()))
	case reflect.Struct:
		for i := range v.NumField() {
			if into.Field(i).CanSet() {
				into.Field(i).Set(detach(v.Field(i)))
			}
		}
	case reflect.Slice:
		into.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			into.Index(i).Set(detach(v.Index(i)))
		}
	case reflect.Map:
		into.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for key, value := range v.Seq2() {
			into.SetMapIndex(key, detach(value))
		}
	case reflect.Interface:
		if kind := v.Elem().Kind(); kind == reflect.Slice || kind == reflect.Map {
			into.Set(detach(v.Elem()))
		}
	}
	return into
}
