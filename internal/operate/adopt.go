package operate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
)

// What was restored may be a copy for trial, beside the installation that people use, and
// its configuration the same. Nothing of a copy may come to the places where that one's
// archives and changes are: it would count as the newest. So a restored installation writes
// only to places within its own data directory, until its operator adopts it.

// Held are the places of the configuration that a restored installation does not write to
// until it is adopted.
func Held(c config.Config) ([]string, error) {
	_, err := os.Stat(filepath.Join(c.Data, datadir.Restored))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "look whether this was restored", err)
	}
	var out []string
	for _, name := range c.Backup.Places {
		inside, err := within(c, name)
		if err != nil {
			return nil, err
		}
		if !inside {
			out = append(out, name)
		}
	}
	return out, nil
}

// within reports whether a place is a directory in the data directory.
func within(c config.Config, name string) (bool, error) {
	bucket, path, err := c.Place(name)
	if err != nil || bucket != nil {
		return false, err
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return false, fault.Wrap(fault.Internal, "find the data directory", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return false, fault.Wrap(fault.Internal, "find a place", err)
	}
	rel, err := filepath.Rel(data, path)
	return err == nil && filepath.IsLocal(rel), nil
}

// unheld are the places that may be written to, and those that may not.
func unheld(c config.Config) (places, held []string, err error) {
	held, err = Held(c)
	for _, name := range c.Backup.Places {
		if !slices.Contains(held, name) {
			places = append(places, name)
		}
	}
	return places, held, err
}

// Adopt lets a restored installation write to all places of the configuration, once its
// server is started the next time. It returns fault.Conflict for one that was not restored,
// or is adopted.
func Adopt(c config.Config) error {
	d, err := datadir.Existing(c.Data)
	if err != nil {
		return err
	}
	err = os.Remove(d.Path(datadir.Restored))
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Conflict, "nothing was restored to "+d.Path(".")+", or it is adopted already")
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "adopt what was restored", err)
	}
	return nil
}
