package store

import (
	"context"

	"plectica/internal/id"
)

// Bounds of alerts.
const (
	MaxAlertBytes = 16 << 10 // of one's data
	MaxMutes      = 1000
	// MaxDeeds is how many of an alert's deeds are kept.
	MaxDeeds = 50
	// MaxTelling bounds what an organisation wants to be told, in bytes of text.
	MaxTelling = 4 << 10
)

// Alert is something that was noticed in the audit log.
type Alert struct {
	ID     uint64
	At     int64 // of the last record it was found with
	Kind   string
	Org    OrgID // zero: no organisation's
	Closed int64 // when somebody said that it is dealt with; 0: it is open
	By     id.Account
	Data   []byte // what package lookout says of it, as text
}

// AlertQuery says which alerts somebody looks for, the last first.
type AlertQuery struct {
	Org    OrgID // zero: all
	Open   bool  // only those that are
	Before int64 // only those before a time; 0: all
	Limit  int
}

// Mute says that alerts of a kind are not told for a while.
type Mute struct {
	Kind    string
	Subject string // an alias; empty: whoever
	Org     OrgID  // zero: wherever
	Until   int64
	By      id.Account
}

// Deed is something that was done about an alert.
type Deed struct {
	Alert     uint64
	At        int64
	Answer    string
	Automatic bool
	By        id.Account // zero: the server by itself, or somebody who was forgotten
}

// Telling is what an organisation wants to be told of.
type Telling struct {
	Org  OrgID  // zero: of what belongs to none
	Data []byte // what package lookout makes of it, as text
}

// Alerts keeps what was noticed.
type Alerts interface {
	// RaiseAlert keeps an alert, or notes that one that is known was found again later; then
	// it is open again. It reports whether that is news: not when the alert is known and no
	// later.
	RaiseAlert(ctx context.Context, a Alert) (news bool, err error)
	// Alerts returns those that are looked for; Alert returns fault.NotFound for an unknown one.
	Alerts(ctx context.Context, q AlertQuery) ([]Alert, error)
	Alert(ctx context.Context, v uint64) (Alert, error)
	// CloseAlert notes that one is dealt with; at 0 it is open again. It returns fault.NotFound for an
	// unknown one.
	CloseAlert(ctx context.Context, v uint64, by id.Account, at int64) error
	// DropAlerts forgets at most limit that were found last before a time.
	DropAlerts(ctx context.Context, before int64, limit int) error

	// AddDeed notes what was done about an alert; fault.Limit beyond MaxDeeds, fault.NotFound for
	// an unknown alert. Deeds returns those of some alerts, in order.
	AddDeed(ctx context.Context, d Deed) error
	Deeds(ctx context.Context, alerts []uint64) ([]Deed, error)

	// SetTelling keeps what somebody wants to be told; without data it is as if they had never
	// said. Tellings returns all there are.
	SetTelling(ctx context.Context, t Telling) error
	Tellings(ctx context.Context) ([]Telling, error)

	// SetMute mutes, or changes until when. It returns fault.Limit beyond MaxMutes. DropMute
	// ends one; one that is not there is no error. Mutes returns those that still hold.
	SetMute(ctx context.Context, m Mute, now int64) error
	DropMute(ctx context.Context, m Mute) error
	Mutes(ctx context.Context, now int64) ([]Mute, error)
}
