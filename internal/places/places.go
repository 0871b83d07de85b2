// Package places tells roughly where an address is, by a file that the operator brings: a
// database of cities in MaxMind's format (https://maxmind.github.io/MaxMind-DB/). Nobody is asked
// over the net. A File is safe for concurrent use.
package places

import (
	"fmt"
	"net/netip"
	"runtime/debug"

	"github.com/oschwald/maxminddb-golang/v2"

	"plectica/internal/fault"
)

// Place is where an address is, as far as that is known.
type Place struct {
	Latitude, Longitude float64 // degrees
	Country             string  // as DE; empty: not known
}

// File is a database of places.
type File struct{ db *maxminddb.Reader }

// record is what is read of one in the file.
type record struct {
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
}

// Open opens a database. It stays on the disk: put another in its place by renaming, and start
// anew. It returns fault.Invalid for what is no such file.
func Open(path string) (*File, error) {
	db, err := maxminddb.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "read the database of places", err)
	}
	return &File{db}, nil
}

// Close lets go of the file.
func (f *File) Close() error {
	if err := f.db.Close(); err != nil {
		return fault.Wrap(fault.Internal, "close the database of places", err)
	}
	return nil
}

// Lookup returns where an address is; ok is false when that is not known. An error says that the
// file is damaged, or was made shorter while it is used.
func (f *File) Lookup(a netip.Addr) (p Place, ok bool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // it is mapped into memory
	defer func() {
		if r := recover(); r != nil {
			p, ok, err = Place{}, false, fault.New(fault.Internal, fmt.Sprintf("the database of places cannot be read: %v", r))
		}
	}()
	if !a.IsValid() {
		return Place{}, false, nil
	}
	var v record
	found := f.db.Lookup(a.Unmap().WithZone(""))
	if err := found.Decode(&v); err != nil {
		return Place{}, false, fault.Wrap(fault.Internal, "look an address up in the database of places", err)
	}
	if !found.Found() || v.Location.Latitude == nil || v.Location.Longitude == nil {
		return Place{}, false, nil
	}
	return Place{*v.Location.Latitude, *v.Location.Longitude, v.Country.Code}, true, nil
}
