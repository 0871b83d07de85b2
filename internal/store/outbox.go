package store

import (
	"context"

	"plectica/internal/id"
)

// MailID names a mail that waits.
type MailID [id.Size]byte

// Mail waits to be taken by the mail server.
type Mail struct {
	ID      MailID
	Data    []byte // what package mail needs to send it
	Created int64
	Due     int64 // not before
	Tries   int
}

// Outbox keeps mail until it is sent or given up.
type Outbox interface {
	// AddMail returns fault.Limit when most others wait already.
	AddMail(ctx context.Context, m Mail, most int) error
	// DueMail returns at most limit that are due, those due first first.
	DueMail(ctx context.Context, now int64, limit int) ([]Mail, error)
	// PutOff notes a failed try and when the next one is due; unknown mail is no error.
	PutOff(ctx context.Context, m MailID, due int64) error
	// DropMail forgets one; unknown mail is no error.
	DropMail(ctx context.Context, m MailID) error
	// CountMail returns how many wait, and when the oldest of them was written.
	CountMail(ctx context.Context) (n int, oldest int64, err error)
}
