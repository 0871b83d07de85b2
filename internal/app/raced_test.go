//go:build race

package app

// raced says that all takes many times as long as it should.
const raced = true
