package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"plectica/internal/fault"
	"plectica/internal/history"
)

const (
	// bucketPlace begins the name of a place that is a [[bucket]]; others are directories.
	bucketPlace = "bucket:"
	// maxBuckets and maxPlaces bound the lists.
	maxBuckets = 8
	maxPlaces  = 8
	// maxDays bounds how long something is kept by policy: a century.
	maxDays = 36_500
	// clockForm is how a time of day is written.
	clockForm = "15:04"
)

// History is what is kept of how maps were.
type History struct {
	// Place is where snapshots go: a directory, in the data directory unless it is
	// absolute, or bucket: and the name of a [[bucket]].
	Place string `toml:"place"`
	// Every snapshot is kept for so many days, the last of each hour and of each day for
	// so many; named versions for ever. Every single change is kept for LogDays.
	AllDays    int `toml:"all_days"`
	HourlyDays int `toml:"hourly_days"`
	DailyDays  int `toml:"daily_days"`
	LogDays    int `toml:"log_days"`
}

// Audit is what is kept of who did what.
type Audit struct {
	// KeepDays is how long records are kept; 0 is for ever. How far the log was, signed,
	// and the hashes of what was in it stay.
	KeepDays int `toml:"keep_days"`
}

// Watch is what the watch over the audit log is told besides.
type Watch struct {
	// Places is a file that tells roughly where addresses are, in MaxMind's format, with
	// cities; empty: only networks are compared.
	Places string `toml:"places"`
}

// Keep is how long records are kept; 0: for ever.
func (a Audit) Keep() time.Duration { return time.Duration(a.KeepDays) * 24 * time.Hour }

// keepDays is a policy in days, with the place that is set unless there is another.
func keepDays(p history.Policy) History {
	days := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	return History{Place: "snapshots", AllDays: days(p.All), HourlyDays: days(p.Hourly), DailyDays: days(p.Daily), LogDays: days(p.Log)}
}

// Policy is how long what is kept.
func (h History) Policy() history.Policy {
	const day = 24 * time.Hour
	return history.Policy{
		All: time.Duration(h.AllDays) * day, Hourly: time.Duration(h.HourlyDays) * day,
		Daily: time.Duration(h.DailyDays) * day, Log: time.Duration(h.LogDays) * day,
	}
}

// Backup is how everything is kept elsewhere too.
type Backup struct {
	// Places are where archives go, as History.Place; none is no backups. The changes
	// between two backups go to all but the first, as they are made.
	Places []string `toml:"places"`
	// At is when the daily backup begins, and DrillAt when the newest is restored for
	// trial, as 03:00 in the server's time zone; empty is never.
	At      string `toml:"at"`
	DrillAt string `toml:"drill_at"`
	// KeepDays is how long archives are kept, and locked where a place can.
	KeepDays int `toml:"keep_days"`
	// RecoveryKey is the public half of a recovery key that the operator made with
	// plectica backup keygen; empty: the operator's page hands one out.
	RecoveryKey string `toml:"recovery_key"`
	// Scratch is where the drill restores to; empty is in the data directory.
	Scratch string `toml:"scratch"`
	// ScratchMegabytes bounds what it may take there; 0 is what the disk can spare.
	ScratchMegabytes int `toml:"scratch_megabytes"`
}

// Bucket is a place at a service that speaks S3. In the file each is a table [[bucket]].
type Bucket struct {
	// Name is what places call it, a-z, 0-9 and -.
	Name string `toml:"name"`
	// Endpoint is the service's address, such as https://s3.example.org.
	Endpoint string `toml:"endpoint"`
	Region   string `toml:"region"`
	// Bucket is its name there, Prefix a folder in it.
	Bucket string `toml:"bucket"`
	Prefix string `toml:"prefix"`
	// AccessKey is the account there, SecretKeyFile the file with its secret; others on
	// the machine may not read it.
	AccessKey     string `toml:"access_key"`
	SecretKeyFile string `toml:"secret_key_file"`
	// Lock asks the service to let nobody delete what must be kept.
	Lock bool `toml:"lock"`
	// AllowPrivate is for a service in the own network.
	AllowPrivate bool `toml:"allow_private"`
}

// Secret reads the account's secret.
func (b Bucket) Secret() (string, error) {
	return readSecret("bucket "+b.Name+": secret_key_file", b.SecretKeyFile)
}

// Place says what a place's name stands for: a [[bucket]], or a directory.
func (c Config) Place(name string) (bucket *Bucket, dir string, err error) {
	called, ok := strings.CutPrefix(name, bucketPlace)
	if !ok {
		if name == "" {
			return nil, "", fault.New(fault.Invalid, "a place has no name")
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(c.Data, name)
		}
		return nil, name, nil
	}
	for i := range c.Buckets {
		if c.Buckets[i].Name == called {
			return &c.Buckets[i], "", nil
		}
	}
	return nil, "", fault.New(fault.Invalid, fmt.Sprintf("there is no [[bucket]] with the name %q", called))
}

// Clock reads a time of day; ok is false for none.
func Clock(text string) (after time.Duration, ok bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	t, err := time.Parse(clockForm, text)
	if err != nil {
		return 0, false, fault.New(fault.Invalid, fmt.Sprintf("%q is no time of day such as 03:00", text))
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true, nil
}

func (c Config) checkKeeping() error {
	if c.Audit.KeepDays != 0 && (c.Audit.KeepDays < 30 || c.Audit.KeepDays > maxDays) {
		return invalid("audit.keep_days", "must be 0, which is for ever, or at least 30")
	}
	if len(c.Buckets) > maxBuckets {
		return invalid("bucket", fmt.Sprintf("stands there more than %d times", maxBuckets))
	}
	seen := map[string]bool{}
	for _, b := range c.Buckets {
		if seen[b.Name] {
			return invalid("bucket "+b.Name, "stands there twice")
		}
		seen[b.Name] = true
		if err := b.check(); err != nil {
			return err
		}
	}
	if _, _, err := c.Place(c.History.Place); err != nil {
		return invalid("history.place", err.Error())
	}
	h := c.History
	if h.AllDays < 1 || h.HourlyDays < h.AllDays || h.DailyDays < h.HourlyDays || h.LogDays < h.AllDays || max(h.DailyDays, h.LogDays) > maxDays {
		return invalid("history", "must keep for at least a day, and longer what is sparser")
	}
	return c.Backup.check(c)
}

func (b Backup) check(c Config) error {
	if len(b.Places) > maxPlaces {
		return invalid("backup.places", fmt.Sprintf("has more than %d", maxPlaces))
	}
	seen := map[string]bool{}
	for _, p := range b.Places {
		if _, _, err := c.Place(p); err != nil {
			return invalid("backup.places", err.Error())
		}
		if seen[p] {
			return invalid("backup.places", "names one twice")
		}
		seen[p] = true
	}
	for key, text := range map[string]string{"backup.at": b.At, "backup.drill_at": b.DrillAt} {
		if _, _, err := Clock(text); err != nil {
			return invalid(key, err.Error())
		}
	}
	if b.KeepDays < 2 || b.KeepDays > maxDays {
		return invalid("backup.keep_days", "must be at least 2")
	}
	if b.ScratchMegabytes < 0 {
		return invalid("backup.scratch_megabytes", "must not be negative")
	}
	return nil
}

func (b Bucket) check() error {
	key := func(name string) string { return "bucket " + b.Name + ": " + name }
	u, err := url.Parse(b.Endpoint)
	switch {
	case !isName(b.Name) || strings.Contains(b.Name, "."):
		return invalid("bucket", "needs a name of a-z, 0-9 and -")
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil:
		return invalid(key("endpoint"), "must be an address such as https://s3.example.org")
	case b.Bucket == "":
		return invalid(key("bucket"), "is missing")
	case b.AccessKey == "" || !isLine(b.AccessKey, maxProviderText):
		return invalid(key("access_key"), "must be what the service gave out")
	case b.SecretKeyFile == "":
		return invalid(key("secret_key_file"), "is missing")
	}
	_, err = b.Secret()
	return err
}
