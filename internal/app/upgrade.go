package app

import (
	"context"
	"log/slog"
	"time"

	"plectica/internal/backup"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/operate"
	"plectica/internal/store"
)

// unrecorded is where records go that the old schema may have no place for. The archive is
// told of once the new one has.
type unrecorded struct{ list []store.Record }

// AddRecord implements store.Records.
func (u *unrecorded) AddRecord(_ context.Context, r store.Record) error {
	u.list = append(u.list, r)
	return nil
}

// Records implements store.Records.
func (u *unrecorded) Records(context.Context, string, int) ([]store.Record, error) { return nil, nil }

// DropRecords implements store.Records.
func (u *unrecorded) DropRecords(context.Context, string, int64) error { return nil }

// beforeUpgrade makes an archive of data that is about to be brought to a new schema, and
// reads it back. It returns what is to be recorded afterwards.
func (s *server) beforeUpgrade(ctx context.Context) ([]store.Record, error) {
	was, err := s.db.Schema(ctx)
	if err != nil || was == 0 || was >= s.db.Newest() {
		return nil, err
	}
	c := s.o.Config
	if len(c.Backup.Places) == 0 {
		s.log.LogAttrs(ctx, slog.LevelWarn, "the data is upgraded without a backup: no place for one is set")
		return nil, nil
	}
	keys, err := backup.OpenKeys(s.dir.Path(datadir.Keys), c.Backup.RecoveryKey)
	if err != nil {
		return nil, err
	}
	records := &unrecorded{}
	k := &operate.Keeping{
		Config: c, Version: s.o.Version, Dir: s.dir, Records: records, Keys: keys, Now: time.Now, OnError: s.fault,
		View: s.db.View,
	}
	b, err := k.Open()
	if err != nil {
		return nil, err
	}
	made, err := b.Create(ctx, 1)
	if err != nil {
		return nil, fault.Wrap(fault.KindOf(err), "the data is of an older Plectica, and is not upgraded without a backup, which cannot be made (set [backup] places = [] to do without)", err)
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "backup before an upgrade", slog.Int("schema", was), slog.Int("maps", made.MapCount), slog.String("archive", made.Key))
	return records.list, nil
}
