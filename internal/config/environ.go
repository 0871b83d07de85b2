package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"plectica/internal/fault"
)

const (
	// Prefix starts every environment variable that is ours.
	Prefix = "PLECTICA_"
	// FileVariable names the configuration file; it is no key itself.
	FileVariable = Prefix + "CONFIG"
	redacted     = "(redacted)"
)

// keys returns the settable fields by their environment names.
func (c *Config) keys() map[string]reflect.Value {
	out := map[string]reflect.Value{}
	walk(reflect.ValueOf(c).Elem(), Prefix, func(name string, _ reflect.StructTag, v reflect.Value) { out[name] = v })
	return out
}

// walk visits the settings of a struct and the structs in it. It leaves out lists of
// structs, such as the providers: a variable has no place for a table.
func walk(v reflect.Value, prefix string, each func(name string, tag reflect.StructTag, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := prefix + strings.ToUpper(f.Tag.Get("toml"))
		if f.Type.Kind() == reflect.Struct {
			walk(v.Field(i), name+"_", each)
			continue
		}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			continue
		}
		each(name, f.Tag, v.Field(i))
	}
}

// readEnviron takes PLECTICA_ variables; lists are separated by commas.
func (c *Config) readEnviron(environ []string) error {
	keys := c.keys()
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, Prefix) || name == FileVariable {
			continue
		}
		v, ok := keys[name]
		if !ok {
			return fault.New(fault.Invalid, "the environment has an unknown variable "+name)
		}
		if err := set(v, value); err != nil {
			return fault.Wrap(fault.Invalid, "read "+name, err)
		}
	}
	return nil
}

func set(v reflect.Value, text string) error {
	switch v.Interface().(type) {
	case string:
		v.SetString(text)
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		v.SetInt(int64(n))
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return err
		}
		v.SetBool(b)
	case []string:
		var list []string
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		v.Set(reflect.ValueOf(list))
	default:
		return fmt.Errorf("no way to set a %s", v.Type())
	}
	return nil
}

func (c *Config) redact() {
	walk(reflect.ValueOf(c).Elem(), "", func(_ string, tag reflect.StructTag, v reflect.Value) {
		if tag.Get("redact") == "true" && v.String() != "" {
			v.SetString(redacted)
		}
	})
}
