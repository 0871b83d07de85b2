// Package accounttest makes tests with accounts quick. It is never part of the
// server. Everything here is safe for concurrent use.
package accounttest

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Hasher has the fields of account.Bcrypt, which account's own tests could not
// import from here.
type Hasher struct {
	Compare  func(hash, input []byte) error
	Generate func(input []byte, cost int) ([]byte, error)
}

// Bcrypt works at bcrypt's least cost, whatever its hashes claim.
func Bcrypt() Hasher {
	const least = "$04$"
	return Hasher{
		Generate: func(in []byte, cost int) ([]byte, error) {
			h, err := bcrypt.GenerateFromPassword(in, bcrypt.MinCost)
			return []byte(strings.Replace(string(h), least, fmt.Sprintf("$%02d$", cost), 1)), err
		},
		Compare: func(hash, in []byte) error {
			cost, err := bcrypt.Cost(hash)
			if err != nil {
				return err
			}
			return bcrypt.CompareHashAndPassword([]byte(strings.Replace(string(hash), fmt.Sprintf("$%02d$", cost), least, 1)), in)
		},
	}
}
