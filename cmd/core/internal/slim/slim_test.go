package main

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// moduleOf returns a module with code around a data section of some segments.
func moduleOf(segments map[int][]byte, order ...int) []byte {
	body := binary.AppendUvarint(nil, uint64(len(order)))
	for _, at := range order {
		body = append(appendInt(append(body, 0, opConstI32), int64(at)), opEnd)
		body = append(binary.AppendUvarint(body, uint64(len(segments[at]))), segments[at]...)
	}
	m := section([]byte(preamble), 10, []byte("code"))
	m = section(m, sectionData, body)
	return section(m, customModule, []byte("\x04name"))
}

func TestModuleComesBackWithTheSameMemory(t *testing.T) {
	far := 5000
	in := moduleOf(map[int][]byte{8: []byte("near"), far: append(make([]byte, 30), "far"...)}, 8, far)
	m, err := read(in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read(m.write())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.memory, again.memory); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(m.before, again.before) || len(again.after) != 0 {
		t.Error("the sections around the data changed")
	}
	if want := "far"; string(again.memory[far+30:]) != want {
		t.Errorf("memory ends with %q, want %q", again.memory[far+30:], want)
	}
}

func TestStrangeModulesAreRefused(t *testing.T) {
	good := moduleOf(map[int][]byte{8: []byte("near")}, 8)
	for name, in := range map[string][]byte{
		"empty":          nil,
		"not a module":   []byte("hello"),
		"no data":        []byte(preamble),
		"cut":            good[:len(good)-9],
		"no tables":      good,
		"tables cut off": moduleOf(map[int][]byte{8: []byte(magic)}, 8),
		"two tables":     moduleOf(map[int][]byte{8: bytes.Repeat([]byte(magic), 30)}, 8),
	} {
		if out, err := slim(in); err == nil || out != nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzSlim(f *testing.F) {
	f.Add(moduleOf(map[int][]byte{8: append([]byte(magic), make([]byte, 300)...)}, 8))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<12 {
			return
		}
		if out, err := slim(in); err == nil && out == nil {
			t.Error("neither a module nor an error")
		}
	})
}
