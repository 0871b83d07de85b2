package room

import "time"

// How often a room tells everyone. Each message to each peer costs a record of
// TLS and a call into the system, however little it says: while there is little
// to send it goes at once, beyond paceRate transactions wait for one another and
// share messages. With 50 connections that is a batch every 8 ms, with 600 and
// more one every 100 ms.
const (
	paceRate = 6000                   // messages a second of one map
	paceMax  = 100 * time.Millisecond // the longest wait
	paceBulk = 128                    // transactions of a batch from which the next one waits twice as long
	paceDebt = paceRate * float64(paceMax) / float64(time.Second)
)

// pace is a token bucket of messages. A batch may go while it is not in debt.
type pace struct {
	tokens float64
	at     time.Time
	timer  *time.Timer
}

func (p *pace) fill(now time.Time) {
	passed := max(0, now.Sub(p.at)) // a clock that was set back must not make everyone wait
	p.tokens = min(paceDebt, p.tokens+paceRate*passed.Seconds())
	p.at = now
}

// wait returns how long the next batch has to wait.
func (p *pace) wait(now time.Time) time.Duration {
	p.fill(now)
	if p.tokens >= 0 {
		return 0
	}
	return time.Duration(-p.tokens / paceRate * float64(time.Second))
}

// spend notes that a batch of so many transactions goes to so many peers.
func (p *pace) spend(peers, txns int) {
	if txns >= paceBulk {
		peers *= 2
	}
	p.tokens = max(p.tokens-float64(peers), -paceDebt)
}
