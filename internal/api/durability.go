package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/backup"
	"plectica/internal/durability"
	"plectica/internal/fault"
)

// durabilityAPI registers what tells how safe everything is.
func (s *service) durabilityAPI(api huma.API) {
	private(s, api, http.MethodGet, "/durability", http.StatusOK, s.getDurability)
	personal(s, api, http.MethodGet, "/site/durability", http.StatusOK, s.getSiteDurability)
	personal(s, api, http.MethodPost, "/site/backup", http.StatusAccepted, s.postBackup)
	personal(s, api, http.MethodPost, "/site/drill", http.StatusAccepted, s.postDrill)
	personal(s, api, http.MethodPost, "/site/recovery-key", http.StatusOK, s.postRecoveryKey)
	personal(s, api, http.MethodPost, "/site/recovery-key/saved", http.StatusNoContent, s.postRecoverySaved)
	personal(s, api, http.MethodPost, "/site/recovery-key/new", http.StatusNoContent, s.postRecoveryNew)
}

type madeJSON struct {
	ID   string `json:"id"`
	At   int64  `json:"at"`
	OK   bool   `json:"ok"`
	Took int64  `json:"took" doc:"milliseconds"`
	Maps int    `json:"maps"`
	Ops  uint64 `json:"ops" doc:"changes"`
}

type drilledJSON struct {
	madeJSON
	Age int64 `json:"age" doc:"of the backup that was restored, milliseconds"`
}

type durabilityJSON struct {
	SnapshotAge float64      `json:"snapshotAge" doc:"of the oldest change that is in none, seconds"`
	WorstWeek   float64      `json:"worstWeek" doc:"the longest that a change waited for one in a week, seconds"`
	Backup      *madeJSON    `json:"backup,omitempty" doc:"the last one, however it went"`
	Drill       *drilledJSON `json:"drill,omitempty" doc:"the last restore for trial"`
}

// report is how safe everything is.
func (s *service) report(ctx context.Context) (*durability.Report, error) {
	if s.Durability == nil {
		return nil, fault.New(fault.Busy, "that cannot be told now")
	}
	return s.Durability.Report(ctx)
}

// toDurability is what everybody is told of a report.
func toDurability(r *durability.Report) durabilityJSON {
	out := durabilityJSON{SnapshotAge: r.Age.Seconds(), WorstWeek: r.WorstOfWeek.Seconds()}
	if m := r.Backup.Made; m != nil {
		out.Backup = &madeJSON{ID: m.ID, At: m.Created, OK: r.Backup.MadeOK, Took: m.Took, Maps: m.MapCount, Ops: m.OpCount}
	}
	if d := r.Backup.Drilled; d != nil {
		out.Drill = &drilledJSON{madeJSON{ID: d.Archive, At: r.Backup.DrillAt, OK: r.Backup.DrillOK, Took: d.Took, Maps: d.Maps, Ops: d.Ops}, d.Age}
	}
	return out
}

func (s *service) getDurability(ctx context.Context, _ account.Who, _ *none) (*body[durabilityJSON], error) {
	r, err := s.report(ctx)
	if err != nil {
		return nil, err
	}
	return &body[durabilityJSON]{toDurability(r)}, nil
}

type placeJSON struct {
	Name  string  `json:"name"`
	Error string  `json:"error,omitempty" doc:"why it did not take the last backup"`
	Age   float64 `json:"age" doc:"of the oldest change that it does not have, seconds; of the first place 0"`
}

type alarmJSON struct {
	Code   string `json:"code"`
	Since  int64  `json:"since"`
	Urgent bool   `json:"urgent"`
}

type siteDurabilityJSON struct {
	durabilityJSON
	Places  []placeJSON `json:"places"`
	GoodAt  int64       `json:"goodAt" doc:"when the last backup was made that went well; 0 is never"`
	Size    int64       `json:"size" doc:"of the last backup, bytes"`
	Missing int         `json:"missing" doc:"files that could not be read for it"`
	Problem string      `json:"problem,omitempty" doc:"why the last backup failed"`
	Wrong   []string    `json:"wrong" doc:"what the last drill found"`
	Saved   bool        `json:"saved" doc:"somebody has the recovery key"`
	Waiting bool        `json:"waiting" doc:"a recovery key waits to be saved"`
	Busy    bool        `json:"busy" doc:"a backup or drill is under way"`
	Alarms  []alarmJSON `json:"alarms"`
	// The server's clock, compared with what passed since it was started.
	ClockAhead     float64 `json:"clockAhead" doc:"by how much the clock is ahead of what passed, and what is old is taken away later, seconds"`
	ClockCatchesUp float64 `json:"clockCatchesUp" doc:"in how long that is made up for, seconds; 0 is not by itself"`
	Made           uint64  `json:"made" doc:"snapshots since the server was started"`
	Failed         uint64  `json:"failed" doc:"tries at one that failed since then"`
}

func (s *service) getSiteDurability(ctx context.Context, who account.Who, _ *none) (*body[siteDurabilityJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	r, err := s.report(ctx)
	if err != nil {
		return nil, err
	}
	b := r.Backup
	out := siteDurabilityJSON{
		durabilityJSON: toDurability(r), Places: []placeJSON{}, GoodAt: b.MadeAt, Wrong: []string{}, Saved: b.Saved, Waiting: s.Backups.Waiting(), Busy: s.Backups.Busy(),
		Alarms: []alarmJSON{}, ClockAhead: r.Clock.Ahead.Seconds(), ClockCatchesUp: r.Clock.CatchesUp.Seconds(), Made: r.Stats.Made, Failed: r.Stats.Failed,
	}
	for _, name := range b.Places {
		p := placeJSON{Name: name}
		for _, v := range r.Ships {
			if v.Place == name {
				p.Age = v.Age.Seconds()
			}
		}
		if b.Made != nil {
			p.Error = b.Made.At(name)
		}
		out.Places = append(out.Places, p)
	}
	if b.Made != nil {
		out.Size, out.Missing, out.Problem = b.Made.Size, b.Made.Missing, b.Made.Error
	}
	if b.Drilled != nil {
		out.Wrong = append(out.Wrong, b.Drilled.Wrong...)
	}
	for _, a := range r.Alarms {
		out.Alarms = append(out.Alarms, alarmJSON{string(a.Code), a.Since.UnixMilli(), a.Code.Urgent()})
	}
	return &body[siteDurabilityJSON]{out}, nil
}

// keeper refuses everybody but operators, and whoever has not just shown who they are if it
// is sensitive.
func (s *service) keeper(ctx context.Context, who account.Who, sensitive bool) error {
	if err := account.OperatorOnly(who); err != nil {
		return err
	}
	if s.Backups == nil {
		return fault.New(fault.Busy, "there are no backups now")
	}
	if !sensitive {
		return nil
	}
	return s.Accounts.NeedRecent(ctx, who)
}

func (s *service) postBackup(ctx context.Context, who account.Who, _ *none) (*none, error) {
	if err := s.keeper(ctx, who, false); err != nil {
		return nil, err
	}
	return nil, s.Backups.Ask(backup.KindBackup)
}

func (s *service) postDrill(ctx context.Context, who account.Who, _ *none) (*none, error) {
	if err := s.keeper(ctx, who, false); err != nil {
		return nil, err
	}
	return nil, s.Backups.Ask(backup.KindDrill)
}

type recoveryKeyJSON struct {
	File   string `json:"file" doc:"the private half, as a file to keep"`
	Public string `json:"public"`
}

func (s *service) postRecoveryKey(ctx context.Context, who account.Who, _ *none) (*body[recoveryKeyJSON], error) {
	if err := s.keeper(ctx, who, true); err != nil {
		return nil, err
	}
	file, public, err := s.Backups.UnsavedKey()
	if err != nil {
		return nil, err
	}
	return &body[recoveryKeyJSON]{recoveryKeyJSON{file, public}}, nil
}

type savedInput struct {
	Body struct {
		Public string `json:"public" maxLength:"200"`
	}
}

func (s *service) postRecoverySaved(ctx context.Context, who account.Who, in *savedInput) (*none, error) {
	if err := s.keeper(ctx, who, true); err != nil {
		return nil, err
	}
	return nil, s.Backups.NoteSaved(in.Body.Public)
}

func (s *service) postRecoveryNew(ctx context.Context, who account.Who, _ *none) (*none, error) {
	if err := s.keeper(ctx, who, true); err != nil {
		return nil, err
	}
	return nil, s.Backups.RenewKey()
}
